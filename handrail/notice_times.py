"""When a notice leaves: at once if it is urgent, else with the agency's next daily list; and which never does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from pathways.calendars import Calendar
from pathways.case import Notice

LONGEST_CLOSING = 31
"""An agency that has no working day in so many days gets its list on the next day, whatever day that is."""


def send_at(notice: Notice, calendar: Calendar, digest_at: time | None, now: datetime) -> datetime:
    """Return when ``notice``, written at ``now``, is to leave.

    An urgent one leaves at once. Any other waits for the agency's next ``digest_at`` on a working day of its own
    ``calendar``. An agency that wants no list gets it at once too.
    """
    if notice.urgent or digest_at is None:
        return now
    return next_list(calendar, digest_at, now)


def next_list(calendar: Calendar, digest_at: time, now: datetime) -> datetime:
    """Return the first ``digest_at`` at or after ``now`` on a working day."""
    first = leaves = calendar.next_time(now, digest_at)
    for _ in range(LONGEST_CLOSING):
        if calendar.is_working_day(calendar.local(leaves).date()):
            return leaves
        leaves = calendar.next_time(calendar.next_midnight(leaves), digest_at)
    return first


def superseded(notices: Sequence[Notice]) -> frozenset[int]:
    """Return the numbers of those that a later one of the same step makes idle: same agency, same subject.

    After an outage a step may write one notice for every instant that was missed; an agency gets the last.
    """
    last = {(each.agency, each.track, each.subject): each.number for each in notices}
    kept = frozenset(last.values())
    return frozenset(each.number for each in notices if each.number not in kept)
