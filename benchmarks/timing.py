"""Taking turns: what is compared runs in alternation, so that a busy moment of the machine falls on both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

Tell = Callable[[str], None]
Clock = Callable[[], float]


def in_turns(rounds: int, *works: Callable[[], object], clock: Clock = time.perf_counter) -> list[list[float]]:
    """Run the works in turns, ``rounds`` times each, and return the seconds of each work's rounds.

    Each runs once before that counts. ``clock`` may count this process's own time for work without waits.
    """
    for work in works:
        work()
    return [
        list(column) for column in zip(*([seconds(work, clock) for work in works] for _ in range(rounds)), strict=True)
    ]


def seconds(work: Callable[[], object], clock: Clock = time.perf_counter) -> float:
    """Return how long ``work`` took."""
    began = clock()
    work()
    return clock() - began


def spread(values: Sequence[float]) -> float:
    """Return half the distance between the quartiles, in per cent of the median."""
    if len(values) < 2:
        return 0.0
    low, middle, high = statistics.quantiles(values, n=4)
    return 50 * (high - low) / middle


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that ``share`` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
