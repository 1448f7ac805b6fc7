"""A log lived through in memory: read as a stream, sorted on disk, then each case from its first event to the end.

The clock is the data's: an event is recorded when the log says so (or when it occurred), and what is due in
between happens at its own instant. Every case lives on until the same last instant.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import perf_counter

from handrail.cli.change_text import change_told
from handrail.cli.log_lines import LogLines, SeenEvents
from handrail.cli.progress import progress
from handrail.cli.replay_tally import Tally
from integrations.event_files import BadLine, LogEvent, read_log
from integrations.event_spool import ChangeSpool, Spool
from pathways.case import Event
from pathways.chart import Pathway
from pathways.engine import fold

Refuse = Callable[[BadLine], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is replayed. ``until`` is in UTC; ``changes`` is the file to write every change into."""

    log: Path
    pathway: Pathway
    until: datetime | None = None
    changes: Path | None = None
    ignore_unknown: bool = False


@dataclass
class Replayed:
    """What came of it. ``later`` counts events that were recorded after ``until`` and did not happen."""

    tally: Tally = field(default_factory=Tally)
    refused: int = 0
    ignored: int = 0
    later: int = 0
    undeclared: dict[tuple[str, str], int] = field(default_factory=dict)
    end: datetime | None = None
    seconds: float = 0.0


def replay(order: Order, refuse: Refuse) -> Replayed:
    """Live through the log; ``refuse`` is told of every line that is left out, with its number.

    Raises:
        LogUnreadable: nothing in the log can be read.
        PathwayTurnsForEver: the pathway's moves follow from each other in a circle.
    """
    begun = perf_counter()
    found = Replayed()
    with ExitStack() as stack:
        spool = stack.enter_context(Spool())
        _read(order, spool, found, refuse)
        found.end = order.until or spool.last_instant
        changes = stack.enter_context(ChangeSpool()) if order.changes is not None else None
        _live(order, spool, changes, found, refuse)
        if changes is not None and order.changes is not None:
            _write(changes, order.changes)
    found.seconds = perf_counter() - begun
    return found


def _read(order: Order, spool: Spool, found: Replayed, refuse: Refuse) -> None:
    lines = LogLines(order.pathway, ignore_unknown=order.ignore_unknown)
    with SeenEvents() as seen, progress("Reading the log") as advance:
        for line in lines.checked(read_log(order.log, order.pathway.zone), seen):
            advance(1)
            if isinstance(line, BadLine):
                found.refused += 1
                refuse(line)
            elif order.until is not None and (line.recorded_at or line.occurred_at) > order.until:
                found.later += 1
            else:
                spool.add(line)
                found.tally.events += 1
    found.ignored, found.undeclared = lines.ignored, dict(lines.undeclared)


def _live(order: Order, spool: Spool, changes: ChangeSpool | None, found: Replayed, refuse: Refuse) -> None:
    zone = order.pathway.zone
    with progress("Living through it", total=found.tally.events) as advance:
        for name, told in spool.by_case():
            lines = list(told)
            decision = fold(name, list(_events(lines)), order.pathway, found.end)
            found.tally.add(decision.case, decision.changes)
            for change in decision.changes:
                if change.kind == "event_refused":
                    found.refused += 1
                    found.tally.events -= 1
                    refuse(BadLine(lines[change.evidence[0] - 1].number, f"{change.because}."))
                if changes is not None:
                    changes.add(change.at, json.dumps({"case": name} | change_told(change, zone), ensure_ascii=False))
            advance(len(lines))


def _events(lines: list[LogEvent]) -> Iterator[Event]:
    for number, line in enumerate(lines, 1):
        recorded = line.recorded_at or line.occurred_at
        yield Event(number, line.event, line.occurred_at, recorded, line.agency, None, line.fields)


def _write(changes: ChangeSpool, target: Path) -> None:
    """Write the changes by time, and put the file in place only when it is whole."""
    beside = target.with_name(f"{target.name}.part")
    with beside.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in changes)
    beside.replace(target)
