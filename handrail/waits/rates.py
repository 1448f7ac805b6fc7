"""Does something happen more often than usual, or do decisions take longer? Each is compared with its own past."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from scipy.stats import fisher_exact

from handrail.waits.caution import USUAL_CAUTION, Caution
from handrail.waits.comparing import Comparison, compare
from handrail.waits.samples import Waits
from handrail.waits.wording import chance, in_a_hundred

Part = tuple[int, int]
"""So many of so many: declines of decisions, say."""


@dataclass(frozen=True, slots=True)
class Rise:
    """A share now beside what it was; ``p`` is how often chance alone would make it so much higher."""

    now: Part
    before: Part
    p: float
    caution: Caution

    @property
    def ratio(self) -> float:
        """How many times as often as before; 1 when there is nothing to compare."""
        (now, of_now), (before, of_before) = self.now, self.before
        if not of_now or not of_before or not (now or before):
            return 1.0
        return (now / of_now) / (before / of_before) if before else inf

    @property
    def is_above_usual(self) -> bool:
        return self.has_enough and self.p < self.caution.level and self.ratio >= self.caution.least_ratio

    @property
    def has_enough(self) -> bool:
        return min(self.now[1], self.before[1]) >= self.caution.least_people

    @property
    def because(self) -> str:
        """What was compared, in plain English, with the counts; it names nobody."""
        told = f"{_told(self.now)} now; before, {_told(self.before)}"
        if not self.has_enough:
            return f"Too few to tell: {told}; at least {self.caution.least_people} are needed on each side."
        if self.is_above_usual:
            return f"{told}. More often than chance would make it ({chance(self.p)})."
        if self.p < self.caution.level:
            return f"{told}. Beyond chance ({chance(self.p)}), but by less than {self.caution.least_ratio:g} times."
        return f"{told}. A year of looks may bring as much by chance ({chance(self.p)})."


def above_usual(*, now: Part, before: Part, caution: Caution = USUAL_CAUTION) -> Rise:
    """Compare a share with its own past by Fisher's exact test, which holds for small numbers; only a rise counts.

    Raises:
        ValueError: a part is greater than its whole, or a number is below 0.
    """
    for part, whole in (now, before):
        if not 0 <= part <= whole:
            raise ValueError(f"{part} of {whole} were given; expected was a part from 0 to its whole.")
    table = np.array([[part, whole - part] for part, whole in (now, before)])
    return Rise(now, before, float(fisher_exact(table, alternative="greater").pvalue), caution)


def slower_than_usual(*, now: Waits, before: Waits, caution: Caution = USUAL_CAUTION) -> Comparison:
    """Compare how long decisions take with how long they took, those that are awaited still among them."""
    return compare(before, now, caution)


def _told(part: Part) -> str:
    times, of = part
    return f"{times} of {of} ({in_a_hundred(times / of)})" if of else "0 of 0"
