"""Open blockages with how long they have been open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class OpenBlockage:
    """``days`` counts whole days of 24 hours."""

    reference: str
    publication: str
    name: str
    owner: str
    opened_at: datetime
    days: int
    escalated: bool
    disputed: bool
    level: int
    """How often it has escalated."""
    because: str
    evidence: tuple[int, ...]
    """Numbers of the case's events."""
    pauses: tuple[Mapping[str, str], ...]
    """What made clocks of the case stand still, as its state has it."""
    as_at: datetime


def list_blockages(connection: Connection, limit: int = 100_000) -> list[OpenBlockage]:
    """Return the open blockages, the oldest in front."""
    statement = text(
        "SELECT c.reference, c.publication, w.name, w.agency, w.opened_at,"
        " CAST(extract(day FROM clock_timestamp() - w.opened_at) AS integer), w.overdue, w.state = 'disputed',"
        " (SELECT count(*) FROM handrail.changes AS e WHERE e.case_id = w.case_id AND e.kind = 'blockage_escalated'"
        " AND e.subject = w.name AND e.nth = w.nth), coalesce(o.because, ''), coalesce(o.evidence, '{}'),"
        " CASE WHEN strpos(c.state, '\"pauses\"') > 0 THEN CAST(c.state AS jsonb) -> 'pauses' ELSE '[]' END,"
        " clock_timestamp()"
        " FROM handrail.work AS w JOIN handrail.cases AS c ON c.id = w.case_id"
        " LEFT JOIN handrail.changes AS o ON o.case_id = w.case_id AND o.kind = 'blockage_opened'"
        " AND o.subject = w.name AND o.nth = w.nth"
        " WHERE w.kind = 'blockage' AND w.closed_at IS NULL ORDER BY w.opened_at, c.reference, w.name LIMIT :limit"
    )
    return [_open(*row) for row in connection.execute(statement, {"limit": limit})]


def _open(*row: Any) -> OpenBlockage:
    found = OpenBlockage(*row)
    return replace(found, evidence=tuple(found.evidence), pauses=tuple(found.pauses))
