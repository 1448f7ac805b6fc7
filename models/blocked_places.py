"""Places as far as they block: since when taken, since when free, and voids that last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from models.database import RawConnection
from models.places_in_service import in_service


@dataclass(frozen=True, slots=True)
class PlaceNow:
    """A place in service today.

    ``taken_since`` tells since when it has been used or void without a gap; None when it is free. ``free_since``
    tells since when it has been free; None when it is not.
    """

    id: int
    project: str
    name: str
    provider: str
    single: bool
    accessible: bool
    women_only: bool
    dogs: bool
    couples: bool
    risks_not_accepted: tuple[str, ...]
    taken_since: datetime | None
    free_since: datetime | None


@dataclass(frozen=True, slots=True)
class VoidNow:
    """A place that cannot be used, since when, why, and how many days its project allows itself."""

    project: str
    place: str
    since: datetime
    reason: str
    turnaround_days: int | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """From an instant until another; None while it goes on."""

    began: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class NightPassed:
    """A night that is over or closed: when it was decided, and how many of its places nobody used."""

    night: date
    cut_off_at: datetime
    places: int
    unused: int


LOOK_BACK_DAYS = 400
NIGHTS_BACK = 60
_PLACES = f"""
SELECT p.id, p.project, p.name, r.provider, p.single, p.accessible, p.women_only, p.dogs, p.couples,
       p.risks_not_accepted,
       (SELECT lower(one) FROM unnest(u.taken) AS one WHERE one @> %(now)s::timestamptz),
       CASE WHEN u.taken IS NULL OR NOT u.taken @> %(now)s::timestamptz
            THEN coalesce(u.freed, (p.in_service_from::timestamp AT TIME ZONE %(zone)s)) END
FROM handrail.places AS p JOIN handrail.projects AS r ON r.key = p.project
CROSS JOIN LATERAL (
    SELECT range_agg(during) AS taken, max(upper(during)) FILTER (WHERE upper(during) <= %(now)s) AS freed
    FROM handrail.place_uses
    WHERE place_id = p.id
      AND during && tstzrange(%(now)s::timestamptz - interval '{LOOK_BACK_DAYS} days', %(now)s, '[]')
) AS u
WHERE p.kind = %(kind)s AND {in_service("%(today)s::date")}
ORDER BY p.project, p.name
"""  # noqa: S608 - put together of our own words
_NIGHTS = f"""
SELECT n.night, n.cut_off_at, count(p.id), count(p.id) FILTER (WHERE NOT EXISTS (
    SELECT FROM handrail.place_uses AS u WHERE u.place_id = p.id AND u.during && tstzrange(n.cut_off_at, n.ends_at)))
FROM handrail.nights AS n LEFT JOIN handrail.places AS p ON p.kind = n.kind AND {in_service("n.night")}
WHERE n.kind = %(kind)s AND n.night >= %(today)s::date - {NIGHTS_BACK}
  AND (n.closed_at <= %(now)s OR n.ends_at <= %(now)s)
GROUP BY n.night, n.cut_off_at ORDER BY n.night DESC
"""  # noqa: S608
_VOIDS = """
SELECT p.project, p.name, lower(u.during), u.reason, r.turnaround_days
FROM handrail.place_uses AS u JOIN handrail.places AS p ON p.id = u.place_id
JOIN handrail.projects AS r ON r.key = p.project
WHERE u.kind = %(kind)s AND u.use = 'void' AND u.during @> %(now)s::timestamptz
  AND (p.in_service_until IS NULL OR p.in_service_until > %(today)s)
ORDER BY p.project, lower(u.during), p.name
"""
_VOIDS_OF = """
SELECT lower(u.during), CASE WHEN NOT upper_inf(u.during) THEN upper(u.during) END
FROM handrail.place_uses AS u JOIN handrail.places AS p ON p.id = u.place_id
WHERE u.kind = %(kind)s AND p.project = %(project)s AND u.use = 'void'
  AND u.during && tstzrange(%(since)s, %(until)s) ORDER BY 1, 2
"""
_STATES = """
SELECT DISTINCT c.id, c.publication, c.state FROM handrail.work AS w JOIN handrail.cases AS c ON c.id = w.case_id
JOIN handrail.publications AS p ON p.hash = c.publication
WHERE w.kind = 'hand_off' AND w.name = ANY(%s) AND w.closed_at IS NULL AND w.state IN ('offered', 'exhausted')
  AND p.key = %s AND c.id > %s ORDER BY c.id LIMIT %s
"""


def list_places_now(connection: RawConnection, kind: str, zone: str, now: datetime, today: date) -> list[PlaceNow]:
    """Return the places of a kind that are in service ``today``, by project and name."""
    asked = {"kind": kind, "zone": zone, "now": now, "today": today}
    return [_place(*row) for row in connection.execute(_PLACES, asked)]


def list_nights(connection: RawConnection, kind: str, now: datetime, today: date) -> list[NightPassed]:
    """Return the last nights of a kind that have been decided, the latest in front."""
    return [NightPassed(*row) for row in connection.execute(_NIGHTS, {"kind": kind, "now": now, "today": today})]


def list_voids(connection: RawConnection, kind: str, now: datetime, today: date) -> list[VoidNow]:
    """Return the voids that last, by project, the oldest in front."""
    return [VoidNow(*row) for row in connection.execute(_VOIDS, {"kind": kind, "now": now, "today": today})]


def list_voids_of(
    connection: RawConnection, kind: str, project: str, between: tuple[datetime, datetime]
) -> list[Stretch]:
    """Return the voids of a project between two instants, by when they began."""
    asked = {"kind": kind, "project": project, "since": between[0], "until": between[1]}
    return [Stretch(*row) for row in connection.execute(_VOIDS_OF, asked)]


def list_waiting_states(
    connection: RawConnection, pathway: str, hand_offs: Sequence[str], after: int, limit: int
) -> list[tuple[int, str, str]]:
    """Return the next ``limit`` cases that wait in one of these hand-offs: id, publication and state, by id."""
    rows = connection.execute(_STATES, [list(hand_offs), pathway, after, limit])
    return [(row[0], row[1], row[2]) for row in rows]


def _place(*row: Any) -> PlaceNow:
    place = PlaceNow(*row)
    return replace(place, risks_not_accepted=tuple(place.risks_not_accepted))
