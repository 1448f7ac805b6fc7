"""Clocks that stand still during pauses."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from pathways.calendars import Calendar
from pathways.clocks import parse_duration
from pathways.opening_hours import OFFICE, parse_opening_hours

CALENDAR = Calendar(ZoneInfo("Europe/London"), frozenset(), OFFICE)
MONDAY = "2026-06-01T10:00+01:00"
instant = datetime.fromisoformat


def pause(text: str) -> tuple[datetime, datetime | None]:
    """Read ``from / until`` with days of June 2026 in summer time, such as ``02T09:00 / 03T15:00``."""
    begins, ends = text.split(" / ")
    return _june(begins), None if ends == "open" else _june(ends)


def _june(text: str) -> datetime:
    return instant(f"2026-06-{text}+01:00")


@pytest.mark.parametrize(
    ("duration", "pauses", "expected"),
    [
        pytest.param("3 days", [], "04T10:00", id="days, no pause"),
        pytest.param("3 days", ["02T09:00 / 03T15:00"], "05T16:00", id="days move on by the pause's length"),
        pytest.param("3 days", ["01T08:00 / 01T12:00"], "04T12:00", id="a pause older than the clock"),
        pytest.param("3 days", ["01T08:00 / 01T10:00"], "04T10:00", id="a pause over as the clock starts"),
        pytest.param("3 days", ["02T09:00 / 02T09:00"], "04T10:00", id="a pause of no length"),
        pytest.param("3 days", ["04T10:00 / 05T10:00"], "04T10:00", id="a pause that begins when due"),
        pytest.param("3 days", ["04T09:59 / 05T09:59"], "05T10:00", id="a pause that begins just before"),
        pytest.param("3 days", ["04T10:00 / open"], "04T10:00", id="an open pause that begins when due"),
        pytest.param("3 days", ["04T09:59 / open"], None, id="an open pause that begins just before"),
        pytest.param("3 days", ["01T08:00 / open"], None, id="an open pause older than the clock"),
        pytest.param("3 days", ["04T12:00 / 04T13:00", "04T09:00 / 04T11:00"], "04T12:00", id="pauses in any order"),
        pytest.param("3 days", ["04T11:00 / 04T13:00", "04T09:00 / 04T11:30"], "04T14:00", id="overlapping pauses"),
        pytest.param("3 days", ["02T09:00 / 02T12:00", "02T10:00 / 02T11:00"], "04T13:00", id="a pause in a pause"),
        pytest.param("3 days", ["02T09:00 / open", "02T10:00 / 02T11:00"], None, id="a pause in an open pause"),
        pytest.param("3 days", ["04T09:00 / 04T11:00", "04T11:30 / open"], None, id="open before the later due"),
        pytest.param("4 hours", ["01T11:00 / 01T12:30"], "01T15:30", id="hours"),
        pytest.param("0 days", ["01T09:00 / 02T10:00"], "02T10:00", id="nothing to count, but paused"),
        pytest.param("0 working days", ["01T09:00 / 02T10:00"], "02T10:00", id="no working days, but paused"),
        pytest.param("0 working hours", ["01T09:00 / open"], None, id="no working hours, but paused"),
        pytest.param("0 working hours", ["01T10:00 / open"], "01T10:00", id="due as the pause begins"),
        pytest.param("2 working days", ["02T10:00 / 04T15:00"], "05T15:00", id="one working day of two left"),
        pytest.param("2 working days", ["02T12:00 / 04T15:00"], "05T13:00", id="22 hours of a working day left"),
        pytest.param("2 working days", ["02T12:00 / 02T12:00"], "03T10:00", id="working days, a pause of no length"),
        pytest.param("5 working days", ["06T08:00 / 07T20:00"], "08T10:00", id="a pause within the weekend"),
        pytest.param("5 working days", ["05T22:00 / 08T02:00"], "08T14:00", id="a pause over the weekend"),
        pytest.param(
            "2 working days", ["02T10:00 / 06T15:00"], "09T00:00", id="over on a Saturday: counts from Monday"
        ),
        pytest.param("1 working day", ["01T08:00 / 03T15:00"], "04T15:00", id="working days, older than the clock"),
        pytest.param("1 working day", ["02T10:00 / open"], "02T10:00", id="working days, open when due"),
        pytest.param("1 working day", ["02T09:00 / open"], None, id="working days, open before"),
        pytest.param("4 working hours", ["01T12:00 / 03T12:00"], "03T14:00", id="two working hours left"),
        pytest.param("4 working hours", ["01T12:00 / 03T20:00"], "04T11:00", id="over while closed"),
        pytest.param("10 working hours", ["01T18:00 / 02T08:00"], "02T12:00", id="a pause while closed"),
        pytest.param("7 working hours", ["01T17:00 / 05T09:00"], "01T17:00", id="a pause that begins at closing time"),
        pytest.param("4 working hours", ["01T11:00 / 01T12:00", "01T13:00 / 01T14:00"], "01T16:00", id="two pauses"),
        pytest.param("4 working hours", ["01T13:59 / open"], None, id="working hours, open before"),
    ],
)
def test_a_clock_stands_still_during_its_pauses(duration: str, pauses: list[str], expected: str | None) -> None:
    due = CALENDAR.due(instant(MONDAY), parse_duration(duration), [pause(text) for text in pauses])

    assert due == (None if expected is None else _june(expected))


def test_a_pause_moves_days_on_by_real_time_over_a_change_of_the_clocks() -> None:
    night_of_the_gap = (instant("2026-03-29T00:00+00:00"), instant("2026-03-29T12:00+01:00"))

    due = CALENDAR.due(instant("2026-03-27T10:00+00:00"), parse_duration("7 days"), [night_of_the_gap])

    assert due == instant("2026-04-03T21:00+01:00")


def test_working_days_paused_over_the_repeated_hour_stand_still_through_it() -> None:
    open_on_sundays = Calendar(CALENDAR.zone, frozenset(), parse_opening_hours({"every day": "09:00-17:00"}))
    hour = (instant("2026-10-25T01:15+00:00"), instant("2026-10-25T01:45+00:00"))

    due = open_on_sundays.due(instant("2026-10-24T10:00+01:00"), parse_duration("2 working days"), [hour])

    assert due == instant("2026-10-26T10:00+00:00")


def test_a_clock_that_starts_on_a_closed_day_counts_its_pause_in_working_time() -> None:
    saturday, monday_six = _june("06T12:00"), _june("08T06:00")

    due = CALENDAR.due(saturday, parse_duration("1 working day"), [(saturday, monday_six)])

    assert due == _june("08T18:00")


def test_a_pause_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        CALENDAR.due(instant(MONDAY), parse_duration("3 days"), [pause("02T10:00 / 02T09:00")])
