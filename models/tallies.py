"""How much there is of what, over all cases: for summaries."""

from __future__ import annotations

from sqlalchemy import Connection, text


def count_changes(connection: Connection, beginning: str) -> list[tuple[str, int]]:
    """Return how often each kind of change that begins so has happened, the most frequent first."""
    statement = text(
        "SELECT kind, count(*) FROM handrail.changes WHERE starts_with(kind, :beginning)"
        " GROUP BY kind ORDER BY count(*) DESC, kind"
    )
    return [(row[0], row[1]) for row in connection.execute(statement, {"beginning": beginning})]


def count_notices(connection: Connection) -> list[tuple[str, str, int]]:
    """Return kind and state of notices with how many there are; those that never were to leave are left out."""
    statement = text(
        "SELECT kind, state, count(*) FROM handrail.notices WHERE state NOT IN ('superseded', 'silenced')"
        " GROUP BY kind, state ORDER BY state, count(*) DESC, kind"
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(statement)]
