"""Who uses which place, from when until when: holds, stays, and voids told beside them.

That a place is used by one at a time, and that a person uses one place of a kind at a time, the constraints say. A
hold runs until the end of its range, inclusive; what runs is asked of the database's clock and of nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, cast

from sqlalchemy import Connection, text

from models.database import PLACES_CHANNEL, RawConnection
from models.places import PlaceKey

UseKind = Literal["hold", "stay", "void"]
Ending = Literal["lapsed", "given_up", "left"]
ONE_AT_A_TIME = "place_uses_one_at_a_time"
ONE_PLACE_OF_A_KIND = "place_uses_one_place_of_a_kind"


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
    def place(self) -> PlaceKey:
        """Its project, and its name there."""
        return self.project, self.name

    @property
    def where(self) -> str:
        """The place as people name it: its project and its name there."""
        return f"{self.project}/{self.name}"


@dataclass(frozen=True, slots=True)
class NewUse:
    """A use that is to begin now; of nobody known here, it is of no case and no person."""

    place_id: int
    case_id: int | None
    person_id: int | None


_USES_IN = """
SELECT u.id, u.place_id, u.kind, u.use, u.case_id, c.reference, p.project, p.name, j.provider,
    lower(u.during), upper(u.during), u.night, u.reason, u.ended, u.settled_at
FROM {} AS u JOIN handrail.places AS p ON p.id = u.place_id
JOIN handrail.projects AS j ON j.key = p.project LEFT JOIN handrail.cases AS c ON c.id = u.case_id
"""
_USE = _USES_IN.format("handrail.place_uses")
_TOUCHING = (
    _USE
    + """
JOIN unnest(%s::text[], %s::text[], %s::timestamptz[]) AS n(project, name, since)
    ON (p.project, p.name) = (n.project, n.name) AND u.during && tstzrange(n.since, NULL)
WHERE u.use = ANY(%s) ORDER BY p.project, p.name, lower(u.during)
"""
)
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


def uses_in(rows: str) -> str:
    """Return the SQL that reads a ``Use`` from each of ``rows``: the table, or a statement that returns rows of it."""
    return _USES_IN.format(rows)


def list_uses(
    connection: RawConnection, since: Mapping[PlaceKey, datetime], uses: Sequence[UseKind] = ("hold", "stay", "void")
) -> list[Use]:
    """Return what uses each of these places at its instant or later, by project and name."""
    given = [[key[0] for key in since], [key[1] for key in since], list(since.values())]
    return [Use(*row) for row in connection.execute(_TOUCHING, [*given, list(uses)])]


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
