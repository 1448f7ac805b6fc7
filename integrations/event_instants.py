"""Instants as logs write them: ISO 8601 and its everyday relatives, with or without an offset."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from integrations.event_lines import shown

FIRST_YEAR = 1900
LAST_YEAR = 2200

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001
_SECOND = timedelta(seconds=1)


class InstantError(ValueError):
    """A text is no instant that a log may hold."""


def read_instant(text: str, zone: ZoneInfo) -> datetime:
    """Return the instant in UTC.

    Read are ``2026-03-21T10:00:00.5+01:00``, a blank for the ``T``, a trailing ``Z``, slashes for hyphens,
    no seconds, and a date alone, which is its local midnight. Without an offset it is local time of ``zone``:
    a skipped local time is the first instant after the gap, a repeated one its first occurrence.
    Digits beyond the microsecond are dropped.

    Raises:
        InstantError: the text is something else, or its year is outside 1900 to 2200.
    """
    mark = text[4:5]
    # Only the extended form: a bare 20260321 is more often a number that lost its way.
    if mark != text[7:8] or mark not in ("-", "/") or text[10:11] not in ("T", " ", ""):
        raise _wrong(text)
    try:
        given = datetime.fromisoformat(text if mark == "-" else text.replace("/", "-", 2))
    except ValueError as error:
        raise _wrong(text) from error
    if not FIRST_YEAR <= given.year <= LAST_YEAR:
        message = f"Found the year {given.year} in {shown(text)}, expected one from {FIRST_YEAR} to {LAST_YEAR}."
        raise InstantError(message)
    if given.tzinfo is UTC:
        return given
    return given.astimezone(UTC) if given.tzinfo else _from_local(given, zone)


def _wrong(text: str) -> InstantError:
    expected = "expected a date and time such as 2026-03-21T10:00:00+00:00, 2026-03-21 10:00 or 2026-03-21"
    return InstantError(f"Found {shown(text)}, {expected}.")


def _from_local(local: datetime, zone: ZoneInfo) -> datetime:
    offset = _offset_all_day(local.date(), zone)
    if offset is not None:
        return _as_utc(local - offset)
    aware = local.replace(tzinfo=zone)
    first, second = _offset(aware), _offset(aware.replace(fold=1))
    if first < second:
        return _end_of_gap(local - second, local - first, zone)
    return _as_utc(local - first)


def _as_utc(naive: datetime) -> datetime:
    # The same as naive.replace(tzinfo=UTC), at a quarter of its price.
    return _EPOCH + (naive - _NAIVE_EPOCH)


@lru_cache(maxsize=1 << 15)
def _offset_all_day(day: date, zone: ZoneInfo) -> timedelta | None:
    """Return the one offset of a local day, or None for a day with a change.

    Asking the zone twice for every instant takes half of the time of reading a log.
    """
    midnight = datetime.combine(day, time(), zone)
    hours = [midnight + timedelta(hours=hour) for hour in range(25)]
    offsets = {_offset(hour) for hour in hours}
    return offsets.pop() if len(offsets) == 1 else None


def _end_of_gap(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """Halve the time between two naive UTC instants around a change of offset, down to its whole second."""
    low = low.replace(microsecond=0, tzinfo=UTC)
    high = high.replace(microsecond=0, tzinfo=UTC) + _SECOND
    later = _offset(high.astimezone(zone))
    while high - low > _SECOND:
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if _offset(middle.astimezone(zone)) == later:
            high = middle
        else:
            low = middle
    return high


def _offset(aware: datetime) -> timedelta:
    return aware.utcoffset() or timedelta()
