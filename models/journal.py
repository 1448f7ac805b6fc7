"""The journal: what agencies said happened, and what followed from it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection

from models.database import RawConnection, raw
from models.rows import Sheet, as_array, as_json
from pathways.case import Change, Event

EVENTS = Sheet(
    "events",
    (
        "case_id", "number", "kind", "occurred_at", "recorded_at",
        "agency", "officer", "fields", "source", "external_id",
    ),
    (
        "int8", "int4", "text", "timestamptz", "timestamptz",
        "text", "text", "text", "text", "text",
    ),
)  # fmt: skip
CHANGES = Sheet(
    "changes",
    (
        "case_id", "number", "at", "kind", "track", "subject", "from_", "to_",
        "agency", "due_at", "because", "rule", "evidence", "nth",
    ),
    (
        "int8", "int4", "timestamptz", "text", "text", "text", "text", "text",
        "text", "timestamptz", "text", "text", "text", "int4",
    ),
)  # fmt: skip
Row = tuple[Any, ...]


class Origin(Struct, frozen=True, gc=False):
    """Where an event came from: a pair that is used once, for ever."""

    source: str
    external_id: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that a source has brought before."""

    case_id: int
    reference: str
    event: Event


_EVENTS = """
SELECT case_id, number, kind, occurred_at, recorded_at, agency, officer,
       CASE WHEN kind = ANY(%s::text[]) THEN '{}' ELSE fields END
FROM handrail.events WHERE case_id = ANY(%s) ORDER BY case_id, number
"""
_KNOWN = """
SELECT e.source, e.external_id, e.case_id, c.reference,
       e.number, e.kind, e.occurred_at, e.recorded_at, e.agency, e.officer, e.fields
FROM unnest(%s::text[], %s::text[]) AS asked(source, external_id)
JOIN handrail.events AS e USING (source, external_id)
JOIN handrail.cases AS c ON c.id = e.case_id
"""
_CHANGED_AT = """
SELECT at, kind, track, subject, from_, to_, agency, due_at, because, rule, evidence, nth
FROM handrail.changes WHERE case_id = %s AND at = %s ORDER BY number
"""
_CHANGES_OF = """
SELECT case_id, at, kind, track, subject, from_, to_, agency, due_at, because, rule, evidence, nth
FROM handrail.changes WHERE case_id = ANY(%s) ORDER BY case_id, number
"""
_TIMELINE = """
SELECT at, kind, track, subject, from_, CASE WHEN evidence && %(withheld)s::int4[] THEN NULL ELSE to_ END,
       agency, due_at, CASE WHEN evidence && %(withheld)s::int4[] THEN '' ELSE because END, rule, evidence, nth
FROM handrail.changes WHERE case_id = %(case)s AND number > %(after)s ORDER BY number LIMIT %(limit)s
"""


def event_row(case_id: int, event: Event, origin: Origin | None) -> Row:
    """Return the row of ``EVENTS`` that keeps ``event``."""
    came_from = (None, None) if origin is None else (origin.source, origin.external_id)
    return (
        case_id,
        event.number,
        event.kind,
        event.occurred_at,
        event.recorded_at,
        event.agency,
        event.officer,
        as_json(event.fields),
        *came_from,
    )


def change_row(case_id: int, number: int, change: Change) -> Row:
    """Return the row of ``CHANGES`` that keeps ``change`` as the case's ``number``-th."""
    return (
        case_id,
        number,
        change.at,
        change.kind,
        change.track,
        change.subject,
        change.from_,
        change.to,
        change.agency,
        change.due_at,
        change.because,
        change.rule,
        as_array(change.evidence),
        change.nth,
    )


def list_events(connection: RawConnection, case_id: int, withheld: Collection[str] = ()) -> list[Event]:
    """Return the case's events in the order they were recorded; those of the kinds ``withheld`` without fields."""
    return [event for _, event in stream_events(connection, [case_id], withheld)]


def stream_events(
    connection: RawConnection, case_ids: Sequence[int], withheld: Collection[str] = ()
) -> Iterator[tuple[int, Event]]:
    """Return the events of several cases, case by case by id, each in the order they were recorded.

    The fields of the kinds ``withheld`` stay in the database.
    """
    for case_id, *event in connection.execute(_EVENTS, [list(withheld), list(case_ids)], prepare=True):
        yield case_id, Event(*event)


def find_recorded(connection: RawConnection, asked: Sequence[Origin]) -> dict[Origin, Recorded]:
    """Return those of the origins that have been recorded before, with what they brought."""
    sources, ids = [origin.source for origin in asked], [origin.external_id for origin in asked]
    found = connection.execute(_KNOWN, [sources, ids], prepare=True)
    return {
        Origin(source, external): Recorded(case_id, reference, Event(*event))
        for source, external, case_id, reference, *event in found
    }


def list_changes_at(connection: RawConnection, case_id: int, at: datetime) -> list[Change]:
    """Return what changed in the case at that very instant, in order."""
    return [_change(*row) for row in connection.execute(_CHANGED_AT, [case_id, at])]


def list_changes_of(connection: Connection, case_ids: Sequence[int]) -> dict[int, list[Change]]:
    """Return the changes of these cases by case id, each list in order."""
    found: dict[int, list[Change]] = {case_id: [] for case_id in case_ids}
    for case_id, *change in raw(connection).execute(_CHANGES_OF, [list(case_ids)]):
        found[case_id].append(_change(*change))
    return found


def change_key(change: Change) -> tuple[Any, ...]:
    """Return all of the change that is kept."""
    return change_row(0, 0, change)


def list_changes(
    connection: Connection, case_id: int, after: int = 0, limit: int = 100_000, *, withheld: Collection[int] = ()
) -> list[Change]:
    """Return the case's changes from number ``after + 1`` on, in order.

    What rests on one of the events ``withheld`` (their numbers) comes without ``because`` and ``to``.
    """
    asked = {"case": case_id, "after": after, "limit": limit, "withheld": list(withheld)}
    rows = raw(connection).execute(_TIMELINE, asked)
    return [_change(*row) for row in rows]


def _change(*told: Any) -> Change:
    values = list(told)
    values[10] = tuple(values[10])  # evidence, which the driver gives as a list
    return Change(*values)


def list_case_events(connection: Connection, case_id: int) -> list[Event]:
    """Return the case's events in the order they were recorded."""
    return list_events(raw(connection), case_id)
