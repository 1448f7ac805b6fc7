"""How long something lasts, drawn from what lasted so long and from what lasts still.

The curve is that of Kaplan and Meier with late entry: whoever was there already when we began to look counts from
the age that they had then, and whoever is there still counts up to the age that they have now. scipy's ``ecdf``,
with which this agrees where nobody enters late, knows no late entry.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import exp, inf, log
from operator import neg

HALF = 0.5


@dataclass(frozen=True, slots=True)
class Span:
    """Something was watched from the age of ``entered`` to that of ``left`` (days); ``over`` if it ended then."""

    entered: float
    left: float
    over: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """Which share still lasts from each of ``days`` on; later it ends at a constant rate, or never.

    ``followed`` is the greatest age of which anything is known, ``mean_beyond`` how long it lasts on after that on
    average (infinite: for ever).
    """

    days: tuple[float, ...]
    shares: tuple[float, ...]
    followed: float
    mean_beyond: float

    def share_at(self, age: float) -> float:
        """Return the share (0 to 1) that lasts longer than ``age``."""
        place = bisect_right(self.days, age)
        share = self.shares[place - 1] if place else 1.0
        return share if age <= self.followed or share == 0 else share * self._beyond(age - self.followed)

    def length(self, chance: float, age: float = 0.0) -> float:
        """Return how much longer something of ``age`` lasts; ``chance``, above 0 and up to 1, picks it."""
        if age > self.followed or (share := self.share_at(age)) == 0:
            return -log(chance) * self.mean_beyond if self.mean_beyond < inf else inf
        sought = chance * share
        place = bisect_right(self.shares, -sought, key=neg)  # the first share that is below
        if place < len(self.days):
            return self.days[place] - age
        last = self.shares[-1] if self.shares else 1.0
        beyond = -log(min(1.0, sought / last)) * self.mean_beyond if self.mean_beyond < inf else inf
        return self.followed - age + beyond

    @property
    def median(self) -> float | None:
        """The days after which half are over; ``None`` while more than half last as far as anything is known."""
        return next((day for day, share in zip(self.days, self.shares, strict=True) if share <= HALF), None)

    def _beyond(self, days: float) -> float:
        return 1.0 if self.mean_beyond == inf else exp(-days / self.mean_beyond)


def curve_of(spans: Sequence[Span], *, never: bool = False) -> Curve:
    """Return the curve of these; what lasts beyond the last of them ends at their overall rate, or ``never``.

    Source: Tsai, Jewell and Wang, "A note on the product-limit estimator under right censoring and left truncation",
    Biometrika 74 (1987).
    """
    ends = sorted(span.left for span in spans if span.over)
    entries, exits = sorted(span.entered for span in spans), sorted(span.left for span in spans)
    days, shares, share = list[float](), list[float](), 1.0
    for day, together in groupby(ends):
        over, there = len(list(together)), bisect_left(entries, day) - bisect_left(exits, day)
        share *= 1 - over / max(over, there)
        days.append(day)
        shares.append(share)
    exposure = sum(span.left - span.entered for span in spans if span.left < inf)
    rate = len(ends) / exposure if exposure > 0 else 0.0
    followed = max((span.left for span in spans if span.left < inf), default=0.0)
    return Curve(tuple(days), tuple(shares), followed, inf if never or not rate else 1 / rate)


def constant(mean: float) -> Curve:
    """Return the curve of what ends at a constant rate, after ``mean`` days on average."""
    return Curve((), (), 0.0, mean)


def median_of(spans: Iterable[Span]) -> float | None:
    """Return the median in days, what is not over yet still counted; ``None`` if it cannot be known."""
    return curve_of(tuple(spans)).median
