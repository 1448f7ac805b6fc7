"""Shared blockages as open work of their owners, beside that of the cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from handrail.rules import Rules
from models.database import raw
from models.shared_blockages import SharedBlockage, list_shared
from models.work import OpenWork, Work
from pathways.calendars import Calendar

DAY = timedelta(days=1)


def shared_work(connection: Connection, rules: Mapping[str, Rules], agency: str | None = None) -> list[OpenWork]:
    """Return the open shared blockages of the pathways in ``rules``, of one owner or of all, the oldest in front."""
    return [
        _work(each, rules[each.pathway].pathway.calendar)
        for each in list_shared(raw(connection), agency=agency)
        if each.pathway in rules
    ]


def _work(blockage: SharedBlockage, calendar: Calendar) -> OpenWork:
    """Return the blockage as work of its owner, due at the end of the day that was set."""
    due = blockage.due_on
    due_at = calendar.resolve(datetime.combine(due + DAY, datetime.min.time())) if due is not None else None
    state = "open" if blockage.disputed is None else "disputed"
    return OpenWork(
        blockage.reference,
        Work("blockage", blockage.name, "", "", 1, blockage.opened_at, blockage.owner, state, due_at, overdue=False),
    )
