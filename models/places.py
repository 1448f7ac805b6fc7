"""Projects and places: brought in, and taken out of service.

Whoever takes places out of service holds them (``FOR UPDATE``) and then looks who uses them. Whoever begins a use
inserts a row that refers to the place, and so waits for that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from models.database import RawConnection

PlaceKey = tuple[str, str]
"""Project and name."""
NO_END = date.max
"""In ``PlaceFacts``: in service without an end."""


@dataclass(frozen=True, slots=True)
class Project:
    key: str
    kind: str
    title: str
    provider: str
    turnaround_days: int | None = None


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """What is said of a place. ``None`` says nothing: it stays as it is, and of a new place it is the usual.

    ``only_while`` is the switch without which it does not serve; empty, it always does. Both dates are days of
    service, the last one excluded; ``NO_END`` takes an end away.
    """

    project: str
    name: str
    single: bool | None = None
    accessible: bool | None = None
    women_only: bool | None = None
    dogs: bool | None = None
    couples: bool | None = None
    risks_not_accepted: frozenset[str] | None = None
    only_while: str | None = None
    in_service_from: date | None = None
    in_service_until: date | None = None

    @property
    def key(self) -> PlaceKey:
        return self.project, self.name


@dataclass(frozen=True, slots=True)
class Service:
    """From when to when a place serves; the last day is excluded."""

    begins: date
    ends: date | None


_LOCK_PROJECTS = """
SELECT key, kind, title, provider, turnaround_days FROM handrail.projects
WHERE key = ANY(%s) ORDER BY key FOR UPDATE
"""
_PROJECTS = """
SELECT key, kind, title, provider, turnaround_days FROM handrail.projects
WHERE (%(kind)s::text IS NULL OR kind = %(kind)s) AND (%(key)s::text IS NULL OR key = %(key)s) ORDER BY kind, key
"""
# A row that is there is locked even where nothing of it changes: whoever brings the same project waits.
_BRING_PROJECTS = """
INSERT INTO handrail.projects AS p (key, kind, title, provider, turnaround_days)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::int[]) AS n(key) ORDER BY key
ON CONFLICT (key) DO UPDATE
SET title = EXCLUDED.title, provider = EXCLUDED.provider, turnaround_days = EXCLUDED.turnaround_days
WHERE (p.title, p.provider, p.turnaround_days)
    IS DISTINCT FROM (EXCLUDED.title, EXCLUDED.provider, EXCLUDED.turnaround_days)
RETURNING xmax = 0
"""
_LOCK_PLACES = """
SELECT p.project, p.name, p.in_service_from, p.in_service_until FROM handrail.places AS p
JOIN unnest(%s::text[], %s::text[]) AS n(project, name) USING (project, name) ORDER BY p.id FOR {} OF p
"""
_GIVEN = """
WITH given AS (
    SELECT * FROM unnest(
        %s::text[], %s::text[], %s::bool[], %s::bool[], %s::bool[], %s::bool[], %s::bool[], %s::text[], %s::text[],
        %s::date[], %s::date[]
    ) AS n(
        project, name, single, accessible, women_only, dogs, couples, risks, only_while, in_service_from,
        in_service_until
    )
)
"""
_TRAITS = (
    "single, accessible, women_only, dogs, couples, risks_not_accepted, only_while, in_service_from, in_service_until"
)
# Codes hold no line end, so several of them travel as one text.
_RISKS = "CASE n.risks WHEN '' THEN '{}' ELSE string_to_array(n.risks, E'\\n') END"
_ADD_PLACES = (
    _GIVEN
    + """
INSERT INTO handrail.places (project, kind, name, traits_of_places)
SELECT n.project, p.kind, n.name, coalesce(n.single, true), coalesce(n.accessible, false),
    coalesce(n.women_only, false), coalesce(n.dogs, false), coalesce(n.couples, false),
    coalesce(risks_of_it, '{}'), nullif(n.only_while, ''),
    coalesce(n.in_service_from, k.day), nullif(n.in_service_until, %s::date)
FROM given AS n JOIN handrail.projects AS p ON p.key = n.project
JOIN unnest(%s::text[], %s::date[]) AS k(kind, day) ON k.kind = p.kind
WHERE NOT EXISTS (SELECT FROM handrail.places AS o WHERE (o.project, o.name) = (n.project, n.name))
ORDER BY n.project, n.name
""".replace("traits_of_places", _TRAITS).replace("risks_of_it", _RISKS)
)
_CHANGE_PLACES = (
    _GIVEN
    + """
UPDATE handrail.places AS p SET (traits_of_places) = (w.single, w.accessible, w.women_only, w.dogs, w.couples, w.risks,
    w.only_while, w.in_service_from, w.in_service_until)
FROM (
    SELECT o.id, coalesce(n.single, o.single) AS single, coalesce(n.accessible, o.accessible) AS accessible,
        coalesce(n.women_only, o.women_only) AS women_only, coalesce(n.dogs, o.dogs) AS dogs,
        coalesce(n.couples, o.couples) AS couples, coalesce(risks_of_it, o.risks_not_accepted) AS risks,
        nullif(coalesce(n.only_while, o.only_while), '') AS only_while,
        coalesce(n.in_service_from, o.in_service_from) AS in_service_from,
        nullif(coalesce(n.in_service_until, o.in_service_until), %s::date) AS in_service_until
    FROM given AS n JOIN handrail.places AS o USING (project, name)
) AS w
WHERE p.id = w.id AND (p.single, p.accessible, p.women_only, p.dogs, p.couples, p.risks_not_accepted, p.only_while,
    p.in_service_from, p.in_service_until) IS DISTINCT FROM (w.single, w.accessible, w.women_only, w.dogs, w.couples,
    w.risks, w.only_while, w.in_service_from, w.in_service_until)
""".replace("traits_of_places", _TRAITS).replace("risks_of_it", _RISKS)
)


def list_projects(connection: RawConnection, kind: str | None = None, key: str | None = None) -> list[Project]:
    """Return the projects, by kind and key."""
    return [Project(*row) for row in connection.execute(_PROJECTS, {"kind": kind, "key": key})]


def lock_projects(connection: RawConnection, keys: Collection[str]) -> dict[str, Project]:
    """Return those of the projects that are there; nobody else brings them until the transaction ends."""
    return {row[0]: Project(*row) for row in connection.execute(_LOCK_PROJECTS, [list(keys)])}


def bring_projects(connection: RawConnection, projects: Sequence[Project]) -> tuple[int, int]:
    """Have the projects in the registry, held until the transaction ends, and return how many are new or changed.

    A project that is there keeps its kind.
    """
    rows = [(one.key, one.kind, one.title, one.provider, one.turnaround_days) for one in projects]
    done = [is_new for (is_new,) in connection.execute(_BRING_PROJECTS, _columns(rows, 5))]
    return sum(done), len(done) - sum(done)


def lock_places(
    connection: RawConnection, keys: Collection[PlaceKey], *, against_uses: bool = False
) -> dict[PlaceKey, Service]:
    """Return those of the places that are there, held until the transaction ends.

    ``against_uses``: nobody begins to use one until then either.
    """
    statement = _LOCK_PLACES.format("UPDATE" if against_uses else "NO KEY UPDATE")
    return {
        (project, name): Service(begins, ends)
        for project, name, begins, ends in connection.execute(statement, _columns(list(keys), 2))
    }


def bring_places(connection: RawConnection, places: Sequence[PlaceFacts], days: Mapping[str, date]) -> tuple[int, int]:
    """Have the places as they are told, and return how many are new or changed.

    Their projects and they themselves are held by the caller. ``days`` tells by kind the day from which a new place
    serves that says nothing of it.
    """
    given = _columns([_row(one) for one in places], 11)
    kinds = [list(days), list(days.values())]
    changed = connection.execute(_CHANGE_PLACES, [*given, NO_END]).rowcount
    return connection.execute(_ADD_PLACES, [*given, NO_END, *kinds]).rowcount, changed


def _row(one: PlaceFacts) -> tuple[object, ...]:
    risks = None if one.risks_not_accepted is None else "\n".join(sorted(one.risks_not_accepted))
    traits = (one.single, one.accessible, one.women_only, one.dogs, one.couples)
    return *one.key, *traits, risks, one.only_while, one.in_service_from, one.in_service_until


def _columns(rows: Sequence[Sequence[object]], width: int) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
