"""Who uses which place, from when until when: holds, stays, and voids told beside them.

That a place is used by one at a time, and that a person uses one place of a kind at a time, the constraints say. A
hold runs until the end of its range, inclusive; what runs is asked of the database's clock and of nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast

from sqlalchemy import Connection, text

from models.database import PLACES_CHANNEL, RawConnection
from pathways.matching import Place

UseKind = Literal["hold", "stay", "void"]
Ending = Literal["lapsed", "given_up", "left"]
ONE_AT_A_TIME = "place_uses_one_at_a_time"
ONE_PLACE_OF_A_KIND = "place_uses_one_place_of_a_kind"


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """A place with its kind and its dates in service; the second one is the first day out of it."""

    place: Place
    kind: str
    only_while: str | None
    in_service_from: date
    in_service_until: date | None


@dataclass(frozen=True, slots=True)
class Use:
    """A use of a place. ``until`` of None is not known yet; ``reference`` of None is nobody known here."""

    id: int
    place_id: int
    kind: str
    use: UseKind
    case_id: int | None
    reference: str | None
    project: str
    name: str
    provider: str
    since: datetime
    until: datetime | None
    night: date | None
    reason: str | None
    ended: str | None
    settled_at: datetime | None

    @property
    def where(self) -> str:
        """The place as people name it: its project and its name there."""
        return f"{self.project}/{self.name}"


@dataclass(frozen=True, slots=True)
class NewUse:
    """A use that is to begin now."""

    place_id: int
    case_id: int | None
    person_id: int | None


_PLACE = """
SELECT p.id, p.project, p.name, j.provider, p.single, p.accessible, p.women_only, p.dogs, p.couples,
    p.risks_not_accepted, p.kind, p.only_while, p.in_service_from, p.in_service_until
FROM handrail.places AS p JOIN handrail.projects AS j ON j.key = p.project
"""
_IN_SERVICE = """
 p.kind = %(kind)s AND p.in_service_from <= %(day)s
  AND (p.in_service_until IS NULL OR p.in_service_until > %(day)s)
  AND (p.only_while IS NULL OR EXISTS (
      SELECT FROM handrail.switches AS s WHERE s.name = p.only_while AND s.on_ @> %(day)s::date))
"""
_FREE = """
  AND NOT EXISTS (SELECT FROM handrail.place_uses AS u WHERE u.place_id = p.id
      AND u.during && tstzrange(clock_timestamp(), %(until)s, '[)'))
"""
_USE = """
SELECT u.id, u.place_id, u.kind, u.use, u.case_id, c.reference, p.project, p.name, j.provider,
    lower(u.during), upper(u.during), u.night, u.reason, u.ended, u.settled_at
FROM handrail.place_uses AS u JOIN handrail.places AS p ON p.id = u.place_id
JOIN handrail.projects AS j ON j.key = p.project LEFT JOIN handrail.cases AS c ON c.id = u.case_id
"""
# The clock is asked once for all rows, or a range might begin after the instant that was compared. A use that began and
# ended at one instant of a clock that stands lasts a moment beyond it: the next one begins behind that.
_START = """
WITH clock AS MATERIALIZED (SELECT clock_timestamp() AS now), new AS MATERIALIZED (
    SELECT n.*, greatest(clock.now, (
        SELECT max(upper(u.during)) FROM handrail.place_uses AS u
        WHERE (u.place_id = n.place_id OR u.person_id = n.person_id AND u.kind = %(kind)s) AND u.ended IS NOT NULL
          AND upper(u.during) < clock.now + interval '1 millisecond'
    )) AS begins
    FROM clock, unnest(%(places)s::bigint[], %(cases)s::bigint[], %(persons)s::bigint[])
        AS n(place_id, case_id, person_id)
)
INSERT INTO handrail.place_uses (place_id, kind, use, case_id, person_id, during, night, reason)
SELECT place_id, %(kind)s, %(use)s, case_id, person_id,
    tstzrange(begins, %(until)s, CASE %(use)s WHEN 'hold' THEN '[]' ELSE '[)' END), %(night)s, %(reason)s
FROM new WHERE %(until)s::timestamptz IS NULL OR begins < %(until)s
ORDER BY place_id RETURNING place_id, id
"""
_BECOME_STAY = """
UPDATE handrail.place_uses SET use = 'stay', during = tstzrange(lower(during), %s, '[)')
WHERE id = %s AND use = 'hold' AND ended IS NULL AND settled_at IS NULL AND upper(during) >= clock_timestamp()
"""
# Less than a moment of use is a moment: an empty range would be no use at all.
_END = """
WITH clock AS MATERIALIZED (SELECT clock_timestamp() AS now)
UPDATE handrail.place_uses SET ended = %(ended)s, end_reason = %(reason)s, settled_at = clock.now,
    during = tstzrange(lower(during), greatest(clock.now, lower(during) + interval '1 microsecond'), '[)')
FROM clock WHERE id = %(id)s AND ended IS NULL AND (upper_inf(during) OR clock.now <= upper(during))
"""
_SETTLE = """
UPDATE handrail.place_uses SET ended = 'lapsed', settled_at = clock_timestamp(), end_reason = %s
WHERE id = ANY(%s) AND use = 'hold' AND ended IS NULL AND upper(during) < clock_timestamp()
"""
_LAPSED = " WHERE u.use = 'hold' AND u.settled_at IS NULL AND upper(u.during) < (SELECT clock_timestamp())"
_RUNNING = " u.during @> (SELECT clock_timestamp()) AND u.use <> 'void' AND u.ended IS NULL"


def find_place(connection: RawConnection, project: str, name: str) -> KeptPlace | None:
    """Return the place."""
    return _first(connection.execute(_PLACE + " WHERE p.project = %s AND p.name = %s", [project, name]).fetchall())


def lock_place(connection: RawConnection, place_id: int) -> KeptPlace | None:
    """Return the place; nobody else begins a use of it until the transaction ends."""
    rows = connection.execute(_PLACE + " WHERE p.id = %s FOR NO KEY UPDATE OF p", [place_id]).fetchall()
    return _first(rows)


def lock_kind(connection: RawConnection, kind: str) -> None:
    """Have nobody else begin a use of a place of this kind until the transaction ends."""
    connection.execute("SELECT FROM handrail.places WHERE kind = %s ORDER BY id FOR NO KEY UPDATE", [kind])


def list_in_service(connection: RawConnection, kind: str, day: date) -> list[KeptPlace]:
    """Return the places of the kind that are in service on ``day``, by project and name.

    A place that counts only while a switch is on counts on the days for which the switch was set.
    """
    rows = connection.execute(
        _PLACE + " WHERE " + _IN_SERVICE + " ORDER BY p.project, p.name", {"kind": kind, "day": day}
    )
    return [_kept(row) for row in rows]


def list_free(connection: RawConnection, kind: str, day: date, until: datetime | None) -> list[Place]:
    """Return the places in service on ``day`` that nobody uses from now to ``until`` (None: for ever)."""
    asked = {"kind": kind, "day": day, "until": until}
    rows = connection.execute(_PLACE + " WHERE " + _IN_SERVICE + _FREE + " ORDER BY p.project, p.name", asked)
    return [_kept(row).place for row in rows]


def find_persons(connection: RawConnection, case_ids: Collection[int]) -> dict[int, int]:
    """Return the persons of the cases, by case; a case may be about nobody known."""
    statement = "SELECT case_id, person_id FROM handrail.case_persons WHERE case_id = ANY(%s)"
    return {row[0]: row[1] for row in connection.execute(statement, [list(case_ids)])}


def start_uses(
    connection: RawConnection,
    about: tuple[str, UseKind],
    new: Sequence[NewUse],
    until: datetime | None,
    night: date | None = None,
    reason: str | None = None,
) -> dict[int, int]:
    """Have the uses begin and return their ids by place; ``about`` is the kind of the places and of the use.

    None begins whose ``until`` has passed: it is missing in what is returned.

    Raises:
        psycopg.errors.ExclusionViolation: a place is used, or a person uses a place of the kind.
    """
    rows = connection.execute(
        _START,
        {
            "kind": about[0],
            "use": about[1],
            "until": until,
            "night": night,
            "reason": reason,
            "places": [each.place_id for each in new],
            "cases": [each.case_id for each in new],
            "persons": [each.person_id for each in new],
        },
    )
    return {row[0]: row[1] for row in rows}


def become_stay(connection: RawConnection, use_id: int, until: datetime | None) -> bool:
    """Have the hold be a stay until ``until``; False if it does not run any more."""
    return connection.execute(_BECOME_STAY, [until, use_id]).rowcount == 1


def end_use(connection: RawConnection, use_id: int, ended: Ending, reason: str | None) -> bool:
    """Have the use be over now; False if it was over."""
    asked = {"id": use_id, "ended": ended, "reason": reason}
    return connection.execute(_END, asked).rowcount == 1


def settle_lapsed(connection: RawConnection, use_ids: Sequence[int], reason: str | None = None) -> None:
    """Have it be known of these lapsed holds that all which follows from their lapse was done."""
    connection.execute(_SETTLE, [reason, list(use_ids)])


def list_running(connection: RawConnection, case_id: int) -> list[Use]:
    """Return what the person of the case uses now, on this case or another, what began first in front."""
    whose = " WHERE u.person_id = (SELECT person_id FROM handrail.case_persons WHERE case_id = %s) AND"
    rows = connection.execute(_USE + whose + _RUNNING + " ORDER BY lower(u.during), u.id", [case_id])
    return [Use(*row) for row in rows]


def find_user(connection: RawConnection, place_id: int) -> Use | None:
    """Return how the place is used now, or is going to be next."""
    statement = _USE + " WHERE u.place_id = %s AND u.during && tstzrange(clock_timestamp(), NULL) ORDER BY 10 LIMIT 1"
    return next((Use(*row) for row in connection.execute(statement, [place_id])), None)


def list_uses_now(connection: RawConnection, kind: str) -> list[Use]:
    """Return how places of the kind are used now, voids too, by project and name."""
    statement = _USE + " WHERE u.kind = %s AND u.during @> (SELECT clock_timestamp()) ORDER BY p.project, p.name"
    return [Use(*row) for row in connection.execute(statement, [kind])]


def list_uses_of_night(connection: RawConnection, kind: str, night: date) -> list[Use]:
    """Return the uses that were given for the night, what began first in front."""
    statement = _USE + " WHERE u.kind = %s AND u.night = %s ORDER BY lower(u.during), u.id"
    return [Use(*row) for row in connection.execute(statement, [kind, night])]


def list_voids(connection: RawConnection, kind: str, since: datetime, until: datetime) -> list[Use]:
    """Return the voids of places of the kind that touch [``since``, ``until``)."""
    statement = _USE + " WHERE u.kind = %s AND u.use = 'void' AND u.during && tstzrange(%s, %s) ORDER BY u.id"
    return [Use(*row) for row in connection.execute(statement, [kind, since, until])]


def list_elsewhere(connection: RawConnection, persons: Collection[int], kind: str) -> set[int]:
    """Return those of ``persons`` who stay in a place of another kind now."""
    statement = (
        "SELECT DISTINCT u.person_id FROM handrail.place_uses AS u"
        " WHERE u.person_id = ANY(%s) AND u.kind <> %s AND u.use = 'stay'"
        " AND u.during @> (SELECT clock_timestamp())"
    )
    return {row[0] for row in connection.execute(statement, [list(persons), kind])}


def claim_lapsed(connection: RawConnection, limit: int) -> list[Use]:
    """Lock and return holds outside of nights that have lapsed and are not settled, the oldest first.

    Those that another worker has are passed over.
    """
    order = " AND u.night IS NULL ORDER BY upper(u.during), u.id LIMIT %s FOR UPDATE OF u SKIP LOCKED"
    return [Use(*row) for row in connection.execute(_USE + _LAPSED + order, [limit])]


def list_asked_since(connection: RawConnection, kind: str, since: datetime) -> set[tuple[int, int]]:
    """Return place and case of every hold of the kind that has ended and had begun at ``since`` or later."""
    statement = (
        "SELECT place_id, case_id FROM handrail.place_uses WHERE kind = %s AND case_id IS NOT NULL"
        " AND lower(during) >= %s AND ended IN ('lapsed', 'given_up')"
    )
    return {(row[0], row[1]) for row in connection.execute(statement, [kind, since])}


def find_next_lapse(connection: Connection) -> datetime | None:
    """Return when the next hold outside of nights lapses; it may be past."""
    statement = text(
        "SELECT min(upper(during)) FROM handrail.place_uses WHERE use = 'hold' AND settled_at IS NULL AND night IS NULL"
    )
    return cast("datetime | None", connection.scalar(statement))


def tell_places(connection: RawConnection) -> None:
    """Wake whoever waits for news of places once the transaction is committed."""
    connection.execute("SELECT pg_notify(%s, '')", [PLACES_CHANNEL])


def _first(rows: Sequence[tuple[Any, ...]]) -> KeptPlace | None:
    return _kept(rows[0]) if rows else None


def _kept(row: tuple[Any, ...]) -> KeptPlace:
    *place, risks, kind, only_while, since, until = row
    return KeptPlace(Place(*place, frozenset(risks)), kind, only_while, since, until)  # type: ignore[call-arg]
