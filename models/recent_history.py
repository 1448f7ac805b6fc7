"""What happened around one kind of places in the weeks before an instant: who waited, what was used, who was declined.

Each reads at most so many rows, the latest in front, so that memory is bounded whatever the store holds.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection

from models.database import raw

MOST_ROWS = 50_000
_WAITS = """
WITH asked AS MATERIALIZED (
  SELECT w.case_id, w.name, w.opened_at, w.closed_at
  FROM handrail.work AS w
  JOIN handrail.cases AS c ON c.id = w.case_id
  JOIN handrail.publications AS p ON p.hash = c.publication
  WHERE w.kind = 'hand_off' AND w.name = ANY(%(hand_offs)s) AND p.key = %(pathway)s
    AND w.opened_at < %(until)s AND (w.closed_at IS NULL OR w.closed_at > %(since)s)
  ORDER BY w.opened_at DESC, w.case_id, w.name LIMIT %(limit)s
)
SELECT a.case_id, a.opened_at, least(accepted.at, used.at), a.closed_at
FROM asked AS a
LEFT JOIN LATERAL (
  SELECT min(h.at) AS at FROM handrail.changes AS h
  WHERE h.case_id = a.case_id AND h.kind = 'hand_off_accepted' AND h.subject = a.name AND h.at >= a.opened_at
) AS accepted ON true
LEFT JOIN LATERAL (
  SELECT min(lower(u.during)) AS at FROM handrail.place_uses AS u
  WHERE u.case_id = a.case_id AND u.kind = %(kind)s AND u.use <> 'void' AND lower(u.during) >= a.opened_at
) AS used ON true
ORDER BY a.opened_at, a.case_id
"""
_USES = """
SELECT u.place_id, p.project, u.use, u.case_id, lower(u.during), upper(u.during), u.ended, u.night
FROM handrail.place_uses AS u JOIN handrail.places AS p ON p.id = u.place_id
WHERE u.kind = %(kind)s AND lower(u.during) < %(until)s
  AND (upper_inf(u.during) OR upper(u.during) > %(since)s)
ORDER BY lower(u.during) DESC, u.id LIMIT %(limit)s
"""
_BEDS = """
SELECT DISTINCT ON (l.id) l.id, l.project, r.provider, l.name, l.single, l.accessible, l.women_only, l.dogs, l.couples,
       l.risks_not_accepted, greatest(l.in_service_from, lower(s.on_)), least(l.in_service_until, upper(s.on_))
FROM handrail.places AS l
JOIN handrail.projects AS r ON r.key = l.project
LEFT JOIN handrail.switches AS s ON s.name = l.only_while AND s.on_ && daterange(%(day)s, %(ends)s)
WHERE l.kind = %(kind)s AND l.in_service_from < %(ends)s
  AND (l.in_service_until IS NULL OR l.in_service_until > %(day)s)
  AND (l.only_while IS NULL OR s.id IS NOT NULL)
ORDER BY l.id, lower(s.on_)
"""
_DECLINES = """
SELECT DISTINCT h.case_id, h.agency, h.to_
FROM handrail.changes AS h
WHERE h.case_id = ANY(%(cases)s) AND h.kind = 'hand_off_declined' AND h.subject = ANY(%(hand_offs)s)
  AND h.agency IS NOT NULL AND h.to_ IS NOT NULL AND h.at > %(since)s AND h.at < %(until)s
ORDER BY 1, 2, 3 LIMIT %(limit)s
"""
_NIGHTS = """
SELECT case_id, night, state, reason, attributable_to FROM handrail.arrivals
WHERE kind = %(kind)s AND night >= %(since)s AND night < %(until)s
ORDER BY night DESC, case_id LIMIT %(limit)s
"""
_STATES = "SELECT id, publication, state FROM handrail.cases WHERE id = ANY(%s) ORDER BY id"


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when until when it is looked at: aware instants, ``until`` not among them."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class WaitRow:
    """A hand-off whose person waits for a place; ``placed_at`` is when it was accepted or a place was first taken."""

    case_id: int
    opened_at: datetime
    placed_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class UseRow:
    """A use of a place; ``until`` is ``None`` while no end is known."""

    place_id: int
    project: str
    use: Literal["hold", "stay", "void"]
    case_id: int | None
    since: datetime
    until: datetime | None
    ended: str | None
    night: date | None

    def lapsed(self, as_at: datetime) -> bool:
        """Whether it was a hold for somebody who had not come when it ended."""
        return self.use == "hold" and self.ended != "given_up" and self.until is not None and self.until <= as_at


@dataclass(frozen=True, slots=True)
class BedRow:
    """A place in service on some day that is looked at: local dates, ``closes_on`` not among them."""

    id: int
    project: str
    provider: str
    name: str
    single: bool
    accessible: bool
    women_only: bool
    dogs: bool
    couples: bool
    risks_not_accepted: list[str]
    opens_on: date
    closes_on: date | None


@dataclass(frozen=True, slots=True)
class NightRow:
    """Somebody came for a nightly place; of a refusal, its coded reason and whose doing it was."""

    case_id: int
    night: date
    state: Literal["waiting", "allocated", "refused"]
    reason: str | None
    attributable_to: str | None


def list_waits(
    connection: Connection, pathway: str, kind: str, hand_offs: Collection[str], stretch: Stretch
) -> list[WaitRow]:
    """Return who began to wait in the stretch or waited still when it began, by when they began."""
    asked = {
        "pathway": pathway,
        "kind": kind,
        "hand_offs": list(hand_offs),
        "since": stretch.since,
        "until": stretch.until,
        "limit": MOST_ROWS,
    }
    return [WaitRow(*row) for row in raw(connection).execute(_WAITS, asked)]


def list_uses(connection: Connection, kind: str, stretch: Stretch) -> list[UseRow]:
    """Return what places of a kind were used for in the stretch, the latest in front."""
    asked = {"kind": kind, "since": stretch.since, "until": stretch.until, "limit": MOST_ROWS}
    return [UseRow(*row) for row in raw(connection).execute(_USES, asked)]


def list_beds(connection: Connection, kind: str, day: date, ends: date) -> list[BedRow]:
    """Return the places in service on any local date from ``day`` up to, without, ``ends``, by id.

    One that is used only while a switch is on has the dates of the first time that it is.
    """
    return [BedRow(*row) for row in raw(connection).execute(_BEDS, {"kind": kind, "day": day, "ends": ends})]


def list_declines(
    connection: Connection, cases: Sequence[int], hand_offs: Collection[str], stretch: Stretch
) -> list[tuple[int, str, str]]:
    """Return case, agency and reason of each decline with a reason in the stretch, each once, in this order."""
    asked = {
        "cases": list(cases),
        "hand_offs": list(hand_offs),
        "since": stretch.since,
        "until": stretch.until,
        "limit": MOST_ROWS,
    }
    return [(case_id, agency, reason) for case_id, agency, reason in raw(connection).execute(_DECLINES, asked)]


def list_nights(connection: Connection, kind: str, since: date, until: date) -> list[NightRow]:
    """Return who came on which night from ``since`` up to, without, ``until``, the latest in front."""
    asked = {"kind": kind, "since": since, "until": until, "limit": MOST_ROWS}
    return [NightRow(*row) for row in raw(connection).execute(_NIGHTS, asked)]


def list_states(connection: Connection, cases: Sequence[int]) -> list[tuple[int, str, str]]:
    """Return case, publication and state (canonical JSON text) of these, by id."""
    return [(id_, publication, state) for id_, publication, state in raw(connection).execute(_STATES, [list(cases)])]
