"""Which places are in service on a day, which of them are free, and how full each project is at an instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from models.database import RawConnection
from models.places import PlaceFacts, Project
from pathways.matching import Place

PlaceState = Literal["free", "held", "occupied", "void", "out_of_service"]


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """A place with its kind."""

    place: Place
    kind: str


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many places of a project there are in each state; ``in_service`` is the sum of the other four.

    Who uses a place that no longer serves keeps it, so it counts until it is left.
    """

    project: Project
    in_service: int
    held: int
    occupied: int
    void: int
    free: int


@dataclass(frozen=True, slots=True)
class PlaceNow:
    """A place and its state; ``since`` and ``until`` are those of its use."""

    facts: PlaceFacts
    state: PlaceState
    reference: str | None
    since: datetime | None
    until: datetime | None
    reason: str | None


def in_service(day: str) -> str:
    """Return the SQL that says whether the place ``p`` is in service on ``day``, an SQL date.

    A place that counts only while a switch is on counts on the days for which the switch was set.
    """
    return (
        f"p.in_service_from <= {day} AND (p.in_service_until IS NULL OR p.in_service_until > {day})"
        " AND (p.only_while IS NULL OR EXISTS ("
        f"SELECT FROM handrail.switches AS s WHERE s.name = p.only_while AND s.on_ @> {day}))"
    )


_PLACE = """
SELECT p.id, p.project, p.name, j.provider, p.single, p.accessible, p.women_only, p.dogs, p.couples,
    p.risks_not_accepted, p.kind
FROM handrail.places AS p JOIN handrail.projects AS j ON j.key = p.project
"""
_IN_SERVICE = _PLACE + " WHERE p.kind = %(kind)s AND " + in_service("%(day)s::date")
_FREE = """
 AND NOT EXISTS (SELECT FROM handrail.place_uses AS u WHERE u.place_id = p.id
      AND u.during && tstzrange(clock_timestamp(), %(until)s, '[)'))
"""
_BY_NAME = " ORDER BY p.project, p.name"
# Days of service differ by kind, for a night goes on until the next morning.
_STATES = """
SELECT p.project, p.name, p.single, p.accessible, p.women_only, p.dogs, p.couples, p.risks_not_accepted, p.only_while,
    p.in_service_from, p.in_service_until, u.case_id, lower(u.during) AS since, upper(u.during) AS until, u.reason,
    CASE
        WHEN u.use = 'hold' THEN 'held'
        WHEN u.use = 'stay' THEN 'occupied'
        WHEN NOT (in_service) THEN 'out_of_service'
        WHEN u.use = 'void' THEN 'void'
        ELSE 'free'
    END AS state
FROM handrail.places AS p
LEFT JOIN unnest(%(kinds)s::text[], %(days)s::date[]) AS k(kind, day) USING (kind)
CROSS JOIN LATERAL (SELECT coalesce(k.day, CAST(%(at)s::timestamptz AS date)) AS day) AS d
LEFT JOIN handrail.place_uses AS u ON u.place_id = p.id AND u.during @> %(at)s::timestamptz
WHERE (%(kind)s::text IS NULL OR p.kind = %(kind)s) AND (%(key)s::text IS NULL OR p.project = %(key)s)
""".replace("(in_service)", f"({in_service('d.day')})")
_CAPACITY = """
SELECT p.key, p.kind, p.title, p.provider, p.turnaround_days,
    count(*) FILTER (WHERE s.state <> 'out_of_service'), count(*) FILTER (WHERE s.state = 'held'),
    count(*) FILTER (WHERE s.state = 'occupied'), count(*) FILTER (WHERE s.state = 'void'),
    count(*) FILTER (WHERE s.state = 'free')
FROM handrail.projects AS p LEFT JOIN (states) AS s ON s.project = p.key
WHERE (%(kind)s::text IS NULL OR p.kind = %(kind)s) AND (%(key)s::text IS NULL OR p.key = %(key)s)
GROUP BY p.key ORDER BY p.kind, p.key
""".replace("(states)", f"({_STATES})")
_PLACES = """
SELECT s.project, s.name, s.single, s.accessible, s.women_only, s.dogs, s.couples, s.risks_not_accepted, s.only_while,
    s.in_service_from, s.in_service_until, s.state, c.reference, s.since, s.until, s.reason
FROM (states) AS s LEFT JOIN handrail.cases AS c ON c.id = s.case_id ORDER BY s.project, length(s.name), s.name
""".replace("(states)", f"({_STATES})")


def find_place(connection: RawConnection, project: str, name: str) -> KeptPlace | None:
    """Return the place, in service or not."""
    rows = connection.execute(_PLACE + " WHERE p.project = %s AND p.name = %s", [project, name])
    return next((_kept(row) for row in rows), None)


def lock_kind(connection: RawConnection, kind: str) -> None:
    """Have nobody else begin a use of a place of this kind until the transaction ends."""
    connection.execute("SELECT FROM handrail.places WHERE kind = %s ORDER BY id FOR NO KEY UPDATE", [kind])


def list_in_service(connection: RawConnection, kind: str, day: date) -> list[Place]:
    """Return the places of the kind that are in service on ``day``, by project and name."""
    rows = connection.execute(_IN_SERVICE + _BY_NAME, {"kind": kind, "day": day})
    return [_kept(row).place for row in rows]


def list_free(connection: RawConnection, kind: str, day: date, until: datetime | None) -> list[Place]:
    """Return the places in service on ``day`` that nobody uses from now to ``until`` (None: for ever)."""
    asked = {"kind": kind, "day": day, "until": until}
    rows = connection.execute(_IN_SERVICE + _FREE + _BY_NAME, asked)
    return [_kept(row).place for row in rows]


def count_capacity(
    connection: RawConnection,
    at: datetime,
    days: Mapping[str, date],
    *,
    kind: str | None = None,
    key: str | None = None,
) -> list[Capacity]:
    """Return how full each project is at ``at``, by kind and key; ``days`` tells each kind's day of service then."""
    rows = connection.execute(_CAPACITY, _asked(at, days, kind, key))
    return [Capacity(Project(*row[:5]), *row[5:]) for row in rows]


def list_places(
    connection: RawConnection,
    at: datetime,
    days: Mapping[str, date],
    *,
    kind: str | None = None,
    key: str | None = None,
) -> list[PlaceNow]:
    """Return every place with its state at ``at``, by project and name; ``days`` as for ``count_capacity``."""
    rows = connection.execute(_PLACES, _asked(at, days, kind, key))
    return [PlaceNow(_facts(row[:11]), *row[11:]) for row in rows]


def _facts(row: Sequence[Any]) -> PlaceFacts:
    project, name, single, accessible, women_only, dogs, couples, risks, only_while, begins, ends = row
    return PlaceFacts(
        project, name, single, accessible, women_only, dogs, couples, frozenset(risks), only_while, begins, ends
    )


def _asked(at: datetime, days: Mapping[str, date], kind: str | None, key: str | None) -> dict[str, object]:
    return {"at": at, "kinds": list(days), "days": list(days.values()), "kind": kind, "key": key}


def _kept(row: tuple[Any, ...]) -> KeptPlace:
    identity, project, name, provider, single, accessible, women_only, dogs, couples, risks, kind = row
    place = Place(identity, project, name, provider, single, accessible, women_only, dogs, couples, frozenset(risks))
    return KeptPlace(place, kind)
