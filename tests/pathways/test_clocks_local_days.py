"""Local days and wall-clock times, over changes of the clocks, month ends and leap days."""

from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from pathways.calendars import Calendar
from pathways.clocks import parse_duration
from pathways.opening_hours import OFFICE

LONDON = Calendar(ZoneInfo("Europe/London"), frozenset(), OFFICE)
MOMENT = timedelta(microseconds=1)
instant = datetime.fromisoformat


def calendar_of(zone: str) -> Calendar:
    return Calendar(ZoneInfo(zone), frozenset(), OFFICE)


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        pytest.param("Europe/London", "2026-03-29T00:59", "2026-03-29T00:59Z", id="before the gap"),
        pytest.param("Europe/London", "2026-03-29T01:00", "2026-03-29T01:00Z", id="start of the gap"),
        pytest.param("Europe/London", "2026-03-29T01:30", "2026-03-29T01:00Z", id="within the gap"),
        pytest.param("Europe/London", "2026-03-29T02:00", "2026-03-29T01:00Z", id="end of the gap"),
        pytest.param("Europe/London", "2026-03-29T02:30", "2026-03-29T01:30Z", id="after the gap"),
        pytest.param("Europe/London", "2026-10-25T00:59", "2026-10-24T23:59Z", id="before the repeat"),
        pytest.param("Europe/London", "2026-10-25T01:30", "2026-10-25T00:30Z", id="repeated, its first"),
        pytest.param("Europe/London", "2026-10-25T02:00", "2026-10-25T02:00Z", id="after the repeat"),
        pytest.param("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00Z", id="gap in New York"),
        pytest.param("Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-03T15:30Z", id="half-hour gap"),
        pytest.param("Australia/Lord_Howe", "2026-04-05T01:40", "2026-04-04T14:40Z", id="half-hour repeat"),
        pytest.param("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00Z", id="midnight skipped"),
        pytest.param("Pacific/Apia", "2011-12-30T10:00", "2011-12-30T10:00Z", id="a whole day skipped"),
    ],
)
def test_a_local_time_means_one_instant(zone: str, wall: str, expected: str) -> None:
    assert calendar_of(zone).resolve(instant(wall)) == instant(expected)


@pytest.mark.parametrize(
    ("start", "duration", "expected"),
    [
        pytest.param("2026-03-28T12:00+00:00", "1 day", "2026-03-29T12:00+01:00", id="a day of 23 hours"),
        pytest.param("2026-03-28T12:00+00:00", "24 hours", "2026-03-29T13:00+01:00", id="24 hours in spring"),
        pytest.param("2026-03-28T01:30+00:00", "1 day", "2026-03-29T02:00+01:00", id="into the gap"),
        pytest.param("2026-03-22T01:30+00:00", "1 week", "2026-03-29T02:00+01:00", id="a week into the gap"),
        pytest.param("2026-03-29T02:00+01:00", "1 day", "2026-03-30T02:00+01:00", id="from the gap's end"),
        pytest.param("2026-10-24T12:00+01:00", "1 day", "2026-10-25T12:00+00:00", id="a day of 25 hours"),
        pytest.param("2026-10-24T12:00+01:00", "24 hours", "2026-10-25T11:00+00:00", id="24 hours in autumn"),
        pytest.param("2026-10-24T01:30+01:00", "1 day", "2026-10-25T01:30+01:00", id="into the repeat: its first"),
        pytest.param("2026-10-25T01:30+01:00", "1 day", "2026-10-26T01:30+00:00", id="from the first of two"),
        pytest.param("2026-10-25T01:30+00:00", "1 day", "2026-10-26T01:30+00:00", id="from the second of two"),
        pytest.param("2026-10-25T01:30+00:00", "0 days", "2026-10-25T01:30+00:00", id="no days from the second of two"),
        pytest.param("2026-10-25T01:30+01:00", "90 minutes", "2026-10-25T02:00+00:00", id="minutes over the repeat"),
        pytest.param("2026-01-31T09:00+00:00", "1 day", "2026-02-01T09:00+00:00", id="month end"),
        pytest.param("2026-12-31T23:30+00:00", "1 day", "2027-01-01T23:30+00:00", id="year end"),
        pytest.param("2028-02-28T09:00+00:00", "1 day", "2028-02-29T09:00+00:00", id="onto the leap day"),
        pytest.param("2028-02-29T09:00+00:00", "365 days", "2029-02-28T09:00+00:00", id="a year from the leap day"),
        pytest.param("2026-02-28T09:00+00:00", "1 day", "2026-03-01T09:00+00:00", id="no leap day"),
        pytest.param("2026-05-31T23:30+01:00", "28 days", "2026-06-28T23:30+01:00", id="late evening in summer"),
        pytest.param("2026-03-01T09:00+00:00", "28 days", "2026-03-29T09:00+01:00", id="28 days over the gap"),
        pytest.param("2026-10-01T09:00+01:00", "8 weeks", "2026-11-26T09:00+00:00", id="8 weeks over the repeat"),
    ],
)
def test_days_keep_the_wall_clock_and_hours_are_real(start: str, duration: str, expected: str) -> None:
    assert LONDON.add(instant(start), parse_duration(duration)) == instant(expected)


@pytest.mark.parametrize(
    ("now", "duration", "expected"),
    [
        pytest.param("2026-03-29T12:00+01:00", "28 days", "2026-03-01T12:00+00:00", id="over the gap"),
        pytest.param("2026-03-30T01:30+01:00", "1 day", "2026-03-29T02:00+01:00", id="back into the gap"),
        pytest.param("2026-10-26T01:30+00:00", "1 day", "2026-10-25T01:30+01:00", id="back into the repeat"),
        pytest.param("2026-10-25T01:30+01:00", "1 day", "2026-10-24T01:30+01:00", id="from the first of two"),
        pytest.param("2026-10-25T01:30+00:00", "1 day", "2026-10-24T02:00+01:00", id="stands still in the second"),
        pytest.param("2026-10-25T02:00+00:00", "1 day", "2026-10-24T02:00+01:00", id="goes on after the repeat"),
        pytest.param("2026-10-25T01:30+00:00", "2 hours", "2026-10-25T00:30+01:00", id="hours are real"),
        pytest.param("2028-03-14T09:00+00:00", "2 weeks", "2028-02-29T09:00+00:00", id="back to the leap day"),
        pytest.param("2026-10-25T01:30+00:00", "0 weeks", "2026-10-25T01:30+00:00", id="no length"),
    ],
)
def test_a_window_begins_at_the_same_wall_clock_time(now: str, duration: str, expected: str) -> None:
    assert LONDON.window_start(instant(now), parse_duration(duration)) == instant(expected)


@pytest.mark.parametrize(
    ("occurred", "duration", "expected"),
    [
        pytest.param("2026-03-07T10:00+00:00", "28 days", "2026-04-04T10:00+01:00", id="over the gap"),
        pytest.param("2026-03-28T01:30+00:00", "1 day", "2026-03-29T02:00+01:00", id="into the gap"),
        pytest.param("2026-03-29T02:00+01:00", "1 day", "2026-03-30T01:00+01:00", id="from the gap's end"),
        pytest.param("2026-03-29T02:30+01:00", "1 day", "2026-03-30T02:30+01:00", id="from after the gap"),
        pytest.param("2026-10-25T01:30+01:00", "1 day", "2026-10-26T01:30+00:00", id="from the first of two"),
        pytest.param("2026-10-25T01:30+00:00", "1 day", "2026-10-26T02:00+00:00", id="from the second of two"),
        pytest.param("2026-10-24T01:30+01:00", "1 day", "2026-10-25T01:30+01:00", id="into the repeat: its first"),
        pytest.param("2026-10-24T02:00+01:00", "1 day", "2026-10-25T01:00+00:00", id="when clocks go back"),
        pytest.param("2026-10-25T01:30+00:00", "30 minutes", "2026-10-25T02:00+00:00", id="minutes are real"),
    ],
)
def test_an_event_leaves_its_window_at_a_known_instant(occurred: str, duration: str, expected: str) -> None:
    length = parse_duration(duration)

    leaves = LONDON.leaves_window(instant(occurred), length)

    assert leaves == instant(expected)
    assert LONDON.window_start(leaves - MOMENT, length) < instant(occurred) <= LONDON.window_start(leaves, length)


@pytest.mark.parametrize(
    ("zone", "since", "clock", "expected"),
    [
        pytest.param("Europe/London", "2026-06-01T15:59:59+01:00", "16:00", "2026-06-01T16:00+01:00", id="today"),
        pytest.param("Europe/London", "2026-06-01T16:00+01:00", "16:00", "2026-06-01T16:00+01:00", id="just now"),
        pytest.param("Europe/London", "2026-06-01T16:00:01+01:00", "16:00", "2026-06-02T16:00+01:00", id="tomorrow"),
        pytest.param("Europe/London", "2026-03-28T20:00Z", "01:30", "2026-03-29T01:00Z", id="skipped: the gap's end"),
        pytest.param("Europe/London", "2026-03-29T01:00Z", "01:30", "2026-03-29T01:00Z", id="at the gap's end"),
        pytest.param("Europe/London", "2026-03-29T01:30Z", "01:30", "2026-03-30T00:30Z", id="after the gap"),
        pytest.param("Europe/London", "2026-10-24T20:00Z", "01:30", "2026-10-25T00:30Z", id="repeated: its first"),
        pytest.param("Europe/London", "2026-10-25T00:30Z", "01:30", "2026-10-25T00:30Z", id="at the first of two"),
        pytest.param("Europe/London", "2026-10-25T01:00Z", "01:30", "2026-10-26T01:30Z", id="the second never counts"),
        pytest.param("America/Toronto", "1919-03-31T04:30Z", "23:45", "1919-03-31T04:30Z", id="skipped over midnight"),
    ],
)
def test_a_wall_clock_time_comes_once_each_local_day(zone: str, since: str, clock: str, expected: str) -> None:
    assert calendar_of(zone).next_time(instant(since), time.fromisoformat(clock)) == instant(expected)


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        pytest.param("Europe/London", "2026-06-01T22:59:59Z", "2026-06-01T23:00Z", id="summer"),
        pytest.param("Europe/London", "2026-06-01T23:00Z", "2026-06-02T23:00Z", id="midnight is the next day"),
        pytest.param("Europe/London", "2026-03-29T00:30Z", "2026-03-29T23:00Z", id="a day of 23 hours"),
        pytest.param("Europe/London", "2026-10-24T23:00Z", "2026-10-26T00:00Z", id="a day of 25 hours"),
        pytest.param("America/Sao_Paulo", "2018-11-04T02:30Z", "2018-11-04T03:00Z", id="midnight skipped"),
        pytest.param("America/St_Johns", "2010-11-07T02:00Z", "2010-11-07T02:30Z", id="the first of two midnights"),
        pytest.param("America/St_Johns", "2010-11-07T02:45Z", "2010-11-07T03:30Z", id="the second of two midnights"),
        pytest.param("Pacific/Apia", "2011-12-30T09:00Z", "2011-12-30T10:00Z", id="a whole day skipped"),
    ],
)
def test_the_local_day_ends_at_the_first_instant_of_the_next(zone: str, now: str, expected: str) -> None:
    calendar = calendar_of(zone)

    midnight = calendar.next_midnight(instant(now))

    assert midnight == instant(expected)
    assert calendar.same_day(instant(now), midnight - MOMENT)
    assert not calendar.same_day(instant(now), midnight)


@pytest.mark.parametrize("act", ["add", "window_start"])
def test_a_day_that_a_zone_left_out_is_its_first_instant_afterwards(act: str) -> None:
    apia, three_days = calendar_of("Pacific/Apia"), parse_duration("3 days")
    starts = {"add": instant("2011-12-27T22:00Z"), "window_start": instant("2012-01-01T22:00Z")}

    found = getattr(apia, act)(starts[act], three_days)

    assert found == instant("2011-12-30T10:00Z")


def test_one_utc_day_may_be_two_local_days() -> None:
    assert not LONDON.same_day(instant("2026-06-01T22:30Z"), instant("2026-06-01T23:30Z"))
    assert LONDON.same_day(instant("2026-06-01T23:30Z"), instant("2026-06-02T22:30Z"))


def test_instants_of_any_zone_are_understood_and_answers_are_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    start = datetime(2026, 3, 28, 21, tzinfo=tokyo)

    due = LONDON.add(start, parse_duration("1 day"))

    assert due == instant("2026-03-29T11:00Z")
    assert due.tzinfo is UTC
    assert LONDON.local(start).isoformat() == "2026-03-28T12:00:00+00:00"


@pytest.mark.parametrize("unit", ["minutes", "days", "working days", "working hours"])
def test_a_time_without_zone_is_refused(unit: str) -> None:
    with pytest.raises(ValueError, match="has no zone"):
        LONDON.add(instant("2026-06-01T12:00"), parse_duration(f"2 {unit}"))


def test_equal_calendars_are_one_key() -> None:
    assert {calendar_of("Europe/London"), LONDON} == {LONDON}
