"""What a flow asks of the rest of Handrail, in the shapes it needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from typing import Any, Literal, Protocol, cast

from flows.boundary import FaultReport, guard
from handrail.wiring import Store, open_store
from models.database import now

Kind = Literal["follow_ups", "hand_offs"]
Row = Mapping[str, str | int]


class Act(Protocol):
    """One thing that was done for one case, in words that may leave the store."""

    @property
    def reference(self) -> str: ...
    @property
    def agency(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def what(self) -> str: ...


class Batch(Protocol):
    """What one transaction did: of how many cases or notices, counted by change, and act by act."""

    @property
    def size(self) -> int: ...
    @property
    def changes(self) -> Counter[str]: ...
    @property
    def acts(self) -> Sequence[Act]: ...


class Table(Protocol):
    """A table for operators: references, codes, counts and instants only."""

    @property
    def title(self) -> str: ...
    @property
    def rows(self) -> Sequence[Row]: ...


@contextmanager
def open_desk() -> Iterator[Store]:
    """Open the store for as long as a run needs it."""
    with open_store() as store:
        yield store


def wake_due(store: Store, kind: Kind, limit: int) -> Batch:
    """Advance up to ``limit`` due cases in one transaction; a batch of size zero says that nothing is due."""
    return cast("Batch", _handrail("casework").wake_due(store, kind, limit))


def next_wake(store: Store, kind: Kind) -> datetime | None:
    """Return when the next case falls due."""
    return cast("datetime | None", _handrail("casework").next_due(store, kind))


def deliver_due(store: Store, limit: int) -> Batch:
    """Send up to ``limit`` notices that are due; a batch of size zero says that none is."""
    return cast("Batch", _handrail("deliveries").deliver_due(store, limit))


def next_delivery(store: Store) -> datetime | None:
    """Return when the next notice falls due."""
    return cast("datetime | None", _handrail("deliveries").next_delivery(store))


def database_now(store: Store) -> datetime:
    """Return the database's clock, which decides what is due."""
    with store.engine.connect() as connection:
        return now(connection)


def survey_blockages(store: Store) -> Table:
    """Open, age and clear blockages, and return those that stand."""
    return cast("Table", _handrail("casework").survey_blockages(store))


def open_tasking(store: Store) -> Table:
    """Return the tasking list of the day, carried-over work first; empty on a day that is no working day."""
    return cast("Table", _handrail("tasking").open_tasking(store))


def outcome_table(store: Store) -> Table:
    """Return the outcome table as at now."""
    return cast("Table", _handrail("outcomes").outcome_table(store))


def beat(store: Store, sweep: str, counts: Counter[str]) -> None:
    """Leave a sign of life of ``sweep`` that a health check of ours reads."""
    _handrail("casework").beat(store, sweep, counts)


def record_fault(report: FaultReport) -> int:
    """Keep the whole text of a fault where only we can read it, and return its number."""
    with open_desk() as store:
        return int(_handrail("casework").record_fault(store, report.fault_class, report.where, report.text))


guarded = guard(record_fault)


def _handrail(module: str) -> Any:
    return import_module(f"handrail.{module}")
