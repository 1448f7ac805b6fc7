"""What a piece of work costs, against plain work measured beside it: the same on a slow machine and on a busy one."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import cache
from time import thread_time

PLAIN_SECONDS = 0.1
"""What the plain work takes on the machine that the limits of the tests were chosen for."""

TRIES = 5


def processor_seconds(work: Callable[[], object], most: float = 1.0) -> float:
    """Return the processor seconds that the work takes where plain work takes ``PLAIN_SECONDS``.

    The work runs once in this thread, and again, up to ``TRIES`` times, while it seems to take ``most`` or longer:
    whatever else the machine does only makes work longer, so the least is returned. What really costs too much, does
    so each time.
    """
    cost = _ratio(work, plain_seconds())
    for _ in range(TRIES - 1):
        if cost < most:
            break
        cost = min(cost, _ratio(work, _seconds(_plain_work)))
    return cost


@cache
def plain_seconds() -> float:
    return min(_seconds(_plain_work) for _ in range(3))


def _ratio(work: Callable[[], object], plain: float) -> float:
    return PLAIN_SECONDS * _seconds(work) / plain


def _seconds(work: Callable[[], object]) -> float:
    gc.disable()  # as timeit does: what other tests have left in memory is not part of the work
    try:
        begun = thread_time()
        work()
        return thread_time() - begun
    finally:
        gc.enable()


def _plain_work() -> int:
    """Make many small things and keep them, as reading a file does."""
    rows = [{"number": str(number), "digits": [int(one) for one in str(number)]} for number in range(90_000)]
    return sum(len(row["digits"]) for row in rows)
