"""A night: who is expected is kept a place until the cut-off; who comes is let in, waits, or is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from handrail.casework import (
    NightOpened,
    Said,
    Speaker,
    Tonight,
    cut_off,
    hold,
    leave,
    occupy,
    open_night,
    present,
    present_unknown,
    record,
    refuse,
    tonight,
    verify,
    view,
)
from handrail.errors import NotFound, NotPossible, NotYours, Refused
from handrail.wiring import Store
from models.story_clock import StoryClock

MISSION, RIVERSIDE, OUTREACH = Speaker("mission"), Speaker("riverside"), Speaker("outreach")
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
CUT_OFF = datetime(2026, 12, 1, 16, tzinfo=UTC)
DAY, MOMENT = timedelta(days=1), timedelta(seconds=1)


@pytest.fixture
def shelter(told_town: Any) -> Any:
    told_town.project("shelter", "bed", "mission", "1", "2")
    return told_town


def states(found: Tonight) -> dict[str | None, str]:
    return {line.reference: line.state for line in found.guests}


def opened(store: Store) -> NightOpened:
    return open_night(store, "bed")


def test_everybody_expected_is_kept_a_place_and_who_has_none_stands_on_the_list(shelter: Any) -> None:
    people = [shelter.person("bed") for _ in range(3)]
    elsewhere = shelter.person("room")

    found = opened(shelter.store)

    assert found.night.cut_off_at == CUT_OFF
    (without,) = found.without
    assert {*found.held, without} == set(people)
    listed = tonight(shelter.store, "bed")
    assert states(listed) == {each: "expected" if each == without else "held" for each in people}
    assert elsewhere not in states(listed)
    assert (listed.held, listed.taken, listed.void, listed.free) == (2, 0, 0, ())


def test_a_night_that_is_open_is_opened_again_only_for_who_is_expected_since(shelter: Any) -> None:
    first = shelter.person("bed")
    opened(shelter.store)
    second = shelter.person("bed")

    again, once_more = opened(shelter.store), opened(shelter.store)

    assert (again.repeated, again.held) == (True, (second,))
    assert once_more.held == ()
    assert states(tonight(shelter.store, "bed")) == {first: "held", second: "held"}


def test_who_is_ill_comes_first_and_the_reason_is_the_declared_order(shelter: Any) -> None:
    first, second = shelter.person("bed"), shelter.person("bed")
    shelter.void("shelter/2")
    ill = shelter.person("bed", ill=True)

    found = opened(shelter.store)

    assert found.held == (ill,)
    assert set(found.without) == {first, second}


def test_a_place_goes_only_to_whom_it_fits(shelter: Any) -> None:
    shelter.project("kennel", "bed", "riverside", "1", dogs=True, risks_not_accepted=["arson"])
    dog, arson = shelter.person("bed", dog=True), shelter.person("bed", dog=True, risk="arson")

    found = opened(shelter.store)

    assert (found.held, found.without) == ((dog,), (arson,))
    line = next(line for line in tonight(shelter.store, "bed").guests if line.reference == dog)
    assert line.where == "kennel/1"


def test_nobody_in_custody_or_dead_is_expected(shelter: Any) -> None:
    away, dead, here = (shelter.person("bed") for _ in range(3))
    record(shelter.store, away, Said("custody.started", {}, OUTREACH))
    record(shelter.store, dead, Said("person.died", {}, OUTREACH))

    assert opened(shelter.store).held == (here,)
    assert states(tonight(shelter.store, "bed")) == {here: "held"}


def test_who_comes_in_time_stays_until_the_next_morning_and_the_case_knows_it(shelter: Any, story: StoryClock) -> None:
    reference = shelter.person("bed")
    opened(shelter.store)
    story.set_to(CUT_OFF)

    came, again = (present(shelter.store, "bed", reference, MISSION) for _ in range(2))

    assert (came.mine.state, came.mine.where) == ("allocated", "shelter/1")
    assert came.mine.until == datetime(2026, 12, 2, 8, tzinfo=UTC)
    assert again.mine.repeated
    assert shelter.events(reference, "bed.presented") == [{"project": "shelter"}]
    listed = tonight(shelter.store, "bed")
    assert states(listed) == {reference: "arrived"}
    assert not listed.guests[0].walk_up
    assert (listed.held, listed.taken, listed.free) == (0, 1, ("shelter/2",))
    assert verify(shelter.store).wrong == 0


def test_who_leaves_again_is_told_to_have_left_and_the_place_is_free(shelter: Any, story: StoryClock) -> None:
    reference = shelter.person("bed")
    opened(shelter.store)
    present(shelter.store, "bed", reference, MISSION)
    story.set_to(CUT_OFF)

    leave(shelter.store, reference, None, MISSION, "moved_on")

    listed = tonight(shelter.store, "bed")
    assert states(listed) == {reference: "left"}
    assert (listed.taken, listed.free) == (0, ("shelter/1", "shelter/2"))


def test_at_the_cut_off_who_has_not_come_is_missed_and_looked_for_the_same_evening(
    shelter: Any, story: StoryClock
) -> None:
    reference, waits = shelter.person("bed"), shelter.person()
    shelter.project("shelter", "bed", "mission")
    other = shelter.person("bed")
    opened(shelter.store)
    assert present(shelter.store, "bed", waits, MISSION).mine.state == "waiting"
    present(shelter.store, "bed", other, MISSION)
    story.set_to(CUT_OFF)
    assert cut_off(shelter.store, "bed") is None, "until the instant itself a place is kept"
    story.set_to(CUT_OFF + MOMENT)

    done, again = cut_off(shelter.store, "bed"), cut_off(shelter.store, "bed")

    assert done is not None
    assert again is None
    assert [each.reference for each in done.missed] == [reference]
    assert [(each.reference, each.where) for each in done.given] == [(waits, done.missed[0].where)]
    assert len(shelter.events(reference, "bed.missed")) == 1
    assert shelter.events(other, "bed.missed") == []
    assert [task.name for task in view(shelter.store, reference).case.tasks] == ["look_for"]
    assert states(tonight(shelter.store, "bed")) == {reference: "missed", waits: "arrived", other: "arrived"}
    assert verify(shelter.store).wrong == 0


def test_who_went_into_custody_or_died_is_not_looked_for_and_the_bed_is_released(
    shelter: Any, story: StoryClock
) -> None:
    away, dead, waits = shelter.person("bed"), shelter.person("bed"), shelter.person()
    opened(shelter.store)
    record(shelter.store, away, Said("custody.started", {}, OUTREACH))
    record(shelter.store, dead, Said("person.died", {}, OUTREACH))
    present(shelter.store, "bed", waits, MISSION)
    story.set_to(CUT_OFF + MOMENT)

    done = cut_off(shelter.store)

    assert done is not None
    assert away not in {each.reference for each in done.missed}
    assert shelter.events(away, "bed.missed") == shelter.events(dead, "bed.missed") == []
    assert [each.reference for each in done.given] == [waits]


def test_walk_ups_wait_for_the_cut_off_and_are_given_places_in_the_declared_order(
    shelter: Any, story: StoryClock
) -> None:
    expected = [shelter.person("bed") for _ in range(2)]
    opened(shelter.store)
    early, ill, last = shelter.person(), shelter.person(ill=True), shelter.person()
    for reference in (early, ill, last):
        assert present(shelter.store, "bed", reference, MISSION).mine.state == "waiting"
        story.set_to(NOON + MOMENT)
    story.set_to(CUT_OFF + MOMENT)

    done = cut_off(shelter.store)

    assert done is not None
    assert {each.reference for each in done.missed} == set(expected)
    assert {each.reference for each in done.given} == {ill, early}
    assert [(each.reference, each.reason, each.attributable_to) for each in done.refused] == [(last, "full", "system")]
    assert shelter.events(last, "bed.refused") == [{"reason": "full"}]


def test_a_walk_up_gets_what_is_free_and_unheld_at_once(shelter: Any) -> None:
    shelter.person("bed")
    opened(shelter.store)

    found = present(shelter.store, "bed", shelter.person(), MISSION)

    assert (found.mine.state, found.mine.where) == ("allocated", "shelter/2")
    assert [line.walk_up for line in tonight(shelter.store, "bed").guests if line.state == "arrived"] == [True]


def test_after_the_cut_off_who_comes_late_gets_what_is_left_or_is_refused_for_a_reason(
    shelter: Any, story: StoryClock
) -> None:
    late, later = shelter.person("bed"), shelter.person("bed")
    dog = shelter.person(dog=True)
    opened(shelter.store)
    story.set_to(CUT_OFF + MOMENT)
    cut_off(shelter.store)

    first = present(shelter.store, "bed", late, MISSION)
    unfit = present(shelter.store, "bed", dog, MISSION)
    present_unknown(shelter.store, "bed", MISSION)
    second = present(shelter.store, "bed", later, MISSION)

    assert first.mine.state == "allocated"
    assert (unfit.mine.state, unfit.mine.reason, unfit.mine.attributable_to) == ("refused", "pet", "provider")
    assert (second.mine.state, second.mine.reason, second.mine.attributable_to) == ("refused", "full", "system")
    found = {line.reference: line for line in tonight(shelter.store, "bed").guests}
    assert (found[later].state, found[later].reason, found[later].attributable_to) == ("refused", "full", "system")
    assert verify(shelter.store).wrong == 0


def test_who_comes_late_but_before_anybody_dealt_with_the_cut_off_is_not_missed(
    shelter: Any, story: StoryClock
) -> None:
    reference = shelter.person("bed")
    opened(shelter.store)
    story.set_to(CUT_OFF + MOMENT)

    assert present(shelter.store, "bed", reference, MISSION).mine.state == "allocated"
    done = cut_off(shelter.store)

    assert done is not None
    assert done.missed == ()
    assert shelter.events(reference, "bed.missed") == []


@pytest.mark.parametrize(
    ("reason", "whose"), [("full", "system"), ("void_repair", "provider"), ("declined_offer", "person")]
)
def test_a_refusal_at_the_door_keeps_whose_doing_it_is(
    shelter: Any, story: StoryClock, reason: str, whose: str
) -> None:
    reference, waits = shelter.person("bed"), shelter.person()
    shelter.person("bed")
    opened(shelter.store)
    present(shelter.store, "bed", waits, MISSION)
    story.set_to(NOON + MOMENT)

    found = refuse(shelter.store, "bed", reference, reason, MISSION)

    assert (found.mine.state, found.mine.reason, found.mine.attributable_to) == ("refused", reason, whose)
    assert [each.reference for each in found.others] == [waits]
    assert shelter.events(reference, "bed.refused") == [{"reason": reason}]
    line = next(each for each in tonight(shelter.store, "bed").guests if each.reference == reference)
    assert (line.state, line.attributable_to) == ("refused", whose)


def test_who_was_refused_is_not_missed_as_well(shelter: Any, story: StoryClock) -> None:
    reference = shelter.person("bed")
    opened(shelter.store)
    refuse(shelter.store, "bed", reference, "void_repair", MISSION)
    story.set_to(CUT_OFF + MOMENT)

    done = cut_off(shelter.store)

    assert done is not None
    assert done.missed == ()


def test_a_refusal_needs_one_of_the_declared_reasons_and_somebody_who_is_not_in(shelter: Any) -> None:
    reference = shelter.person("bed")
    opened(shelter.store)

    with pytest.raises(Refused, match=r"'rude' is no reason.*full \(system\)"):
        refuse(shelter.store, "bed", reference, "rude", MISSION)
    present(shelter.store, "bed", reference, MISSION)
    with pytest.raises(NotPossible, match="is in shelter/1 already"):
        refuse(shelter.store, "bed", reference, "full", MISSION)


def test_somebody_unknown_stays_without_a_case_behind_all_who_wait(shelter: Any) -> None:
    shelter.project("women", "bed", "riverside", "1", women_only=True)
    opened(shelter.store)

    first, second = (present_unknown(shelter.store, "bed", MISSION) for _ in range(2))

    assert [first.mine.where, second.mine.where] == ["shelter/1", "shelter/2"]
    assert first.mine.reference is None
    with pytest.raises(NotPossible, match="No such place is left"):
        present_unknown(shelter.store, "bed", MISSION)
    assert present_unknown(shelter.store, "bed", RIVERSIDE, "women/1").mine.where == "women/1"
    assert [line.state for line in tonight(shelter.store, "bed").guests] == ["arrived"] * 3


def test_only_who_provides_such_places_says_who_comes(shelter: Any) -> None:
    with pytest.raises(NotYours, match="council, mission"):
        present(shelter.store, "bed", shelter.person("bed"), OUTREACH)


def test_who_stays_in_a_hostel_is_not_expected_and_gets_no_second_bed(shelter: Any) -> None:
    shelter.project("milestone", "room", "riverside", "01")
    reference = shelter.person("bed")
    occupy(shelter.store, reference, "milestone/01", RIVERSIDE)

    assert opened(shelter.store).held == ()
    with pytest.raises(NotPossible, match=f"{reference} stays in milestone/01"):
        present(shelter.store, "bed", reference, MISSION)
    with pytest.raises(NotPossible, match=f"{reference} stays in milestone/01"):
        hold(shelter.store, reference, "shelter/1", MISSION)


def test_moving_into_a_room_after_the_cut_off_is_not_missed(shelter: Any, story: StoryClock) -> None:
    shelter.project("milestone", "room", "riverside", "01")
    reference = shelter.person("bed")
    opened(shelter.store)
    story.set_to(CUT_OFF + MOMENT)
    occupy(shelter.store, reference, "milestone/01", RIVERSIDE)

    done = cut_off(shelter.store)

    assert done is not None
    assert done.missed == ()


def test_the_next_night_everybody_is_kept_last_nights_place(shelter: Any, story: StoryClock) -> None:
    first, second = shelter.person("bed"), shelter.person("bed")
    opened(shelter.store)
    for reference in (second, first):
        present(shelter.store, "bed", reference, MISSION)
    before = {line.reference: line.where for line in tonight(shelter.store, "bed").guests}
    leave(shelter.store, first, None, MISSION, "moved_on")
    third = shelter.person("bed", ill=True)
    story.set_to(NOON + DAY)

    found = opened(shelter.store)

    after = {line.reference: line.where for line in tonight(shelter.store, "bed").guests}
    assert found.night.night == date(2026, 12, 2)
    assert after[second] == before[second]
    assert after[first] == before[first], "who left in the night had the place that night"
    assert after[third] is None


def test_a_place_for_severe_weather_counts_on_the_nights_of_its_switch(
    shelter: Any, story: StoryClock, switch: Callable[..., None]
) -> None:
    shelter.project("hall", "bed", "mission", "1", "2", only_while="severe_weather")
    switch(shelter.store, "severe_weather", date(2026, 12, 2), date(2026, 12, 3))

    first = tonight(shelter.store, "bed").free
    story.set_to(NOON + DAY)
    second = tonight(shelter.store, "bed").free
    story.set_to(datetime(2026, 12, 3, 7, tzinfo=UTC))
    still = tonight(shelter.store, "bed").free
    story.set_to(NOON + 2 * DAY)
    third = tonight(shelter.store, "bed").free

    assert first == third == ("shelter/1", "shelter/2")
    assert second == still == ("hall/1", "hall/2", "shelter/1", "shelter/2")


def test_a_night_is_held_until_its_cut_off_by_hand_as_well(shelter: Any, story: StoryClock) -> None:
    reference, other = shelter.person(), shelter.person()

    held = hold(shelter.store, reference, "shelter/2", MISSION)
    assert held.until == CUT_OFF
    assert states(tonight(shelter.store, "bed")) == {reference: "held"}
    story.set_to(CUT_OFF + MOMENT)
    with pytest.raises(NotPossible, match="cut-off of 2026-12-01 16:00 has passed"):
        hold(shelter.store, other, "shelter/1", MISSION)
    with pytest.raises(NotPossible, match="given for a night at a time"):
        occupy(shelter.store, other, "shelter/1", MISSION)


def test_a_void_place_is_kept_for_nobody(shelter: Any) -> None:
    shelter.void("shelter/1")
    first, second = shelter.person("bed"), shelter.person("bed")

    found = opened(shelter.store)

    assert {*found.held, *found.without} == {first, second}
    assert len(found.held) == 1
    assert tonight(shelter.store, "bed").void == 1


def test_places_that_no_pathway_gives_for_a_night_have_no_list(shelter: Any) -> None:
    with pytest.raises(NotFound, match=r"no places of the kind 'room' that are given for a night. Declared: bed"):
        tonight(shelter.store, "room")
