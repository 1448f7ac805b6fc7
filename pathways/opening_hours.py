"""The weekly opening hours of an agency, in local time."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from itertools import pairwise

from pathways.clocks import parse_time

Interval = tuple[time, time]
"""A start and an end. The end itself is closed; an end of 00:00 is the midnight that ends the day."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT = time()

_INTERVAL = re.compile(r"(?P<start>[0-9]{2}:[0-9]{2}) ?- ?(?P<end>[0-9]{2}:[0-9]{2})")
_DAY_NAMES = f"{', '.join(DAYS)}, a range such as mon-fri, or 'every day'"


def _check_intervals(day: str, intervals: tuple[Interval, ...]) -> None:
    for start, end in intervals:
        if MIDNIGHT != end <= start:
            raise ValueError(f"On {day}, {start:%H:%M}-{end:%H:%M} does not end after it begins.")
    for (_, earlier_end), (start, _) in pairwise(intervals):
        if earlier_end == MIDNIGHT or start < earlier_end:
            raise ValueError(
                f"On {day}, the interval from {start:%H:%M} begins before the one in front of it has ended. "
                "Expected intervals that do not overlap, the earliest first."
            )


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When an agency is open: for each weekday from Monday (0) to Sunday (6) its intervals, the earliest first.

    An interval's end is not open any more; an end of 00:00 is the midnight that ends the day.

    Raises:
        ValueError: there are not seven weekdays, or a day's intervals are empty, overlap or are out of order.
    """

    week: tuple[tuple[Interval, ...], ...]
    open_on_holidays: bool = False

    def __post_init__(self) -> None:
        if len(self.week) != len(DAYS):
            raise ValueError(f"Opening hours for {len(self.week)} weekdays were given. Expected all 7, from Monday on.")
        for day, intervals in zip(DAYS, self.week, strict=True):
            _check_intervals(day, intervals)

    def on(self, weekday: int) -> tuple[Interval, ...]:
        """Return the intervals of a weekday, from Monday (0) to Sunday (6)."""
        return self.week[weekday]

    @property
    def never_open(self) -> bool:
        """Whether no weekday has any opening hours."""
        return not any(self.week)


ALWAYS = OpeningHours((((MIDNIGHT, MIDNIGHT),),) * 7)
OFFICE = OpeningHours((((time(9), time(17)),),) * 5 + ((),) * 2)


def parse_opening_hours(text_by_days: Mapping[str, str | Sequence[str]]) -> OpeningHours:
    """Return the opening hours that ``text_by_days`` names; a day that it does not name is closed.

    A key is a day (``sat``), a range (``mon-fri``) or ``every day``. A value is an interval (``09:00-17:00``)
    or several; ``24:00`` may end one. The hours are closed on holidays; the caller may say otherwise.

    Raises:
        ValueError: a day is unknown or named twice, or an interval is none, is empty or overlaps another.
    """
    week: dict[int, tuple[Interval, ...]] = {}
    for days, texts in text_by_days.items():
        intervals = tuple(_parse_interval(text) for text in ([texts] if isinstance(texts, str) else texts))
        for weekday in _parse_days(days):
            if weekday in week:
                raise ValueError(f"Opening hours for {DAYS[weekday]} are given twice. Expected each day once.")
            week[weekday] = intervals
    return OpeningHours(tuple(week.get(weekday, ()) for weekday in range(len(DAYS))))


def _parse_days(text: str) -> range:
    if text == "every day":
        return range(len(DAYS))
    first, _, last = text.partition("-")
    last = last if "-" in text else first
    if first not in DAYS or last not in DAYS:
        raise ValueError(f"{text!r} is not a day of the week. Expected {_DAY_NAMES}.")
    start, end = DAYS.index(first), DAYS.index(last)
    if end < start:
        raise ValueError(f"{text!r} runs over the end of the week. Expected two entries, such as 'sat-sun' and 'mon'.")
    return range(start, end + 1)


def _parse_interval(text: str) -> Interval:
    parts = _INTERVAL.fullmatch(text)
    if parts is None:
        raise ValueError(f"{text!r} is not an interval. Expected two times, such as '09:00-17:00'.")
    start = parse_time(parts["start"])
    end = MIDNIGHT if parts["end"] == "24:00" else parse_time(parts["end"])
    if parts["end"] == "00:00":
        raise ValueError(f"The interval {text!r} ends at 00:00. Write '{parts['start']}-24:00' for the end of the day.")
    if MIDNIGHT != end <= start:
        raise ValueError(
            f"The interval {text!r} does not end after it begins. To stay open past midnight, end the day with "
            f"'{parts['start']}-24:00' and begin the next one with '00:00-{parts['end']}'."
        )
    return start, end
