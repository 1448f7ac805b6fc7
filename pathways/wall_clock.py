"""The wall clock of one zone: which instant a local time means, and the other way round.

A wall time is a naive ``datetime``; an instant is aware, in UTC. When clocks go forward a stretch of wall
times is skipped, and each of them means the first instant after the gap. When clocks go back a stretch is
repeated, and each of its times means its first occurrence. So a wall time means exactly one instant, and a
later wall time never means an earlier instant.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MOMENT = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)

# Around a day whose offset stays the same for this many days before and after it, no change can be felt:
# the largest change there ever was moved the clocks by one day.
_CALM_DAYS = 2
_SAMPLE_HOURS = 3  # no zone has ever changed its offset and changed it back within three hours
_REMEMBERED_DAYS = 20_000


@dataclass(frozen=True, slots=True)
class WallClock:
    """The wall clock of ``zone``."""

    zone: ZoneInfo
    _calm_offsets: dict[int, timedelta | None] = field(default_factory=dict, compare=False, repr=False)

    def local(self, instant: datetime) -> datetime:
        """Return the same instant as an aware local time."""
        return as_utc(instant).astimezone(self.zone)

    def wall(self, instant: datetime) -> datetime:
        """Return what the wall clock shows at ``instant``."""
        return self.local(instant).replace(tzinfo=None, fold=0)

    def resolve(self, wall: datetime) -> datetime:
        """Return the instant that ``wall`` means: the first occurrence, or the first instant after the gap."""
        offset = self._offset_before(wall)
        instant = datetime.combine(wall.date(), wall.time(), UTC) - offset
        after = self._offset_at(instant)
        if after == offset:
            return instant
        return self._change_between(instant - (after - offset), instant)

    def resolve_last(self, wall: datetime) -> datetime:
        """Return the last instant at which the wall clock shows ``wall``, which must not be skipped."""
        return wall.replace(tzinfo=self.zone, fold=1).astimezone(UTC)

    def shift(self, instant: datetime, days: int) -> datetime | None:
        """Return the instant ``days`` local days away at the same wall time, or None near a change of the clocks.

        It answers at once for nearly every day of the year; the caller has an exact answer for the others.
        """
        offsets = self._calm_offsets
        shifted = instant + _span_of(days)
        try:
            here, there = offsets[instant.toordinal()], offsets[shifted.toordinal()]
        except KeyError:
            here, there = self._calm_offset(instant), self._calm_offset(shifted)
        if here is None or there is None:
            return None
        return shifted if here == there else shifted + (here - there)

    def furthest_wall(self, instant: datetime) -> datetime:
        """Return the latest wall time shown so far, or about to be shown.

        While clocks show the repeated stretch again, it stands still at the end of that stretch.
        """
        local = self.local(instant)
        if not local.fold:
            return local.replace(tzinfo=None)
        wall = local.replace(tzinfo=None, fold=0)
        before = self._offset_before(wall)
        change = self._change_between(self.resolve(wall), instant)
        return (change + before).replace(tzinfo=None)

    def first_wall_meaning(self, instant: datetime) -> datetime:
        """Return the smallest wall time that means ``instant`` or a later one."""
        before = self._offset_at(instant - MOMENT)
        if before < self._offset_at(instant):
            return (instant + before).replace(tzinfo=None)  # the gap's start: every skipped time means its end
        return self.furthest_wall(instant)

    def first_instant_reaching(self, wall: datetime) -> datetime:
        """Return the smallest instant at which ``furthest_wall`` is ``wall`` or later."""
        # They differ only where ``wall`` ends a repeated stretch, which is reached when clocks go back.
        return min(self.resolve(wall), self.resolve(wall - MOMENT) + MOMENT)

    def _offset_before(self, wall: datetime) -> timedelta:
        """Return the offset at ``wall``; in a gap or a repeated stretch, the one before the change."""
        return self.zone.utcoffset(wall) or timedelta()

    def _offset_at(self, instant: datetime) -> timedelta:
        return instant.astimezone(self.zone).utcoffset() or timedelta()

    def _change_between(self, before: datetime, after: datetime) -> datetime:
        """Return the first instant of the offset that holds at ``after``. Zone files know whole seconds only."""
        offset = self._offset_at(after)
        low, high = before.replace(microsecond=0), after.replace(microsecond=0)
        while high - low > SECOND:
            middle = low + (high - low) // (2 * SECOND) * SECOND
            if self._offset_at(middle) == offset:
                high = middle
            else:
                low = middle
        return high

    def _calm_offset(self, instant: datetime) -> timedelta | None:
        """Return the one offset that holds for days around the UTC day of ``instant``, or None if it changes."""
        start = datetime.combine(instant.date(), time(), UTC) - timedelta(days=_CALM_DAYS)
        samples = range(0, (2 * _CALM_DAYS + 1) * 24 + 1, _SAMPLE_HOURS)
        found = {self._offset_at(start + timedelta(hours=hours)) for hours in samples}
        offset = found.pop() if len(found) == 1 else None
        if len(self._calm_offsets) >= _REMEMBERED_DAYS:
            self._calm_offsets.clear()
        self._calm_offsets[instant.toordinal()] = offset
        return offset


@cache
def wall_clock(zone: ZoneInfo) -> WallClock:
    """Return the one wall clock of ``zone``, which remembers what it has worked out."""
    return WallClock(zone)


@cache
def _span_of(days: int) -> timedelta:
    return timedelta(days=days)


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the earlier of two instants; one that never comes is later than any."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def as_utc(instant: datetime) -> datetime:
    """Return the same instant in UTC.

    Raises:
        ValueError: ``instant`` has no zone, so that it means no instant.
    """
    if instant.tzinfo is UTC:
        return instant
    if instant.tzinfo is None or instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no zone. Expected an aware time, such as one in UTC.")
    return instant.astimezone(UTC)
