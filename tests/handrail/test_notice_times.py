"""When a notice leaves, and which never does."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from handrail.notice_times import send_at, superseded
from pathways.calendars import Calendar
from pathways.case import Notice
from pathways.opening_hours import OFFICE, parse_opening_hours

LONDON = ZoneInfo("Europe/London")
EASTER = frozenset((date(2026, 4, 3), date(2026, 4, 6)))
FRIDAY_NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)


def notice(number: int, subject: str = "check", agency: str = "council", *, urgent: bool = False) -> Notice:
    return Notice(number, FRIDAY_NOON, "task_opened", agency, "support", subject, None, "", urgent)


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        (datetime(2026, 3, 20, 8, 59, tzinfo=UTC), datetime(2026, 3, 20, 9, tzinfo=UTC)),
        (datetime(2026, 3, 20, 9, 1, tzinfo=UTC), datetime(2026, 3, 23, 9, tzinfo=UTC)),
        (datetime(2026, 3, 27, 12, tzinfo=UTC), datetime(2026, 3, 30, 8, tzinfo=UTC)),
        (datetime(2026, 4, 2, 12, tzinfo=UTC), datetime(2026, 4, 7, 8, tzinfo=UTC)),
    ],
    ids=["the same morning", "over the weekend", "over the change of the clocks", "over Easter"],
)
def test_what_can_wait_leaves_with_the_next_list_of_a_working_day(now: datetime, leaves: datetime) -> None:
    assert send_at(notice(1), Calendar(LONDON, EASTER, OFFICE), time(9), now) == leaves


def test_what_is_urgent_leaves_at_once_whatever_the_hour() -> None:
    night = datetime(2026, 3, 21, 2, tzinfo=UTC)

    assert send_at(notice(1, urgent=True), Calendar(LONDON, EASTER, OFFICE), time(9), night) == night


def test_an_agency_that_is_never_open_gets_its_list_all_the_same() -> None:
    closed = Calendar(LONDON, frozenset(), parse_opening_hours({}))

    assert send_at(notice(1), closed, time(9), FRIDAY_NOON) == datetime(2026, 3, 21, 9, tzinfo=UTC)


def test_of_several_on_one_subject_an_agency_gets_the_last() -> None:
    notices = [notice(1), notice(2, "offer"), notice(3), notice(4, agency="police"), notice(5)]

    assert superseded(notices) == {1, 3}
