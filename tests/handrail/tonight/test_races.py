"""Two do the same at the same instant, on connections of their own: one bed, one person, one night closed once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from handrail.casework import (
    PlaceUsed,
    Presented,
    Speaker,
    cut_off,
    give_up,
    hold,
    nightly_kinds,
    open_night,
    present,
    present_unknown,
    tonight,
    verify,
)
from handrail.errors import NotPossible
from handrail.wiring import Store

MISSION = Speaker("mission")
ROUNDS = 5


@pytest.fixture
def shelter(town: Any) -> Any:
    town.project("shelter", "bed", "mission", "1", "2")
    return town


def set_cut_off(town: Any, milliseconds: int) -> None:
    """Have tonight's cut-off, and with it all holds for tonight, be so many milliseconds from now."""
    with town.store.engine.begin() as connection:
        connection.execute(
            text(
                "WITH clock AS MATERIALIZED (SELECT clock_timestamp() + make_interval(secs => :s) AS at),"
                " moved AS (UPDATE handrail.nights SET cut_off_at = clock.at, closed_at = NULL,"
                "  ends_at = clock.at + interval '12 hours' FROM clock)"
                " UPDATE handrail.place_uses SET during = tstzrange(lower(during), clock.at, '[]') FROM clock"
                " WHERE use = 'hold' AND ended IS NULL AND upper(during) > clock_timestamp()"
            ),
            {"s": milliseconds / 1000},
        )


def forget(town: Any) -> None:
    """Have nobody have come or be kept a place."""
    with town.store.engine.begin() as connection:
        for table in ("arrivals", "place_uses", "nights"):
            connection.execute(text(f"DELETE FROM handrail.{table}"))  # noqa: S608 (names of tables)


def night_to_come(town: Any) -> None:
    """Have a night be open whose cut-off is an hour from now, whatever the time of day is."""
    open_night(town.store, nightly_kinds(town.store)[0])
    set_cut_off(town, 3_600_000)
    open_night(town.store, "bed")


def test_of_many_walk_ups_at_once_each_place_goes_to_one(
    shelter: Any, open_stores: Callable[[], Store], at_once: Callable[..., list[Any]]
) -> None:
    for _ in range(ROUNDS):
        night_to_come(shelter)
        people = [shelter.person() for _ in range(4)]

        found = at_once(*(partial(present, open_stores(), "bed", reference, MISSION) for reference in people))

        assert all(isinstance(each, Presented) for each in found), found
        listed = tonight(shelter.store, "bed")
        arrived = [line for line in listed.guests if line.state == "arrived"]
        assert {line.where for line in arrived} == {"shelter/1", "shelter/2"}
        assert len({line.reference for line in arrived}) == 2
        assert sum(line.state == "waiting" for line in listed.guests) == 2
        forget(shelter)
    assert verify(shelter.store).wrong == 0


def test_one_person_who_is_let_in_at_two_desks_at_once_has_one_place(
    shelter: Any, open_stores: Callable[[], Store], at_once: Callable[..., list[Any]]
) -> None:
    for _ in range(ROUNDS):
        reference = shelter.person("bed")
        night_to_come(shelter)

        found = at_once(*(partial(present, open_stores(), "bed", reference, MISSION) for _ in range(3)))

        assert all(isinstance(each, Presented) for each in found), found
        assert sorted(each.mine.repeated for each in found) == [False, True, True]
        assert len(shelter.events(reference, "bed.presented")) == 1
        forget(shelter)
        shelter.end(reference)
    assert verify(shelter.store).wrong == 0


def test_the_last_bed_held_by_hand_and_given_at_the_door_at_once_goes_to_one(
    shelter: Any, open_stores: Callable[[], Store], at_once: Callable[..., list[Any]]
) -> None:
    for _ in range(ROUNDS):
        night_to_come(shelter)
        by_hand, walk_up = shelter.person(), shelter.person()
        present_unknown(shelter.store, "bed", MISSION, "shelter/2")

        held, came, unknown = at_once(
            partial(hold, open_stores(), by_hand, "shelter/1", MISSION),
            partial(present, open_stores(), "bed", walk_up, MISSION),
            partial(present_unknown, open_stores(), "bed", MISSION),
        )

        has = [
            isinstance(held, PlaceUsed),
            isinstance(came, Presented) and came.mine.state == "allocated",
            isinstance(unknown, Presented),
        ]
        assert sum(has) == 1, (held, came, unknown)
        assert all(isinstance(each, PlaceUsed | Presented | NotPossible) for each in (held, came, unknown))
        forget(shelter)
    assert verify(shelter.store).wrong == 0


def test_two_workers_who_run_the_cut_off_at_once_close_the_night_once(
    shelter: Any, open_stores: Callable[[], Store], at_once: Callable[..., list[Any]]
) -> None:
    for _ in range(ROUNDS):
        expected = [shelter.person("bed") for _ in range(2)]
        night_to_come(shelter)
        waits = [shelter.person() for _ in range(3)]
        for reference in waits:
            present(shelter.store, "bed", reference, MISSION)
        set_cut_off(shelter, 0)

        found = at_once(*(partial(cut_off, open_stores()) for _ in range(3)))

        done = [each for each in found if each is not None]
        assert not any(isinstance(each, Exception) for each in found), found
        assert len(done) == 1
        assert {each.reference for each in done[0].missed} <= set(expected)
        assert {each.reference for each in done[0].given} == set(waits[:2])
        assert [len(shelter.events(each, "bed.missed")) for each in expected] == [1, 1]
        forget(shelter)
        for reference in expected:
            shelter.end(reference)
    assert verify(shelter.store).wrong == 0


def test_the_cut_off_that_passes_while_people_come_misses_nobody_who_came_and_gives_each_bed_once(
    shelter: Any, open_stores: Callable[[], Store], at_once: Callable[..., list[Any]]
) -> None:
    for nth in range(2 * ROUNDS):
        expected = [shelter.person("bed") for _ in range(2)]
        night_to_come(shelter)
        waits = shelter.person()
        set_cut_off(shelter, 8 * nth)

        first, second, third, *swept = at_once(
            *(partial(present, open_stores(), "bed", reference, MISSION) for reference in (*expected, waits)),
            *(partial(keep_cutting, open_stores()) for _ in range(2)),
        )

        came = [each for each in (first, second, third) if isinstance(each, Presented)]
        assert len(came) == 3, (first, second, third)
        assert not any(isinstance(each, Exception) for each in swept), swept
        listed = tonight(shelter.store, "bed")
        stays = [line for line in listed.guests if line.state == "arrived"]
        assert len({line.where for line in stays}) == len(stays) == 2
        assert sum(len(each) for each in swept) == 1
        for reference, found in zip(expected, (first, second), strict=True):
            missed = len(shelter.events(reference, "bed.missed"))
            in_time = found.mine.state == "allocated" and missed == 0
            late = missed == 1 or found.mine.state in {"waiting", "refused"} or found.mine.state == "allocated"
            assert in_time or late
            (line,) = [line for line in listed.guests if line.reference == reference]
            assert line.state in {"arrived", "refused"}
        forget(shelter)
        for reference in expected:
            shelter.end(reference)
    assert verify(shelter.store).wrong == 0


def keep_cutting(store: Store) -> list[Any]:
    """Ask for the cut-off again and again, until somebody has closed the night."""
    found: list[Any] = []
    for _ in range(1000):
        if (done := cut_off(store)) is not None:
            found.append(done)
        elif tonight(store, "bed").night.closed_at is not None:
            break
    return found


def test_who_moves_and_who_is_given_the_same_bed_never_wait_for_each_other(
    shelter: Any, open_stores: Callable[[], Store], at_once: Callable[..., list[Any]]
) -> None:
    for _ in range(ROUNDS):
        people = [shelter.person("bed") for _ in range(2)]
        night_to_come(shelter)

        found = at_once(
            partial(give_up, open_stores(), people[0], "bed", MISSION),
            partial(present, open_stores(), "bed", people[1], MISSION),
            partial(present, open_stores(), "bed", shelter.person(), MISSION),
            partial(open_night, open_stores(), "bed"),
        )

        assert not any(isinstance(each, Exception) for each in found), found
        forget(shelter)
        for reference in people:
            shelter.end(reference)
    assert verify(shelter.store).wrong == 0
