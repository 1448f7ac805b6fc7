"""Clocks counted along one agency's local calendar.

Every instant given or returned is aware; those returned are in UTC. The rules for skipped and repeated local
times stand in ``pathways.wall_clock``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from pathways.clocks import Duration, Unit
from pathways.opening_hours import MIDNIGHT, OpeningHours
from pathways.pauses import Pause, standstills
from pathways.wall_clock import WallClock, as_utc, wall_clock
from pathways.working_time import DAY, WorkingTime

DAYS_IN_WEEK = 7


@dataclass(frozen=True)
class Calendar:
    """A local calendar: a zone, its holidays (local dates besides closed weekdays) and opening hours.

    Days and weeks are local calendar days at the same wall time. Hours and minutes are real time. Working days
    are days with opening hours that are not holidays, at the same wall time: the day of the start is day zero,
    whatever day it is. Working hours are real time within opening hours. An amount of 0 is always the start.

    Working units raise ``ValueError`` when the hours are never open; instants without a zone always do.
    """

    zone: ZoneInfo
    holidays: frozenset[date]
    hours: OpeningHours

    _clock: WallClock = field(init=False, compare=False, repr=False)
    _working: WorkingTime = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_clock", wall_clock(self.zone))
        object.__setattr__(self, "_working", WorkingTime(self._clock, self.holidays, self.hours))

    def local(self, instant: datetime) -> datetime:
        """Return the same instant as an aware local time."""
        return self._clock.local(instant)

    def resolve(self, local_naive: datetime) -> datetime:
        """Return the instant that a local time means.

        A skipped time means the first instant after the gap, a repeated one its first occurrence.
        """
        return self._clock.resolve(local_naive)

    def add(self, start: datetime, duration: Duration) -> datetime:
        """Return the instant at which ``duration`` has passed since ``start``.

        Working hours that end exactly at closing time are over at that closing time.
        """
        start = as_utc(start)
        amount = duration.amount
        if amount == 0:
            return start
        match duration.unit:
            case Unit.DAYS:
                return self._add_days(start, amount)
            case Unit.HOURS | Unit.MINUTES:
                return start + _real_time(duration)
            case Unit.WEEKS:
                return self._add_days(start, amount * DAYS_IN_WEEK)
            case Unit.WORKING_DAYS:
                return self._add_working_days(start, amount)
            case Unit.WORKING_HOURS:
                return self._working.finish(start, timedelta(hours=amount))
            case _:
                assert_never(duration.unit)

    def window_start(self, now: datetime, duration: Duration) -> datetime:
        """Return the open end of the window (now - ``duration``, now]. It never moves back as ``now`` moves on.

        Days, weeks and working days count back at the same wall time; while clocks show an hour again, the end
        stands still. So it does over days that are not working days, at the start of the first working day
        counted. Working hours count back within opening hours; at an opening time the window ends just there.
        """
        now = as_utc(now)
        amount = duration.amount
        if amount == 0:
            return now
        match duration.unit:
            case Unit.DAYS:
                return self._days_before(now, amount)
            case Unit.HOURS | Unit.MINUTES:
                return now - _real_time(duration)
            case Unit.WEEKS:
                return self._days_before(now, amount * DAYS_IN_WEEK)
            case Unit.WORKING_DAYS:
                wall = self._working.settle(self._clock.furthest_wall(now))
                day = self._working.preceding(wall.date(), amount)
                return self._clock.resolve(datetime.combine(day, wall.time()))
            case Unit.WORKING_HOURS:
                return self._working.begin(now, timedelta(hours=amount))
            case _:
                assert_never(duration.unit)

    def leaves_window(self, occurred: datetime, duration: Duration) -> datetime:
        """Return the first ``now`` at which ``occurred`` lies in the window of ``duration`` no longer.

        This is the smallest ``now`` for which ``window_start(now, duration)`` is ``occurred`` or later, to the
        microsecond; it holds for every later ``now`` too.
        """
        occurred = as_utc(occurred)
        amount = duration.amount
        if amount == 0:
            return occurred
        match duration.unit:
            case Unit.DAYS:
                return self._day_window_end(occurred, amount)
            case Unit.HOURS | Unit.MINUTES:
                return occurred + _real_time(duration)
            case Unit.WEEKS:
                return self._day_window_end(occurred, amount * DAYS_IN_WEEK)
            case Unit.WORKING_DAYS:
                return self._working_day_window_end(occurred, amount)
            case Unit.WORKING_HOURS:
                return self._working.finish(occurred, timedelta(hours=amount))
            case _:
                assert_never(duration.unit)

    def next_time(self, at_or_after: datetime, time: time) -> datetime:
        """Return the first instant, at or after the one given, that a local day's ``time`` means.

        Every local day has exactly one such instant, so a repeated time comes once and a skipped one still comes.
        """
        instant = as_utc(at_or_after)
        # The day before counts as well: its time may be skipped, and then mean the first instant of this day.
        day = self._clock.local(instant).date() - DAY
        while (found := self._clock.resolve(datetime.combine(day, time))) < instant:
            day += DAY
        return found

    def next_midnight(self, instant: datetime) -> datetime:
        """Return the first instant of the next local day, which ends the local day of ``instant``."""
        day = self._clock.local(instant).date() + DAY
        midnight = datetime.combine(day, MIDNIGHT)
        found = self._clock.resolve(midnight)
        # Where clocks go back just after midnight, they show a midnight twice, and the evening before it again.
        return found if found > instant else self._clock.resolve_last(midnight)

    def same_day(self, a: datetime, b: datetime) -> bool:
        """Whether two instants lie on one local day."""
        return self._clock.local(a).date() == self._clock.local(b).date()

    def is_working_day(self, day: date) -> bool:
        """Whether ``day`` has opening hours and is no holiday, or is one on which the agency stays open."""
        return self._working.is_working_day(day)

    def due(self, start: datetime, duration: Duration, pauses: Sequence[Pause]) -> datetime | None:
        """Return when ``duration`` is over if the clock stands still during ``pauses``, or None while it does.

        A pause is [from, until); an ``until`` of None has not come yet. Pauses may overlap and come in any order;
        one that begins at or after the due instant changes nothing. A longer pause never means an earlier one.
        Days, weeks, hours and minutes: the due instant moves on by the real length of the pauses.
        Working days: it moves on by the working days, whole and in part, that the pauses covered, where a
        working day is 24 hours of wall time. Working hours: those left when a pause begins are counted on from its end.

        Raises:
            ValueError: a pause ends before it begins.
        """
        if not pauses:
            return self.add(start, duration)
        start = as_utc(start)
        pauses = standstills(start, pauses)
        if not duration.is_working or duration.amount == 0:
            return _due_in_real_time(self.add(start, duration), start, pauses)
        if duration.unit is Unit.WORKING_DAYS:
            return self._due_in_working_days(start, duration.amount, pauses)
        return self._due_in_working_hours(start, timedelta(hours=duration.amount), pauses)

    def _due_in_working_days(self, start: datetime, amount: int, pauses: Sequence[Pause]) -> datetime | None:
        wall = self._working_days_after(start, amount)
        due = self._clock.resolve(wall)
        for begins, ends in pauses:
            if begins >= due:
                break
            if ends is None:
                return None
            covered = self._working.days_between(
                self._clock.furthest_wall(max(begins, start)), self._clock.furthest_wall(ends)
            )
            wall = self._working.days_after(wall, covered)
            due = self._clock.resolve(wall)
        return due

    def _due_in_working_hours(self, start: datetime, length: timedelta, pauses: Sequence[Pause]) -> datetime | None:
        resumed, remaining = start, length
        for begins, ends in pauses:
            if begins >= self._working.finish(resumed, remaining):
                break
            if ends is None:
                return None
            remaining -= self._working.elapsed(resumed, begins)
            resumed = ends
        return self._working.finish(resumed, remaining)

    def _add_days(self, start: datetime, days: int) -> datetime:
        shifted = self._clock.shift(start, days)
        return self._clock.resolve(self._clock.wall(start) + days * DAY) if shifted is None else shifted

    def _add_working_days(self, start: datetime, amount: int) -> datetime:
        wall = self._clock.wall(start)
        day = self._working.following(wall.date(), amount)
        shifted = self._clock.shift(start, (day - wall.date()).days)
        return self._clock.resolve(datetime.combine(day, wall.time())) if shifted is None else shifted

    def _days_before(self, now: datetime, days: int) -> datetime:
        shifted = self._clock.shift(now, -days)
        return self._clock.resolve(self._clock.furthest_wall(now) - days * DAY) if shifted is None else shifted

    def _day_window_end(self, occurred: datetime, days: int) -> datetime:
        shifted = self._clock.shift(occurred, days)
        if shifted is not None:
            return shifted
        return self._clock.first_instant_reaching(self._clock.first_wall_meaning(occurred) + days * DAY)

    def _working_days_after(self, start: datetime, amount: int) -> datetime:
        """Return the wall time at the same time of the ``amount``-th following working day."""
        wall = self._clock.wall(start)
        return datetime.combine(self._working.following(wall.date(), amount), wall.time())

    def _working_day_window_end(self, occurred: datetime, amount: int) -> datetime:
        oldest = self._working.settle(self._clock.first_wall_meaning(occurred))
        day = self._working.following(oldest.date(), amount)
        if oldest.time() == MIDNIGHT:
            # The window's start already waits at this midnight while the days before ``day`` are no working days.
            day = self._working.preceding(day, 1) + DAY
        return self._clock.first_instant_reaching(datetime.combine(day, oldest.time()))


def _due_in_real_time(due: datetime, start: datetime, pauses: Sequence[Pause]) -> datetime | None:
    for begins, ends in pauses:
        if begins >= due:
            break
        if ends is None:
            return None
        due += ends - max(begins, start)
    return due


def _real_time(duration: Duration) -> timedelta:
    return timedelta(hours=duration.amount) if duration.unit is Unit.HOURS else timedelta(minutes=duration.amount)
