"""That a sweep is alive: one row a sweep, which a health check reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """When a sweep last finished a piece of work, how often it has, and what it did then."""

    sweep: str
    at: datetime
    beats: int
    counts: Mapping[str, int]


def beat(session: Session | Connection, sweep: str, counts: Mapping[str, int]) -> None:
    """Have ``sweep`` be alive now."""
    statement = text(
        "INSERT INTO handrail.heartbeats (sweep, at, beats, counts) VALUES (:sweep, clock_timestamp(), 1, :counts)"
        " ON CONFLICT (sweep) DO UPDATE"
        " SET at = EXCLUDED.at, beats = heartbeats.beats + 1, counts = EXCLUDED.counts"
    )
    session.execute(statement, {"sweep": sweep, "counts": Jsonb(dict(counts))})


def list_heartbeats(session: Session | Connection) -> list[Heartbeat]:
    """Return the last sign of every sweep, by name."""
    rows = session.execute(text("SELECT sweep, at, beats, counts FROM handrail.heartbeats ORDER BY sweep"))
    return [Heartbeat(*row) for row in rows]
