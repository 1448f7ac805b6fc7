"""What a flow asks of the rest of Handrail, in the shapes it needs: nothing here decides anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from flows.boundary import FaultReport, guard
from handrail import casework
from handrail.casework import Act
from handrail.wiring import Store, open_store

Row = Mapping[str, str | int]


class Batch(Protocol):
    """What one transaction did: of how many cases or messages, counted by change, and act by act."""

    @property
    def size(self) -> int: ...
    @property
    def changes(self) -> Counter[str]: ...
    @property
    def acts(self) -> Sequence[Act]: ...


@dataclass(frozen=True)
class Table:
    """A table for operators under ``key``: references, codes, counts and instants only."""

    key: str
    title: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Plot:
    """Bars for operators under ``key``: a code, how many it stands for, and its amount each, in whole ``unit``."""

    key: str
    title: str
    unit: str
    bars: Sequence[tuple[str, int, int]]


@dataclass(frozen=True)
class Report:
    """What a run that makes tables has to show. ``told`` is counts in words of our own; it names the run."""

    told: str
    tables: Sequence[Table]
    acts: Sequence[Act] = ()
    plots: Sequence[Plot] = ()


@contextmanager
def open_desk() -> Iterator[Store]:
    """Open the store for as long as a run needs it."""
    with open_store() as store:
        yield store


def record_fault(report: FaultReport) -> int:
    """Keep the whole text of a fault where only we can read it, and return its number.

    It has a connection and a transaction of its own: those of the work are what failed.
    """
    with open_desk() as store:
        return casework.record_fault(store, report.fault_class, report.where, report.text)


guarded = guard(record_fault)
