"""How much an outside source has brought so far."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from models.database import raw


def count_cases_of(connection: Connection, source: str) -> int:
    """Return how many cases ``source`` has brought as a log."""
    statement = text("SELECT count(*) FROM handrail.cases WHERE source = :source")
    return int(connection.execute(statement, {"source": source}).scalar_one())


def find_case_of(connection: Connection, source: str, external_ids: Sequence[str]) -> str | None:
    """Return the reference of the case that holds an event which ``source`` brought under one of these ids."""
    found = raw(connection).execute(
        "SELECT c.reference FROM handrail.events AS e JOIN handrail.cases AS c ON c.id = e.case_id"
        " WHERE e.source = %s AND e.external_id = ANY(%s) LIMIT 1",
        [source, list(external_ids)],
    )
    row = found.fetchone()
    return row[0] if row is not None else None
