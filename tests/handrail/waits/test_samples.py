"""Who is counted, with how many days, as things were known at an instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from handrail.waits.samples import Arrivals, Spell, Waits, Windows, before_and_now, waits_from_counts, waits_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MONDAY = date(2026, 3, 2)


def after(days: float) -> datetime:
    return NOON + timedelta(days=days)


def on(day: int) -> date:
    return MONDAY + timedelta(days=day)


@pytest.mark.parametrize(
    ("days", "counted"),
    [
        pytest.param(0, 0, id="at once"),
        pytest.param(0.1, 1, id="within the first day"),
        pytest.param(1, 1, id="after a day to the second"),
        pytest.param(1.1, 2, id="within the second day"),
        pytest.param(-3, 0, id="before they came, which was not to wait"),
    ],
)
def test_a_wait_that_is_over_counts_the_day_within_which_it_ended(days: float, counted: int) -> None:
    assert waits_of([Spell(NOON, after(days))], after(30)) == Waits({counted: 1}, {})


@pytest.mark.parametrize(("days", "counted"), [(0.5, 0), (1, 1), (1.9, 1)])
def test_a_wait_that_goes_on_counts_the_days_that_are_full(days: float, counted: int) -> None:
    assert waits_of([Spell(NOON)], after(days)) == Waits({}, {counted: 1})


def test_an_earlier_instant_sees_what_was_known_then() -> None:
    spells = [Spell(NOON, after(2)), Spell(NOON, after(9)), Spell(after(4), None), Spell(after(6), after(7))]

    assert waits_of(spells, after(5)) == Waits({2: 1}, {5: 1, 1: 1})
    assert waits_of(spells, after(9.5)) == Waits({2: 1, 9: 1, 1: 1}, {5: 1})


def test_counts_of_local_days_stop_before_the_day_that_runs() -> None:
    arrivals = [
        Arrivals(on(0), on(3), 2),
        Arrivals(on(0), on(5), 4),
        Arrivals(on(4), None, 8),
        Arrivals(on(5), None, 16),
        Arrivals(on(-1), None, 32),
        Arrivals(on(2), on(1), 64),
    ]

    assert waits_from_counts(arrivals, since=on(0), as_at=on(5)) == Waits({3: 2, 0: 64}, {4: 4, 0: 8})


def test_what_happens_now_to_those_who_came_before_is_not_laid_to_before() -> None:
    arrivals = [Arrivals(on(0), on(4), 3), Arrivals(on(6), on(20), 5), Arrivals(on(12), None, 7)]

    before, now = before_and_now(arrivals, as_at=on(21), windows=Windows(now=11, before=10))

    assert before == Waits({4: 3}, {3: 5})
    assert now == Waits({}, {8: 7})


def test_people_are_those_who_left_and_those_who_wait() -> None:
    waits = Waits({2: 3, 9: 1}, {5: 2, 12: 0})

    assert (waits.left, waits.still_waiting, waits.people, waits.followed) == (4, 2, 6, 9)
    assert Waits({}, {}).followed == 0


@pytest.mark.parametrize(("finished", "waiting"), [({-1: 2}, {}), ({}, {3: -2})])
def test_days_and_people_below_none_are_refused(finished: dict[int, int], waiting: dict[int, int]) -> None:
    with pytest.raises(ValueError, match="expected were counts from 0 up"):
        Waits(finished, waiting)
