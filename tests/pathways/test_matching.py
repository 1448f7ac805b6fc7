"""Who may have which place, who comes first, and why not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from pathways.case import Case, Event, Scalar
from pathways.chart import Pathway
from pathways.engine import advance
from pathways.matching import Needs, Place, Waiter, allocate, in_order, misfits, needs_of

RULES = """
pathway: homes
version: 1
title: Homes
coordinator: council
agencies: {council: {title: Council}, house: {title: House}}
reasons: {no: {pet: provider, full: system, shared: system, arson: provider, women: provider, here: system}}
opens_on: [asked]
events:
  asked: {by: [council]}
  need: {by: [council], fields: {dog: boolean, alone: boolean, fire: boolean, urgent: boolean, woman: boolean}}
  moved: {by: [house]}
tracks:
  home:
    start: waiting
    stages:
      waiting:
        owner: council
        hand_offs: {room: {to: house, answer_within: 1 day}}
        moves: [{to: housed, when: {event: moved}}]
      housed: {owner: house, final: true}
places:
  room:
    waiting: [room]
    hold: 1 day
    fits:
      dog: {title: A dog, when: {latest: {event: need, field: dog, is: true}}, place: {dogs: true}, reason: pet}
      alone:
        title: Alone
        when: {latest: {event: need, field: alone, is: true}}
        place: {single: true}
        reason: shared
      fire: {title: Fire, when: {latest: {event: need, field: fire, is: true}}, place: {accepts: arson}, reason: arson}
      women:
        title: For women
        when: {none: [{latest: {event: need, field: woman, is: true}}]}
        place: {women_only: false}
        reason: women
      everybody: {title: Nobody climbs, place: {accessible: true}, reason: here}
    order: [{title: urgent, when: {latest: {event: need, field: urgent, is: true}}}]
"""
BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAIN = Place(1, "house", "1", "house", accessible=True)


@pytest.fixture(scope="module")
def pathway(compile_pathway: Callable[..., Pathway]) -> Pathway:
    return compile_pathway(RULES)


@pytest.fixture(scope="module")
def asking(pathway: Pathway) -> Callable[..., Needs]:
    """Return what gives the needs of somebody of whom these fields were stated."""

    def needs(**stated: Scalar) -> Needs:
        events = [Event(1, "asked", BEGAN, BEGAN, "council", None, {})]
        events.append(Event(2, "need", BEGAN + HOUR, BEGAN + HOUR, "council", None, stated))
        case = advance(Case("K4"), events, BEGAN + HOUR, pathway).case
        return needs_of(case, pathway, pathway.places["room"])

    return needs


@pytest.mark.parametrize(
    ("stated", "place", "reasons"),
    [
        pytest.param({}, PLAIN, [], id="nothing special fits everywhere"),
        pytest.param({"dog": True}, PLAIN, ["pet"], id="a dog where dogs may not come"),
        pytest.param({"dog": False}, PLAIN, [], id="no dog"),
        pytest.param({"fire": True}, PLAIN, [], id="a risk that is not excluded"),
        pytest.param(
            {"fire": True, "dog": True},
            Place(2, "house", "2", "house", accessible=True, risks_not_accepted=frozenset({"arson"})),
            ["pet", "arson"],
            id="every reason, in the order of the file",
        ),
        pytest.param(
            {"alone": True}, Place(3, "house", "3", "house", single=False), ["shared", "here"], id="a shared one"
        ),
        pytest.param({}, Place(4, "house", "4", "house", accessible=True, women_only=True), ["women"], id="for women"),
        pytest.param(
            {"woman": True}, Place(4, "house", "4", "house", accessible=True, women_only=True), [], id="for a woman"
        ),
    ],
)
def test_a_place_that_does_not_fit_says_why(
    asking: Callable[..., Needs], stated: dict[str, Scalar], place: Place, reasons: list[str]
) -> None:
    assert [each.reason for each in misfits(place, asking(**stated))] == reasons


def test_whose_doing_it_is_comes_from_the_reason_and_is_never_the_persons(asking: Callable[..., Needs]) -> None:
    shared = Place(3, "house", "3", "house", single=False)

    found = misfits(shared, asking(dog=True, alone=True))

    assert [(each.rule, each.title, each.attributable_to) for each in found] == [
        ("dog", "A dog", "provider"),
        ("alone", "Alone", "system"),
        ("everybody", "Nobody climbs", "system"),
    ]


def test_who_comes_first_by_the_declared_order_is_first_and_then_who_has_waited_longest(
    asking: Callable[..., Needs],
) -> None:
    patient, late, urgent = (
        Waiter("A", BEGAN, asking()),
        Waiter("B", BEGAN + HOUR, asking()),
        Waiter("C", BEGAN + 2 * HOUR, asking(urgent=True)),
    )

    assert in_order([late, patient, urgent]) == [urgent, patient, late]
    assert urgent.needs.because == ("urgent",)
    assert patient.needs.because == ()


def test_who_comes_first_takes_the_place_that_fewest_others_could_have(asking: Callable[..., Needs]) -> None:
    dogs = Place(1, "house", "1", "house", accessible=True, dogs=True)
    plain = Place(2, "house", "2", "house", accessible=True)
    first, owner = Waiter("A", BEGAN, asking()), Waiter("B", BEGAN + HOUR, asking(dog=True))

    assert allocate([owner, first], [dogs, plain]) == [(first, plain), (owner, dogs)]


def test_nobody_gets_a_place_that_does_not_fit_or_that_they_may_not_be_asked_for(asking: Callable[..., Needs]) -> None:
    owner, other, last = (
        Waiter("A", BEGAN, asking(dog=True)),
        Waiter("B", BEGAN, asking()),
        Waiter("C", BEGAN, asking()),
    )

    given = allocate([owner, other, last], [PLAIN], lambda waiter, _place: waiter is not other)

    assert given == [(last, PLAIN)]


def test_when_no_place_is_left_the_others_go_without(asking: Callable[..., Needs]) -> None:
    two = [Waiter("A", BEGAN, asking()), Waiter("B", BEGAN, asking())]

    assert allocate(two, [PLAIN]) == [(two[0], PLAIN)]
    assert allocate(two, []) == []


def test_nobody_waits_in_a_case_that_has_not_begun(pathway: Pathway) -> None:
    with pytest.raises(ValueError, match="K4 has no event yet"):
        needs_of(replace(Case("K4"), clock=None), pathway, pathway.places["room"])
