"""Durations and times as a pathway writes them."""

from datetime import time

import pytest

from pathways.clocks import Duration, Unit, parse_duration, parse_time


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        pytest.param("28 days", Duration(28, Unit.DAYS), id="days"),
        pytest.param("1 day", Duration(1, Unit.DAYS), id="one day"),
        pytest.param("4 hours", Duration(4, Unit.HOURS), id="hours"),
        pytest.param("30 minutes", Duration(30, Unit.MINUTES), id="minutes"),
        pytest.param("2 weeks", Duration(2, Unit.WEEKS), id="weeks"),
        pytest.param("1 working day", Duration(1, Unit.WORKING_DAYS), id="one working day"),
        pytest.param("4 working hours", Duration(4, Unit.WORKING_HOURS), id="working hours"),
        pytest.param("0 days", Duration(0, Unit.DAYS), id="nothing"),
        pytest.param("100000 minutes", Duration(100_000, Unit.MINUTES), id="the largest amount"),
    ],
)
def test_a_duration_reads_and_writes_as_people_say_it(text: str, duration: Duration) -> None:
    assert parse_duration(text) == duration
    assert str(duration) == text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        pytest.param("", "such as '28 days'", id="empty"),
        pytest.param("28", "such as '28 days'", id="no unit"),
        pytest.param("days", "such as '28 days'", id="no amount"),
        pytest.param("-1 days", "whole number", id="negative"),
        pytest.param("1.5 hours", "whole number", id="a fraction"),
        pytest.param("28  days", "one space", id="two spaces"),
        pytest.param("28 days\n", "one space", id="a line end"),
        pytest.param("\u0662 days", "whole number", id="digits of another script"),
        pytest.param("2 months", "'months' is not a unit", id="months"),
        pytest.param("2 working weeks", "'working weeks' is not a unit", id="working weeks"),
        pytest.param("100001 days", "from 0 to 100000", id="too many"),
        pytest.param("9" * 10_000 + " days", "from 0 to 100000", id="absurdly many"),
    ],
)
def test_what_is_no_duration_is_refused_with_what_to_write(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        parse_duration(text)


def test_a_duration_cannot_be_made_outside_its_range() -> None:
    with pytest.raises(ValueError, match="from 0 to 100000"):
        Duration(-1, Unit.DAYS)


def test_only_working_units_are_working() -> None:
    working = {unit for unit in Unit if Duration(1, unit).is_working}

    assert working == {Unit.WORKING_DAYS, Unit.WORKING_HOURS}


@pytest.mark.parametrize(("text", "expected"), [("00:00", time()), ("09:15", time(9, 15)), ("23:59", time(23, 59))])
def test_a_wall_clock_time_is_read(text: str, expected: time) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize("text", ["24:00", "9:15", "09:60", "25:00", "0915", "09:15:00", "16:00 ", "noon", ""])
def test_what_is_no_wall_clock_time_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"00:00"):
        parse_time(text)
