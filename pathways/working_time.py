"""Working days and opening hours along a local calendar: which count, and how far apart two moments are in them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from pathways.opening_hours import MIDNIGHT, OpeningHours
from pathways.wall_clock import WallClock

DAY = timedelta(days=1)
NOTHING = timedelta()

Span = tuple[datetime, datetime]
"""Two instants in UTC. The second is not part of the span."""

_REMEMBERED_DAYS = 5_000


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Working time by ``clock``: ``hours`` on days that are not ``holidays``.

    Every count raises ``ValueError`` when the hours are never open, or when it runs out of the calendar's years.
    """

    clock: WallClock
    holidays: frozenset[date]
    hours: OpeningHours
    _open_spans: dict[date, tuple[Span, ...]] = field(default_factory=dict, compare=False, repr=False)
    _following: dict[tuple[date, int], date] = field(default_factory=dict, compare=False, repr=False)

    def is_working_day(self, day: date) -> bool:
        """Whether there are opening hours on ``day``."""
        return bool(self.hours.on(day.weekday())) and (self.hours.open_on_holidays or day not in self.holidays)

    def following(self, day: date, count: int) -> date:
        """Return the ``count``-th working day after ``day``, which may be any day. ``count`` is 1 or more."""
        found = self._following.get((day, count))
        if found is None:
            found = self._walk(day, count, DAY)
            if len(self._following) >= _REMEMBERED_DAYS:
                self._following.clear()
            self._following[day, count] = found
        return found

    def preceding(self, day: date, count: int) -> date:
        """Return the ``count``-th working day before ``day``, which may be any day. ``count`` is 1 or more."""
        return self._walk(day, count, -DAY)

    def settle(self, wall: datetime) -> datetime:
        """Return ``wall`` if its day is a working day, else the start of the next working day."""
        if self.is_working_day(wall.date()):
            return wall
        return datetime.combine(self.following(wall.date(), 1), MIDNIGHT)

    def days_between(self, earlier: datetime, later: datetime) -> timedelta:
        """Return how many working days, whole and in part, lie between two wall times.

        Every working day is 24 hours of wall time; other days are none.
        """
        start, end = self.settle(earlier), self.settle(later)
        whole_days = range((end.date() - start.date()).days)
        count = sum(self.is_working_day(start.date() + timedelta(days=days)) for days in whole_days)
        return timedelta(days=count) + (_since_midnight(end) - _since_midnight(start))

    def days_after(self, wall: datetime, days: timedelta) -> datetime:
        """Return the wall time that many working days, whole and in part, after ``wall`` on a working day."""
        count, rest = divmod(_since_midnight(wall) + days, DAY)
        day = self.following(wall.date(), count) if count else wall.date()
        return datetime.combine(day, time()) + rest

    def finish(self, start: datetime, length: timedelta) -> datetime:
        """Return the first instant by which ``length`` of opening hours have passed since ``start``."""
        remaining = length
        if not remaining:
            return start
        for opens, closes in self._open_after(start):
            if remaining <= closes - opens:
                return opens + remaining
            remaining -= closes - opens
        raise _out_of_years(start)

    def begin(self, end: datetime, length: timedelta) -> datetime:
        """Return the last instant, not after ``end``, from which ``length`` of opening hours pass until ``end``."""
        remaining = length
        if not remaining:
            return end
        for opens, closes in self._open_before(end):
            if remaining <= closes - opens:
                return closes - remaining
            remaining -= closes - opens
        raise _out_of_years(end)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Return the opening hours between two instants as real time; none if ``end`` is the earlier one."""
        total = NOTHING
        for opens, closes in self._open_after(start):
            if opens >= end:
                return total
            total += min(closes, end) - opens
        return total

    def open_spans(self, day: date) -> tuple[Span, ...]:
        """Return when that local day is open, the earliest first. A span lost in a gap is left out."""
        known = self._open_spans.get(day)
        if known is not None:
            return known
        intervals = self.hours.on(day.weekday()) if self.is_working_day(day) else ()
        ends = ((start, datetime.combine(day + DAY if end == MIDNIGHT else day, end)) for start, end in intervals)
        spans = ((self.clock.resolve(datetime.combine(day, start)), self.clock.resolve(end)) for start, end in ends)
        found = tuple((opens, closes) for opens, closes in spans if opens < closes)
        if len(self._open_spans) >= _REMEMBERED_DAYS:
            self._open_spans.clear()
        self._open_spans[day] = found
        return found

    def _open_after(self, instant: datetime) -> Iterator[Span]:
        """Yield what is open after ``instant``, the earliest first, until the calendar's years end."""
        for day in self._days_from(self.clock.local(instant).date(), DAY):
            for opens, closes in self.open_spans(day):
                if closes > instant:
                    yield max(opens, instant), closes

    def _open_before(self, instant: datetime) -> Iterator[Span]:
        """Yield what is open before ``instant``, the latest first, until the calendar's years end."""
        # One day ahead, as a change of the clocks just after midnight brings the day before back.
        for day in self._days_from(self.clock.local(instant).date() + DAY, -DAY):
            for opens, closes in reversed(self.open_spans(day)):
                if opens < instant:
                    yield opens, min(closes, instant)

    def _walk(self, day: date, count: int, step: timedelta) -> date:
        remaining = count
        for candidate in self._days_from(day + step, step):
            remaining -= self.is_working_day(candidate)
            if not remaining:
                return candidate
        raise _out_of_years(datetime.combine(day, MIDNIGHT, UTC))

    def _days_from(self, day: date, step: timedelta) -> Iterator[date]:
        """Yield day after day, or day before day, within the years 2 to 9998."""
        if self.hours.never_open:
            raise ValueError(
                "These opening hours are never open, so no working time ever passes. "
                "Give at least one day of the week its hours, or count in days or hours."
            )
        while date.min.year < day.year < date.max.year:
            yield day
            day += step


def _since_midnight(wall: datetime) -> timedelta:
    return timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)


def _out_of_years(start: datetime) -> ValueError:
    return ValueError(
        f"Working time counted from {start:%Y-%m-%d} does not end between the years 2 and 9998. "
        "Expected a shorter duration, or longer opening hours."
    )
