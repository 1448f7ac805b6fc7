"""Events of a place and of no case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from models.database import RawConnection, raw
from models.journal import Origin
from models.rows import Sheet, as_json
from pathways.case import Scalar

LOCALITY_EVENTS = Sheet(
    "locality_events",
    ("pathway", "kind", "occurred_at", "recorded_at", "agency", "officer", "fields", "source", "external_id"),
    ("text", "text", "timestamptz", "timestamptz", "text", "text", "text", "text", "text"),
)
_KNOWN = """
SELECT e.source, e.external_id, e.pathway, e.kind, e.occurred_at, e.recorded_at, e.agency, e.officer, e.fields
FROM unnest(%s::text[], %s::text[]) AS asked(source, external_id)
JOIN handrail.locality_events AS e USING (source, external_id)
"""
_ALL = """
SELECT pathway, kind, occurred_at, recorded_at, agency, officer, fields, source, external_id
FROM handrail.locality_events WHERE pathway = %s ORDER BY occurred_at, id
"""


@dataclass(frozen=True, slots=True)
class LocalityEvent:
    pathway: str
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    agency: str | None
    officer: str | None
    fields: Mapping[str, Scalar]
    origin: Origin | None = None

    def row(self) -> tuple[Any, ...]:
        """Return the row of ``LOCALITY_EVENTS`` that keeps it."""
        origin = (None, None) if self.origin is None else (self.origin.source, self.origin.external_id)
        return (
            self.pathway,
            self.kind,
            self.occurred_at,
            self.recorded_at,
            self.agency,
            self.officer,
            as_json(self.fields),
            *origin,
        )

    def differences(self, before: LocalityEvent) -> dict[str, tuple[object, object]]:
        """Return where this is not what was recorded ``before``: by part, what was and what is."""
        parts = ("pathway", "kind", "occurred_at", "agency", "officer", "fields")
        pairs = {part: (getattr(before, part), getattr(self, part)) for part in parts}
        return {part: pair for part, pair in pairs.items() if pair[0] != pair[1]}


def find_recorded(connection: RawConnection, asked: Sequence[Origin]) -> dict[Origin, LocalityEvent]:
    """Return those of the origins that have been recorded before, with what they brought."""
    if not asked:
        return {}
    sources, ids = [origin.source for origin in asked], [origin.external_id for origin in asked]
    rows = connection.execute(_KNOWN, [sources, ids])
    return {Origin(row[0], row[1]): LocalityEvent(*row[2:]) for row in rows}


def stream_locality_events(connection: Connection, pathway: str) -> Iterator[LocalityEvent]:
    """Give the pathway's locality events in the order in which they occurred, in bounded memory."""
    with raw(connection).cursor(name="locality_events") as cursor:
        cursor.itersize = 5000
        for *event, source, external_id in cursor.execute(_ALL, [pathway]):
            yield replace(LocalityEvent(*event), origin=None if source is None else Origin(source, external_id))
