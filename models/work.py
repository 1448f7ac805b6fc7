"""What is open and who owns it: each track's stage, tasks, follow-ups, hand-offs and blockages as rows.

They only show what the cases' states say; ``handrail.projection`` makes them, ``handrail verify`` proves them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import Connection, text

from models.database import raw
from models.rows import Sheet

WorkKind = Literal["track", "task", "follow_up", "hand_off", "blockage"]
WorkKey = tuple[WorkKind, str, str, str, int, datetime]
WORK = Sheet(
    "work",
    (
        "case_id", "kind", "name", "track", "stage", "nth", "opened_at",
        "agency", "state", "due_at", "overdue", "closed_at",
    ),
    (
        "int8", "text", "text", "text", "text", "int4", "timestamptz",
        "text", "text", "timestamptz", "bool", "timestamptz",
    ),
    key=("case_id", "kind", "name", "track", "stage", "nth", "opened_at"),
    last="closed_at",  # a track may show one open stage only, at any moment
)  # fmt: skip


class Work(Struct, frozen=True, gc=False):
    """One open thing.

    Of a track, ``name`` is the track and ``agency`` its owner. Of a blockage, ``track`` and ``stage`` are empty.
    """

    kind: WorkKind
    name: str
    track: str
    stage: str
    nth: int
    opened_at: datetime
    agency: str
    state: str
    due_at: datetime | None
    overdue: bool

    @property
    def key(self) -> WorkKey:
        """What stays the same while it is open."""
        return self.kind, self.name, self.track, self.stage, self.nth, self.opened_at

    def row(self, case_id: int, closed_at: datetime | None = None) -> tuple[Any, ...]:
        """Return the row of ``WORK`` that shows it."""
        return (case_id, *self.key, self.agency, self.state, self.due_at, self.overdue, closed_at)


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Open work with the case that it belongs to."""

    reference: str
    work: Work


_OPEN = """
SELECT c.reference, w.kind, w.name, w.track, w.stage, w.nth, w.opened_at, w.agency, w.state, w.due_at, w.overdue
FROM handrail.work AS w JOIN handrail.cases AS c ON c.id = w.case_id
WHERE w.closed_at IS NULL
  AND (%(agency)s::text IS NULL OR w.agency = %(agency)s)
  AND (%(kinds)s::text[] IS NULL OR w.kind = ANY(%(kinds)s))
  AND (%(reference)s::text IS NULL OR c.reference = %(reference)s)
ORDER BY w.due_at NULLS LAST, w.opened_at, c.reference, w.kind, w.name LIMIT %(limit)s
"""
_OPEN_OF = """
SELECT case_id, kind, name, track, stage, nth, opened_at, agency, state, due_at, overdue
FROM handrail.work WHERE closed_at IS NULL AND case_id = ANY(%s)
ORDER BY case_id, kind, name, track, stage, nth, opened_at
"""
_STAGES = """
SELECT p.key, w.track, w.stage, count(*)
FROM handrail.work AS w JOIN handrail.cases AS c ON c.id = w.case_id
JOIN handrail.publications AS p ON p.hash = c.publication
WHERE w.kind = 'track' AND w.closed_at IS NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def list_open(
    connection: Connection,
    *,
    agency: str | None = None,
    kinds: Sequence[WorkKind] | None = None,
    reference: str | None = None,
    limit: int = 10_000,
) -> list[OpenWork]:
    """Return open work, what is due first in front: of an agency, of some kinds, of a case, or all of it."""
    asked = {"agency": agency, "kinds": list(kinds) if kinds else None, "reference": reference, "limit": limit}
    return [
        OpenWork(reference, Work(*work)) for reference, *work in raw(connection).execute(_OPEN, asked, prepare=False)
    ]


def list_open_of(connection: Connection, case_ids: Sequence[int]) -> dict[int, list[Work]]:
    """Return the open work of these cases by case id, each list by key."""
    found: dict[int, list[Work]] = {case_id: [] for case_id in case_ids}
    for case_id, *work in raw(connection).execute(_OPEN_OF, [list(case_ids)]):
        found[case_id].append(Work(*work))
    return found


def count_stages(connection: Connection) -> list[tuple[str, str, str, int]]:
    """Return pathway, track, stage and how many open cases are there, in this order."""
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(text(_STAGES))]
