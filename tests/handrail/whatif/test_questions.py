"""What cannot be answered is refused with a sentence; what is answered tells what it assumes."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from planted_city import NO_DOGS, City, beds_of, chart_of, history_of, plant

from handrail.errors import NotFound
from handrail.whatif.asking import added_beds, ask, commonest
from handrail.whatif.history import History, KindHistory, Nights, Stay, Void, Wait, in_days
from handrail.whatif.people import people
from handrail.whatif.question import HistoryTooThin, Question
from handrail.whatif.redrawing import redraw
from pathways.clocks import parse_duration
from pathways.matching import Needs

CITY = City(places=10, comers=10.5 / 28, length=lambda chance: chance.expovariate(1 / 28))


@pytest.fixture(scope="module")
def history() -> History:
    return plant(CITY, 1).history


def asking(**question: object) -> Question:
    return Question(0.0, 4, seeds=20, **question)  # type: ignore[arg-type]  # each test gives what it is about


def only(history: History, **changed: object) -> History:
    """Return the history with its one kind of places changed."""
    return history_of(replace(history.kinds["hostel"], **changed), weeks=history.weeks)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        pytest.param({"add_places": {"milstone": 2}}, "Did you mean 'milestone'?", id="a project"),
        pytest.param({"drop_reasons": frozenset({"no_dog"})}, "Did you mean 'no_dogs'?", id="a reason"),
        pytest.param({"turnaround": {"hostel": 2}}, "There is no project 'hostel'", id="a kind is no project"),
        pytest.param({"kinds": frozenset({"hostl"})}, "Did you mean 'hostel'?", id="a kind"),
    ],
)
def test_what_is_not_known_is_refused_with_what_may_be_meant(
    history: History, question: dict[str, object], sentence: str
) -> None:
    with pytest.raises(NotFound, match=sentence.replace("?", r"\?")):
        ask(history, asking(**question))


def test_too_thin_a_history_is_refused_with_how_much_there_is_and_how_much_is_needed(history: History) -> None:
    few = only(history, waits=history.kinds["hostel"].waits[-5:])

    with pytest.raises(HistoryTooThin, match=r"5 people began to wait in them \(at least 20 are needed\)"):
        ask(few, asking(add_places={"milestone": 1}))


def test_too_short_a_history_is_refused(history: History) -> None:
    with pytest.raises(HistoryTooThin, match=r"3 weeks are recorded \(at least 4 are needed\)"):
        ask(replace(history, weeks=3), asking(add_places={"milestone": 1}))


def test_without_stays_the_aim_stands_in_and_without_an_aim_it_is_refused(history: History) -> None:
    none = only(history, stays=())
    aimless = only(none, chart=chart_of(stay_aim=None))

    answer = ask(none, asking(add_places={"milestone": 1}))

    assert "Hostel: only 0 stays came to an end, too few to tell how long they last: the aim of 28 days" in " ".join(
        answer.assumptions
    )
    with pytest.raises(HistoryTooThin, match="no aim is declared"):
        ask(aimless, asking(add_places={"milestone": 1}))


def test_a_kind_that_nobody_asked_for_is_left_out_when_little_is_known_of_it(history: History) -> None:
    flats = KindHistory(chart_of("flats"), beds_of(2, "tower", 50), (), (), ())
    both = history_of(history.kinds["hostel"], flats)

    answer = ask(both, asking(add_places={"milestone": 1}))

    assert [one.kind for one in answer.kinds] == ["hostel"]
    assert any(sentence.startswith("Left out: Flats.") for sentence in answer.assumptions)


def test_the_assumptions_tell_the_counts_that_they_come_from(history: History) -> None:
    kind = history.kinds["hostel"]
    began = sum(wait.began > history.since for wait in kind.waits)
    waiting = sum(wait.ended is None for wait in kind.waits)

    told = " ".join(ask(history, asking(add_places={"milestone": 1})).assumptions)

    assert f"Hostel: {began} people began to wait, 0 of them out of another kind of places; {waiting} wait now" in told
    assert f"{kind.ended_since(history.since)} came to their own end" in told
    assert "no void is recorded" in told


def test_a_place_that_is_added_is_like_the_commonest_of_its_project(history: History) -> None:
    beds = (*beds_of(2, dogs=True), *beds_of(1, first=3), *beds_of(5, "padley", first=4))
    kind = replace(history.kinds["hostel"], beds=beds)

    added = added_beds(kind, Question(3.0, 8, {"milestone": 2, "hostel": 1}))

    assert [(bed.place.project, bed.place.dogs, bed.opens) for bed in added] == [
        ("milestone", True, 3.0),
        ("milestone", True, 3.0),
        ("padley", False, 3.0),
    ]
    assert len({bed.place.id for bed in added}) == 3
    assert commonest([bed.place for bed in beds]).project == "padley"


def test_a_reason_that_is_dropped_helps_only_those_whom_it_kept_out(history: History) -> None:
    dogs = Needs(fits=(NO_DOGS,))
    waits = tuple(
        replace(wait, needs=dogs if wait.person % 4 == 0 else Needs()) for wait in history.kinds["hostel"].waits
    )
    kept_out = only(history, waits=waits)

    answer = ask(kept_out, asking(drop_reasons=frozenset({"no_dogs"})))
    other = ask(kept_out, asking(drop_reasons=frozenset({"full"})))

    (hostel,) = answer.kinds
    assert hostel.changed.kept_out == {}
    assert hostel.changed.placed >= hostel.as_is.placed
    assert other.person_days.fewer == 0
    assert any("The reason no_dogs concerned" in sentence for sentence in answer.assumptions)


def test_a_shorter_turnaround_lets_people_wait_less(history: History) -> None:
    kind = history.kinds["hostel"]
    left = [stay for stay in kind.stays if stay.ended is not None]
    voids = tuple(Void(stay.place or 0, "milestone", stay.ended or 0.0, (stay.ended or 0.0) + 14.0) for stay in left)
    slow = only(history, voids=tuple(void for void in voids if void.ended is not None and void.ended < 0))

    answer = ask(slow, asking(turnaround={"milestone": 2}))

    assert answer.person_days.interval.low > 0


def test_who_stays_in_one_kind_and_waits_for_the_next_feeds_it() -> None:
    shelter_stays, room_waits, room_stays, shelter_waits = [], [], [], []
    for person in range(80):
        began = -180.0 + 2.0 * person
        placed, left = began + 10.0, began + 40.0
        shelter_waits.append(Wait(person, began, began, True, Needs()))
        shelter_stays.append(
            Stay(person, 1 + person % 40, began, placed if placed < 0 else None, "room" if placed < 0 else None)
        )
        room_waits.append(Wait(person, began + 3.0, placed if placed < 0 else None, placed < 0, Needs(), "shelter"))
        if placed < 0:
            room_stays.append(Stay(person, 100 + person % 20, placed, left if left < 0 else None))
    shelter = KindHistory(chart_of("shelter"), beds_of(40, "hall", 1), tuple(shelter_waits), tuple(shelter_stays), ())
    room = KindHistory(chart_of("room"), beds_of(20, "rooms", 100), tuple(room_waits), tuple(room_stays), ())
    both = history_of(shelter, room)

    habits = redraw(both, Random(1))
    cast = people(both, habits, 56.0, Random(1))

    coming = [one for one in cast.newcomers if one.kind == "shelter" and one.began > 0]
    assert coming
    assert all(one.onwards is not None and one.onwards.after == pytest.approx(3.0) for one in coming)
    assert not [one for one in cast.newcomers if one.kind == "room" and one.began > 0]
    waiting = [one for one in cast.newcomers if one.kind == "room" and one.place is None]
    assert all(one.leaves is not None for one in waiting)


def test_nights_missed_and_refused_come_again_as_often() -> None:
    stays = tuple(Stay(person, None, -170.0 + person, -160.0 + person) for person in range(150))
    waits = tuple(Wait(stay.person or 0, stay.began, stay.began, True, Needs()) for stay in stays)
    nights = Nights(1000, 200, {"violence": 80})
    kind = KindHistory(chart_of("nsno"), beds_of(5), waits, stays, (), nights=nights)
    history = history_of(kind)

    cast = people(history, redraw(history, Random(2)), 400.0, Random(2))

    comes = [night for one in cast.newcomers for night in one.comes]
    refused = [reason for one in cast.newcomers for reason in one.refused]
    assert comes.count(False) / len(comes) == pytest.approx(0.2, abs=0.03)
    assert refused.count("violence") / len(refused) == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize(
    ("text", "days"),
    [("90 minutes", 0.0625), ("12 hours", 0.5), ("28 days", 28), ("2 weeks", 14), ("5 working days", 7)],
)
def test_durations_are_told_in_days(text: str, days: float) -> None:
    assert in_days(parse_duration(text)) == days
    assert in_days(parse_duration("40 working hours")) == pytest.approx(7)
