"""Blockages: what keeps people, a service, a step or several people at once from moving; found hourly and on news."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from prefect import flow, runtime

from flows import desk, observation, reports
from flows.desk import Report, guarded
from flows.duty import on_duty, turn_left
from flows.predecessors import look_after_predecessors
from flows.sweeps import turn_name
from flows.tables import show
from handrail.casework import beat
from handrail.wiring import Store
from models.database import PLACES_CHANNEL, listening

NAME = "housing-blockages"
HOUR = 3600
TURN = HOUR + 20  # seconds; a little longer than the hour between two starts, so that somebody is always there
PAUSE = 60.0  # seconds between two looks: news come in crowds, and a look takes in all that has come


@dataclass
class Watch:
    """One run's turn at finding blockages. ``listen`` tells whether a place or a decision has changed."""

    store: Store
    listen: Callable[[float], bool]
    heard: bool = True
    looked_at: float | None = None
    counts: Counter[str] = field(default_factory=Counter)
    told: str = "nothing found"

    async def work(self) -> int:
        """Look, if there is news and the last look is a while ago; return whether it did."""
        if not self.heard or self._pause_left() > 0:
            return 0
        self.heard, self.looked_at = False, time.monotonic()
        report = await asyncio.to_thread(reports.blockages, self.store)
        self.counts.update(act.kind for act in report.acts)
        self.told = report.told
        await observation.is_shown(show(report))
        await asyncio.to_thread(beat, self.store, NAME, _sizes(report))
        return 1

    async def seconds_to_due(self) -> float | None:
        """Return in how many seconds there is something to look for; an hour after a look there is."""
        if self.looked_at is not None and time.monotonic() - self.looked_at >= HOUR:
            self.heard = True
        return self._pause_left() if self.heard else None

    def hear(self, seconds: float) -> bool:
        """Wait for news for at most so many seconds; news that cannot be looked at yet are kept in mind."""
        news = self.listen(seconds)
        self.heard = self.heard or news
        return news

    def _pause_left(self) -> float:
        return 0.0 if self.looked_at is None else max(0.0, PAUSE - (time.monotonic() - self.looked_at))


@flow(name=NAME, flow_run_name=turn_name, retries=2, retry_delay_seconds=5)
@guarded
async def housing_blockages(turn_seconds: int = TURN) -> None:
    """Open, age and clear blockages at once, and whenever a place or a decision changed, for one turn."""
    since = observation.now()
    tidying = asyncio.create_task(observation.is_shown(look_after_predecessors()))
    left = turn_left(turn_seconds, runtime.flow_run.get_scheduled_start_time(), since)
    with desk.open_desk() as store, listening(store.engine, PLACES_CHANNEL) as heard:

        def listen(seconds: float) -> bool:
            return any(True for _ in heard.notifies(timeout=seconds, stop_after=1))

        watch, failed = Watch(store, listen), True
        try:
            await on_duty(left, watch.work, watch.seconds_to_due, watch.hear)
            failed = False
        finally:
            await tidying
            done = "failed" if failed else watch.told
            await observation.is_shown(observation.name_run(f"{observation.clock_time(since)}: {done}"))


def _sizes(report: Report) -> dict[str, int]:
    return {table.key: len(table.rows) for table in report.tables}
