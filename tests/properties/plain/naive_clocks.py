"""Clocks counted the slow way: by stepping over days and minutes and looking at what the wall shows.

Nothing here is quick, and every instant is a whole minute. Two counts that are held against slow definitions
elsewhere (tests of the calendar) are taken from there: working days that a pause covers, and working windows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import count
from zoneinfo import ZoneInfo

from pathways.calendars import Calendar
from pathways.clocks import parse_duration
from pathways.opening_hours import OFFICE

Pauses = tuple[tuple[datetime, datetime | None], ...]
Hours = Mapping[int, tuple[tuple[int, int], ...]]
"""By weekday from Monday (0): from which minute of the day until which it is open."""
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
OFFICE_HOURS: Hours = dict.fromkeys(range(5), ((540, 1020),))
LONGEST_REPEAT = 180
"""No zone shows more than this many minutes again when its clocks go back."""


class NaiveClocks:
    """The clocks of one pathway: its zone, its holidays, and the opening hours of its agencies."""

    def __init__(self, zone: str, holidays: frozenset[date], hours: Mapping[str, Hours]) -> None:
        self.zone = ZoneInfo(zone)
        self.holidays = holidays
        self.hours = hours
        self.calendar = Calendar(self.zone, holidays, OFFICE)
        self.due = cache(self._due)
        self.leaves = cache(self._leaves)
        self.wall = cache(self._wall)

    def _wall(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone).replace(tzinfo=None, fold=0)

    def resolve(self, wall: datetime) -> datetime:
        """Return the first instant at which the wall shows ``wall``, or the first after the gap that skips it."""
        early = (wall.replace(tzinfo=UTC)) - timedelta(hours=26)
        late = early + timedelta(hours=52)
        guess = wall.replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        if self.wall(guess) == wall:
            return guess
        return next(
            instant
            for instant in (guess + step * MINUTE for step in range(-LONGEST_REPEAT, LONGEST_REPEAT))
            if early < instant < late and self.wall(instant) > wall
        )

    def next_time(self, at_or_after: datetime, at: str) -> datetime:
        """Return the first instant from ``at_or_after`` on that some local day's ``at`` means."""
        start = self.wall(at_or_after).date() - DAY
        return next(
            found for found in (self.at_time(start + days * DAY, at) for days in range(4)) if found >= at_or_after
        )

    def at_time(self, day: date, at: str) -> datetime:
        hour, _, minute = at.partition(":")
        return self.resolve(datetime.combine(day, time(int(hour), int(minute))))

    def start_of_day(self, instant: datetime) -> datetime:
        return self.resolve(datetime.combine(self.wall(instant).date(), time()))

    def end_of_day(self, instant: datetime) -> datetime:
        return self.resolve(datetime.combine(self.wall(instant).date() + DAY, time()))

    def working_day(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self.holidays

    def open_at(self, agency: str | None, instant: datetime) -> bool:
        """Whether the minute that begins at ``instant`` is a working minute of the agency, or of any office."""
        wall = self.wall(instant)
        minute = wall.hour * 60 + wall.minute
        hours = OFFICE_HOURS if agency is None else self.hours[agency]
        inside = any(begin <= minute < end for begin, end in hours.get(wall.weekday(), ()))
        return inside and wall.date() not in self.holidays

    def add(self, start: datetime, duration: str, agency: str | None = None) -> datetime:
        found = self.due(agency, start, duration, ())
        assert found is not None
        return found

    def _due(self, agency: str | None, start: datetime, duration: str, pauses: Pauses) -> datetime | None:
        """Return when ``duration`` is over that began at ``start``, or None while a pause has no end yet."""
        amount, unit = _parsed(duration)
        if amount == 0 or unit in {"minute", "hour", "day", "week"}:
            return _moved_on(self._in_real_time(start, amount, unit), start, pauses)
        if unit == "working day":
            return self.calendar.due(start, parse_duration(duration), pauses)
        return self._in_working_hours(agency, start, amount * 60, pauses)

    def _in_real_time(self, start: datetime, amount: int, unit: str) -> datetime:
        match unit:
            case "minute":
                return start + amount * MINUTE
            case "hour":
                return start + amount * 60 * MINUTE
            case _ if amount == 0:
                return start
            case _:
                return self.resolve(self.wall(start) + amount * DAY * (7 if unit == "week" else 1))

    def _in_working_hours(self, agency: str | None, start: datetime, wanted: int, pauses: Pauses) -> datetime | None:
        worked = 0
        instant = start
        while worked < wanted:
            pause = next((one for one in pauses if one[0] <= instant and (one[1] is None or instant < one[1])), None)
            if pause is not None:
                if pause[1] is None:
                    return None
                instant = pause[1]
                continue
            worked += self.open_at(agency, instant)
            instant += MINUTE
        # A pause that begins at the very instant at which the work would be over comes too late.
        return instant

    def _leaves(self, occurred: datetime, window: str) -> datetime:
        """Return the first instant at which what occurred lies in the window no longer; it never comes back."""
        amount, unit = _parsed(window)
        if unit in {"minute", "hour"}:
            return self._in_real_time(occurred, amount, unit)
        if unit.startswith("working"):
            return self.calendar.leaves_window(occurred, parse_duration(window))
        days = amount * (7 if unit == "week" else 1)
        guess = self.resolve(self.wall(occurred) + days * DAY)
        return next(
            instant
            for instant in (guess + step * MINUTE for step in count(-LONGEST_REPEAT))
            if self.resolve(self.wall(instant) - days * DAY) >= occurred
        )

    def within(self, occurred: datetime, window: str, now: datetime) -> bool:
        return occurred <= now < self.leaves(occurred, window)


def _moved_on(due: datetime, start: datetime, pauses: Pauses) -> datetime | None:
    """Return ``due`` moved on by the real length of each pause that had begun before it."""
    end_of_last = start
    for begins, ends in sorted(pauses, key=lambda pause: pause[0]):
        if begins >= due:
            break
        if ends is None:
            return None
        end_of_last = max(end_of_last, begins)
        if ends > end_of_last:
            due += ends - end_of_last
            end_of_last = ends
    return due


@cache
def _parsed(duration: str) -> tuple[int, str]:
    amount, _, unit = duration.partition(" ")
    return int(amount), unit.removesuffix("s")
