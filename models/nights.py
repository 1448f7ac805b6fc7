"""Nights: until when a place is kept for who is expected, who came, and who waits for a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, cast

from sqlalchemy import Connection, text

from models.database import RawConnection

ArrivalState = Literal["waiting", "allocated", "refused"]


@dataclass(frozen=True, slots=True)
class Night:
    """One night of a kind of places. ``cut_off_at`` is the last instant at which who is expected is in time."""

    kind: str
    night: date
    opened_at: datetime
    cut_off_at: datetime
    ends_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who came for a place for the night. Of who is refused, whose doing it is stands beside the reason."""

    case_id: int
    reference: str
    expected: bool
    """Whether the person was on the list before; the others are walk-ups."""
    presented_at: datetime
    state: ArrivalState
    use_id: int | None
    reason: str | None
    attributable_to: str | None
    agency: str


@dataclass(frozen=True, slots=True)
class NewArrival:
    """What becomes of somebody who came."""

    case_id: int
    expected: bool
    state: ArrivalState
    agency: str
    officer: str | None = None
    use_id: int | None = None
    reason: str | None = None
    attributable_to: str | None = None


_NIGHT = "SELECT kind, night, opened_at, cut_off_at, ends_at, closed_at FROM handrail.nights"
_DUE = _NIGHT + (
    " WHERE closed_at IS NULL AND cut_off_at < (SELECT clock_timestamp())"
    " AND (%(kind)s::text IS NULL OR kind = %(kind)s)"
    " ORDER BY cut_off_at, kind, night LIMIT 1 FOR UPDATE SKIP LOCKED"
)
_ARRIVALS = """
SELECT a.case_id, c.reference, a.expected, a.presented_at, a.state, a.use_id, a.reason, a.attributable_to, a.agency
FROM handrail.arrivals AS a JOIN handrail.cases AS c ON c.id = a.case_id
WHERE a.kind = %s AND a.night = %s ORDER BY a.presented_at, a.id
"""
# When somebody came stays what it was, whatever becomes of it.
_ARRIVE = """
INSERT INTO handrail.arrivals
    (kind, night, case_id, expected, presented_at, state, use_id, reason, attributable_to, agency, officer)
SELECT %s, %s, n.case_id, n.expected, clock_timestamp(), n.state, n.use_id, n.reason, n.attributable_to, n.agency,
    n.officer
FROM unnest(%s::bigint[], %s::boolean[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[])
    AS n(case_id, expected, state, use_id, reason, attributable_to, agency, officer)
ON CONFLICT (kind, night, case_id) DO UPDATE SET state = EXCLUDED.state, use_id = EXCLUDED.use_id,
    reason = EXCLUDED.reason, attributable_to = EXCLUDED.attributable_to
"""
_EXPECTED = """
SELECT DISTINCT c.id FROM handrail.work AS w JOIN handrail.cases AS c ON c.id = w.case_id
JOIN handrail.publications AS p ON p.hash = c.publication
WHERE w.kind = 'track' AND w.closed_at IS NULL AND c.status = 'open' AND p.key = %s
  AND w.track || '.' || w.stage = ANY(%s) ORDER BY c.id
"""


def add_night(connection: RawConnection, night: Night) -> bool:
    """Have the night on file; False if it was."""
    statement = (
        "INSERT INTO handrail.nights (kind, night, opened_at, cut_off_at, ends_at)"
        " VALUES (%s, %s, clock_timestamp(), %s, %s) ON CONFLICT DO NOTHING"
    )
    return connection.execute(statement, [night.kind, night.night, night.cut_off_at, night.ends_at]).rowcount == 1


def find_night(connection: RawConnection, kind: str, night: date) -> Night | None:
    """Return the night if it was opened."""
    rows = connection.execute(_NIGHT + " WHERE kind = %s AND night = %s", [kind, night])
    return next((Night(*row) for row in rows), None)


def lock_night(connection: RawConnection, kind: str, night: date) -> Night | None:
    """Return the night, held until the transaction ends: acts of one night come one after the other."""
    rows = connection.execute(_NIGHT + " WHERE kind = %s AND night = %s FOR UPDATE", [kind, night])
    return next((Night(*row) for row in rows), None)


def claim_due_night(connection: RawConnection, kind: str | None) -> Night | None:
    """Lock and return a night whose cut-off has passed and that is not closed; others' are passed over."""
    return next((Night(*row) for row in connection.execute(_DUE, {"kind": kind})), None)


def close_night(connection: RawConnection, night: Night) -> None:
    """Have it be known that all which follows from the cut-off was done."""
    statement = "UPDATE handrail.nights SET closed_at = clock_timestamp() WHERE kind = %s AND night = %s"
    connection.execute(statement, [night.kind, night.night])


def find_next_cut_off(connection: Connection) -> datetime | None:
    """Return when the next cut-off is that was not dealt with; it may be past."""
    statement = text("SELECT min(cut_off_at) FROM handrail.nights WHERE closed_at IS NULL")
    return cast("datetime | None", connection.scalar(statement))


def list_arrivals(connection: RawConnection, night: Night) -> list[Arrival]:
    """Return who came for the night and is known here, in the order of coming."""
    return [Arrival(*row) for row in connection.execute(_ARRIVALS, [night.kind, night.night])]


def record_arrivals(connection: RawConnection, night: Night, new: Sequence[NewArrival]) -> None:
    """Have this be what became of these people; when each came first stays."""
    parts = ("case_id", "expected", "state", "use_id", "reason", "attributable_to", "agency", "officer")
    columns = [[getattr(each, part) for each in new] for part in parts]
    connection.execute(_ARRIVE, [night.kind, night.night, *columns])


def list_in_stages(connection: RawConnection, pathway: str, stages: Sequence[str]) -> list[int]:
    """Return the ids of open cases of the pathway that are in one of ``stages`` (``track.stage``)."""
    return [row[0] for row in connection.execute(_EXPECTED, [pathway, list(stages)])]
