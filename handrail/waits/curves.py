"""How many still wait after so many days: the survival curve of Kaplan and Meier, and its median."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import CensoredData, ecdf

from handrail.waits.samples import Waits

HALF = 0.5
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Point:
    """From ``day`` on, until the next point, this share (0 to 1) still waits; ``low`` and ``high`` bound it."""

    day: int
    share: float
    low: float
    high: float


def censored(waits: Waits) -> CensoredData:
    """Return the sample as scipy takes it: one number a person."""
    return CensoredData(uncensored=_each(waits.finished), right=_each(waits.waiting))


def curve(waits: Waits, confidence: float = CONFIDENCE) -> tuple[Point, ...]:
    """Return the curve, a point for each day on which it is known to change or somebody leaves the sample.

    The bounds are those of the log-log method. Before anybody has left they say nothing and equal the share; when
    nobody waits any more the upper one stays where it was. Empty for nobody.
    """
    if not waits.people:
        return ()
    survival = ecdf(censored(waits)).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # undefined where nobody has left, or everybody
        bounds: Any = survival.confidence_interval(confidence, method="log-log")  # two curves; the stubs say numbers
    points: list[Point] = []
    known = zip(survival.quantiles, survival.probabilities, strict=True)
    for (day, share), low, high in zip(known, bounds.low.probabilities, bounds.high.probabilities, strict=True):
        if np.isnan(high):
            upper = points[-1].high if points and not share else float(share)
            points.append(Point(int(day), float(share), float(share), upper))
        else:
            points.append(Point(int(day), float(share), float(low), float(high)))
    return tuple(points)


def share_still_waiting(waits: Waits, days: int) -> float | None:
    """Return the share (0 to 1) that still waits after ``days``; None when nobody was followed for so long."""
    if not waits.people or (days > waits.followed and not _all_left(waits)):
        return None
    return float(ecdf(censored(waits)).sf.evaluate([days])[0])


def median_wait(waits: Waits) -> float | None:
    """Return the days after which half have left; None while more than half wait as far as anybody was followed."""
    return next((float(point.day) for point in curve(waits) if point.share <= HALF), None)


def median_interval(waits: Waits, confidence: float = CONFIDENCE) -> tuple[float | None, float | None]:
    """Return bounds of the median, in days; an upper bound of None means that it may be of any length.

    Source: Brookmeyer and Crowley, "A confidence interval for the median survival time", Biometrics 38 (1982).
    """
    points = curve(waits, confidence)
    lower = next((float(point.day) for point in points if point.low <= HALF), None)
    upper = next((float(point.day) for point in points if point.high <= HALF), None)
    return lower, upper


def _each(counts: Mapping[int, int]) -> NDArray[np.float64]:
    days = np.fromiter(counts.keys(), dtype=np.float64, count=len(counts))
    return np.repeat(days, np.fromiter(counts.values(), dtype=np.int64, count=len(counts)))


def _all_left(waits: Waits) -> bool:
    """Tell whether the longest wait of all is over, so that the curve ends at 0 and stays there."""
    return not any(n for days, n in waits.waiting.items() if days >= waits.followed)
