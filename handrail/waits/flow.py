"""Do more people arrive than leave, week after week?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean

from scipy.stats import binomtest

from handrail.waits.caution import USUAL_CAUTION, Caution
from handrail.waits.wording import chance, people

RECENT_WEEKS = 8


@dataclass(frozen=True, slots=True)
class Pile:
    """Who arrived and who left in some weeks; ``p`` is how often chance alone would let so many more arrive."""

    weeks: int
    arrived: int
    left: int
    p: float
    caution: Caution

    @property
    def growth(self) -> int:
        """How many more people wait than did when the weeks began; below 0 when fewer do."""
        return self.arrived - self.left

    @property
    def is_piling_up(self) -> bool:
        return self.growth >= self.caution.least_people and self.p < self.caution.level

    @property
    def because(self) -> str:
        """What was counted, in plain English; it names nobody."""
        weeks = "1 week" if self.weeks == 1 else f"{self.weeks} weeks"
        counts = f"In {weeks} {people(self.arrived)} arrived and {self.left} left"
        if self.is_piling_up:
            return f"{counts}: {self.growth} more wait, more than chance would make it ({chance(self.p)})."
        return f"{counts}: a year of looks may bring as much by chance ({chance(self.p)})."


def piling_up(
    arrived: Sequence[int], left: Sequence[int], *, recent: int = RECENT_WEEKS, caution: Caution = USUAL_CAUTION
) -> Pile:
    """Tell whether more arrived than left over the last ``recent`` weeks; each week is a number, the oldest first.

    If as many left as arrived, whoever came or went would be as likely the one as the other: an exact test of a
    fair coin. Where people leave because they arrived before, the two go together and it errs on the quiet side.
    Where they come in groups, it counts groups; how large they are, all weeks given tell, so give half a year.

    No ratio is asked for: a service that falls behind by a little each week falls behind. A step that has just
    been opened fills up before anybody can leave it; give it no weeks in which nobody could have left.

    Raises:
        ValueError: the two are of different lengths, a number is below 0, or ``recent`` is below 1.
    """
    if len(arrived) != len(left) or min([0, *arrived, *left]) < 0 or recent < 1:
        raise ValueError(
            f"{len(arrived)} weeks of arrivals and {len(left)} of leaving were given, the last {recent} to be looked "
            "at; expected were as many of each, with numbers from 0 up, and at least 1 to look at."
        )
    came, went = sum(arrived[-recent:]), sum(left[-recent:])
    size = group_size(arrived, left)
    tosses = round((came + went) / size)
    p = float(binomtest(min(round(came / size), tosses), tosses, alternative="greater").pvalue) if tosses else 1.0
    return Pile(len(arrived[-recent:]), came, went, p, caution)


def group_size(arrived: Sequence[int], left: Sequence[int]) -> float:
    """Return how many people come or go together, at least 1: how unlike the week before each week is, beyond chance.

    Each week is held against the one before it and not against the mean, so that a service that stops, and stays
    stopped, does not pass for people who come in groups.

    Source: von Neumann, "Distribution of the ratio of the mean square successive difference to the variance",
    Annals of Mathematical Statistics 12 (1941).
    """
    everyone = sum(arrived) + sum(left)
    growths = [came - went for came, went in zip(arrived, left, strict=True)]
    steps = [(later - sooner) ** 2 / 2 for sooner, later in pairwise(growths)]
    return max(1.0, mean(steps) * len(growths) / everyone) if steps and everyone else 1.0
