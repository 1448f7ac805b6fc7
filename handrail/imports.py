"""Imports: whole logs of what happened, brought into the store in batches of many cases a transaction.

A log tells when its events were recorded where it came from; a case that begins with the import lives through
that time as it was then. What a log tells of a case that has lived on meanwhile is recorded now, late.
The same log again is answered as before, event by event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

import psycopg

from handrail.collecting import collecting_afterwards
from handrail.errors import Delayed
from handrail.import_batches import Batch, import_batch
from handrail.publishing import get_newest
from handrail.steps import transaction
from handrail.wiring import Store
from models.persons import Identity

EVENTS_A_BATCH = 2000
TRIES = 3


@dataclass(frozen=True, slots=True)
class Brought:
    """One event as a log brings it. ``number`` tells where it stands there.

    Without an ``external_id`` it is known by its case, its kind and when it occurred. ``tabular``: fields are columns,
    so that those which its kind does not declare belong to other rows.
    """

    case: str
    kind: str
    occurred_at: datetime
    recorded_at: datetime | None = None
    agency: str | None = None
    officer: str | None = None
    fields: Mapping[str, object] = field(default_factory=dict)
    external_id: str | None = None
    number: int = 0
    tabular: bool = False


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a log is taken in.

    ``source`` names where it comes from, for ever: with it, the log's own names of cases and events are known again.
    ``until`` is the instant to which time goes on in every case of the log. ``quiet``: nobody gets a notice of
    what happened in the log. ``persons`` tells who a case's person is, if anybody knows.
    """

    source: str
    until: datetime | None = None
    quiet: bool = True
    ignore_unknown: bool = False
    persons: Callable[[str], Identity | None] | None = None


@dataclass
class Imported:
    """What an import came to. ``refused`` counts the lines that were told to the caller one by one."""

    cases: int = 0
    new_cases: int = 0
    events: int = 0
    repeated: int = 0
    refused: int = 0
    ignored: int = 0
    references: dict[str, str] = field(default_factory=dict)
    """By the log's own name, for logs of up to ``KEPT`` cases."""


KEPT = 10_000
Cases = Iterable[tuple[str, Iterable[Brought]]]


def import_events(
    store: Store,
    pathway: str,
    cases: Cases,
    options: ImportOptions,
    refuse: Callable[[int, str], None] = lambda _number, _sentence: None,
) -> Imported:
    """Have the log's events in the store; each batch lasts once it is through, so an import may be repeated.

    ``cases`` gives each case once, with its events in the order of recording. ``refuse`` is told the number and
    the sentence of every line that cannot be taken; the others are.

    Raises:
        NotFound: the pathway was never published.
        Delayed: the store is away; repeat the import, what is in already stays.
    """
    publication = get_newest(store, pathway).hash
    told = Imported()
    for chunk in chunks(cases, EVENTS_A_BATCH):
        batch = _through(store, publication, chunk, options)
        for number, sentence in batch.refused:
            refuse(number, sentence)
        _count(told, batch)
    return told


def chunks(cases: Cases, size: int) -> Iterator[list[tuple[str, list[Brought]]]]:
    """Give the cases in lists of about ``size`` events; a case is never parted."""
    chunk: list[tuple[str, list[Brought]]] = []
    events = 0
    for name, brought in cases:
        chunk.append((name, list(brought)))
        events += len(chunk[-1][1])
        if events >= size:
            yield chunk
            chunk, events = [], 0
    if chunk:
        yield chunk


def _through(store: Store, publication: str, chunk: list[tuple[str, list[Brought]]], options: ImportOptions) -> Batch:
    for left in reversed(range(TRIES)):
        try:
            with collecting_afterwards(), transaction(store) as connection:
                rules = store.rules(connection, publication)
                return import_batch(store, connection, rules, chunk, options)
        except psycopg.errors.UniqueViolation as error:  # a reference that is taken, or the same log twice at once
            if left == 0:
                raise Delayed(
                    "The same log seems to be imported by somebody else. Wait for them, then repeat."
                ) from error
    raise AssertionError


def _count(told: Imported, batch: Batch) -> None:
    told.cases += len(batch.references)
    told.new_cases += batch.new_cases
    told.events += batch.events
    told.repeated += batch.repeated
    told.refused += len(batch.refused)
    told.ignored += batch.ignored
    room = KEPT - len(told.references)
    told.references.update(islice(batch.references.items(), max(room, 0)))
