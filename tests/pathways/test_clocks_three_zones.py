"""Every clock against one that counts minute by minute, in three zones, around the days on which clocks go wrong.

The slow clock is written from the rules in docs/language.md, "Clocks", and knows of the product only its answers.
It counts minutes since 1970, and what a wall shows as well. ``HANDRAIL_LONG=1`` tries fifty times as much.
"""

from __future__ import annotations

import os
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate, pairwise
from operator import add
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.bank_holidays import england_and_wales
from pathways.calendars import Calendar
from pathways.clocks import Duration, Unit
from pathways.opening_hours import DAYS, OpeningHours, parse_opening_hours

HOUR, DAY = 60, 24 * 60
MINUTE, MOMENT = timedelta(minutes=1), timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ("Europe/London", "Australia/Lord_Howe", "America/Santiago")  # by an hour, by half, and over midnight

Span = tuple[int, int]
Pause = tuple[int, int | None]

LONGER = 50 if os.environ.get("HANDRAIL_LONG") else 1
everywhere = pytest.mark.parametrize("zone", ZONES)
thorough = settings(max_examples=30 * LONGER, deadline=None, suppress_health_check=list(HealthCheck))


def minute_of(instant: datetime) -> int:
    return (instant - EPOCH) // MINUTE


def instant_of(minute: int) -> datetime:
    return EPOCH + minute * MINUTE


def day_of(day: date) -> int:
    return day.toordinal() - EPOCH.toordinal()


def calendar_day(day: int) -> date:
    return date.fromordinal(day + EPOCH.toordinal())


FIRST, LAST = minute_of(datetime(2023, 6, 1, tzinfo=UTC)), minute_of(datetime(2029, 9, 1, tzinfo=UTC))
TURNS_OF_THE_YEAR = (date(2024, 2, 29), date(2028, 2, 29), date(2025, 2, 28), date(2024, 12, 31), date(2027, 12, 31))


@dataclass(frozen=True)
class SlowZone:
    """What the clocks of a zone show at every minute of six years."""

    name: str
    offsets: array[int]
    furthest: array[int]
    """By minute: the latest that the clocks have shown so far."""
    changes: tuple[int, ...]
    """The minutes at which clocks are put forward or back."""

    def __repr__(self) -> str:
        return self.name

    def shown(self, minute: int) -> int:
        return minute + self.offsets[minute - FIRST]

    def reached(self, minute: int) -> int:
        """Return how far the clocks have come: all that they showed for a whole minute is over."""
        return max(self.shown(minute), self.furthest[minute - 1 - FIRST] + 1)

    def meant(self, wall: int) -> int:
        """Return the first minute at which clocks show ``wall`` or, if they skip it, more."""
        return FIRST + bisect_left(self.furthest, wall)


@cache
def slow_zone(name: str) -> SlowZone:
    zone = ZoneInfo(name)

    def offset(minute: int) -> int:
        east = instant_of(minute).astimezone(zone).utcoffset()
        assert east is not None
        return east // MINUTE

    offsets, changes, before = array("h"), [], offset(FIRST)
    for hour in range(FIRST, LAST, HOUR):
        after = offset(hour + HOUR)
        found = [before] * HOUR if before == after else [offset(minute) for minute in range(hour, hour + HOUR + 1)]
        changes += [hour + at for at, (one, next_) in enumerate(pairwise(found), 1) if one != next_]
        offsets.extend(found[:HOUR])
        before = after
    furthest = array("q", accumulate(map(add, range(FIRST, LAST), offsets), max))
    return SlowZone(name, offsets, furthest, tuple(changes))


@dataclass(frozen=True)
class SlowClock:
    """The clocks of one agency. ``week`` has its hours by weekday, in minutes since midnight."""

    zone: SlowZone
    holidays: frozenset[int]
    week: tuple[tuple[Span, ...], ...]
    open_on_holidays: bool

    def works(self, day: int) -> bool:
        return bool(self.week[(day + 3) % 7]) and (self.open_on_holidays or day not in self.holidays)

    def is_open(self, minute: int) -> bool:
        """An hour that is shown again belongs to whatever was open when it began again."""
        day, clock = divmod(self.zone.furthest[minute - FIRST], DAY)
        return self.works(day) and any(opens <= clock < closes for opens, closes in self.week[(day + 3) % 7])

    def due(self, start: int, length: Duration, pauses: list[Pause]) -> int | None:
        """Count minute by minute what no pause holds up. Nothing is counted only without pauses."""
        match length.unit if length.amount else Unit.MINUTES:
            case Unit.WORKING_HOURS:
                return self._working_hours(start, length.amount * HOUR, pauses)
            case Unit.WORKING_DAYS:
                return self._working_days(start, length.amount, pauses)
        due, minute = self._without_pauses(start, length), start
        while minute < due:
            if any(until is None for until in _pausing(minute, pauses)):
                return None
            due += bool(_pausing(minute, pauses))
            minute += 1
        return due

    def _without_pauses(self, start: int, length: Duration) -> int:
        if length.amount == 0 or length.unit is Unit.MINUTES:
            return start + length.amount
        if length.unit is Unit.HOURS:
            return start + length.amount * HOUR
        days = length.amount * (7 if length.unit is Unit.WEEKS else 1)
        return self.zone.meant(self.zone.shown(start) + days * DAY)

    def _working_hours(self, start: int, left: int, pauses: list[Pause]) -> int | None:
        minute = start
        while left:
            pausing = _pausing(minute, pauses)
            if any(until is None for until in pausing):
                return None
            left -= not pausing and self.is_open(minute)
            minute += 1
        return minute

    def _working_days(self, start: int, left: int, pauses: list[Pause]) -> int | None:
        wall = self.zone.shown(start)
        while left:
            wall += DAY
            left -= self.works(wall // DAY)
        minute = start
        while minute < self.zone.meant(wall):
            pausing = _pausing(minute, pauses)
            if any(until is None for until in pausing):
                return None
            if pausing:
                for passed in range(self.zone.reached(minute), self.zone.reached(minute + 1)):
                    wall = self._next_working_minute(wall) if self.works(passed // DAY) else wall
            minute += 1
        return self.zone.meant(wall)

    def _next_working_minute(self, wall: int) -> int:
        wall += 1
        while not self.works(wall // DAY):
            wall += 1
        return wall

    def window_start(self, now: int, length: Duration) -> int:
        amount, wall = length.amount, self.zone.reached(now)
        match length.unit if amount else Unit.MINUTES:
            case Unit.MINUTES:
                return now - amount
            case Unit.HOURS:
                return now - amount * HOUR
            case Unit.DAYS:
                return self.zone.meant(wall - amount * DAY)
            case Unit.WEEKS:
                return self.zone.meant(wall - amount * 7 * DAY)
            case Unit.WORKING_DAYS:
                return self._working_days_back(wall, amount)
            case Unit.WORKING_HOURS:
                return self._working_hours_back(now, amount * HOUR)

    def _working_days_back(self, wall: int, left: int) -> int:
        """On a day that is none, the window already waits for the next one to begin."""
        day, clock = divmod(wall, DAY)
        clock = clock if self.works(day) else 0
        while left:
            day -= 1
            left -= self.works(day)
        return self.zone.meant(day * DAY + clock)

    def _working_hours_back(self, minute: int, left: int) -> int:
        while left:
            minute -= 1
            left -= self.is_open(minute)
        return minute

    def next_time(self, now: int, clock: int) -> int:
        """Return the first of the instants, one a day, that ``clock`` means, at or after ``now``."""
        today = self.zone.shown(now) // DAY
        return min(due for day in range(-2, 3) if (due := self.zone.meant((today + day) * DAY + clock)) >= now)

    def next_midnight(self, now: int) -> int:
        today, minute = self.zone.shown(now) // DAY, now
        while self.zone.shown(minute) // DAY <= today:
            minute += 1
        return minute


def _pausing(minute: int, pauses: list[Pause]) -> list[int | None]:
    """Return the ends of the pauses in which ``minute`` lies."""
    return [until for begins, until in pauses if begins <= minute and (until is None or minute < until)]


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
