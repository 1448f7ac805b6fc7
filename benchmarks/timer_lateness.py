"""Many cases due at one instant: how late they fire while a sweep is on duty, beside DBOS's durable sleeps.

Ours is what the deployment ``timed-follow-ups`` runs, its waiting and its batches, without what it shows in Prefect.
A case has fired once the transaction that woke it is on the disk, with the next instant, the change and the notice.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import text

from benchmarks import due_cases
from benchmarks.children import child
from benchmarks.figures import Figure
from benchmarks.servers import address, another_database, settle
from benchmarks.sizes import Sizes
from benchmarks.timing import Tell, percentile, spread
from flows.duty import on_duty
from handrail.casework import beat, database_now, next_due, wake_due
from handrail.running import Installation
from handrail.wiring import Store
from models.database import DUE_CHANNEL, listening
from models.migrations import upgrade

BATCH = 500
"""As ``flows.sweeps``."""
LONGEST = 600.0
"""Seconds after which nobody waits any more for what was due."""
SETTLING = timedelta(seconds=2)
LAYING = timedelta(milliseconds=0.4)
"""What it takes to lay one case, at first guess."""


GLANCE = 0.01
"""Seconds between two looks at what has fired."""
STILL_DUE = "SELECT count(*) FROM handrail.cases WHERE wake_for = 'follow_ups' AND wake_at <= :due"


class AllFired(Exception):
    """Nothing is left that was due."""


@dataclass
class Watch:
    """A sweep's work, with the instant at which each case had fired."""

    store: Store
    cases: int
    fired: list[float] = field(default_factory=list)

    async def work(self) -> int:
        """Do a batch as a run of the deployment does.

        Raises:
            AllFired: every case has.
        """
        batch = await asyncio.to_thread(wake_due, self.store, "follow_ups", BATCH)
        self.fired += [time.time()] * batch.cases
        await asyncio.to_thread(beat, self.store, "timed-follow-ups", batch.changes)
        if len(self.fired) >= self.cases:
            raise AllFired
        return batch.cases

    async def seconds_to_due(self) -> float | None:
        due = await asyncio.to_thread(next_due, self.store, "follow_ups")
        now = await asyncio.to_thread(database_now, self.store)
        return None if due is None else (due - now).total_seconds()


def measure(store: Store, sizes: Sizes, tell: Tell) -> list[Figure]:
    few, many = sizes.sleeps, sizes.timers
    ours, theirs, all_of_them = [], [], []
    for nth in range(sizes.timer_rounds):
        tell(f"timers: {few} due at one instant, round {nth + 1} of {sizes.timer_rounds}")
        ours.append(late(store, f"few {nth}", few))
        theirs.append(_late_sleeps(store, f"sleeps_{nth}", few))
        tell(f"timers: {many} due at one instant")
        all_of_them.append(late(store, f"many {nth}", many))
    name, sleeps = f"timers, {few:,} due at one instant", "as many durable sleeps of DBOS, each with one step after it"
    return [
        *(_figure(f"{name}, {what}", of, ours, theirs, sleeps) for what, of in MEASURES),
        *(
            _figure(
                f"timers, {many:,} due at one instant, {what}", of, all_of_them, ours, f"{few:,} due at one instant"
            )
            for what, of in MEASURES
        ),
    ]


def under_prefect(installation: Installation, sizes: Sizes, tell: Tell) -> list[Figure]:
    """Return how late all fire in an installation that is on duty, beside the same sweep in this process alone."""
    many = sizes.timers
    tell(f"timers: {many} due at one instant, with the deployments running")
    theirs = _late_under_prefect(installation.store, many)
    tell(f"timers: {many} due at one instant, without Prefect")
    with another_database(installation.store, "no_prefect") as other:
        upgrade(other.engine)
        alone = late(other, "alone", many)
    beside = "the same sweep without Prefect"
    name = f"timers under Prefect, {many:,} due at one instant"
    return [_figure(f"{name}, {what}", of, [theirs], [alone], beside) for what, of in MEASURES]


def _late_under_prefect(store: Store, cases: int) -> list[float]:
    """Return how many seconds late each case fires that the deployments wake; looked at every few milliseconds.

    Raises:
        ValueError: some had not fired after a long while.
    """
    due = _laid(store, "under Prefect", cases)
    found: list[float] = []
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while len(found) < cases and time.time() < due.timestamp() + LONGEST:
            left = connection.scalar(text(STILL_DUE), {"due": due})
            found += [time.time() - due.timestamp()] * (cases - left - len(found))
            time.sleep(GLANCE)
    if len(found) < cases:
        message = f"After {LONGEST:.0f} seconds only {len(found)} of {cases} cases had fired. Look at the worker's log."
        raise ValueError(message)
    return found


def late(store: Store, name: str, cases: int) -> list[float]:
    """Return how many seconds late each of ``cases`` fires that are due at one instant, with a sweep on duty."""
    due = _laid(store, name, cases)
    watch = Watch(store, cases)
    asyncio.run(_stay(watch))
    return [at - due.timestamp() for at in watch.fired]


def _laid(store: Store, name: str, cases: int, margin: timedelta | None = None) -> datetime:
    """Have the cases in the store, and return when all of them will be due; what came too late is woken and gone."""
    margin = margin or SETTLING + cases * LAYING
    due = database_now(store) + margin
    due_cases.bring(store, name, cases, due)
    settle(store)
    if database_now(store) < due:
        return due
    while wake_due(store, limit=BATCH).cases:
        pass
    return _laid(store, f"{name}, again", cases, 2 * margin)


async def _stay(watch: Watch) -> None:
    with listening(watch.store.engine, DUE_CHANNEL) as heard:

        def listen(seconds: float) -> bool:
            return any(True for _ in heard.notifies(timeout=seconds, stop_after=1))

        try:
            await on_duty(LONGEST, watch.work, watch.seconds_to_due, listen)
        except AllFired:
            return
    message = f"After {LONGEST:.0f} seconds only {len(watch.fired)} of {watch.cases} cases had fired."
    raise ValueError(message)


def _late_sleeps(store: Store, name: str, sleeps: int) -> list[float]:
    """Return how many seconds late each of DBOS's sleeps ends, in a database of their own on the same server."""
    with another_database(store, name) as database, child("dbos_sleeps", address(database), sleeps) as peer:
        found: list[float] = peer.answer()
    return found


def _figure(
    name: str,
    measured: Callable[[list[float]], float],
    rounds: list[list[float]],
    beside: list[list[float]],
    told: str,
) -> Figure:
    values = [1000 * measured(each) for each in rounds]
    theirs = [1000 * measured(each) for each in beside]
    return Figure(name, statistics.median(values), "ms late", told, statistics.median(theirs), None, spread(values))


def _ninety_ninth(values: list[float]) -> float:
    return percentile(values, 0.99)


MEASURES: tuple[tuple[str, Callable[[list[float]], float]], ...] = (
    ("median", statistics.median),
    ("99th percentile", _ninety_ninth),
    ("the last", max),
)
