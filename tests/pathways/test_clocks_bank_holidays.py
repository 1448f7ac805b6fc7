"""The bank holidays of England and Wales, and clocks that pass over them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from integrations.bank_holidays import england_and_wales, first_year_known, last_year_known
from pathways.calendars import Calendar
from pathways.clocks import parse_duration
from pathways.opening_hours import OFFICE

CALENDAR = Calendar(ZoneInfo("Europe/London"), england_and_wales(), OFFICE)
instant = datetime.fromisoformat


def test_the_bank_holidays_of_a_year_are_those_that_were_declared() -> None:
    of_2026 = sorted(day for day in england_and_wales() if day.year == 2026)

    assert of_2026 == [
        date(2026, 1, 1),
        date(2026, 4, 3),
        date(2026, 4, 6),
        date(2026, 5, 4),
        date(2026, 5, 25),
        date(2026, 8, 31),
        date(2026, 12, 25),
        date(2026, 12, 28),
    ]


def test_every_known_year_has_its_eight_holidays_or_more() -> None:
    years = range(first_year_known(), last_year_known() + 1)

    fewest = min(sum(day.year == year for day in england_and_wales()) for year in years)

    assert last_year_known() >= 2028
    assert fewest >= 8


def test_the_bank_holidays_are_read_once() -> None:
    assert england_and_wales() is england_and_wales()


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param("2026-04-02T15:00+01:00", "2026-04-07T15:00+01:00", id="Easter"),
        pytest.param("2026-05-01T15:00+01:00", "2026-05-05T15:00+01:00", id="early May"),
        pytest.param("2026-12-24T15:00+00:00", "2026-12-29T15:00+00:00", id="Boxing Day on a Saturday"),
        pytest.param("2027-12-24T15:00+00:00", "2027-12-29T15:00+00:00", id="Christmas on a Saturday"),
        pytest.param("2022-12-23T15:00+00:00", "2022-12-28T15:00+00:00", id="Christmas on a Sunday"),
        pytest.param("2022-09-16T15:00+01:00", "2022-09-20T15:00+01:00", id="a holiday declared for once"),
    ],
)
def test_a_working_day_passes_over_bank_holidays(start: str, expected: str) -> None:
    assert CALENDAR.add(instant(start), parse_duration("1 working day")) == instant(expected)
