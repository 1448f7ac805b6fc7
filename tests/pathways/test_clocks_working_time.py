"""Working days and working hours, over weekends, holidays and changes of the clocks."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pathways.calendars import Calendar
from pathways.clocks import parse_duration
from pathways.opening_hours import ALWAYS, OFFICE, OpeningHours, parse_opening_hours

EASTER = (date(2026, 4, 3), date(2026, 4, 6))
CHRISTMAS = (date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1))
HOLIDAYS = frozenset(EASTER + CHRISTMAS)
SPLIT = parse_opening_hours({"mon-fri": ["09:00-12:00", "13:00-17:00"], "sat": "10:00-12:00"})
NIGHTS = parse_opening_hours({"every day": ["00:00-08:00", "22:00-24:00"]})
SMALL_HOURS = parse_opening_hours({"every day": "01:30-02:30"})
MOMENT = timedelta(microseconds=1)
instant = datetime.fromisoformat


def london(hours: OpeningHours) -> Calendar:
    return Calendar(ZoneInfo("Europe/London"), HOLIDAYS, hours)


@pytest.mark.parametrize(
    ("start", "duration", "expected"),
    [
        pytest.param("2026-06-01T10:00+01:00", "2 working days", "2026-06-03T10:00+01:00", id="midweek"),
        pytest.param("2026-06-05T16:00+01:00", "1 working day", "2026-06-08T16:00+01:00", id="from Friday"),
        pytest.param("2026-06-06T12:00+01:00", "1 working day", "2026-06-08T12:00+01:00", id="from Saturday"),
        pytest.param("2026-06-07T12:00+01:00", "2 working days", "2026-06-09T12:00+01:00", id="from Sunday"),
        pytest.param("2026-06-05T22:15+01:00", "1 working day", "2026-06-08T22:15+01:00", id="hours do not matter"),
        pytest.param("2026-06-06T12:00+01:00", "0 working days", "2026-06-06T12:00+01:00", id="none"),
        pytest.param("2026-04-02T15:00+01:00", "1 working day", "2026-04-07T15:00+01:00", id="over Easter"),
        pytest.param("2026-04-03T15:00+01:00", "1 working day", "2026-04-07T15:00+01:00", id="from Good Friday"),
        pytest.param("2026-12-24T09:30+00:00", "1 working day", "2026-12-29T09:30+00:00", id="over Christmas"),
        pytest.param("2026-12-31T09:30+00:00", "1 working day", "2027-01-04T09:30+00:00", id="over New Year"),
        pytest.param("2026-03-27T01:30+00:00", "1 working day", "2026-03-30T01:30+01:00", id="over the gap"),
        pytest.param("2026-10-23T12:00+01:00", "1 working day", "2026-10-26T12:00+00:00", id="over the repeat"),
    ],
)
def test_working_days_keep_the_wall_clock_and_pass_over_closed_days(start: str, duration: str, expected: str) -> None:
    assert london(OFFICE).add(instant(start), parse_duration(duration)) == instant(expected)


@pytest.mark.parametrize(
    ("hours", "start", "duration", "expected"),
    [
        pytest.param(OFFICE, "2026-06-01T10:00+01:00", 4, "2026-06-01T14:00+01:00", id="within a day"),
        pytest.param(OFFICE, "2026-06-01T13:00+01:00", 4, "2026-06-01T17:00+01:00", id="ends at closing time"),
        pytest.param(OFFICE, "2026-06-01T13:01+01:00", 4, "2026-06-02T09:01+01:00", id="over the night"),
        pytest.param(OFFICE, "2026-06-01T06:00+01:00", 4, "2026-06-01T13:00+01:00", id="before opening"),
        pytest.param(OFFICE, "2026-06-05T16:00+01:00", 4, "2026-06-08T12:00+01:00", id="Friday afternoon"),
        pytest.param(OFFICE, "2026-06-05T19:00+01:00", 4, "2026-06-08T13:00+01:00", id="Friday evening"),
        pytest.param(OFFICE, "2026-06-05T17:00+01:00", 4, "2026-06-08T13:00+01:00", id="Friday at closing time"),
        pytest.param(OFFICE, "2026-06-06T12:00+01:00", 16, "2026-06-09T17:00+01:00", id="two days from Saturday"),
        pytest.param(OFFICE, "2026-06-06T12:00+01:00", 0, "2026-06-06T12:00+01:00", id="none, while closed"),
        pytest.param(OFFICE, "2026-04-02T16:00+01:00", 2, "2026-04-07T10:00+01:00", id="over Easter"),
        pytest.param(OFFICE, "2026-12-24T16:00+00:00", 2, "2026-12-29T10:00+00:00", id="over Christmas"),
        pytest.param(OFFICE, "2026-03-27T16:00+00:00", 2, "2026-03-30T10:00+01:00", id="over the gap"),
        pytest.param(SPLIT, "2026-06-01T11:00+01:00", 2, "2026-06-01T14:00+01:00", id="over lunch"),
        pytest.param(SPLIT, "2026-06-01T11:00+01:00", 1, "2026-06-01T12:00+01:00", id="ends as lunch begins"),
        pytest.param(SPLIT, "2026-06-05T17:00+01:00", 3, "2026-06-08T10:00+01:00", id="Saturday counts"),
        pytest.param(ALWAYS, "2026-06-05T17:00+01:00", 30, "2026-06-06T23:00+01:00", id="always open"),
        pytest.param(ALWAYS, "2026-03-28T12:00+00:00", 24, "2026-03-29T13:00+01:00", id="always open over the gap"),
        pytest.param(ALWAYS, "2026-10-24T12:00+01:00", 24, "2026-10-25T11:00+00:00", id="always open over the repeat"),
        pytest.param(ALWAYS, "2026-04-02T23:00+01:00", 2, "2026-04-04T01:00+01:00", id="always open but for holidays"),
        pytest.param(NIGHTS, "2026-06-01T21:00+01:00", 4, "2026-06-02T02:00+01:00", id="over midnight"),
        pytest.param(NIGHTS, "2026-03-28T23:00+00:00", 8, "2026-03-29T08:00+01:00", id="a night of 7 hours"),
        pytest.param(NIGHTS, "2026-10-24T23:00+01:00", 10, "2026-10-25T08:00+00:00", id="a night of 9 hours"),
        pytest.param(SMALL_HOURS, "2026-03-28T12:00+00:00", 1, "2026-03-30T02:00+01:00", id="opening time skipped"),
        pytest.param(SMALL_HOURS, "2026-10-24T12:00+01:00", 2, "2026-10-25T02:30+00:00", id="opening time repeated"),
    ],
)
def test_working_hours_count_real_time_within_opening_hours(
    hours: OpeningHours, start: str, duration: int, expected: str
) -> None:
    assert london(hours).add(instant(start), parse_duration(f"{duration} working hours")) == instant(expected)


def test_who_stays_open_on_holidays_works_on_them() -> None:
    calendar = london(replace(ALWAYS, open_on_holidays=True))
    thursday = instant("2026-04-02T23:00+01:00")

    assert calendar.is_working_day(EASTER[0])
    assert calendar.add(thursday, parse_duration("2 working hours")) == instant("2026-04-03T01:00+01:00")
    assert calendar.add(thursday, parse_duration("1 working day")) == instant("2026-04-03T23:00+01:00")


@pytest.mark.parametrize(
    ("hours", "day", "works"),
    [
        pytest.param(OFFICE, date(2026, 4, 2), True, id="a Thursday"),
        pytest.param(OFFICE, date(2026, 4, 3), False, id="Good Friday"),
        pytest.param(OFFICE, date(2026, 4, 4), False, id="a Saturday"),
        pytest.param(SPLIT, date(2026, 4, 4), True, id="a Saturday with hours"),
        pytest.param(ALWAYS, date(2026, 4, 5), True, id="a Sunday of who never closes"),
        pytest.param(ALWAYS, date(2026, 4, 6), False, id="Easter Monday of who never closes"),
    ],
)
def test_a_working_day_has_hours_and_is_no_holiday(hours: OpeningHours, day: date, *, works: bool) -> None:
    assert london(hours).is_working_day(day) is works


@pytest.mark.parametrize(
    ("now", "duration", "expected"),
    [
        pytest.param("2026-06-10T10:00+01:00", "2 working days", "2026-06-08T10:00+01:00", id="days midweek"),
        pytest.param("2026-06-08T10:00+01:00", "1 working day", "2026-06-05T10:00+01:00", id="days over a weekend"),
        pytest.param("2026-06-06T10:00+01:00", "1 working day", "2026-06-05T00:00+01:00", id="days from Saturday"),
        pytest.param("2026-06-07T23:00+01:00", "1 working day", "2026-06-05T00:00+01:00", id="days from Sunday"),
        pytest.param("2026-04-07T10:00+01:00", "1 working day", "2026-04-02T10:00+01:00", id="days over Easter"),
        pytest.param("2026-06-08T11:00+01:00", "4 working hours", "2026-06-05T15:00+01:00", id="hours over a weekend"),
        pytest.param("2026-06-08T13:00+01:00", "4 working hours", "2026-06-08T09:00+01:00", id="hours to the opening"),
        pytest.param("2026-06-07T13:00+01:00", "8 working hours", "2026-06-05T09:00+01:00", id="hours from Sunday"),
        pytest.param("2026-06-07T13:00+01:00", "0 working hours", "2026-06-07T13:00+01:00", id="no hours"),
    ],
)
def test_a_working_window_reaches_back_over_closed_days(now: str, duration: str, expected: str) -> None:
    assert london(OFFICE).window_start(instant(now), parse_duration(duration)) == instant(expected)


@pytest.mark.parametrize(
    ("occurred", "duration", "expected"),
    [
        pytest.param("2026-06-05T10:00+01:00", "1 working day", "2026-06-08T10:00+01:00", id="over a weekend"),
        pytest.param("2026-06-06T10:00+01:00", "1 working day", "2026-06-09T00:00+01:00", id="from Saturday"),
        pytest.param(
            "2026-06-05T00:00+01:00", "1 working day", "2026-06-06T00:00+01:00", id="from Friday's first moment"
        ),
        pytest.param("2026-04-02T10:00+01:00", "1 working day", "2026-04-07T10:00+01:00", id="over Easter"),
        pytest.param("2026-06-05T16:00+01:00", "4 working hours", "2026-06-08T12:00+01:00", id="hours"),
        pytest.param("2026-06-05T19:00+01:00", "4 working hours", "2026-06-08T13:00+01:00", id="hours while closed"),
    ],
)
def test_an_event_leaves_a_working_window_at_a_known_instant(occurred: str, duration: str, expected: str) -> None:
    calendar, length = london(OFFICE), parse_duration(duration)

    leaves = calendar.leaves_window(instant(occurred), length)

    assert leaves == instant(expected)
    assert calendar.window_start(leaves - MOMENT, length) < instant(occurred) <= calendar.window_start(leaves, length)


def test_a_sunday_that_had_begun_before_clocks_went_back_to_saturday_counts() -> None:
    sundays = parse_opening_hours({"sun": "00:00-24:00"})
    calendar = Calendar(ZoneInfo("America/St_Johns"), frozenset(), sundays)
    saturday_again, first_midnight = instant("2010-11-07T03:15Z"), instant("2010-11-07T02:30Z")

    window_start = calendar.window_start(saturday_again, parse_duration("1 working hour"))

    assert window_start == instant("2010-11-01T02:15Z")
    assert calendar.add(window_start, parse_duration("1 working hour")) == saturday_again
    assert calendar.add(first_midnight, parse_duration("1 working hour")) == instant("2010-11-07T03:30Z")


@pytest.mark.parametrize("act", ["add", "window_start", "leaves_window"])
@pytest.mark.parametrize("duration", ["1 working day", "1 working hour"])
def test_a_clock_of_an_agency_that_never_opens_is_refused(act: str, duration: str) -> None:
    calendar = london(parse_opening_hours({}))

    with pytest.raises(ValueError, match="never open"):
        getattr(calendar, act)(instant("2026-06-01T10:00Z"), parse_duration(duration))


def test_a_clock_that_would_run_past_the_calendar_is_refused() -> None:
    rarely = london(parse_opening_hours({"mon": "09:00-09:01"}))

    with pytest.raises(ValueError, match="does not end between the years"):
        rarely.add(instant("9900-01-01T10:00Z"), parse_duration("100 working hours"))
