"""A sweep: what an on-duty deployment works through, batch by batch, with what an operator sees of it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from prefect import runtime

from flows import desk, observation
from flows.desk import Batch, Row
from flows.duty import on_duty, turn_left
from flows.predecessors import look_after_predecessors
from handrail.casework import Act, beat, database_now, next_due, wake_due
from handrail.wiring import Store
from models.cases import WakeKind
from models.database import listening

BATCH = 500  # cases or notices in one transaction
TURN = 320  # seconds; a little longer than the five minutes between two starts, so that somebody is always there
ACTS_KEPT = 200  # for the table at the end of a turn
SILENCE = 60.0  # seconds in which Prefect is shown nothing after it did not take something


@dataclass(frozen=True)
class Sweep:
    """``name`` is the deployment's; on ``channel``, and on ``also``, PostgreSQL says that something new is there."""

    name: str
    channel: str
    work: Callable[[Store, int], Batch]
    next_due: Callable[[Store], datetime | None]
    also: tuple[str, ...] = ()


@dataclass
class Shift:
    """One run's turn at a sweep."""

    sweep: Sweep
    store: Store
    counts: Counter[str] = field(default_factory=Counter)
    acts: list[Row] = field(default_factory=list)
    shows_from: float = 0.0

    async def work(self) -> int:
        """Do one batch, show it, and leave a sign of life."""
        batch = await asyncio.to_thread(self.sweep.work, self.store, BATCH)
        self.counts.update(batch.changes)
        for act in batch.acts[: max(0, ACTS_KEPT - len(self.acts))]:
            self.acts.append(observation.row_of(act))
        await asyncio.to_thread(beat, self.store, self.sweep.name, batch.changes)
        await self._show(batch.acts)
        return batch.size

    async def seconds_to_due(self) -> float | None:
        """Return how long it is to the next due instant, by the database's clock."""
        due = await asyncio.to_thread(self.sweep.next_due, self.store)
        if due is None:
            return None
        return (due - await asyncio.to_thread(database_now, self.store)).total_seconds()

    async def _show(self, acts: Sequence[Act]) -> None:
        """Show the acts, unless Prefect was just found to be in trouble: work must not wait for it batch by batch."""
        if acts and time.monotonic() >= self.shows_from and not await observation.is_shown(observation.show_acts(acts)):
            self.shows_from = time.monotonic() + SILENCE

    async def tell(self, since: datetime, *, failed: bool) -> None:
        """Name the run after what was done, and publish it as tables if anything was."""
        began, ended = observation.clock_time(since), observation.clock_time(observation.now())
        when = began if began == ended else f"{began} to {ended}"
        done = observation.told(self.counts)
        if failed:
            done = f"failed after {done}" if self.counts else "failed"
        if await observation.is_shown(observation.name_run(f"{when}: {done}")) and self.counts:
            await observation.is_shown(self._show_tables())

    async def _show_tables(self) -> None:
        counts: list[Row] = [{"change": change, "count": count} for change, count in self.counts.most_common()]
        title = f"What the last turn at {self.sweep.name} did"
        await observation.show_table(f"{self.sweep.name}-counts", title, counts)
        await observation.show_table(f"{self.sweep.name}-acts", f"{title}, case by case", self.acts)


def turn_name() -> str:
    """Return the name of a run that begins its turn."""
    return f"on duty since {observation.clock_time(observation.now())}"


async def take_turn(sweep: Sweep, turn_seconds: int) -> None:
    """Be on duty at ``sweep`` until the turn is over, which is counted from when the run should have begun."""
    since = observation.now()
    tidying = asyncio.create_task(observation.is_shown(look_after_predecessors()))
    left = turn_left(turn_seconds, runtime.flow_run.get_scheduled_start_time(), since)
    with desk.open_desk() as store, listening(store.engine, sweep.channel, *sweep.also) as heard:

        def listen(seconds: float) -> bool:
            return any(True for _ in heard.notifies(timeout=seconds, stop_after=1))

        shift = Shift(sweep, store)
        failed = True
        try:
            await on_duty(left, shift.work, shift.seconds_to_due, listen)
            failed = False
        finally:
            await tidying
            await shift.tell(since, failed=failed)


def sweep_of_cases(name: str, kind: WakeKind, channel: str) -> Sweep:
    """Return the sweep that wakes the due cases of one kind."""

    def work(store: Store, limit: int) -> Batch:
        return wake_due(store, kind, limit)

    return Sweep(name, channel, work, partial(next_due, kind=kind))
