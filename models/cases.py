"""Cases: found, locked, opened, brought up to date.

CasesError
├── CaseNotFound   no case has this reference
└── CaseMovedOn    somebody else brought it up to date in between
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import psycopg
from sqlalchemy import Connection, text

from models.database import RawConnection, raw
from models.rows import Sheet, as_json
from pathways.case import Scalar

WakeKind = Literal["follow_ups", "hand_offs"]
FEW = 8
"""From how many cases on one statement with arrays is quicker than a plain one each."""


class CasesError(Exception):
    """A case could not be found or kept."""


class CaseNotFound(CasesError):
    """No case has this reference."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(f"There is no case {reference}. Check the reference, or list the cases.")


class CaseMovedOn(CasesError):
    """The case was brought up to date by somebody else since it was read."""

    def __init__(self) -> None:
        super().__init__("The case was changed by somebody else in the meantime. Read it again, then repeat.")


@dataclass(frozen=True, slots=True)
class StoredCase:
    """A case as it stands in the store; ``state`` is canonical JSON text, ``changes`` how many it has had."""

    id: int
    reference: str
    publication: str
    state: str
    version: int
    """Counts its updates from 1; 0 is a case that is about to be opened."""
    changes: int
    read_at: datetime
    """The database's clock when it was read."""


@dataclass(frozen=True, slots=True)
class KeptCase:
    """A case with all that its row shows of its state."""

    stored: StoredCase
    status: str
    wake_at: datetime | None
    wake_for: WakeKind | None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as a list shows it."""

    reference: str
    pathway: str
    version: int
    status: str
    wake_at: datetime | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Opening:
    """What is kept of how a case began: on which person, after which earlier case, brought by which source."""

    referral: Mapping[str, Scalar]
    earlier_case: int | None = None
    source: str | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class CaseUpdate:
    """What a case becomes; ``version`` is the one it was read at."""

    id: int
    version: int
    state: str
    changes: int
    status: str
    wake_at: datetime | None
    wake_for: WakeKind | None


CASES = Sheet(
    "cases",
    (
        "id", "reference", "publication", "referral", "state", "version", "changes", "status",
        "wake_at", "wake_for", "earlier_case", "source", "external_id",
    ),
    (
        "int8", "text", "text", "text", "text", "int4", "int4", "text",
        "timestamptz", "text", "int8", "text", "text",
    ),
)  # fmt: skip
_STORED = "SELECT id, reference, publication, state, version, changes, clock_timestamp() FROM handrail.cases"
_LOCK = _STORED + " WHERE reference = %s FOR UPDATE"
_LOCK_MANY = _STORED + " WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_FIND = _STORED + " WHERE reference = %s"
_FIND_MANY = _STORED + " WHERE id = ANY(%s) ORDER BY id"
# The clock is asked once, in a query of its own: else every case that is not due yet would be looked at too.
_CLAIM = (
    _STORED + " WHERE wake_for = %s AND wake_at <= (SELECT clock_timestamp()) - %s"
    " ORDER BY wake_at, id LIMIT %s FOR UPDATE SKIP LOCKED"
)
_KEPT_AFTER = """
SELECT status, wake_at, wake_for, id, reference, publication, state, version, changes, clock_timestamp()
FROM handrail.cases WHERE id > %s ORDER BY id LIMIT %s
"""
_LIST = """
SELECT c.reference, p.key, p.version, c.status, c.wake_at, c.recorded_at
FROM handrail.cases AS c JOIN handrail.publications AS p ON p.hash = c.publication
WHERE c.reference > %(after)s AND (%(pathway)s::text IS NULL OR p.key = %(pathway)s)
  AND (%(status)s::text IS NULL OR c.status = %(status)s)
ORDER BY c.reference LIMIT %(limit)s
"""
_NEXT_IDS = "SELECT nextval('handrail.cases_id_seq') FROM generate_series(1, %s)"
_BROUGHT = """
SELECT c.external_id, c.id FROM handrail.cases AS c WHERE c.source = %s AND c.external_id = ANY(%s)
"""
_UPDATE = """
UPDATE handrail.cases
SET state = %s, version = version + 1, changes = %s, status = %s, wake_at = %s, wake_for = %s
WHERE id = %s AND version = %s
"""
_UPDATE_MANY = """
UPDATE handrail.cases AS c
SET state = n.state, version = n.version + 1, changes = n.changes, status = n.status,
    wake_at = n.wake_at, wake_for = n.wake_for
FROM unnest(%b::bigint[], %b::integer[], %b::text[], %b::integer[], %b::text[], %b::timestamptz[], %b::text[])
    AS n(id, version, state, changes, status, wake_at, wake_for)
WHERE c.id = n.id AND c.version = n.version
"""


def lock_case(connection: RawConnection, reference: str) -> StoredCase:
    """Return the case and hold its row until the transaction ends.

    Raises:
        CaseNotFound: no case has this reference.
    """
    row = connection.execute(_LOCK, [reference], prepare=True).fetchone()
    if row is None:
        raise CaseNotFound(reference)
    return StoredCase(*row)


def lock_cases(connection: RawConnection, ids: Sequence[int]) -> list[StoredCase]:
    """Return the cases by id, and hold their rows; always in the same order, so that nobody waits in a circle."""
    return [StoredCase(*row) for row in connection.execute(_LOCK_MANY, [list(ids)])]


def get_case(connection: Connection, reference: str) -> StoredCase:
    """Return the case as it stands, without holding it.

    Raises:
        CaseNotFound: no case has this reference.
    """
    row = raw(connection).execute(_FIND, [reference]).fetchone()
    if row is None:
        raise CaseNotFound(reference)
    return StoredCase(*row)


def get_cases(connection: RawConnection, ids: Sequence[int]) -> list[StoredCase]:
    """Return the cases as they stand, by id, without holding them."""
    return [StoredCase(*row) for row in connection.execute(_FIND_MANY, [list(ids)])]


def claim_due(connection: RawConnection, kind: WakeKind, limit: int, late: timedelta) -> list[StoredCase]:
    """Lock and return cases of one sweep that have been due for ``late`` or longer, the longest waiting first.

    Cases that another worker holds are passed over. The locks end with the caller's transaction.
    """
    return [StoredCase(*row) for row in connection.execute(_CLAIM, [kind, late, limit], prepare=True)]


def list_kept_after(connection: Connection, after: int, limit: int) -> list[KeptCase]:
    """Return the next ``limit`` cases after the id ``after``, by id."""
    rows = raw(connection).execute(_KEPT_AFTER, [after, limit])
    return [KeptCase(StoredCase(*row[3:]), row[0], row[1], row[2]) for row in rows]


def list_cases(
    connection: Connection, pathway: str | None, status: str | None, after: str, limit: int
) -> list[CaseRow]:
    """Return cases by reference, from the one after ``after`` on; of one pathway or status, or of any."""
    asked = {"pathway": pathway, "status": status, "after": after, "limit": limit}
    return [CaseRow(*row) for row in raw(connection).execute(_LIST, asked)]


def find_wake(connection: Connection, kind: WakeKind) -> datetime | None:
    """Return when the next case of that sweep is to be woken; it may be past."""
    statement = text("SELECT min(wake_at) FROM handrail.cases WHERE wake_for = :kind AND wake_at IS NOT NULL")
    return cast("datetime | None", connection.scalar(statement, {"kind": kind}))


def reserve_ids(connection: RawConnection, count: int) -> list[int]:
    """Return ``count`` ids that no case has or will have."""
    return [row[0] for row in connection.execute(_NEXT_IDS, [count])]


def find_brought(connection: RawConnection, source: str, external_ids: Sequence[str]) -> dict[str, int]:
    """Return the ids of those cases that ``source`` has brought before, by its own names for them."""
    return {row[0]: row[1] for row in connection.execute(_BROUGHT, [source, list(external_ids)])}


def opening_row(update: CaseUpdate, stored: StoredCase, opening: Opening) -> tuple[Any, ...]:
    """Return the row of ``CASES`` that opens a case in the state of ``update``."""
    return (
        stored.id,
        stored.reference,
        stored.publication,
        as_json(opening.referral),
        update.state,
        1,
        update.changes,
        update.status,
        update.wake_at,
        update.wake_for,
        opening.earlier_case,
        opening.source,
        opening.external_id,
    )


def postpone(connection: RawConnection, case_id: int, after: timedelta) -> None:
    """Have the case be woken no earlier than ``after`` from now; its state is not touched."""
    connection.execute("UPDATE handrail.cases SET wake_at = clock_timestamp() + %s WHERE id = %s", [after, case_id])


def update_cases(connection: RawConnection, updates: Sequence[CaseUpdate]) -> list[psycopg.Cursor[Any]]:
    """Bring the cases up to date; the cursors' ``rowcount`` tells how many still had their version.

    In a pipeline the count is known once it is synchronised: ``check_updated`` then.
    """
    if len(updates) < FEW:
        return [
            connection.execute(
                _UPDATE, (u.state, u.changes, u.status, u.wake_at, u.wake_for, u.id, u.version), prepare=True
            )
            for u in updates
        ]
    columns = zip(
        *((u.id, u.version, u.state, u.changes, u.status, u.wake_at, u.wake_for) for u in updates), strict=True
    )
    return [connection.execute(_UPDATE_MANY, [list(column) for column in columns], prepare=True)]


def check_updated(done: Sequence[psycopg.Cursor[Any]], updates: Sequence[CaseUpdate]) -> None:
    """Make sure that every update found its case at the version it was read at.

    Raises:
        CaseMovedOn: one did not; the transaction must be given up.
    """
    if sum(cursor.rowcount for cursor in done) != len(updates):
        raise CaseMovedOn
