"""From many lives to a figure with intervals: how sure it is, and what chance makes of it besides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, median, variance

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure in both worlds, and by how much the change lowers it.

    ``interval`` bounds what is to be expected, given how little the history tells; ``range_`` bounds, besides, what
    chance makes of any one stretch of weeks.
    """

    as_is: float
    changed: float
    fewer: float
    interval: Interval
    range_: Interval


def estimate(as_is: Sequence[float], changed: Sequence[float]) -> Estimate:
    """Return the estimate from lives by seed: seeds 2n and 2n + 1 share one drawing of the history and nothing else.

    What differs between drawings is how little the history tells; what differs within one is chance. ``range_`` holds
    95 % of the differences. ``interval`` holds 95 % of them once the part of their spread that is chance is taken out,
    but for a standard error, as that part is only estimated itself: fewer seeds make it wider. They are drawn together
    around their median, so that one rare life in a healthy city does not pass for a certain gain.

    Raises:
        ValueError: the two are of different lengths, or not of an even number of seeds, four at least.
    """
    if len(as_is) != len(changed) or len(as_is) % 2 or len(as_is) < 4:  # noqa: PLR2004 (two drawings of two)
        raise ValueError(f"{len(as_is)} and {len(changed)} lives were given; expected were as many, even, 4 or more.")
    fewer = [before - after for before, after in zip(as_is, changed, strict=True)]
    mean, centre, total = fmean(fewer), median(fewer), variance(fewer)
    within = fmean((one - other) ** 2 / 2 for one, other in zip(fewer[::2], fewer[1::2], strict=True))
    between = max(0.0, total - within) + total * sqrt(2 / len(fewer))
    width = sqrt(min(1.0, between / total)) if total else 0.0
    narrowed = _middle([centre + width * (each - centre) for each in fewer])
    interval = Interval(min(narrowed.low, mean), max(narrowed.high, mean))
    return Estimate(fmean(as_is), fmean(changed), mean, interval, _middle(fewer))


def _middle(values: Sequence[float]) -> Interval:
    """Return the bounds of the middle 95 % of ``values``, between neighbours in proportion."""
    ordered, side = sorted(values), (1 - CONFIDENCE) / 2
    return Interval(_quantile(ordered, side), _quantile(ordered, 1 - side))


def _quantile(ordered: Sequence[float], share: float) -> float:
    at = share * (len(ordered) - 1)
    below = int(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (at - below) * (ordered[above] - ordered[below])
