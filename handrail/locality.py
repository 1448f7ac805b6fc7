"""What happened in a place and to nobody by name: counted, never part of a case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from handrail.errors import SaidDifferently
from handrail.publishing import get_newest
from handrail.recording import Said, check_said
from handrail.rules import Rules
from handrail.steps import Saying, transaction
from handrail.wiring import Store
from models.database import now as database_now
from models.database import raw
from models.locality import LOCALITY_EVENTS, LocalityEvent, find_recorded
from models.rows import write_rows

ROWS_A_BATCH = 1000


@dataclass(frozen=True, slots=True)
class LocalityRecorded:
    """How many were recorded now, and how many had been before."""

    recorded: int
    repeated: int


def record_locality(store: Store, pathway: str, events: Iterable[Said]) -> LocalityRecorded:
    """Have all of ``events`` recorded as of no case, as one transaction: all or none.

    Raises:
        FieldsRefused, NotYours, InstantRefused, SaidDifferently, NotFound, Delayed: as ``handrail.recording.record``.
    """
    publication = get_newest(store, pathway).hash
    recorded = repeated = 0
    with transaction(store) as connection:
        rules, now = store.rules(connection, publication), database_now(connection)
        batch: list[Saying] = []
        for said in events:
            batch.append(check_said(rules, said, now))
            if len(batch) == ROWS_A_BATCH:
                new = _save(connection, rules, batch, now)
                recorded, repeated, batch = recorded + new, repeated + len(batch) - new, []
        new = _save(connection, rules, batch, now)
    return LocalityRecorded(recorded + new, repeated + len(batch) - new)


def _save(connection: Connection, rules: Rules, sayings: list[Saying], now: datetime) -> int:
    below = raw(connection)
    known = find_recorded(below, [saying.origin for saying in sayings if saying.origin is not None])
    rows = []
    for saying in sayings:
        event = LocalityEvent(
            rules.pathway.key,
            saying.kind,
            saying.occurred_at or now,
            now,
            saying.agency,
            saying.officer,
            saying.fields,
            saying.origin,
        )
        before = known.get(saying.origin) if saying.origin is not None else None
        if before is None:
            rows.append(event.row())
        elif saying.origin is not None and (found := event.differences(before)):
            raise SaidDifferently(saying.origin.source, saying.origin.external_id, found)
    write_rows(below, LOCALITY_EVENTS, rows)
    return len(rows)
