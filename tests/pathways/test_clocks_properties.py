"""What holds of every clock, most of all near changes of the clocks. The slow definitions know only zone files.

``HANDRAIL_LONG=1`` tries others, and fifty times as many.
"""

import os
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pathways.calendars import Calendar
from pathways.clocks import Duration, Unit
from pathways.opening_hours import ALWAYS, OFFICE, parse_opening_hours

MINUTE, MOMENT, DAY = timedelta(minutes=1), timedelta(microseconds=1), timedelta(days=1)
LONGEST_CHANGE = timedelta(hours=1)
HOLIDAYS = frozenset({date(2026, 3, 6), date(2026, 3, 9), date(2026, 4, 3), date(2026, 4, 6), date(2026, 10, 26)})
CHANGES = {
    "Europe/London": ("2026-03-29T01:00Z", "2026-10-25T01:00Z"),
    "America/New_York": ("2026-03-08T07:00Z", "2026-11-01T06:00Z"),
    "Australia/Lord_Howe": ("2026-04-04T15:00Z", "2026-10-03T15:30Z"),
}
HOURS = (
    OFFICE,
    ALWAYS,
    parse_opening_hours({"every day": ["00:00-01:40", "22:00-24:00"]}),
    parse_opening_hours({"mon-thu": ["09:00-12:00", "13:00-16:30"], "sun": "01:20-02:20"}),
)

everywhere = pytest.mark.parametrize("zone", CHANGES)
LONGER = 50 if os.environ.get("HANDRAIL_LONG") else 1
thorough = settings(max_examples=60 * LONGER, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def instants(draw: st.DrawFn, zone: str, step: timedelta = MOMENT) -> datetime:
    """An instant near a change of the clocks (often), a working week around it, or anywhere in ten years."""
    change = datetime.fromisoformat(draw(st.sampled_from(CHANGES[zone])))
    reach = draw(st.sampled_from([2 * LONGEST_CHANGE, DAY + 2 * LONGEST_CHANGE, 8 * DAY, 1800 * DAY]))
    centre = change + draw(st.integers(-3, 3)) * DAY
    return centre + draw(st.integers(-(reach // step), reach // step)) * step


def calendars(zone: str) -> st.SearchStrategy[Calendar]:
    return st.builds(Calendar, st.just(ZoneInfo(zone)), st.just(HOLIDAYS), st.sampled_from(HOURS))


def durations(*units: Unit) -> st.SearchStrategy[Duration]:
    return st.builds(Duration, st.integers(0, 12), st.sampled_from(units or tuple(Unit)))


def spans() -> st.SearchStrategy[timedelta]:
    return st.one_of(
        st.timedeltas(timedelta(), timedelta(hours=3)),
        st.timedeltas(timedelta(), 9 * DAY),
        st.integers(0, 5).map(lambda hours: timedelta(hours=hours) / 2),
    )


def slowly_resolve(zone: ZoneInfo, wall: datetime) -> datetime:
    """Return the first minute at which the wall clock shows ``wall`` or later: a search, minute by minute."""
    minute = wall.replace(tzinfo=UTC) - wall.replace(tzinfo=zone, fold=1).utcoffset() - 2 * LONGEST_CHANGE  # type: ignore[operator]  # every zone has an offset
    while shown(zone, minute) < wall:
        minute += MINUTE
    return minute


def shown(zone: ZoneInfo, instant: datetime) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def slowly_furthest(zone: ZoneInfo, instant: datetime) -> datetime:
    """Return the furthest that the wall clock has ever come, a minute after the latest minute it has shown whole."""
    earlier = (instant - minutes * MINUTE for minutes in range(1, 181))
    return max(shown(zone, instant), *(shown(zone, minute) + MINUTE for minute in earlier))


def slowly_open(calendar: Calendar, day: date) -> list[tuple[datetime, datetime]]:
    if day in HOLIDAYS:
        return []
    walls = (
        (datetime.combine(day, opens), datetime.combine(day + DAY if closes == time() else day, closes))
        for opens, closes in calendar.hours.on(day.weekday())
    )
    return [(slowly_resolve(calendar.zone, opens), slowly_resolve(calendar.zone, closes)) for opens, closes in walls]


@everywhere
@thorough
@given(data=st.data())
def test_a_wall_time_means_the_first_minute_that_shows_it_or_more(zone: str, data: st.DataObject) -> None:
    calendar = data.draw(calendars(zone))
    wall = shown(calendar.zone, data.draw(instants(zone, MINUTE))) + data.draw(st.integers(-90, 90)) * MINUTE

    assert calendar.resolve(wall) == slowly_resolve(calendar.zone, wall)


@everywhere
@thorough
@given(data=st.data())
def test_days_end_at_the_same_wall_time(zone: str, data: st.DataObject) -> None:
    calendar, start = data.draw(calendars(zone)), data.draw(instants(zone, MINUTE))
    length = data.draw(durations(Unit.DAYS, Unit.WEEKS).filter(lambda duration: duration.amount > 0))
    days = length.amount * (7 if length.unit is Unit.WEEKS else 1) * DAY

    assert calendar.add(start, length) == slowly_resolve(calendar.zone, shown(calendar.zone, start) + days)
    assert calendar.window_start(start, length) == slowly_resolve(
        calendar.zone, slowly_furthest(calendar.zone, start) - days
    )


@everywhere
@thorough
@given(data=st.data())
def test_an_event_leaves_its_window_once_and_just_then(zone: str, data: st.DataObject) -> None:
    calendar, length = data.draw(calendars(zone)), data.draw(durations())
    occurred = data.draw(st.one_of(instants(zone), instants(zone, MINUTE)))

    leaves = calendar.leaves_window(occurred, length)

    before, after = data.draw(spans()), data.draw(spans())
    assert calendar.window_start(leaves - MOMENT, length) < occurred <= calendar.window_start(leaves, length)
    assert calendar.window_start(leaves - MOMENT - before, length) < occurred
    assert calendar.window_start(leaves + after, length) >= occurred


@everywhere
@thorough
@given(data=st.data())
def test_a_window_never_moves_back(zone: str, data: st.DataObject) -> None:
    calendar, length, now = data.draw(calendars(zone)), data.draw(durations()), data.draw(instants(zone))
    later = now + data.draw(spans())

    assert calendar.window_start(now, length) <= calendar.window_start(later, length)
    assert calendar.window_start(now, length) <= now


@everywhere
@thorough
@given(data=st.data())
def test_what_starts_later_ends_later_but_for_a_repeated_hour(zone: str, data: st.DataObject) -> None:
    calendar, start = data.draw(calendars(zone)), data.draw(instants(zone))
    length = data.draw(durations(Unit.MINUTES, Unit.HOURS, Unit.DAYS, Unit.WEEKS, Unit.WORKING_HOURS))
    later = start + data.draw(spans())
    repeats = length.unit in {Unit.DAYS, Unit.WEEKS}

    slack = LONGEST_CHANGE if repeats and shown(calendar.zone, later) < shown(calendar.zone, start) else timedelta()
    assert calendar.add(start, length) <= calendar.add(later, length) + slack
    assert start <= calendar.add(start, length)


@everywhere
@thorough
@given(data=st.data())
def test_the_nth_working_day_has_n_working_days_up_to_it(zone: str, data: st.DataObject) -> None:
    calendar, start = data.draw(calendars(zone)), data.draw(instants(zone, MINUTE))
    count = data.draw(st.integers(1, 12))

    due = calendar.add(start, Duration(count, Unit.WORKING_DAYS))

    first = shown(calendar.zone, start).date()
    passed = [first + days * DAY for days in range(1, 60)]
    working = [day for day in passed if calendar.hours.on(day.weekday()) and day not in HOLIDAYS]
    expected = datetime.combine(working[count - 1], shown(calendar.zone, start).time())
    assert due == slowly_resolve(calendar.zone, expected)


@everywhere
@thorough
@given(data=st.data())
def test_working_hours_add_up(zone: str, data: st.DataObject) -> None:
    calendar, start = data.draw(calendars(zone)), data.draw(instants(zone))
    one, two = data.draw(st.integers(0, 12)), data.draw(st.integers(0, 12))

    halfway = calendar.add(start, Duration(one, Unit.WORKING_HOURS))

    whole = calendar.add(start, Duration(one + two, Unit.WORKING_HOURS))
    assert calendar.add(halfway, Duration(two, Unit.WORKING_HOURS)) == whole


@everywhere
@thorough
@given(data=st.data())
def test_working_hours_are_the_real_time_open_in_between(zone: str, data: st.DataObject) -> None:
    calendar, start = data.draw(calendars(zone)), data.draw(instants(zone, MINUTE))
    length = data.draw(st.integers(1, 12))

    due = calendar.add(start, Duration(length, Unit.WORKING_HOURS))

    first, last = shown(calendar.zone, start).date(), shown(calendar.zone, due).date()
    days = [first + days * DAY for days in range((last - first).days + 1)]
    opened = [span for day in days for span in slowly_open(calendar, day)]
    real = [min(closes, due) - max(opens, start) for opens, closes in opened if opens < due and closes > start]
    assert sum(real, timedelta()) == timedelta(hours=length)
    assert any(opens < due <= closes for opens, closes in opened)


@everywhere
@thorough
@given(data=st.data())
def test_a_wall_clock_time_comes_at_the_first_chance(zone: str, data: st.DataObject) -> None:
    calendar, now = data.draw(calendars(zone)), data.draw(instants(zone, MINUTE))
    clock = time(data.draw(st.sampled_from([0, 1, 2, 3, 16, 23])), data.draw(st.integers(0, 59)))
    today = shown(calendar.zone, now).date()

    chances = [slowly_resolve(calendar.zone, datetime.combine(today + days * DAY, clock)) for days in (-1, 0, 1, 2)]

    assert calendar.next_time(now, clock) == min(chance for chance in chances if chance >= now)


@everywhere
@thorough
@given(data=st.data())
def test_a_longer_pause_never_means_due_earlier(zone: str, data: st.DataObject) -> None:
    calendar, start, length = data.draw(calendars(zone)), data.draw(instants(zone)), data.draw(durations())
    begins = [start + data.draw(st.timedeltas(-2 * DAY, 9 * DAY)) for _ in range(data.draw(st.integers(1, 3)))]
    pauses = [(begin, begin + data.draw(spans())) for begin in begins]
    changed = data.draw(st.integers(0, len(pauses) - 1))
    longer = list(pauses)
    longer[changed] = (pauses[changed][0], pauses[changed][1] + data.draw(spans()))
    open_ended = [*pauses[:changed], (pauses[changed][0], None), *pauses[changed + 1 :]]

    none, due = calendar.due(start, length, []), calendar.due(start, length, pauses)
    longer_due, open_due = calendar.due(start, length, longer), calendar.due(start, length, open_ended)

    assert none == calendar.add(start, length)
    assert none is not None
    assert due is not None
    assert longer_due is not None
    assert none <= due <= longer_due
    assert open_due is None or (open_due == due and pauses[changed][0] >= due)


@everywhere
@thorough
@given(data=st.data())
def test_pauses_of_no_length_or_after_the_due_instant_change_nothing(zone: str, data: st.DataObject) -> None:
    calendar, start, length = data.draw(calendars(zone)), data.draw(instants(zone)), data.draw(durations())
    due = calendar.add(start, length)
    still = start + data.draw(spans())
    late = due + data.draw(spans())

    assert calendar.due(start, length, [(still, still)]) == due
    assert calendar.due(start, length, [(late, late + DAY), (late + 2 * DAY, None)]) == due


@everywhere
@thorough
@given(data=st.data())
def test_a_paused_working_hour_clock_counts_only_what_is_open_and_not_paused(zone: str, data: st.DataObject) -> None:
    calendar, start = data.draw(calendars(zone)), data.draw(instants(zone))
    length = data.draw(st.integers(1, 12))
    pauses = [(begin := start + data.draw(spans()), begin + data.draw(spans())) for _ in range(2)]

    due = calendar.due(start, Duration(length, Unit.WORKING_HOURS), pauses)

    assert due is not None
    first, last = shown(calendar.zone, start).date(), shown(calendar.zone, due).date()
    days = [first + days * DAY for days in range((last - first).days + 1)]
    opened = [(max(opens, start), min(closes, due)) for day in days for opens, closes in slowly_open(calendar, day)]
    edges = sorted({edge for pause in pauses for edge in pause} | {edge for span in opened for edge in span})
    counted = timedelta()
    for begins, ends in pairwise(edges):
        is_open = any(opens <= begins and ends <= closes for opens, closes in opened)
        is_paused = any(from_ <= begins and ends <= until for from_, until in pauses)
        counted += ends - begins if is_open and not is_paused else timedelta()
    assert counted == timedelta(hours=length)
