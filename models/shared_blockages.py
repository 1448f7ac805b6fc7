"""The register of blockages that belong to no one case: opened once, aged, cleared, and what was done about each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast

from psycopg.types.json import Jsonb

from models.database import RawConnection
from models.notices import NOTICES, notice_row
from models.rows import Sheet, write_rows
from pathways.blockage_forms import Attribution
from pathways.case import Notice
from pathways.place_charts import SharedKind

Closing = Literal["cleared", "closed", "merged"]


@dataclass(frozen=True, slots=True)
class SharedBlockage:
    """A blockage of a service, a step or a rule, as the register has it.

    ``person_days`` are its own; those of what was merged into it are in ``merged_days``. ``level`` counts the steps
    of its ladder that were taken. ``calm_since`` tells since when its cause has been gone.
    """

    id: int
    pathway: str
    name: str
    kind: SharedKind
    subject: str
    theme: str
    attributable_to: Attribution
    reason: str | None
    owner: str
    since: datetime
    opened_at: datetime
    because: str
    evidence: Mapping[str, str | int]
    person_days: float
    level: int
    calm_since: datetime | None
    disputed: str | None
    action: str | None
    due_on: date | None
    closed_at: datetime | None
    closed_as: Closing | None
    closed_because: str | None
    merged_into: int | None
    merged_days: float
    cases: int
    """How many cases are linked with it."""

    @property
    def reference(self) -> str:
        return reference_of(self.id)

    @property
    def cost(self) -> float:
        """The person-days of it and of all that was merged into it."""
        return self.person_days + self.merged_days


@dataclass(frozen=True, slots=True)
class SharedAct:
    """What was done about a blockage, and by whom: the system itself where no officer is named."""

    at: datetime
    act: str
    agency: str | None
    officer: str | None
    because: str


@dataclass(frozen=True, slots=True)
class NewBlockage:
    """A blockage as it opens."""

    pathway: str
    name: str
    kind: SharedKind
    subject: str
    theme: str
    attributable_to: Attribution
    reason: str | None
    owner: str
    since: datetime
    because: str
    evidence: Mapping[str, str | int]
    due_on: date | None


def reference_of(number: int) -> str:
    """Return the public name of a shared blockage."""
    return f"B-{number}"


_SELECT = """
SELECT b.id, b.pathway, b.name, b.kind, b.subject, b.theme, b.attributable_to, b.reason, b.owner, b.since, b.opened_at,
       b.because, b.evidence, b.person_days, b.level, b.calm_since, b.disputed, b.action, b.due_on, b.closed_at,
       b.closed_as, b.closed_because, b.merged_into,
       CASE WHEN b.closed_as = 'merged' THEN 0 ELSE (
           WITH RECURSIVE below AS (
               SELECT m.id, m.person_days FROM handrail.shared_blockages AS m WHERE m.merged_into = b.id
               UNION ALL
               SELECT m.id, m.person_days FROM handrail.shared_blockages AS m JOIN below ON m.merged_into = below.id
           ) SELECT coalesce(sum(person_days), 0) FROM below) END,
       (SELECT count(*) FROM handrail.shared_blockage_cases AS l WHERE l.blockage_id = b.id)
FROM handrail.shared_blockages AS b
"""
_OPEN = (
    _SELECT
    + """
WHERE b.closed_at IS NULL AND (%(pathway)s::text IS NULL OR b.pathway = %(pathway)s)
  AND (%(agency)s::text IS NULL OR b.owner = %(agency)s)
ORDER BY b.since, b.id LIMIT %(limit)s
"""
)
_ONE = _SELECT + " WHERE b.id = %s"
_HOLD = "SELECT id FROM handrail.shared_blockages WHERE closed_at IS NULL AND pathway = %s ORDER BY id FOR UPDATE"
_LAST = """
SELECT DISTINCT ON (b.name, b.subject) b.id, b.name, b.subject, b.closed_as, b.closed_at, b.merged_into
FROM handrail.shared_blockages AS b WHERE b.pathway = %s ORDER BY b.name, b.subject, b.id DESC
"""
_INSERT = """
INSERT INTO handrail.shared_blockages (pathway, name, kind, subject, theme, attributable_to, reason, owner, since,
    opened_at, because, evidence, due_on, found_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (pathway, name, subject) WHERE closed_at IS NULL DO NOTHING RETURNING id
"""
_FOUND = """
UPDATE handrail.shared_blockages SET found_at = %s, calm_since = NULL, because = %s, evidence = %s, reason = %s
WHERE id = %s
"""
_REOPEN = """
UPDATE handrail.shared_blockages SET closed_at = NULL, closed_as = NULL, closed_because = NULL, calm_since = NULL
WHERE id = %s
"""
_CLOSE = """
UPDATE handrail.shared_blockages
SET closed_at = %s, closed_as = %s, closed_because = %s, merged_into = %s WHERE id = %s AND closed_at IS NULL
"""
_LINK = """
INSERT INTO handrail.shared_blockage_cases (blockage_id, case_id)
SELECT %s, unnest(%s::bigint[]) ON CONFLICT DO NOTHING
"""
_LINKED = """
SELECT c.reference FROM handrail.shared_blockage_cases AS l JOIN handrail.cases AS c ON c.id = l.case_id
WHERE l.blockage_id = %s ORDER BY c.reference LIMIT %s
"""
_NOTICE_SHEET = Sheet(
    "notices", tuple("blockage_id" if each == "case_id" else each for each in NOTICES.columns), NOTICES.types
)
"""As for a case, with the number of the blockage in place of the case's."""


def hold_open(connection: RawConnection, pathway: str) -> None:
    """Have nobody else change the open blockages of a pathway until the transaction ends."""
    connection.execute(_HOLD, [pathway])


def list_shared(
    connection: RawConnection, pathway: str | None = None, agency: str | None = None, limit: int = 10_000
) -> list[SharedBlockage]:
    """Return the open blockages of a pathway or an owner, or all, the oldest in front."""
    asked = {"pathway": pathway, "agency": agency, "limit": limit}
    return [SharedBlockage(*row) for row in connection.execute(_OPEN, asked)]


def find_shared(connection: RawConnection, number: int, *, hold: bool = False) -> SharedBlockage | None:
    """Return the blockage of that number, held until the transaction ends if asked."""
    if hold:
        connection.execute("SELECT FROM handrail.shared_blockages WHERE id = %s FOR UPDATE", [number])
    row = connection.execute(_ONE, [number]).fetchone()
    return SharedBlockage(*row) if row is not None else None


def find_oldest(connection: RawConnection) -> datetime | None:
    """Return since when the longest of the open blockages, and of those merged into them, has lasted."""
    row = connection.execute(
        "SELECT min(least(b.since, m.since)) FROM handrail.shared_blockages AS b"
        " LEFT JOIN handrail.shared_blockages AS m ON m.merged_into = b.id WHERE b.closed_at IS NULL"
    ).fetchone()
    return cast("datetime | None", row[0]) if row is not None else None


@dataclass(frozen=True, slots=True)
class LastOf:
    """The latest blockage of a subject, and how it ended if it did."""

    id: int
    name: str
    subject: str
    closed_as: Closing | None
    closed_at: datetime | None
    merged_into: int | None


def list_last(connection: RawConnection, pathway: str) -> list[LastOf]:
    """Return the latest blockage of each subject that ever was blocked, open or not."""
    return [LastOf(*row) for row in connection.execute(_LAST, [pathway])]


def open_shared(connection: RawConnection, new: NewBlockage, now: datetime) -> int | None:
    """Open a blockage and return its number; None if one of its subject is open already."""
    values = (
        new.pathway, new.name, new.kind, new.subject, new.theme, new.attributable_to, new.reason, new.owner, new.since,
        now, new.because, Jsonb(dict(new.evidence)), new.due_on, now,
    )  # fmt: skip
    row = connection.execute(_INSERT, values).fetchone()
    return cast("int", row[0]) if row is not None else None


def note_found(
    connection: RawConnection, number: int, now: datetime, because: str, evidence: Mapping[str, Any], reason: str | None
) -> None:
    """Have the blockage's cause be there at ``now``, told anew."""
    connection.execute(_FOUND, [now, because, Jsonb(dict(evidence)), reason, number])


def note_still(connection: RawConnection, number: int, now: datetime) -> None:
    """Have the cause of something that was merged into the blockage be there at ``now``."""
    connection.execute(
        "UPDATE handrail.shared_blockages SET found_at = %s, calm_since = NULL WHERE id = %s", [now, number]
    )


def reopen_shared(connection: RawConnection, number: int) -> None:
    """Have the blockage go on as if it had not cleared."""
    connection.execute(_REOPEN, [number])


def note_calm(connection: RawConnection, number: int, since: datetime) -> None:
    """Have the cause be gone since then."""
    connection.execute("UPDATE handrail.shared_blockages SET calm_since = %s WHERE id = %s", [since, number])


def note_cost(connection: RawConnection, number: int, person_days: float) -> None:
    connection.execute("UPDATE handrail.shared_blockages SET person_days = %s WHERE id = %s", [person_days, number])


def note_level(connection: RawConnection, number: int, level: int) -> None:
    connection.execute("UPDATE handrail.shared_blockages SET level = %s WHERE id = %s", [level, number])


def note_owner(connection: RawConnection, number: int, owner: str) -> None:
    connection.execute("UPDATE handrail.shared_blockages SET owner = %s WHERE id = %s", [owner, number])


def note_action(connection: RawConnection, number: int, action: str | None, due_on: date | None) -> None:
    """Set what is being done, and by when; what is None stays."""
    connection.execute(
        "UPDATE handrail.shared_blockages SET action = coalesce(%s, action), due_on = coalesce(%s, due_on)"
        " WHERE id = %s",
        [action, due_on, number],
    )


def note_dispute(connection: RawConnection, number: int, because: str | None) -> None:
    connection.execute("UPDATE handrail.shared_blockages SET disputed = %s WHERE id = %s", [because, number])


def close_shared(
    connection: RawConnection, number: int, closing: tuple[datetime, Closing, str], merged_into: int | None = None
) -> None:
    """End the blockage: when, as what, and why."""
    connection.execute(_CLOSE, [*closing, merged_into, number])


def link_cases(connection: RawConnection, number: int, cases: Sequence[int]) -> None:
    """Have the cases be linked with the blockage; those that are stay so."""
    if cases:
        connection.execute(_LINK, [number, list(cases)])


def move_links(connection: RawConnection, from_: int, to: int) -> None:
    """Have the cases of one blockage be linked with the other as well."""
    connection.execute(
        "INSERT INTO handrail.shared_blockage_cases (blockage_id, case_id)"
        " SELECT %s, case_id FROM handrail.shared_blockage_cases WHERE blockage_id = %s ON CONFLICT DO NOTHING",
        [to, from_],
    )


def list_linked(connection: RawConnection, number: int, limit: int = 10_000) -> list[str]:
    """Return the references of the cases that are linked with the blockage, in order."""
    return [row[0] for row in connection.execute(_LINKED, [number, limit])]


def record_act(connection: RawConnection, number: int, act: SharedAct) -> None:
    """Keep what was done about the blockage."""
    connection.execute(
        "INSERT INTO handrail.shared_blockage_acts (blockage_id, at, act, agency, officer, because)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [number, act.at, act.act, act.agency, act.officer, act.because],
    )


def list_acts(connection: RawConnection, number: int) -> list[SharedAct]:
    """Return what was done about the blockage, in order."""
    rows = connection.execute(
        "SELECT at, act, agency, officer, because FROM handrail.shared_blockage_acts"
        " WHERE blockage_id = %s ORDER BY id",
        [number],
    )
    return [SharedAct(*row) for row in rows]


def next_notice(connection: RawConnection, number: int) -> int:
    """Return the number of the blockage's next notice; the blockage must be held."""
    row = connection.execute(
        "SELECT coalesce(max(number), 0) + 1 FROM handrail.notices WHERE blockage_id = %s", [number]
    ).fetchone()
    return int(row[0]) if row is not None else 1


def record_notice(connection: RawConnection, number: int, notice: Notice, send_at: datetime) -> None:
    """Have the notice about the blockage wait in the outbox."""
    row = notice_row((number, reference_of(number)), notice, "waiting", send_at, notice.at)
    write_rows(connection, _NOTICE_SHEET, [row])
