"""Whom a coded reason stopped, and until when: part of what ``models.detection`` counts.

It reads the temporary tables that are laid there: the cases counted, and what happened to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from models.database import RawConnection


@dataclass(frozen=True, slots=True)
class Source:
    """An event's ``field`` that holds a reason of ``list``; ``standing`` names a field that says whether it stands."""

    pathway: str
    list: str
    kind: str
    field: str
    standing: str | None


@dataclass(frozen=True, slots=True)
class Declining:
    """A hand-off of ``track`` that is declined with a reason of ``list``."""

    pathway: str
    list: str
    hand_off: str
    track: str


_SAID = """
CREATE TEMPORARY TABLE said ON COMMIT DROP AS
SELECT {pathway} AS pathway, s.list, s.kind AS source, e.case_id, e.number, e.occurred_at AS at,
       e.fields ->> s.field AS reason, s.standing IS NOT NULL AS stands,
       (s.standing IS NULL OR e.fields ->> s.standing = 'standing') AS stops
FROM {source}
JOIN unnest(%(of_pathway)s::text[], %(list)s::text[], %(kind)s::text[], %(field)s::text[], %(standing)s::text[])
    AS s(pathway, list, kind, field, standing) ON s.kind = e.kind AND s.pathway = {pathway}
WHERE e.kind = ANY(%(kind)s)
"""
_SAID_OF_NEWS = _SAID.format(pathway="n.pathway", source="news AS n JOIN handrail.events AS e ON e.case_id = n.case_id")
_SAID_OF_ALL = _SAID.format(pathway="a.pathway", source="handrail.events AS e JOIN alive AS a ON a.case_id = e.case_id")
_STOPS = """
INSERT INTO handrail.stops (case_id, pathway, list, reason, source, number, at, ended, stands)
WITH spoken AS (
    SELECT *, least(
        lead(at) OVER (PARTITION BY case_id, list, source, CASE WHEN stands THEN reason END ORDER BY at, number),
        min(at) FILTER (WHERE reason IS NULL) OVER (
            PARTITION BY case_id, list, source ORDER BY at, number ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        )) AS until
    FROM said AS s WHERE NOT EXISTS (
        SELECT FROM happened AS v WHERE v.kind = 'event_voided' AND v.case_id = s.case_id AND v.subject = s.number::text
    )
), declined AS (
    SELECT h.*, d.list FROM happened AS h
    JOIN (
        SELECT DISTINCT * FROM unnest(%(of_pathway)s::text[], %(list)s::text[], %(hand_off)s::text[])
    ) AS d(pathway, list, hand_off) ON d.pathway = h.pathway AND d.hand_off = h.subject
    WHERE h.kind = 'hand_off_declined' AND h.to_ IS NOT NULL AND NOT EXISTS (
        SELECT FROM happened AS v WHERE v.kind = 'event_voided' AND v.case_id = h.case_id AND v.subject = h.event::text
    )
), stopped AS (
    SELECT s.case_id, s.pathway, s.list, s.reason, s.source, s.number, s.at, s.stands,
           least(s.until, min(h.at)) AS until
    FROM spoken AS s
    LEFT JOIN happened AS h ON h.case_id = s.case_id AND h.kind = 'case_closed' AND h.at >= s.at
    WHERE s.stops AND s.reason IS NOT NULL
    GROUP BY s.case_id, s.pathway, s.list, s.reason, s.source, s.number, s.at, s.stands, s.until
  UNION ALL
    SELECT d.case_id, d.pathway, d.list, d.to_, 'hand_off.declined', d.number, d.at, false, min(h.at)
    FROM declined AS d
    LEFT JOIN happened AS h ON h.case_id = d.case_id AND h.number > d.number
        AND (h.kind = 'case_closed' OR (h.kind = 'moved' AND h.track = d.track)
             OR (h.kind = 'hand_off_accepted' AND h.subject = d.subject))
    GROUP BY d.case_id, d.pathway, d.list, d.to_, d.number, d.at
)
SELECT case_id, pathway, list, reason, source, number, at, coalesce(until, 'infinity'), stands FROM stopped
WHERE until IS NULL OR until >= %(ended_since)s
"""


def note_stops(
    connection: RawConnection,
    sources: Sequence[Source],
    declines: Sequence[Declining],
    since: datetime,
    *,
    afresh: bool,
) -> None:
    """Have the stops be there of all cases in ``alive`` (``afresh``), or of those in ``news``; none of theirs is yet.

    What happened to them stands in ``happened``. What ended before ``since`` is left out.
    """
    of_pathway, lists, kinds, fields, standing = columns_of(Source, sources)
    asked = {"of_pathway": of_pathway, "list": lists, "kind": kinds, "field": fields, "standing": standing}
    connection.execute(_SAID_OF_ALL if afresh else _SAID_OF_NEWS, asked)
    connection.execute("ANALYZE said")
    of_pathway, lists, hand_offs, _ = columns_of(Declining, declines)
    connection.execute(_STOPS, {"of_pathway": of_pathway, "list": lists, "hand_off": hand_offs, "ended_since": since})
    connection.execute("DROP TABLE said")


def columns_of(kind: type[Any], rows: Sequence[Any]) -> list[list[Any]]:
    """Return the rows, of a dataclass, as a list for each of its fields."""
    return [[getattr(row, each.name) for row in rows] for each in fields(kind)]
