"""Voids: a place that nobody can have for a while. A void is a use, so it cannot be opened under somebody.

A vacancy list may also say that somebody sleeps in a place who is not known here: a stay of no case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from models.database import RawConnection
from models.place_uses import Use, uses_in
from models.places import PlaceKey


@dataclass(frozen=True, slots=True)
class UseWithoutCase:
    """A void for a reason, or a stay of no case. ``since`` is ``None`` for now."""

    place: PlaceKey
    use: Literal["void", "stay"]
    since: datetime | None
    reason: str | None
    agency: str | None = None
    officer: str | None = None


# What begins without an instant begins now, and never before the last use is over.
_RECORD = """
INSERT INTO handrail.place_uses (place_id, kind, use, during, reason, agency, officer)
SELECT p.id, p.kind, n.use, tstzrange(coalesce(n.since, clock_timestamp()), NULL), n.reason, n.agency, n.officer
FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::text[])
    AS n(project, name, use, since, reason, agency, officer)
JOIN handrail.places AS p USING (project, name)
RETURNING lower(during)
"""
# A clock that stands still leaves no room between two instants; a moment is made.
_END = """
UPDATE handrail.place_uses AS u
SET during = tstzrange(lower(u.during), greatest(clock_timestamp(), lower(u.during) + interval '1 microsecond')),
    ended = n.ended, settled_at = clock_timestamp()
FROM unnest(%s::text[], %s::text[], %s::text[]) AS n(project, name, ended)
JOIN handrail.places AS p USING (project, name)
WHERE u.place_id = p.id AND u.use <> 'hold' AND u.case_id IS NULL AND u.during @> clock_timestamp()
RETURNING u.*
"""
_TAKE_BACK = """
DELETE FROM handrail.place_uses AS u USING handrail.places AS p
WHERE p.id = u.place_id AND (p.project, p.name) = (%s, %s) AND u.use = 'void' AND lower(u.during) > clock_timestamp()
RETURNING u.*
"""
_REASONS = """
UPDATE handrail.place_uses AS u SET reason = n.reason
FROM unnest(%s::text[], %s::text[], %s::text[]) AS n(project, name, reason)
JOIN handrail.places AS p USING (project, name)
WHERE u.place_id = p.id AND u.use = 'void' AND u.during @> clock_timestamp() AND u.reason <> n.reason
"""
_LAST = """
SELECT p.project, p.name, max(upper(u.during)) FROM unnest(%s::text[], %s::text[]) AS n(project, name)
JOIN handrail.places AS p USING (project, name) JOIN handrail.place_uses AS u ON u.place_id = p.id
WHERE NOT upper_inf(u.during) GROUP BY p.project, p.name
"""


def record_uses(connection: RawConnection, uses: Sequence[UseWithoutCase]) -> list[datetime]:
    """Have the voids and stays begun, and return since when; a place that is not there is passed over.

    A place that is in use is an ``ExclusionViolation`` of ``place_uses.ONE_AT_A_TIME``.
    """
    rows = [(*one.place, one.use, one.since, one.reason, one.agency, one.officer) for one in uses]
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(7)]
    return [since for (since,) in connection.execute(_RECORD, columns)]


def end_uses(connection: RawConnection, ends: Sequence[tuple[PlaceKey, str]]) -> list[Use]:
    """End the voids and the stays of no case that run in these places, each with how it ended; return them."""
    columns = [[place[0] for place, _ in ends], [place[1] for place, _ in ends], [how for _, how in ends]]
    return [Use(*row) for row in connection.execute(_with_uses(_END), columns)]


def take_back_void(connection: RawConnection, place: PlaceKey) -> list[Use]:
    """Have a void that was only to begin never have been; return it."""
    return [Use(*row) for row in connection.execute(_with_uses(_TAKE_BACK), place)]


def update_reasons(connection: RawConnection, reasons: Sequence[tuple[PlaceKey, str]]) -> int:
    """Have the voids that run in these places be for these reasons, and return how many were for another."""
    columns = [[place[0] for place, _ in reasons], [place[1] for place, _ in reasons], [code for _, code in reasons]]
    return connection.execute(_REASONS, columns).rowcount


def find_last_ends(connection: RawConnection, places: Sequence[PlaceKey]) -> dict[PlaceKey, datetime]:
    """Return by place when its last use that has an end was, or will be, over."""
    columns = [[place[0] for place in places], [place[1] for place in places]]
    return {(row[0], row[1]): row[2] for row in connection.execute(_LAST, columns)}


def _with_uses(change: str) -> str:
    """Return the statement that makes the change and reads the uses that it concerned."""
    return f"WITH changed AS ({change}) {uses_in('changed')}"
