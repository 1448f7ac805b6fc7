"""Clocks that have nothing to count, or more than the calendar's years hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pathways.calendars import Calendar
from pathways.clocks import parse_duration
from pathways.opening_hours import OFFICE, parse_opening_hours
from pathways.wall_clock import wall_clock
from pathways.working_time import WorkingTime

LONDON = ZoneInfo("Europe/London")
RARELY = parse_opening_hours({"mon": "09:00-09:01"})
SUNDAY = datetime(2026, 6, 7, 12, 30, 15, 7, UTC)
NOTHING = timedelta()
instant = datetime.fromisoformat


def working(text: str = "") -> WorkingTime:
    return WorkingTime(wall_clock(LONDON), frozenset(), parse_opening_hours({"mon": text}) if text else OFFICE)


@pytest.mark.parametrize("unit", ["minutes", "hours", "days", "weeks", "working days", "working hours"])
def test_no_time_at_all_is_over_at_once_even_while_everybody_is_closed(unit: str) -> None:
    calendar, none = Calendar(LONDON, frozenset(), OFFICE), parse_duration(f"0 {unit}")

    assert calendar.add(SUNDAY, none) == calendar.window_start(SUNDAY, none) == SUNDAY
    assert calendar.leaves_window(SUNDAY, none) == calendar.due(SUNDAY, none, ()) == SUNDAY


def test_no_opening_hours_at_all_are_over_at_once() -> None:
    assert working().finish(SUNDAY, NOTHING) == working().begin(SUNDAY, NOTHING) == SUNDAY


def test_opening_hours_between_two_instants_the_wrong_way_round_are_none() -> None:
    monday, friday = instant("2026-06-01T10:00+00:00"), instant("2026-06-05T10:00+00:00")

    assert working().elapsed(friday, monday) == NOTHING
    assert working().elapsed(monday, friday) == timedelta(hours=4 * 8)


@pytest.mark.parametrize(
    ("act", "at", "duration"),
    [
        ("add", "9990-01-01T10:00+00:00", "100000 working days"),
        ("add", "9990-01-01T10:00+00:00", "100 working hours"),
        ("window_start", "0010-01-01T10:00+00:00", "100 working hours"),
        ("window_start", "0010-01-01T10:00+00:00", "100000 working days"),
    ],
)
def test_working_time_that_leaves_the_years_of_the_calendar_is_refused_with_its_start(
    act: str, at: str, duration: str
) -> None:
    calendar = Calendar(LONDON, frozenset(), RARELY)

    with pytest.raises(ValueError, match=r"counted from \d+-01-0[14] does not end between the years 2 and 9998"):
        getattr(calendar, act)(instant(at), parse_duration(duration))


def test_hours_are_counted_to_the_end_of_the_calendar_and_no_further() -> None:
    last = instant("9998-12-27T10:00+00:00")  # a Sunday, with one Monday to come

    assert working("09:00-09:01").elapsed(last, instant("9999-12-31T10:00+00:00")) == timedelta(minutes=1)


def test_parts_of_working_days_are_counted_to_the_microsecond() -> None:
    saturday, sunday = datetime(2026, 6, 6, 12, 0), datetime(2026, 6, 7, 23, 59)  # noqa: DTZ001 - wall times
    monday, tuesday = datetime(2026, 6, 8, 0, 0, 0, 3), datetime(2026, 6, 9, 1, 2, 3, 4)  # noqa: DTZ001
    apart = timedelta(days=1, hours=1, minutes=2, seconds=3, microseconds=1)

    assert working().days_between(monday, tuesday) == apart
    assert working().days_after(monday, apart) == tuesday
    assert working().days_between(saturday, sunday) == NOTHING
    assert working().days_between(saturday, tuesday) == apart + timedelta(microseconds=3)


def test_the_end_of_a_day_that_clocks_bring_back_is_its_second_midnight_in_utc() -> None:
    calendar = Calendar(ZoneInfo("America/St_Johns"), frozenset(), OFFICE)
    saturday_again = instant("2010-11-07T03:15+00:00")

    ends = calendar.next_midnight(saturday_again)

    assert ends == instant("2010-11-07T03:30+00:00")
    assert ends.tzinfo is UTC  # not the machine's own zone, which may read the same
