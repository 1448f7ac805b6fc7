"""Events as the outcome table looks at them: of all cases of a pathway and of its locality, in order of occurrence."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from models.database import raw
from pathways.case import Scalar

ROWS_AT_ONCE = 5000
_TOLD = """
SELECT coalesce('p' || person.person_id, 'c' || c.id), c.reference, e.kind, e.occurred_at, e.fields, 'cohort'
FROM handrail.events AS e
JOIN handrail.cases AS c ON c.id = e.case_id
JOIN handrail.publications AS p ON p.hash = c.publication
LEFT JOIN handrail.case_persons AS person ON person.case_id = c.id
WHERE p.key = %(pathway)s AND e.kind = ANY(%(kinds)s) AND e.occurred_at <= %(as_at)s
  AND NOT EXISTS (
    SELECT FROM handrail.events AS void
    WHERE void.case_id = e.case_id AND void.kind = 'event.voided' AND (void.fields ->> 'event')::integer = e.number
  )
UNION ALL
SELECT NULL, NULL, kind, occurred_at, fields, 'locality'
FROM handrail.locality_events
WHERE pathway = %(pathway)s AND kind = ANY(%(kinds)s) AND occurred_at <= %(as_at)s
ORDER BY 4
"""


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """``person`` stands for somebody without telling who; one person has one, however many cases."""

    person: str | None
    case: str | None
    kind: str
    occurred_at: datetime
    fields: Mapping[str, Scalar]
    scope: Literal["cohort", "locality"]


def stream_told(connection: Connection, pathway: str, kinds: Collection[str], as_at: datetime) -> Iterator[ToldEvent]:
    """Give the events of ``kinds`` that occurred up to ``as_at`` and were not voided, in bounded memory."""
    with raw(connection).cursor(name="told_events") as cursor:
        cursor.itersize = ROWS_AT_ONCE
        for row in cursor.execute(_TOLD, {"pathway": pathway, "kinds": list(kinds), "as_at": as_at}):
            yield ToldEvent(*row)
