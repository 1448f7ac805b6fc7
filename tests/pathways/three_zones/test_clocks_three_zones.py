"""Every clock against one that counts minute by minute, in three zones, around the days on which clocks go wrong.

``HANDRAIL_LONG=1`` tries fifty times as much.
"""

from __future__ import annotations

import os
from datetime import date, time, timedelta
from functools import cache
from operator import add
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slow_clocks import (
    DAY,
    HOUR,
    MINUTE,
    ZONES,
    Pause,
    SlowClock,
    Span,
    calendar_day,
    day_of,
    instant_of,
    minute_of,
    slow_zone,
)

from integrations.bank_holidays import england_and_wales
from pathways.calendars import Calendar
from pathways.clocks import Duration, Unit
from pathways.opening_hours import DAYS, OpeningHours, parse_opening_hours

MOMENT = timedelta(microseconds=1)
TURNS_OF_THE_YEAR = (date(2024, 2, 29), date(2028, 2, 29), date(2025, 2, 28), date(2024, 12, 31), date(2027, 12, 31))
LONGER = 50 if os.environ.get("HANDRAIL_LONG") else 1
everywhere = pytest.mark.parametrize("zone", ZONES)
thorough = settings(max_examples=20 * LONGER, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def turning_points(zone: str) -> tuple[int, ...]:
    """Return where to look: changes of the clocks, leap days, ends of years, bank holidays."""
    slow = slow_zone(zone)
    days = (*TURNS_OF_THE_YEAR, *(day for day in england_and_wales() if 2024 <= day.year <= 2028))
    changes = [minute for minute in slow.changes if 2024 <= instant_of(minute).year <= 2028]
    return (*changes, *changes, *(slow.meant(day_of(day) * DAY) for day in sorted(days)))


def minutes(zone: str) -> st.SearchStrategy[int]:
    """A minute near a turning point: within two hours, a day or a week of it."""
    near = st.sampled_from([2 * HOUR, 26 * HOUR, 8 * DAY]).flatmap(lambda reach: st.integers(-reach, reach))
    return st.builds(add, st.sampled_from(turning_points(zone)), near)


@st.composite
def days_open(draw: st.DrawFn) -> tuple[Span, ...]:
    """The hours of one day: none, all of it, or up to three intervals on whole quarters of an hour."""
    quarters = draw(st.sets(st.integers(0, 96), max_size=6))
    edges = [quarter * 15 for quarter in sorted(quarters)][: len(quarters) // 2 * 2]
    return draw(st.sampled_from([tuple(zip(edges[::2], edges[1::2], strict=True)), ((9 * HOUR, 17 * HOUR),)]))


def weeks() -> st.SearchStrategy[tuple[tuple[Span, ...], ...]]:
    office = ((9 * HOUR, 17 * HOUR),)
    known = [(office,) * 5 + ((),) * 2, (((0, DAY),),) * 7, (((0, 100), (22 * HOUR, DAY)),) * 7]
    made = st.lists(days_open(), min_size=7, max_size=7).map(tuple).filter(any)
    return st.one_of(st.sampled_from(known), made)


@st.composite
def clocks(draw: st.DrawFn, zone: str) -> tuple[Calendar, SlowClock]:
    """One agency's clock twice: as the product reads its opening hours, and the slow one."""
    week, open_on_holidays = draw(weeks()), draw(st.booleans())
    slow = slow_zone(zone)
    changes = frozenset(calendar_day(slow.shown(minute) // DAY) for minute in slow.changes)
    holidays = draw(st.sampled_from([england_and_wales(), frozenset(TURNS_OF_THE_YEAR) | changes]))
    texts = {
        day: [f"{opens // HOUR:02}:{opens % HOUR:02}-{closes // HOUR:02}:{closes % HOUR:02}" for opens, closes in spans]
        for day, spans in zip(DAYS, week, strict=True)
    }
    hours = OpeningHours(parse_opening_hours(texts).week, open_on_holidays)
    fast = Calendar(ZoneInfo(zone), holidays, hours)
    return fast, SlowClock(slow, frozenset(map(day_of, holidays)), week, open_on_holidays)


def lengths(most: int = 6, least: int = 0) -> st.SearchStrategy[Duration]:
    return st.builds(Duration, st.integers(least, most), st.sampled_from(tuple(Unit)))


@st.composite
def pauses_near(draw: st.DrawFn, start: int) -> list[Pause]:
    """Up to three pauses around ``start``, in any order and overlapping as they like; the last may go on."""
    found: list[Pause] = []
    for _ in range(draw(st.integers(0, 3))):
        begins = start + draw(st.sampled_from([draw(st.integers(-DAY, 7 * DAY)), draw(st.integers(-90, 300))]))
        long = draw(st.sampled_from([0, 1, 30, HOUR, 150, DAY, 3 * DAY + 17]))
        found.append((begins, None if draw(st.integers(0, 9)) == 0 else begins + long))
    return found


@everywhere
@thorough
@given(data=st.data())
def test_every_length_ends_where_counting_minutes_ends(zone: str, data: st.DataObject) -> None:
    fast, slow = data.draw(clocks(zone))
    start, length = data.draw(minutes(zone)), data.draw(lengths())

    due = slow.due(start, length, [])

    assert due is not None
    assert fast.add(instant_of(start), length) == instant_of(due)


@everywhere
@thorough
@given(data=st.data())
def test_every_length_with_pauses_ends_where_counting_minutes_ends(zone: str, data: st.DataObject) -> None:
    fast, slow = data.draw(clocks(zone))
    start, length = data.draw(minutes(zone)), data.draw(lengths(4, least=1))
    pauses = data.draw(pauses_near(start))
    told = [(instant_of(begins), None if until is None else instant_of(until)) for begins, until in pauses]

    due = slow.due(start, length, pauses)

    assert fast.due(instant_of(start), length, told) == (None if due is None else instant_of(due))


@everywhere
@thorough
@given(data=st.data())
def test_every_window_begins_where_counting_minutes_back_ends(zone: str, data: st.DataObject) -> None:
    fast, slow = data.draw(clocks(zone))
    now, length = data.draw(minutes(zone)), data.draw(lengths())

    assert fast.window_start(instant_of(now), length) == instant_of(slow.window_start(now, length))


@everywhere
@thorough
@given(data=st.data())
def test_an_event_leaves_the_slow_window_in_the_minute_that_was_told(zone: str, data: st.DataObject) -> None:
    fast, slow = data.draw(clocks(zone))
    occurred, length = data.draw(minutes(zone)), data.draw(lengths())

    told = fast.leaves_window(instant_of(occurred), length)

    leaves = minute_of(told)
    assert instant_of(leaves) == told, "whole minutes lead to whole minutes"
    for later in (0, 1, data.draw(st.integers(0, 3 * DAY))):
        assert slow.window_start(leaves + later, length) >= occurred
    for earlier in (1, 2, data.draw(st.integers(1, 3 * DAY))):
        assert slow.window_start(leaves - earlier, length) < occurred


@everywhere
@thorough
@given(data=st.data())
def test_windows_and_leaving_them_are_inverse_to_the_microsecond(zone: str, data: st.DataObject) -> None:
    fast, _ = data.draw(clocks(zone))
    length, odd = data.draw(lengths(12)), data.draw(st.timedeltas(-MINUTE, MINUTE))
    occurred = instant_of(data.draw(minutes(zone))) + odd
    leaves = fast.leaves_window(occurred, length)
    now = leaves + data.draw(st.one_of(st.timedeltas(-3 * timedelta(days=1), timedelta(days=3)), st.just(-MOMENT)))

    assert (fast.window_start(now, length) >= occurred) == (now >= leaves)
    assert fast.leaves_window(fast.window_start(now, length), length) <= now
    assert leaves >= occurred


@everywhere
@thorough
@given(data=st.data())
def test_a_time_of_day_comes_when_counting_minutes_comes_to_it(zone: str, data: st.DataObject) -> None:
    fast, slow = data.draw(clocks(zone))
    now, clock = data.draw(minutes(zone)), data.draw(st.one_of(st.integers(0, 3 * HOUR), st.integers(0, DAY - 1)))

    found = fast.next_time(instant_of(now), time(*divmod(clock, HOUR)))

    assert found == instant_of(slow.next_time(now, clock))
    assert fast.next_time(instant_of(now) + MOMENT, time(*divmod(clock, HOUR))) >= found


@everywhere
@thorough
@given(data=st.data())
def test_a_day_ends_when_the_next_is_first_shown(zone: str, data: st.DataObject) -> None:
    fast, slow = data.draw(clocks(zone))
    now = data.draw(minutes(zone))
    other = now + data.draw(st.integers(-DAY, DAY))

    assert fast.next_midnight(instant_of(now)) == instant_of(slow.next_midnight(now))
    same = slow.zone.shown(now) // DAY == slow.zone.shown(other) // DAY
    assert fast.same_day(instant_of(now), instant_of(other)) == same
    assert fast.is_working_day(calendar_day(slow.zone.shown(now) // DAY)) == slow.works(slow.zone.shown(now) // DAY)


@everywhere
@thorough
@given(data=st.data())
def test_no_clock_is_early_and_a_longer_one_or_a_later_one_never_ends_before(zone: str, data: st.DataObject) -> None:
    fast, slow = data.draw(clocks(zone))
    start, length = data.draw(minutes(zone)), data.draw(lengths(12))
    more = Duration(length.amount + data.draw(st.integers(0, 3)), length.unit)
    later = start + data.draw(st.integers(0, 2 * DAY))

    due = fast.add(instant_of(start), length)

    assert due >= instant_of(start)
    assert fast.add(instant_of(start), more) >= due
    if slow.zone.shown(later) >= slow.zone.shown(start) and length.unit is not Unit.WORKING_DAYS:
        # Else clocks have gone back, and days keep their wall time; so do working days from any day of a weekend.
        assert fast.add(instant_of(later), length) >= due
    assert fast.window_start(instant_of(later), length) >= fast.window_start(instant_of(start), length)
