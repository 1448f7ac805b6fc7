"""Notices about shared blockages: to their owners, and to whom they escalate. They name the blockage by its number."""

from __future__ import annotations

from datetime import datetime

from handrail.notice_times import send_at
from handrail.rules import Rules
from models.database import NOTICES_CHANNEL, RawConnection
from models.shared_blockages import SharedBlockage, next_notice, record_notice
from pathways.case import Notice, NoticeKind


def tell(
    connection: RawConnection,
    rules: Rules,
    now: datetime,
    blockage: SharedBlockage,
    kind: NoticeKind,
    agency: str | None = None,
) -> None:
    """Have the agency, left out the owner, be told of the blockage; it must be held."""
    to = rules.pathway.serving(agency or blockage.owner, now)
    notice = Notice(
        next_notice(connection, blockage.id), now, kind, to, None, blockage.name, None, "", kind == "escalation"
    )
    when = send_at(notice, rules.calendar_of(to), rules.digest_at(to), now)
    record_notice(connection, blockage.id, notice, when)
    connection.execute("SELECT pg_notify(%s, '')", [NOTICES_CHANNEL])
