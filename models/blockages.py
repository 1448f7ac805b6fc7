"""Open blockages with how long they have been open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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


def list_blockages(connection: Connection, limit: int = 100_000) -> list[OpenBlockage]:
    """Return the open blockages, the oldest in front."""
    statement = text(
        "SELECT c.reference, c.publication, w.name, w.agency, w.opened_at,"
        " CAST(extract(day FROM clock_timestamp() - w.opened_at) AS integer), w.overdue"
        " FROM handrail.work AS w JOIN handrail.cases AS c ON c.id = w.case_id"
        " WHERE w.kind = 'blockage' AND w.closed_at IS NULL ORDER BY w.opened_at, c.reference, w.name LIMIT :limit"
    )
    return [OpenBlockage(*row) for row in connection.execute(statement, {"limit": limit})]
