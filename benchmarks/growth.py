"""What one more act costs as the store grows: recording, loading and waking a case among few and among very many."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from random import Random

from sqlalchemy import text

from benchmarks import laying, waking_speed
from benchmarks.figures import Figure
from benchmarks.memory import peak_megabytes
from benchmarks.servers import copied
from benchmarks.sizes import Sizes
from benchmarks.timing import Tell, seconds, spread
from handrail.casework import Said, Speaker, record, view
from handrail.references import make_reference
from handrail.wiring import Store

CALLED = Said("called", {"found": True}, Speaker("street", "An Officer"))
WAKES = 5
"""Batches in which cases are woken, each store in its turn."""
NOT_DUE = "SELECT id FROM handrail.cases WHERE wake_at > clock_timestamp() ORDER BY id"
NAME = """
UPDATE handrail.cases AS c SET reference = n.reference, state = replace(state, c.reference, n.reference)
FROM unnest(CAST(:ids AS bigint[]), CAST(:references AS text[])) AS n(id, reference) WHERE c.id = n.id
"""
BYTES = """
SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'handrail' AND c.relkind = 'r'
"""


@dataclass
class Grown:
    """A store with ``cases`` cases, the references of some of them, and what was measured of each."""

    store: Store
    cases: int
    references: Sequence[str]
    recorded: list[float] = field(default_factory=list)
    loaded: list[float] = field(default_factory=list)
    woken: list[float] = field(default_factory=list)
    bytes_a_case: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)


def measure(store: Store, sizes: Sizes, tell: Tell) -> list[Figure]:
    laying.bring_models(store)
    with ExitStack() as closing:

        def laid(name: str, cases: int, due: int) -> Store:
            copy = closing.enter_context(copied(store, name))
            laying.multiply(copy, cases, due, tell)
            return copy

        due = 2 * sizes.grown_acts
        stores = [
            laid(f"grown_{cases}", cases, due if cases < sizes.grown[-1] else due + sizes.due) for cases in sizes.grown
        ]
        grown = [
            Grown(each, cases, named(each, sizes.grown_acts)) for each, cases in zip(stores, sizes.grown, strict=True)
        ]
        _take_turns(grown, sizes, tell)
        waking = waking_speed.compare(laid("few", sizes.few, sizes.due), grown[-1].store, sizes, tell)
    return [waking, *(figure for what in MEASURES for figure in _figures(*what, grown))]


def named(store: Store, count: int) -> list[str]:
    """Return the references of ``count`` cases that are not due, from all over the store, which can be spoken to."""
    chance = Random(count)
    references = [make_reference(chance.choice) for _ in range(count)]
    with store.engine.begin() as connection:
        ids = chance.sample(connection.scalars(text(NOT_DUE)).all(), count)
        connection.execute(text(NAME), {"ids": ids, "references": references})
    return references


def _take_turns(grown: Sequence[Grown], sizes: Sizes, tell: Tell) -> None:
    tell("growth: recording and loading")
    for each in grown:
        each.bytes_a_case.append(stored_bytes(each.store) / each.cases)
    for nth in range(sizes.grown_acts):
        for each in grown:
            each.recorded.append(1000 * seconds(partial(record, each.store, each.references[nth], CALLED)))
        for each in grown:
            each.loaded.append(1000 * seconds(partial(view, each.store, each.references[nth])))
    tell("growth: waking")
    batch = max(1, sizes.grown_acts // WAKES)
    for _ in islice(range(sizes.grown_acts), WAKES):
        for each in grown:
            each.woken.append(1000 * waking_speed.wake(each.store, batch) / batch)
    for each in grown if sizes.memory else ():
        tell(f"growth: memory among {each.cases} cases")
        each.megabytes.append(peak_megabytes(each.store, each.references[:20], CALLED, wakes=batch))


def stored_bytes(store: Store) -> int:
    """Return how many bytes the tables of the store take, with their indexes."""
    with store.engine.connect() as connection:
        return int(connection.scalar(text(BYTES)) or 0)


def _figures(name: str, unit: str, of: Callable[[Grown], list[float]], grown: Sequence[Grown]) -> list[Figure]:
    least, *more = grown
    beside = f"the same among {least.cases:,}"
    return [
        Figure(
            f"{name} among {each.cases:,} cases",
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


MEASURES: tuple[tuple[str, str, Callable[[Grown], list[float]]], ...] = (
    ("one event recorded", "ms", lambda grown: grown.recorded),
    ("a case loaded", "ms", lambda grown: grown.loaded),
    ("a case woken", "ms", lambda grown: grown.woken),
    ("a case in PostgreSQL", "bytes", lambda grown: grown.bytes_a_case),
    ("memory of a process at work", "MB", lambda grown: grown.megabytes),
)
