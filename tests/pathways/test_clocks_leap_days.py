"""Days over leap years, against a calendar from which one leaf is torn after the other, in three zones."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathways.calendars import Calendar
from pathways.clocks import Duration, Unit
from pathways.opening_hours import ALWAYS

MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
DAYS = (date(2024, 2, 29), date(2024, 2, 28), date(2023, 12, 31), date(2027, 3, 1), date(2028, 2, 29))
everywhere = pytest.mark.parametrize("zone", ["Europe/London", "Australia/Lord_Howe", "America/Santiago"])


def torn_off(day: date, leaves: int) -> date:
    """Return the date on a tear-off calendar from which ``leaves`` were torn. No year from 1901 to 2099 is left out."""
    year, month, number = day.year, day.month, day.day
    for _ in range(leaves):
        last = 29 if month == 2 and year % 4 == 0 else MONTHS[month - 1]
        number += 1
        if number > last:
            number, month = 1, month + 1
        if month > 12:
            month, year = 1, year + 1
    return date(year, month, number)


@everywhere
@settings(max_examples=40, deadline=None)
@given(day=st.sampled_from(DAYS), hour=st.integers(4, 22), days=st.integers(0, 3000))
def test_days_over_leap_years_are_those_of_a_tear_off_calendar(zone: str, day: date, hour: int, days: int) -> None:
    calendar = Calendar(ZoneInfo(zone), frozenset(), ALWAYS)
    start = calendar.resolve(datetime.combine(day, time(hour)))

    due = calendar.add(start, Duration(days, Unit.DAYS))

    assert calendar.local(due).isoformat()[:16] == f"{torn_off(day, days)}T{hour:02}:00"
    assert calendar.window_start(due, Duration(days, Unit.DAYS)) == start
    assert calendar.leaves_window(start, Duration(days, Unit.DAYS)) == due
    assert calendar.add(start, Duration(days, Unit.WORKING_DAYS)) == due, "every day is a working day here"
    if days % 7 == 0:
        assert calendar.add(start, Duration(days // 7, Unit.WEEKS)) == due


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        pytest.param("2024-02-29", 365, "2025-02-28", id="a year of 365 days"),
        pytest.param("2024-02-29", 366, "2025-03-01", id="a year of 366 days"),
        pytest.param("2024-02-29", 1461, "2028-02-29", id="four years"),
        pytest.param("2024-02-28", 1, "2024-02-29", id="the leap day itself"),
        pytest.param("2025-02-28", 1, "2025-03-01", id="no leap day"),
        pytest.param("2027-02-28", 366, "2028-02-29", id="onto a leap day"),
    ],
)
@everywhere
def test_the_anniversary_of_a_leap_day_is_the_day_that_the_count_gives(
    zone: str, start: str, days: int, due: str
) -> None:
    calendar = Calendar(ZoneInfo(zone), frozenset(), ALWAYS)

    found = calendar.add(calendar.resolve(datetime.fromisoformat(f"{start} 10:00")), Duration(days, Unit.DAYS))

    assert calendar.local(found).isoformat()[:16] == f"{due}T10:00"
