"""Opening hours as an agency writes them."""

from collections.abc import Sequence
from datetime import time

import pytest

from pathways.opening_hours import ALWAYS, OFFICE, OpeningHours, parse_opening_hours

NINE, NOON, ONE, FOUR, FIVE = time(9), time(12), time(13), time(16), time(17)


def test_a_range_of_days_and_several_intervals_are_read() -> None:
    hours = parse_opening_hours({"mon-fri": "09:00-17:00", "sat": ["09:00-12:00", "13:00-16:00"]})

    assert [hours.on(weekday) for weekday in range(5)] == [((NINE, FIVE),)] * 5
    assert hours.on(5) == ((NINE, NOON), (ONE, FOUR))
    assert hours.on(6) == ()
    assert not hours.open_on_holidays


def test_the_constants_are_what_one_would_write() -> None:
    assert parse_opening_hours({"every day": "00:00-24:00"}) == ALWAYS
    assert parse_opening_hours({"mon-fri": ("09:00 - 17:00",)}) == OFFICE


def test_a_day_may_be_named_as_closed() -> None:
    assert parse_opening_hours({"mon": []}).never_open
    assert parse_opening_hours({}).never_open
    assert not OFFICE.never_open


@pytest.mark.parametrize(
    ("text_by_days", "hint"),
    [
        pytest.param({"monday": "09:00-17:00"}, "'monday' is not a day", id="a long name"),
        pytest.param({"mon-": "09:00-17:00"}, "'mon-' is not a day", id="half a range"),
        pytest.param({"mon-fry": "09:00-17:00"}, "'mon-fry' is not a day", id="a misspelt day"),
        pytest.param({"sat-mon": "09:00-17:00"}, "end of the week", id="a range over the end of the week"),
        pytest.param({"mon-wed": "09:00-17:00", "tue": "09:00-12:00"}, "tue are given twice", id="a day twice"),
        pytest.param({"mon": "09:00"}, "not an interval", id="one time only"),
        pytest.param({"mon": "9-5"}, "not an interval", id="bare hours"),
        pytest.param({"mon": "09:00-25:00"}, "not a time", id="no such hour"),
        pytest.param({"mon": "24:00-24:00"}, "not a time of this day", id="24:00 as a start"),
        pytest.param({"mon": "17:00-09:00"}, "'17:00-24:00'.*'00:00-09:00'", id="over midnight"),
        pytest.param({"mon": "17:00-00:00"}, "'17:00-24:00'", id="midnight as 00:00"),
        pytest.param({"mon": "09:00-09:00"}, "does not end after", id="no length"),
        pytest.param({"mon": ["09:00-12:00", "11:00-13:00"]}, "overlap", id="overlapping"),
        pytest.param({"mon": ["13:00-17:00", "09:00-12:00"]}, "the earliest first", id="out of order"),
        pytest.param({"mon": ["09:00-24:00", "10:00-11:00"]}, "overlap", id="after the day's end"),
    ],
)
def test_wrong_opening_hours_are_refused_with_what_to_write(
    text_by_days: dict[str, str | Sequence[str]], hint: str
) -> None:
    with pytest.raises(ValueError, match=hint):
        parse_opening_hours(text_by_days)


def test_opening_hours_have_seven_weekdays() -> None:
    with pytest.raises(ValueError, match="all 7"):
        OpeningHours((((NINE, FIVE),),))


def test_opening_hours_made_by_hand_are_checked_too() -> None:
    with pytest.raises(ValueError, match="On sun, 17:00-09:00"):
        OpeningHours(((),) * 6 + (((FIVE, NINE),),))
