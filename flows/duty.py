"""Being on duty: work at once through what is due, then wait for the next due instant or for news, until relieved.

A flow run costs seconds to start, so one run stays for a turn instead of starting one for every due instant. It may
end early (a stop of the machine), overlap with its successor, or die: what it left is still due for the next.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

LONGEST_REST = 30.0  # seconds; then look again even when nobody said that something is new
SHORTEST_REST = 0.2  # seconds; what is due but in another worker's hands must not keep us spinning
SLICE = 0.5  # seconds of listening, between two looks whether we are relieved

Work = Callable[[], Awaitable[int]]
"""Does one batch of what is due and returns its size; zero when nothing is due."""

NextDue = Callable[[], Awaitable[float | None]]
"""Returns in how many seconds something will be due, by the database's clock; None when nothing is foreseen."""

Listen = Callable[[float], bool]
"""Blocks for at most so many seconds; returns True at once when something new is there."""


async def on_duty(turn_seconds: float, work: Work, next_due: NextDue, listen: Listen) -> int:
    """Return how much was done in a turn of ``turn_seconds``; a turn of zero does what is due and goes.

    ``listen`` must already hear before it is first called, so that nothing is missed between work and rest.
    A backlog does not prolong the turn by more than one batch: the successor goes on with it.
    """
    ends_at = time.monotonic() + turn_seconds
    done = 0
    with relief() as relieved:
        while True:
            batch = await work()
            done += batch
            over = relieved.is_set() or time.monotonic() >= ends_at
            if over and (turn_seconds > 0 or batch == 0 or relieved.is_set()):
                return done
            if batch == 0:
                await _rest(_until(await next_due(), ends_at), listen, relieved)


@contextmanager
def relief() -> Iterator[threading.Event]:
    """Give an event that a SIGTERM sets, so that a stop ends the turn in order instead of as a crash.

    Only the main thread may take a signal; elsewhere nobody sends one.
    """
    relieved = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield relieved
        return
    former = signal.signal(signal.SIGTERM, lambda _number, _frame: relieved.set())
    try:
        yield relieved
    finally:
        signal.signal(signal.SIGTERM, former)


def turn_left(turn_seconds: float, scheduled: datetime, now: datetime) -> float:
    """Return what is left of the turn of a run that was due to start at ``scheduled``.

    Runs that a worker could not start in time come all at once when it is back: each does what is due and goes.
    """
    late = (now - scheduled).total_seconds()
    return max(0.0, min(turn_seconds, turn_seconds - late))


def _until(seconds_to_due: float | None, ends_at: float) -> float:
    left = ends_at - time.monotonic()
    due = LONGEST_REST if seconds_to_due is None else max(seconds_to_due, SHORTEST_REST)
    return max(0.0, min(due, left, LONGEST_REST))


async def _rest(seconds: float, listen: Listen, relieved: threading.Event) -> None:
    wakes_at = time.monotonic() + seconds
    while not relieved.is_set() and (left := wakes_at - time.monotonic()) > 0:
        if await asyncio.to_thread(listen, min(left, SLICE)):
            return
