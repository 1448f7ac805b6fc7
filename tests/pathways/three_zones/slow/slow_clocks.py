"""Clocks that count minute by minute, written from the rules in docs/language.md, "Clocks".

They count minutes since 1970, and what a wall shows as well; of the product they know only how a length is named.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate, pairwise
from operator import add
from zoneinfo import ZoneInfo

from pathways.clocks import Duration, Unit

HOUR, DAY = 60, 24 * 60
MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ("Europe/London", "Australia/Lord_Howe", "America/Santiago")  # by an hour, by half, and over midnight

Span = tuple[int, int]
Pause = tuple[int, int | None]


def minute_of(instant: datetime) -> int:
    return (instant - EPOCH) // MINUTE


def instant_of(minute: int) -> datetime:
    return EPOCH + minute * MINUTE


def day_of(day: date) -> int:
    return day.toordinal() - EPOCH.toordinal()


def calendar_day(day: int) -> date:
    return date.fromordinal(day + EPOCH.toordinal())


FIRST, LAST = minute_of(datetime(2023, 6, 1, tzinfo=UTC)), minute_of(datetime(2029, 9, 1, tzinfo=UTC))


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
    looked_up: dict[int, bool] = field(default_factory=dict, compare=False, repr=False)
    """Whether it is open, by minute: the same ones are counted again and again."""

    def works(self, day: int) -> bool:
        return bool(self.week[(day + 3) % 7]) and (self.open_on_holidays or day not in self.holidays)

    def is_open(self, minute: int) -> bool:
        """An hour that is shown again belongs to whatever was open when it began again."""
        found = self.looked_up.get(minute)
        if found is None:
            found = self.looked_up[minute] = self._is_open(minute)
        return found

    def _is_open(self, minute: int) -> bool:
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
        while pauses and minute < due:
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
        while pauses and minute < self.zone.meant(wall):
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
