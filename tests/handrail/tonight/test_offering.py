"""A place that falls free is kept for the first who waits and whom it fits, and offered to its provider."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from handrail.casework import (
    Said,
    Speaker,
    decline,
    hold,
    leave,
    match_person,
    match_place,
    occupy,
    offer_freed,
    record,
    see_to_places,
    verify,
    view,
    wake_due,
)
from handrail.housing.duty import next_hand_off_or_place, wake_hand_offs_and_places
from handrail.housing.offering import end_offers_not_taken, settle_lapses
from handrail.upkeep import open_incidents
from handrail.wiring import Store
from models.story_clock import StoryClock

RIVERSIDE, PADLEY, OUTREACH = Speaker("riverside"), Speaker("padley"), Speaker("outreach")
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
MOMENT = timedelta(seconds=1)


@pytest.fixture
def rooms(told_town: Any) -> Any:
    told_town.project("milestone", "room", "riverside", "01")
    return told_town


def offered(town: Any) -> list[tuple[str, str, bool]]:
    return [(one.reference, one.where, one.again) for one in offer_freed(town.store)]


def test_the_first_who_waits_is_offered_the_place_that_is_free(rooms: Any, story: StoryClock) -> None:
    first = rooms.person("room")
    story.set_to(NOON + MOMENT)
    rooms.person("room")

    assert offered(rooms) == [(first, "milestone/01", False)]
    assert offered(rooms) == []


def test_who_comes_first_in_the_declared_order_is_offered_it(rooms: Any) -> None:
    rooms.person("room")
    ill = rooms.person("room", ill=True)

    assert offered(rooms) == [(ill, "milestone/01", False)]


def test_nobody_whom_it_does_not_fit_and_nobody_whom_another_agency_is_asked_for_is_offered_it(rooms: Any) -> None:
    rooms.person("room", dog=True)
    elsewhere = rooms.person("room")
    decline(rooms.store, elsewhere, "room", RIVERSIDE, "full")

    assert offered(rooms) == []


def test_when_nobody_was_left_to_ask_the_provider_is_asked_again_because_of_the_place(rooms: Any) -> None:
    reference = rooms.person("room")
    decline(rooms.store, reference, "room", RIVERSIDE, "full")
    decline(rooms.store, reference, "room", PADLEY, "full")
    assert [one.state for one in view(rooms.store, reference).case.hand_offs] == ["exhausted"]

    assert offered(rooms) == [(reference, "milestone/01", True)]

    (hand_off,) = view(rooms.store, reference).case.hand_offs
    assert (hand_off.state, hand_off.agency) == ("offered", "riverside")
    assert rooms.events(reference, "hand_off.offered") == [
        {"hand_off": "room", "to": "riverside", "reason": "place_free"}
    ]
    assert verify(rooms.store).wrong == 0


def test_when_the_offer_is_declined_the_hold_ends_and_the_next_is_asked(rooms: Any, story: StoryClock) -> None:
    first = rooms.person("room")
    story.set_to(NOON + MOMENT)
    second = rooms.person("room")
    offered(rooms)
    story.set_to(NOON + 2 * MOMENT)

    decline(rooms.store, first, "room", RIVERSIDE, "full")
    ended = end_offers_not_taken(rooms.store)
    story.set_to(NOON + 3 * MOMENT)

    assert [one.reference for one in ended] == [first]
    assert offered(rooms) == [(second, "milestone/01", False)]


def test_when_a_hold_lapses_the_next_is_asked_and_the_same_person_not_again_that_day(
    rooms: Any, story: StoryClock
) -> None:
    first = rooms.person("room")
    story.set_to(NOON + MOMENT)
    second = rooms.person("room")
    offered(rooms)

    lapsed_at = NOON + timedelta(hours=4, minutes=1)
    story.set_to(lapsed_at)
    assert [use.reference for use in settle_lapses(rooms.store)] == [first]
    assert settle_lapses(rooms.store) == []
    assert offered(rooms) == [(second, "milestone/01", False)]
    story.set_to(lapsed_at + timedelta(hours=4, minutes=1))
    settle_lapses(rooms.store)

    assert offered(rooms) == [], "both were asked today"
    story.set_to(NOON + timedelta(hours=13))
    assert offered(rooms) == [(first, "milestone/01", False)]


def test_a_hold_that_an_officer_gave_stays_when_a_hand_off_is_declined(rooms: Any) -> None:
    reference = rooms.person("room")
    hold(rooms.store, reference, "milestone/01", RIVERSIDE)

    decline(rooms.store, reference, "room", RIVERSIDE, "full")

    assert end_offers_not_taken(rooms.store) == []


def test_two_workers_offer_one_place_once(
    town: Any, open_stores: Callable[[], Store], at_once: Callable[..., list[Any]]
) -> None:
    town.project("milestone", "room", "riverside", "01", "02")
    for _ in range(4):
        people = [town.person("room") for _ in range(3)]

        found = at_once(*(partial(offer_freed, open_stores()) for _ in range(3)))

        assert not any(isinstance(each, Exception) for each in found), found
        every = [one for each in found for one in each]
        assert len(every) == len({one.where for one in every}) == len({one.reference for one in every}) == 2
        with town.store.engine.begin() as connection:
            connection.execute(text("DELETE FROM handrail.place_uses"))
        for reference in people:
            town.end(reference)
    assert verify(town.store).wrong == 0


def test_a_person_is_told_what_fits_what_does_not_and_why_and_when_one_is_expected_free(
    rooms: Any, story: StoryClock
) -> None:
    rooms.project("kennel", "room", "padley", "1", "2", dogs=True)
    in_kennel, dog = rooms.person("room", dog=True), rooms.person("room", dog=True, ill=True)
    occupy(rooms.store, in_kennel, "kennel/1", PADLEY)
    rooms.void("kennel/2", hours=48)
    story.set_to(NOON + MOMENT)

    (bed, room) = sorted(match_person(rooms.store, dog), key=lambda match: match.kind)

    assert bed.kind == "bed"
    assert (room.nth, room.of, room.because) == (1, 1, ("is ill",))
    assert [(one.where, one.state) for one in room.places] == [
        ("kennel/2", "void"),
        ("kennel/1", "occupied"),
        ("milestone/01", "free"),
    ]
    assert room.places[0].expected_free == NOON + timedelta(hours=48)
    assert room.places[1].expected_free == NOON + timedelta(days=28)
    assert [one.title for one in room.places[2].why_not] == ["A dog needs a place that takes dogs"]


def test_of_a_place_is_told_who_waits_in_order_and_why(rooms: Any, story: StoryClock) -> None:
    first = rooms.person("room")
    story.set_to(NOON + MOMENT)
    ill, dog = rooms.person("room", ill=True), rooms.person("room", dog=True)

    found = match_place(rooms.store, "milestone/01")

    assert found.state == "free"
    assert [(one.nth, one.reference, one.because) for one in found.waiters if one.reference != dog] == [
        (1, ill, ("is ill",)),
        (2, first, ()),
    ]
    assert [one.reason for each in found.waiters for one in each.why_not] == ["pet"]


def test_on_duty_the_sweep_of_hand_offs_sees_to_places_and_tells_it_by_reference(rooms: Any, story: StoryClock) -> None:
    rooms.project("shelter", "bed", "mission", "1")
    story.set_to(NOON - MOMENT)
    waits = rooms.person("room")
    story.set_to(NOON)
    guest = rooms.person("bed")

    batch = wake_hand_offs_and_places(rooms.store, 10)

    assert {(act.reference, act.kind) for act in batch.acts} == {(guest, "place_held"), (waits, "place_offered")}
    assert batch.changes == {"place_held": 1, "place_offered": 1, "night_opened": 1}
    assert batch.size == 3
    assert wake_hand_offs_and_places(rooms.store, 10).size == 0
    due = next_hand_off_or_place(rooms.store)
    assert due is not None
    assert NOON + timedelta(hours=4) <= due <= NOON + timedelta(hours=4, seconds=1)
    story.set_to(due)
    kinds = {act.kind for act in see_to_places(rooms.store)}
    story.set_to(due + MOMENT)
    kinds |= {act.kind for act in see_to_places(rooms.store)}
    assert {"night_cut_off", "place_missed", "hold_lapsed"} <= kinds


def test_nothing_is_due_where_there_are_no_places(told_town: Any) -> None:
    told_town.person("room")

    assert see_to_places(told_town.store) == []


def test_what_fails_with_places_leaves_an_incident_and_the_cases_are_woken_all_the_same(
    rooms: Any, story: StoryClock
) -> None:
    reference = rooms.person("room")
    record(rooms.store, reference, Said("need.stated", {"ill": True}, OUTREACH))
    with rooms.store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE handrail.place_uses RENAME COLUMN reason TO reasons"))
    story.set_to(NOON + timedelta(days=3))

    batch = wake_hand_offs_and_places(rooms.store, 10)

    assert batch.cases == 1
    assert batch.changes["hand_off_expired"] >= 1
    assert {incident.kind for incident in open_incidents(rooms.store)} == {"places_stuck"}
    assert wake_due(rooms.store).cases == 0


def test_a_room_that_is_left_is_offered_to_the_next(rooms: Any, story: StoryClock) -> None:
    first, second = rooms.person("room"), rooms.person("room")
    occupy(rooms.store, first, "milestone/01", RIVERSIDE)
    assert offered(rooms) == []
    story.set_to(NOON + MOMENT)

    leave(rooms.store, first, None, RIVERSIDE, "moved_on")

    assert offered(rooms) == [(second, "milestone/01", False)]
