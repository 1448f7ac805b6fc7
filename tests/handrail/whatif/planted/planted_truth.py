"""What is true of a planted city, reckoned without the product: exactly where theory has it, else by long lives."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

ROOM = 90
"""So many more people than at the beginning are reckoned with; more are as good as impossible."""


def expected_waiting(places: int, comers: float, mean: float, now: int, days: float, step: float = 0.1) -> float:
    """Return the expected person-days of waiting in ``days`` from now, if stays end at a constant rate.

    ``now`` is how many are there or wait. The Markov chain of M/M/c, its equations solved in small steps.
    """
    size = now + ROOM
    state = np.arange(size)
    ends = np.minimum(state, places) / mean
    comes = np.where(state < size - 1, comers, 0.0)
    share = np.zeros(size)
    share[now] = 1.0
    queue, total = np.maximum(state - places, 0), 0.0

    def change(p: NDArray[np.float64]) -> NDArray[np.float64]:
        flow: NDArray[np.float64] = -(ends + comes) * p
        flow[1:] += comes[:-1] * p[:-1]
        flow[:-1] += ends[1:] * p[1:]
        return flow

    for _ in range(round(days / step)):
        middle = share + step / 2 * change(share)
        total += step * float(queue @ middle)
        share = share + step * change(middle)
    return total


def lived_waiting(
    places: int, comers: float, length: Callable[[Random, float], float], start: tuple[int, Sequence[float]],
    days: float, seed: int,
) -> float:  # fmt: skip
    """Return the person-days of waiting in one life of a city that starts with so many waiting and stays of these ages.

    ``length`` draws how much longer a stay of some age lasts. Places beyond the stays are free from the beginning.
    """
    waiting, ages = start
    chance, comes = Random(f"life {seed}"), Random(f"comers {seed}")
    stays = [length(chance, age) for age in ages]
    heapq.heapify(stays)
    queue = deque([0.0] * waiting)
    total, next_comer, lengths = 0.0, comes.expovariate(comers), Random(f"lengths {seed}")
    now = 0.0
    while True:
        while queue and len(stays) < places:
            total += now - queue.popleft()
            heapq.heappush(stays, now + length(lengths, 0.0))
        now = min(next_comer, stays[0] if stays else days)
        if now >= days:
            return total + sum(days - began for began in queue)
        if now == next_comer:
            queue.append(now)
            next_comer += comes.expovariate(comers)
        else:
            heapq.heappop(stays)
