"""A story of the past, told to the store as it happened, while the real sweeps wake what it makes due.

The store's clock is taken from instant to instant: to each event, and before it to everything that falls due, in
order. Nothing is woken here. Whoever is on duty does that, as on any day, and the clock waits for them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from handrail.casework import database_now, next_due, next_place_due
from handrail.deliveries import next_delivery
from handrail.wiring import Store
from models.story_clock import StoryClock
from pathways.wall_clock import earlier

PATIENCE = timedelta(seconds=60)
GLANCE = 0.004  # seconds


class NobodyOnDuty(Exception):
    """Something fell due and no sweep took it."""

    def __init__(self, due: datetime) -> None:
        super().__init__(
            f"What was due at {due.isoformat()} was not done within {PATIENCE.seconds} seconds. "
            "See the runs of the sweeps in Prefect, and the log of the worker."
        )


@dataclass(frozen=True)
class Told:
    """An event of the story: when it was recorded, and what records it."""

    recorded_at: datetime
    tell: Callable[[], object]


def tell_story(store: Store, clock: StoryClock, story: Sequence[Told], report: Callable[[datetime], None]) -> None:
    """Have the story told to its end, and everything done that fell due by then.

    ``store`` was opened under the clock, and sweeps are on duty. ``report`` is told how far the clock is.

    Raises:
        NobodyOnDuty: nobody took what fell due.
    """
    for told in sorted(story, key=lambda each: each.recorded_at):
        _live_until(store, clock, told.recorded_at)
        clock.set_to(told.recorded_at)
        told.tell()
        report(told.recorded_at)
    _live_until(store, clock, story[-1].recorded_at)
    _send_what_waits(store, clock, story[-1].recorded_at)


def _live_until(store: Store, clock: StoryClock, until: datetime) -> None:
    """Let cases be woken, and nights begin and be cut off; what was due before the clock was laid is due at once."""
    while (due := _next(store)) is not None and due <= until:
        at = max(due, database_now(store))
        clock.set_to(at)
        _await_past(at, partial(_next, store))


def _next(store: Store) -> datetime | None:
    return earlier(next_due(store), next_place_due(store))


def _send_what_waits(store: Store, clock: StoryClock, at: datetime) -> None:
    """Let the agencies' next lists leave, so that no notice of the story is sent years late."""
    while (due := next_delivery(store)) is not None:
        at = max(at, due)
        clock.set_to(at)
        _await_past(at, partial(next_delivery, store))


def _await_past(at: datetime, find_next: Callable[[], datetime | None]) -> None:
    """Wait until nothing is due at ``at`` any more, for those on duty do it."""
    deadline = time.monotonic() + PATIENCE.total_seconds()
    while (due := find_next()) is not None and due <= at:
        if time.monotonic() > deadline:
            raise NobodyOnDuty(at)
        time.sleep(GLANCE)
