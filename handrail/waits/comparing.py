"""Have waits become longer? Two samples are compared as wholes, the people who wait still among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import logrank, norm

from handrail.waits.caution import USUAL_CAUTION, Caution
from handrail.waits.curves import censored, median_wait, share_still_waiting
from handrail.waits.samples import Waits
from handrail.waits.wording import chance, days, in_a_hundred, people

MOST_PEOPLE = 100_000
"""Above this the whole numbers in scipy's logrank overflow without a word: n⁴/16 must stay below 2⁶³."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of two samples: ``share`` still waits after the days of the comparison; None when that is not known."""

    people: int
    still_waiting: int
    median: float | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of waits.

    ``statistic`` is that of the logrank test, above 0 when waits are longer now; ``p`` is how often chance alone
    would make so great a difference in either direction. ``ratio`` tells how many times as fast people left before.
    """

    before: Side
    now: Side
    after_days: int
    statistic: float
    p: float
    ratio: float
    caution: Caution

    @property
    def is_longer(self) -> bool:
        return self._is_sure and self.ratio >= self.caution.least_ratio

    @property
    def is_shorter(self) -> bool:
        return self._is_sure and self.ratio <= 1 / self.caution.least_ratio

    @property
    def has_enough_people(self) -> bool:
        return min(self.before.people, self.now.people) >= self.caution.least_people

    @property
    def because(self) -> str:
        """What was compared, in plain English, with the counts; it names nobody."""
        counts = f"{people(self.now.people)} now, {people(self.before.people)} before"
        if not self.has_enough_people:
            return f"Too few to tell: {counts}; at least {self.caution.least_people} are needed on each side."
        return (
            f"After {days(self.after_days)} {_share(self.now)} still wait; before, {_share(self.before)} did "
            f"({counts}; {self.now.still_waiting} wait still). {self._verdict}"
        )

    @property
    def _is_sure(self) -> bool:
        return self.has_enough_people and self.p < self.caution.level

    @property
    def _verdict(self) -> str:
        if self.is_longer or self.is_shorter:
            which = "Longer" if self.is_longer else "Shorter"
            return f"{which} than chance would make it ({chance(self.p)})."
        if self._is_sure:
            return f"Beyond chance ({chance(self.p)}), but by less than {self.caution.least_ratio:g} times."
        return f"A year of looks may bring as much by chance ({chance(self.p)})."


def compare(before: Waits, now: Waits, caution: Caution = USUAL_CAUTION) -> Comparison:
    """Compare two samples by the logrank test; ``caution`` says when the difference counts.

    Source: Mantel, "Evaluation of survival data and two new rank order statistics", Cancer Chemotherapy Reports 50
    (1966); the ratio is Peto's, observed over expected on either side.
    """
    tally = _tally(before, now)
    statistic = _statistic(before, now, tally)
    median = median_wait(before)
    shared = min(before.followed, now.followed)
    after = shared if median is None else min(int(median), shared)
    return Comparison(
        before=Side(before.people, before.still_waiting, median, share_still_waiting(before, after)),
        now=Side(now.people, now.still_waiting, median_wait(now), share_still_waiting(now, after)),
        after_days=after,
        statistic=statistic,
        p=float(2 * norm.sf(abs(statistic))),
        ratio=tally.ratio,
        caution=caution,
    )


@dataclass(frozen=True, slots=True)
class _Tally:
    """Of those before and of those now: how many left, and how many would have if all left equally fast."""

    left: tuple[float, float]
    expected: tuple[float, float]
    variance: float

    @property
    def ratio(self) -> float:
        (before, now), (expected_before, expected_now) = self.left, self.expected
        if not expected_before or not expected_now or not (before or now):
            return 1.0
        return inf if not now else (before / expected_before) / (now / expected_now)


def _tally(before: Waits, now: Waits) -> _Tally:
    length = max(before.followed, now.followed) + 1
    left = np.array([_by_day(before.finished, length), _by_day(now.finished, length)])
    gone = left + np.array([_by_day(before.waiting, length), _by_day(now.waiting, length)])
    there = gone[:, ::-1].cumsum(axis=1)[:, ::-1]
    everyone = there.sum(axis=0)
    fall = left.sum(axis=0)
    share = np.divide(fall, everyone, out=np.zeros(length), where=everyone > 0)
    spread = np.divide(everyone - fall, everyone - 1, out=np.zeros(length), where=everyone > 1)
    variance = there.prod(axis=0) * np.divide(share * spread, everyone, out=np.zeros(length), where=everyone > 0)
    (left_before, left_now), (expected_before, expected_now) = left.sum(axis=1), (there * share).sum(axis=1)
    return _Tally(
        (float(left_before), float(left_now)), (float(expected_before), float(expected_now)), float(variance.sum())
    )


def _statistic(before: Waits, now: Waits, tally: _Tally) -> float:
    if not tally.variance:
        return 0.0
    if before.people + now.people > MOST_PEOPLE:
        return (tally.left[0] - tally.expected[0]) / sqrt(tally.variance)
    return float(logrank(censored(before), censored(now)).statistic)


def _by_day(counts: Mapping[int, int], length: int) -> NDArray[np.float64]:
    by_day = np.zeros(length)
    for day, number in counts.items():
        by_day[day] = number
    return by_day


def _share(side: Side) -> str:
    return "an unknown share" if side.share is None else in_a_hundred(side.share)
