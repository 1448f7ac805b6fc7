"""What a long history costs: one more event, and folding the case anew, after few events and after very many."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random

from benchmarks import charts
from benchmarks.figures import Figure
from benchmarks.growth import stored_bytes
from benchmarks.memory import peak_megabytes
from benchmarks.servers import copied, settle
from benchmarks.sizes import Sizes
from benchmarks.timing import Tell, seconds, spread
from handrail.casework import (
    Brought,
    ImportOptions,
    Said,
    Speaker,
    database_now,
    import_events,
    publish,
    record,
    verify,
)
from handrail.wiring import Store

APART = timedelta(hours=8)
"""Between two events of a case; every clock of PEEP runs in between."""
MORE = 5
"""Events recorded besides, for each case that there is of the longest history."""
FOLDS = 3
SEEN = Said("contact.attempted", {"found": True}, Speaker("outreach", "An Officer"))
Told = tuple[str, str, Mapping[str, object]]
OPENING: tuple[Told, ...] = (
    ("rangers", "referral.made", {"age": 40, "referred_by": "professional"}),
    ("public_health", "referral.accepted", {}),
)
DAILY: tuple[Told, ...] = (
    ("outreach", "contact.attempted", {"found": True}),
    ("outreach", "contact.attempted", {"found": False}),
    ("rangers", "behaviour.seen", {"kind": "begging"}),
    ("outreach", "offer.made", {"offer": "hostel", "response": "declined", "available": False}),
    ("outreach", "support.session", {"attended": True}),
    ("riverside", "accommodation.changed", {"status": "moved_in", "type": "hostel"}),
    ("riverside", "accommodation.changed", {"status": "left", "reason": "abandoned"}),
)


@dataclass
class Shelf:
    """Cases of one length of history, and what was measured of them."""

    store: Store
    events: int
    references: Sequence[str]
    recorded: list[float] = field(default_factory=list)
    folded: list[float] = field(default_factory=list)
    bytes_an_event: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)


def measure(store: Store, sizes: Sizes, tell: Tell) -> list[Figure]:
    text, agencies = charts.peep_texts()
    publish(store, text, agencies, file_name="peep.yaml")
    empty = stored_bytes(store)
    with ExitStack() as closing:
        shelves = []
        for events in sizes.histories:
            cases = sizes.history_events // events
            tell(f"histories: {cases} cases of {events} events")
            copy = closing.enter_context(copied(store, f"events_{events}"))
            shelves.append(_filled(copy, events, cases))
        for each in shelves:
            each.bytes_an_event.append((stored_bytes(each.store) - empty) / (each.events * len(each.references)))
        _take_turns(shelves, sizes, tell)
    return [figure for what in MEASURES for figure in _figures(*what, shelves)]


def _filled(store: Store, events: int, cases: int) -> Shelf:
    until = database_now(store)
    log = [(name, list(_history(name, events, until))) for name in (f"person {nth}" for nth in range(cases))]
    told = import_events(store, "peep", log, ImportOptions("histories"))
    if told.events != events * cases:
        message = f"{told.events} of {events * cases} events were taken. Look at the pathway that is measured."
        raise ValueError(message)
    settle(store)
    return Shelf(store, events, list(told.references.values()))


def _history(name: str, events: int, until: datetime) -> Iterator[Brought]:
    chance = Random(name)
    told = [*OPENING, *chance.choices(DAILY, k=max(0, events - len(OPENING)))][:events]
    for nth, (agency, kind, fields) in enumerate(told, 1):
        at = until - APART * (events - nth) - timedelta(minutes=1)
        yield Brought(name, kind, at, at, agency, "An Officer", fields, f"{name}/{nth}", nth)


def _take_turns(shelves: Sequence[Shelf], sizes: Sizes, tell: Tell) -> None:
    tell("histories: one more event")
    for nth in range(MORE * len(shelves[-1].references)):
        for each in shelves:
            reference = each.references[nth % len(each.references)]
            each.recorded.append(1000 * seconds(partial(record, each.store, reference, SEEN)))
    tell("histories: folding every case anew")
    for _ in range(FOLDS):
        for each in shelves:
            each.folded.append(_milliseconds_an_event(each))
    for each in shelves if sizes.memory else ():
        tell(f"histories: memory with {each.events} events a case")
        each.megabytes.append(peak_megabytes(each.store, each.references[:MORE], SEEN, verified=True))


def _milliseconds_an_event(shelf: Shelf) -> float:
    """Return what folding the whole store anew takes, for each event in it."""
    began = time.perf_counter()
    found = verify(shelf.store)
    took = time.perf_counter() - began
    if found.wrong or found.cases != len(shelf.references):
        message = f"{found.wrong} of {found.cases} cases are not what their events amount to: {found.mismatches[:1]}"
        raise ValueError(message)
    return 1000 * took / found.events


def _figures(name: str, unit: str, of: Callable[[Shelf], list[float]], shelves: Sequence[Shelf]) -> list[Figure]:
    least, *more = shelves
    beside = f"the same after {least.events:,}"
    return [
        Figure(
            f"{name} after {each.events:,} events",
            statistics.median(of(each)),
            unit,
            beside,
            statistics.median(of(least)),
            None,
            spread(of(each)),
        )
        for each in more
        if of(each)
    ]


MEASURES: tuple[tuple[str, str, Callable[[Shelf], list[float]]], ...] = (
    ("one more event", "ms", lambda shelf: shelf.recorded),
    ("folding a case anew, an event,", "ms", lambda shelf: shelf.folded),
    ("an event in PostgreSQL", "bytes", lambda shelf: shelf.bytes_an_event),
    ("memory of a process at work", "MB", lambda shelf: shelf.megabytes),
)
