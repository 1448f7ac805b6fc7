"""Proof that the store says what its journal amounts to: every case folded anew, and compared byte for byte.

Read in one snapshot and in bounded memory, while work goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from sqlalchemy import Connection, text

from handrail.projection import open_work, wake_for
from handrail.rules import Rules
from handrail.steps import transaction
from handrail.wiring import Store
from models.cases import KeptCase, list_kept_after
from models.database import raw
from models.journal import change_key, list_changes_of, stream_events
from models.notices import count_notices_of
from models.work import Work, list_open_of
from pathways.case import Change, Decision, Event
from pathways.case_json import from_json, to_json
from pathways.engine import fold

CASES_A_CHUNK = 200
CHANGES_AT_ONCE = 10_000
"""How many changes of the cases of a chunk are held at once; there are about as many events."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something about a case that is not what its journal amounts to."""

    reference: str
    what: str


@dataclass
class Verified:
    """What was proved. ``mismatches`` holds the first of them; ``wrong`` counts the cases that have any."""

    cases: int = 0
    events: int = 0
    changes: int = 0
    wrong: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)


MOST_MISMATCHES = 1000


def verify(store: Store, progress: Callable[[int], None] = lambda _cases: None) -> Verified:
    """Return whether every case's state, timeline, open work and wake are what its events amount to.

    ``progress`` is told how many cases are through.

    Raises:
        Delayed: the store is away.
    """
    told = Verified()
    with transaction(store) as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        after = 0
        while chunk := list_kept_after(connection, after, CASES_A_CHUNK):
            for part in in_parts(chunk):
                _verify_part(store, connection, part, told)
            after = chunk[-1].stored.id
            progress(told.cases)
    return told


def in_parts(chunk: Sequence[KeptCase]) -> Iterator[list[KeptCase]]:
    """Give the cases in order, in lists that together have few enough changes to be held at once, or of one case."""
    part: list[KeptCase] = []
    changes = 0
    for kept in chunk:
        if part and changes + kept.stored.changes > CHANGES_AT_ONCE:
            yield part
            part, changes = [], 0
        part.append(kept)
        changes += kept.stored.changes
    if part:
        yield part


def _verify_part(store: Store, connection: Connection, chunk: Sequence[KeptCase], told: Verified) -> None:
    ids = [kept.stored.id for kept in chunk]
    events = {case: [event for _, event in rows] for case, rows in _by_case(stream_events(raw(connection), ids))}
    changes, work = list_changes_of(connection, ids), list_open_of(connection, ids)
    notices = count_notices_of(connection, ids)
    for kept in chunk:
        case = kept.stored.id
        shown = _Shown(events.get(case, []), changes[case], work[case], notices.get(case, 0))
        found = [*_mismatches(kept, shown, store.rules(connection, kept.stored.publication))]
        told.cases += 1
        told.events += len(shown.events)
        told.changes += len(shown.changes)
        told.wrong += bool(found)
        room = MOST_MISMATCHES - len(told.mismatches)
        told.mismatches.extend(Mismatch(kept.stored.reference, what) for what in found[: max(room, 0)])


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the store shows of a case besides its state."""

    events: Sequence[Event]
    changes: Sequence[Change]
    work: Sequence[Work]
    notices: int


def _mismatches(kept: KeptCase, shown: _Shown, rules: Rules) -> Iterator[str]:
    stored = from_json(kept.stored.state)
    folded = fold(stored.reference, shown.events, rules.pathway, stored.clock, swept=stored.swept)
    if to_json(folded.case) != kept.stored.state:
        yield "the state is not what the events amount to: " + ", ".join(_parts(stored, folded))
    if [change_key(change) for change in shown.changes] != [change_key(change) for change in folded.changes]:
        yield f"the timeline has {len(shown.changes)} changes; the events amount to {len(folded.changes)}, or to others"
    if shown.notices != len(folded.notices):
        yield f"{shown.notices} notices are kept; the events amount to {len(folded.notices)}"
    if sorted(shown.work, key=lambda work: work.key) != open_work(folded.case, rules.pathway):
        yield "the open work that is shown is not that of the state"
    if (kept.status, kept.wake_for) != (folded.case.status, wake_for(folded.case)):
        yield "the case is not listed as its state says"
    if kept.wake_at != folded.case.wake_at:
        yield f"it would be woken at {kept.wake_at} instead of {folded.case.wake_at}"


def _parts(stored: object, folded: Decision) -> list[str]:
    names = type(folded.case).__struct_fields__
    return [name for name in names if getattr(stored, name) != getattr(folded.case, name)] or ["how it is written"]


def _by_case(rows: Iterator[tuple[int, Event]]) -> Iterator[tuple[int, Iterator[tuple[int, Event]]]]:
    return groupby(rows, key=lambda row: row[0])
