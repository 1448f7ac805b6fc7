"""Both nights of 2026 in which clocks change, in three zones: every twenty minutes, and whatever a clock is asked.

Random minutes seldom hit the hour that is shown twice; here each is tried, from both sides and from days away.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from slow_clocks import DAY, HOUR, ZONES, SlowClock, Span, day_of, instant_of, slow_zone

from pathways.calendars import Calendar
from pathways.clocks import Duration, Unit
from pathways.opening_hours import ALWAYS, OFFICE, OpeningHours, parse_opening_hours

MOMENT = timedelta(microseconds=1)
HOLIDAYS = frozenset({date(2026, 4, 3), date(2026, 4, 6), date(2026, 9, 7), date(2026, 10, 26)})
NIGHTS = parse_opening_hours({"every day": ["00:00-01:40", "22:30-24:00"]})
WEEKS: dict[str, OpeningHours] = {"office": OFFICE, "always": ALWAYS, "nights": NIGHTS}
AWAY = (-14, -7, -3, -1, 0, 1, 7)
"""Days from the night in which clocks change."""
LENGTHS = (
    *(Duration(amount, Unit.DAYS) for amount in (1, 2, 3, 7)),
    *(Duration(amount, Unit.WORKING_DAYS) for amount in (1, 2, 5)),
    *(Duration(amount, Unit.WORKING_HOURS) for amount in (1, 8)),  # eight end at closing time
    Duration(2, Unit.WEEKS),
    Duration(3, Unit.HOURS),
    Duration(90, Unit.MINUTES),
)
in_each_zone = pytest.mark.parametrize("zone", ZONES)
in_each_week = pytest.mark.parametrize("week", WEEKS)


def clocks(zone: str, week: str) -> tuple[Calendar, SlowClock]:
    hours = WEEKS[week]
    spans: list[tuple[Span, ...]] = [
        tuple((opens.hour * HOUR + opens.minute, (closes.hour * HOUR + closes.minute) or DAY) for opens, closes in day)
        for day in hours.week
    ]
    slow = SlowClock(slow_zone(zone), frozenset(map(day_of, HOLIDAYS)), tuple(spans), open_on_holidays=False)
    return Calendar(ZoneInfo(zone), HOLIDAYS, hours), slow


def minutes(zone: str, step: int) -> Iterator[int]:
    for change in slow_zone(zone).changes:
        if instant_of(change).year == 2026:
            for away in AWAY:
                yield from range(change + away * DAY - 130, change + away * DAY + 131, step)


@in_each_zone
@in_each_week
def test_every_length_and_every_window_are_those_of_counted_minutes(zone: str, week: str) -> None:
    fast, slow = clocks(zone, week)
    for minute in minutes(zone, 20):
        for length in LENGTHS:
            due = slow.due(minute, length, [])
            assert due is not None
            assert fast.add(instant_of(minute), length) == instant_of(due), (minute, length)
            start = slow.window_start(minute, length)
            assert fast.window_start(instant_of(minute), length) == instant_of(start), (minute, length)


@in_each_zone
@in_each_week
def test_an_event_leaves_every_window_when_counted_minutes_say_so(zone: str, week: str) -> None:
    fast, _ = clocks(zone, week)
    for minute in minutes(zone, 20):
        for length in LENGTHS:
            leaves = fast.leaves_window(instant_of(minute), length)
            assert fast.window_start(leaves - MOMENT, length) < instant_of(minute), (minute, length)
            assert fast.window_start(leaves, length) >= instant_of(minute), (minute, length)


@in_each_zone
def test_every_time_of_day_and_every_midnight_come_when_minutes_are_counted(zone: str) -> None:
    fast, slow = clocks(zone, "office")
    for minute in minutes(zone, 20):
        assert fast.next_midnight(instant_of(minute)) == instant_of(slow.next_midnight(minute)), minute
        for clock in (0, 30, HOUR, 90, 105, 2 * HOUR, 9 * HOUR, 23 * HOUR, 23 * HOUR + 30):
            found = fast.next_time(instant_of(minute), time(*divmod(clock, HOUR)))
            assert found == instant_of(slow.next_time(minute, clock)), (minute, clock)


@in_each_zone
@in_each_week
def test_every_pause_in_such_a_night_moves_a_clock_on_by_what_it_covers(zone: str, week: str) -> None:
    fast, slow = clocks(zone, week)
    for change in slow.zone.changes:
        if instant_of(change).year != 2026:
            continue
        for begins in range(change - 90, change + 91, 30):
            for ends in (begins + 10, begins + 70, begins + DAY):
                for length in (Duration(1, Unit.DAYS), Duration(1, Unit.WORKING_DAYS), Duration(2, Unit.WORKING_HOURS)):
                    start = change - DAY - 40
                    due = slow.due(start, length, [(begins, ends)])
                    assert due is not None
                    told = fast.due(instant_of(start), length, [(instant_of(begins), instant_of(ends))])
                    assert told == instant_of(due), (start, begins, ends, length)


@pytest.mark.parametrize(
    ("zone", "day", "midnights"),
    [
        pytest.param("America/St_Johns", date(2006, 10, 29), 2, id="clocks go back a minute after midnight"),
        pytest.param("America/Havana", date(2026, 11, 1), 2, id="clocks go back from one o'clock to midnight"),
        pytest.param("Asia/Beirut", date(2026, 3, 29), 0, id="midnight is skipped"),
    ],
)
def test_a_day_ends_when_the_next_is_shown_for_good(zone: str, day: date, midnights: int) -> None:
    fast = Calendar(ZoneInfo(zone), frozenset(), ALWAYS)
    noon = instant_of(day_of(day) * DAY) - timedelta(hours=12)
    instants = [noon + timedelta(minutes=minute) for minute in range(2 * DAY)]
    shown = [fast.local(instant) for instant in instants]
    ends = [at for at, (one, following) in enumerate(pairwise(shown), 1) if one.date() < following.date()]

    assert sum(one.date() == day and one.time() == time() for one in shown) == midnights
    for at in range(DAY):
        end = next(end for end in ends if end > at and shown[end].date() > shown[at].date())
        assert fast.next_midnight(instants[at]) == instants[end], shown[at]


def test_a_time_that_is_skipped_before_midnight_comes_as_the_next_day_begins() -> None:
    fast = Calendar(ZoneInfo("America/Toronto"), frozenset(), ALWAYS)  # in 1919 from 23:30 to 00:30 of the next day
    forward = datetime(1919, 3, 31, 4, 30, tzinfo=UTC)

    assert fast.local(forward - MOMENT).isoformat()[:16] == "1919-03-30T23:29"
    assert fast.next_time(forward, time(23, 45)) == fast.next_time(forward - MOMENT, time(23, 45)) == forward
    assert fast.next_time(forward + MOMENT, time(23, 45)) == datetime(1919, 4, 1, 3, 45, tzinfo=UTC)
