"""The same people live in both worlds: what differs between them comes from the change alone."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest
from planted_city import NO_DOGS, beds_of

from handrail.whatif.city import live
from handrail.whatif.curves import Curve, constant
from handrail.whatif.history import Bed
from handrail.whatif.people import Newcomer, Onwards
from handrail.whatif.worlds import House, Lived, World
from pathways.matching import Needs

NEVER_VOID: tuple[float, Curve] = (0.0, constant(inf))
ALWAYS_VOID: tuple[float, Curve] = (1.0, Curve((10.0,), (0.0,), 10.0, inf))
DOG = Needs(fits=(NO_DOGS,))


def comer(name: str, began: float, stay: float = 20.0, needs: Needs | None = None) -> Newcomer:
    return Newcomer(name, "hostel", began, needs or Needs(), inf, 0, stay, (0.5, 0.5))


def house(beds: tuple[Bed, ...], voids: tuple[float, Curve] = NEVER_VOID) -> House:
    return House(beds, 1.0, {"milestone": voids})


def lived_in(house: House, *people: Newcomer, begins: float = 0.0, ends: float = 56.0) -> Lived:
    return live(World({"hostel": house}, begins, ends), people)["hostel"]


def test_whoever_waits_is_given_the_place_that_falls_free() -> None:
    lived = lived_in(house(beds_of(1)), comer("a", 0.0), comer("b", 5.0), comer("c", 30.0))

    assert lived.waited == pytest.approx(15.0 + 10.0)
    assert lived.placed == 3
    assert lived.used["milestone"] == pytest.approx(56.0)
    assert sorted(span.left for span in lived.waits) == pytest.approx([0.0, 10.0, 15.0])


def test_only_what_is_waited_after_the_beginning_counts() -> None:
    lived = lived_in(house(beds_of(1)), comer("a", 0.0), comer("b", 5.0), begins=10.0)

    assert lived.waited == pytest.approx(10.0)
    assert lived.waits == []


def test_who_waits_still_at_the_end_has_waited_until_then() -> None:
    lived = lived_in(house(beds_of(1)), comer("a", 0.0, stay=inf), comer("b", 6.0))

    assert lived.waited == pytest.approx(50.0)
    assert [(span.left, span.over) for span in lived.waits] == [(0.0, True), (pytest.approx(50.0), False)]


def test_who_comes_first_in_the_declared_order_is_given_the_place_first() -> None:
    early, urgent = comer("b", 1.0), comer("c", 2.0, needs=Needs(rank=(False,)))
    early = replace(early, needs=Needs(rank=(True,)))

    lived = lived_in(house(beds_of(1)), comer("a", 0.0), early, urgent, ends=30.0)

    assert sorted(span.left for span in lived.waits) == pytest.approx([0.0, 18.0, 29.0])


def test_who_loses_patience_is_counted_and_leaves_the_place_to_others() -> None:
    impatient = replace(comer("b", 1.0), patience=4.0)

    lived = lived_in(house(beds_of(1)), comer("a", 0.0), impatient, comer("c", 2.0))

    assert lived.gave_up == 1
    assert lived.waited == pytest.approx(4.0 + 18.0)


def test_who_does_not_come_keeps_the_place_for_as_long_as_it_is_held_and_waits_again() -> None:
    absent = replace(comer("a", 0.0), missed=1)

    lived = lived_in(house(beds_of(1)), absent, comer("b", 0.5), ends=30.0)

    assert lived.waited == pytest.approx(0.5 + 20.0)
    assert lived.placed == 3


def test_a_void_keeps_the_place_from_who_waits_and_a_shorter_turnaround_gives_it_back() -> None:
    people = comer("a", 0.0), comer("b", 15.0)
    slow = house(beds_of(1), ALWAYS_VOID)

    as_is = lived_in(slow, *people)
    quick = lived_in(replace(slow, at_most={"milestone": 3.0}), *people)

    assert as_is.waited == pytest.approx(15.0)
    assert quick.waited == pytest.approx(8.0)
    assert as_is.usable["milestone"] == pytest.approx(56.0 - 10.0 - 6.0)


def test_a_place_that_is_void_now_comes_back_when_its_void_is_over() -> None:
    lived = lived_in(replace(house(beds_of(1)), still_void={1: 7.0}), comer("a", 0.0))

    assert lived.waited == pytest.approx(7.0)


def test_a_place_goes_out_of_service_when_its_day_has_come_and_nobody_is_in_it() -> None:
    (bed,) = beds_of(1)

    lived = lived_in(house((replace(bed, closes=10.0),)), comer("a", 0.0), comer("b", 1.0))

    assert lived.placed == 1
    assert lived.usable["milestone"] == pytest.approx(20.0)


def test_a_place_that_is_added_is_there_from_its_day_on() -> None:
    (bed,) = beds_of(1)

    lived = lived_in(house((replace(bed, opens=9.0),)), comer("a", 2.0))

    assert lived.waited == pytest.approx(7.0)


def test_dropping_a_reason_frees_only_those_whom_it_kept_out() -> None:
    people = comer("a", 0.0, needs=DOG), comer("b", 1.0), comer("c", 2.0)
    world = World({"hostel": house(beds_of(2))}, 0.0, 56.0)

    as_is = live(world, people)["hostel"]
    changed = live(replace(world, dropped=frozenset({"no_dogs"})), people)["hostel"]
    other = live(replace(world, dropped=frozenset({"full"})), people)["hostel"]

    assert as_is.waited == pytest.approx(56.0)
    assert as_is.kept_out == {"no_dogs": pytest.approx(2.0 + 35.0)}
    assert changed.waited == pytest.approx(18.0)
    assert changed.kept_out == {}
    assert other.waited == as_is.waited


def test_a_reason_that_is_dropped_later_keeps_people_out_until_then() -> None:
    world = World({"hostel": house(beds_of(1))}, 10.0, 56.0, frozenset({"no_dogs"}))

    lived = live(world, [comer("a", 0.0, needs=DOG)])["hostel"]

    assert lived.placed == 1
    assert lived.waited == 0


def test_who_leaves_one_kind_of_places_for_another_frees_the_first() -> None:
    then = Newcomer("n", "flat", inf, Needs(), inf, 0, inf, (0.5, 0.5))
    first = replace(comer("a", 0.0, stay=50.0), onwards=Onwards(5.0, then))
    houses = {"hostel": house(beds_of(1)), "flat": House(beds_of(1, "flats", 9), 1.0, {})}
    taken = Newcomer("t", "flat", 0.0, Needs(), inf, 0, 12.0, (0.5, 0.5))

    lived = live(World(houses, 0.0, 56.0), [taken, first, comer("b", 1.0)])

    assert lived["flat"].waited == pytest.approx(12.0 - 5.0)
    assert lived["hostel"].waited == pytest.approx(12.0 - 1.0)


def test_nightly_places_are_given_to_those_who_come_and_the_others_wait_a_night() -> None:
    nights = replace(house(beds_of(1)), cut_off=0.7)
    two = [replace(comer(name, 0.0, stay=3.0), comes=(True,) * 4, refused=(None,) * 4) for name in ("a", "b")]
    absent = replace(two[1], comes=(True, False, True, True))
    refused = replace(two[0], refused=(None, "violence", None, None))

    assert lived_in(nights, *two, ends=10.0).waited == 3
    assert lived_in(nights, two[0], absent, ends=10.0).waited == 2
    turned_away = lived_in(nights, refused, two[1], ends=10.0)
    assert turned_away.waited == 3
    assert turned_away.kept_out == {"violence": 1}
    assert turned_away.placed == 3
    forgiven = live(World({"hostel": nights}, 0.0, 10.0, frozenset({"violence"})), [refused])["hostel"]
    assert (forgiven.waited, forgiven.placed) == (0, 3)
