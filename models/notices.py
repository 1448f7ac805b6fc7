"""The outbox: notices written with the decision that caused them, claimed for delivery, settled once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import Connection, text

from models.database import RawConnection, raw
from models.rows import Sheet
from pathways.case import Notice

NoticeState = Literal["waiting", "sent", "superseded", "silenced", "dead"]
NOTICES = Sheet(
    "notices",
    (
        "key", "case_id", "number", "agency", "kind", "track", "subject", "at",
        "due_at", "because", "urgent", "state", "send_at", "settled_at",
    ),
    (
        "text", "int8", "int4", "text", "text", "text", "text", "timestamptz",
        "timestamptz", "text", "bool", "text", "timestamptz", "timestamptz",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice to be delivered; ``tries`` counts those before."""

    key: str
    reference: str
    """Of a case, or of a blockage that belongs to no one case: ``B-17``."""
    pathway: str
    agency: str
    kind: str
    track: str | None
    subject: str | None
    at: datetime
    due_at: datetime | None
    because: str
    urgent: bool
    message: str | None
    """The message it was part of when it was last tried."""
    tries: int

    @property
    def blockage(self) -> int | None:
        """The number of the blockage that it is about; None of a case."""
        sign, _, number = self.reference.partition("-")
        return int(number) if sign == "B" else None


def notice_key(reference: str, number: int) -> str:
    """Return the name of a notice that stays the same for ever."""
    return f"{reference}/{number}"


def notice_row(
    case: tuple[int, str], notice: Notice, state: NoticeState, send_at: datetime, now: datetime
) -> tuple[Any, ...]:
    """Return the row of ``NOTICES`` that keeps ``notice`` of ``case`` (id and reference)."""
    case_id, reference = case
    return (
        notice_key(reference, notice.number),
        case_id,
        notice.number,
        notice.agency,
        notice.kind,
        notice.track,
        notice.subject,
        notice.at,
        notice.due_at,
        notice.because,
        notice.urgent,
        state,
        send_at,
        None if state == "waiting" else now,
    )


_CLAIM = """
WITH due AS (
    SELECT key, message FROM handrail.notices
    WHERE state = 'waiting' AND send_at <= (SELECT clock_timestamp()) AND agency <> ALL(%s)
    ORDER BY send_at, key LIMIT %s FOR UPDATE SKIP LOCKED
), together AS (
    SELECT n.key FROM handrail.notices AS n
    WHERE n.state = 'waiting' AND n.message IN (SELECT message FROM due WHERE message IS NOT NULL)
    FOR UPDATE SKIP LOCKED
), leased AS (
    UPDATE handrail.notices AS n SET send_at = clock_timestamp() + %s
    WHERE n.key IN (SELECT key FROM due UNION SELECT key FROM together) RETURNING n.*
)
SELECT l.key, coalesce(c.reference, 'B-' || l.blockage_id), coalesce(p.key, b.pathway), l.agency, l.kind, l.track,
       l.subject, l.at, l.due_at, l.because, l.urgent, l.message, l.tries
FROM leased AS l LEFT JOIN handrail.cases AS c ON c.id = l.case_id
LEFT JOIN handrail.publications AS p ON p.hash = c.publication
LEFT JOIN handrail.shared_blockages AS b ON b.id = l.blockage_id
ORDER BY l.agency, l.at, l.case_id, l.blockage_id, l.number
"""


def claim_waiting(
    connection: Connection, limit: int, lease: timedelta, apart_from: Collection[str] = ()
) -> list[Waiting]:
    """Return notices that are to be sent now, by agency and age; nobody else gets them until ``lease`` is over.

    Those to the agencies ``apart_from`` stay where they are.
    The lease outlives the transaction: whoever dies while sending leaves them to the next, after the lease.
    """
    return [Waiting(*row) for row in raw(connection).execute(_CLAIM, [list(apart_from), limit, lease])]


def put_in_message(connection: Connection, keys: Sequence[str], message: str) -> None:
    """Have the notices belong to ``message``, so that another try is the same message again."""
    connection.execute(
        text("UPDATE handrail.notices SET message = :message WHERE key = ANY(:keys)"),
        {"message": message, "keys": list(keys)},
    )


def list_still_waiting(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Return those of ``keys`` that are still to be sent: a death may have silenced them since they were claimed."""
    statement = text("SELECT key FROM handrail.notices WHERE key = ANY(:keys) AND state = 'waiting'")
    return set(connection.scalars(statement, {"keys": list(keys)}))


def settle(connection: Connection, keys: Sequence[str], state: NoticeState) -> None:
    """Have the notices end in ``state``, if nobody settled them before."""
    statement = text(
        "UPDATE handrail.notices SET state = :state, settled_at = clock_timestamp(), tries = tries + 1"
        " WHERE key = ANY(:keys) AND state = 'waiting'"
    )
    connection.execute(statement, {"state": state, "keys": list(keys)})


def put_off(connection: Connection, keys: Sequence[str], send_at: datetime, *, tried: bool) -> None:
    """Have the notices wait until ``send_at``; ``tried`` says that a try failed."""
    statement = text(
        "UPDATE handrail.notices SET send_at = :send_at, tries = tries + :tries"
        " WHERE key = ANY(:keys) AND state = 'waiting'"
    )
    connection.execute(statement, {"send_at": send_at, "keys": list(keys), "tries": int(tried)})


def revive(connection: Connection, message: str) -> int:
    """Have the dead notices of ``message`` wait again, from now on and with all tries; return how many."""
    statement = text(
        "UPDATE handrail.notices SET state = 'waiting', send_at = clock_timestamp(), tries = 0, settled_at = NULL"
        " WHERE message = :message AND state = 'dead'"
    )
    return connection.execute(statement, {"message": message}).rowcount


def silence(connection: RawConnection, case_ids: Sequence[int]) -> None:
    """Withdraw every notice of the cases that has not left yet."""
    connection.execute(
        "UPDATE handrail.notices SET state = 'silenced', settled_at = clock_timestamp()"
        " WHERE case_id = ANY(%s) AND state = 'waiting'",
        [list(case_ids)],
    )


def find_next_delivery(connection: Connection) -> datetime | None:
    """Return when the next notice is to be sent; it may be past."""
    found = connection.scalar(text("SELECT min(send_at) FROM handrail.notices WHERE state = 'waiting'"))
    return cast("datetime | None", found)


def count_notices_of(connection: Connection, case_ids: Sequence[int]) -> dict[int, int]:
    """Return how many notices there are of each of these cases that has any."""
    statement = text("SELECT case_id, count(*) FROM handrail.notices WHERE case_id = ANY(:ids) GROUP BY case_id")
    return {row[0]: row[1] for row in connection.execute(statement, {"ids": list(case_ids)})}


def count_notices(connection: Connection) -> dict[str, int]:
    """Return how many notices there are by state."""
    rows = connection.execute(text("SELECT state, count(*) FROM handrail.notices GROUP BY state ORDER BY state"))
    return {row[0]: row[1] for row in rows}
