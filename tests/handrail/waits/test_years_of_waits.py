"""A year of daily looks at a step, over many seeds: how often a healthy one raises an alarm, how soon a fault does.

People arrive by chance (Poisson) and wait by chance (lognormal, a spread of 0.8). Looks are taken for all years at
once with the same formulas in numpy; every alarm that they suggest is then raised, or not, by the product itself.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from handrail.waits.caution import USUAL_CAUTION
from handrail.waits.comparing import Comparison, compare
from handrail.waits.samples import USUAL_WINDOWS, Arrivals, before_and_now

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NOW, BEFORE, YEAR = USUAL_WINDOWS.now, USUAL_WINDOWS.before, 365
FIRST_LOOK = NOW + BEFORE
FAULT = FIRST_LOOK + 30
LOOKS = range(FIRST_LOOK, FIRST_LOOK + YEAR)
EPOCH = date(2025, 1, 1)


@dataclass(frozen=True)
class Look:
    """A number for each year: the logrank statistic, how many times as fast people left before, and the mean of
    the finished waits, now over before.
    """

    statistic: Floats
    ratio: Floats
    averages: Floats

    def alarming(self, level: float) -> list[int]:
        return np.flatnonzero(self.statistic > norm.isf(level / 2)).tolist()


@dataclass(frozen=True)
class Years:
    """People of many years, in the order of arrival; days are counted from the beginning of the records."""

    number: int
    year: Ints
    arrived: Ints
    waited: Ints

    def look(self, day: int) -> Look:
        before = self._side(day - FIRST_LOOK, day - NOW, day - NOW)
        now = self._side(day - NOW, day, day)
        there, left = before[0] + now[0], before[1] + now[1]
        share = np.divide(left, there, out=np.zeros_like(left), where=there > 0)
        spread = np.divide(there - left, there - 1, out=np.zeros_like(left), where=there > 1)
        variance = np.divide(before[0] * now[0] * share * spread, there, out=np.zeros_like(left), where=there > 0)
        surplus = (before[1] - before[0] * share).sum(axis=1)
        pace_before, pace_now = (side[1].sum(axis=1) / (side[0] * share).sum(axis=1) for side in (before, now))
        return Look(surplus / np.sqrt(variance.sum(axis=1)), pace_before / pace_now, _mean(now[1]) / _mean(before[1]))

    def look_closely(self, year: int, day: int) -> Comparison:
        """Return what the product says."""
        chosen = self.year == year
        pairs = Counter(zip(self.arrived[chosen].tolist(), self.waited[chosen].tolist(), strict=True))
        arrivals = [Arrivals(_on(came), _on(came + waited), people) for (came, waited), people in pairs.items()]
        return compare(*before_and_now(arrivals, _on(day)))

    def _side(self, since: int, until: int, as_at: int) -> tuple[Floats, Floats]:
        """Return, by year and days waited, how many were still there and how many left."""
        first, last = np.searchsorted(self.arrived, [since, until])
        seen = as_at - 1 - self.arrived[first:last]
        cell = self.year[first:last] * BEFORE + np.minimum(self.waited[first:last], seen)
        over = self.waited[first:last] <= seen
        gone, left = (
            np.bincount(cells, minlength=self.number * BEFORE).reshape(self.number, BEFORE).astype(float)
            for cells in (cell, cell[over])
        )
        return gone[:, ::-1].cumsum(axis=1)[:, ::-1], left


def make_years(number: int, weekly: float, typical: float, *, slower: float = 1, seed: int = 1) -> Years:
    """From ``FAULT`` on, whoever waits then or arrives later waits ``slower`` times as long from there."""
    chance = np.random.default_rng(seed)
    days = FIRST_LOOK + YEAR
    arrivals = chance.poisson(weekly / 7, (days, number))
    arrived = np.repeat(np.repeat(np.arange(days), number), arrivals.ravel())
    year = np.repeat(np.tile(np.arange(number), days), arrivals.ravel())
    waited = chance.lognormal(np.log(typical), 0.8, arrived.size)
    healthy = np.maximum(FAULT - arrived, 0)
    waited = np.where(waited > healthy, healthy + (waited - healthy) * slower, waited)
    return Years(number, year, arrived, np.ceil(waited).astype(int))


def alarms(years: Years, days: range) -> int:
    """Count the years in which the product raises an alarm on one of these days."""
    raised: set[int] = set()
    for day in days:
        look = years.look(day)
        for year in look.alarming(USUAL_CAUTION.level * 1.001):
            enough = look.ratio[year] > USUAL_CAUTION.least_ratio - 0.001
            if enough and year not in raised and years.look_closely(year, day).is_longer:
                raised.add(year)
    return len(raised)


def test_the_quick_looks_are_those_of_the_product() -> None:
    years = make_years(6, weekly=10, typical=10, slower=2)

    for day in (FIRST_LOOK, FAULT + 20, FAULT + 60, FIRST_LOOK + YEAR - 1):
        look, closely = years.look(day), [years.look_closely(year, day) for year in range(6)]
        assert [each.statistic for each in closely] == pytest.approx(look.statistic.tolist())
        assert [each.ratio for each in closely] == pytest.approx(look.ratio.tolist())


@pytest.mark.parametrize(
    ("weekly", "typical"),
    [
        pytest.param(5, 10, id="five a week who wait ten days"),
        pytest.param(20, 10, id="twenty a week who wait ten days"),
        pytest.param(10, 30, id="ten a week who wait a month"),
    ],
)
def test_at_most_one_healthy_year_in_a_hundred_raises_an_alarm(weekly: float, typical: float) -> None:
    years = make_years(400, weekly, typical)

    assert alarms(years, LOOKS) <= 4


@pytest.mark.parametrize(
    ("weekly", "weeks", "found"),
    [
        pytest.param(10, 8, 0.95, id="ten a week, eight weeks"),
        pytest.param(20, 6, 0.98, id="twenty a week, six weeks"),
    ],
)
def test_waits_that_double_are_found_in_nearly_every_year(weekly: float, weeks: int, found: float) -> None:
    years = make_years(200, weekly, typical=10, slower=2)

    assert alarms(years, range(FAULT, FAULT + 7 * weeks + 1)) / years.number >= found


def test_a_rule_of_one_in_twenty_would_cry_wolf_in_half_of_all_healthy_years() -> None:
    years = make_years(200, weekly=10, typical=10)

    wolves = {year for day in LOOKS for year in years.look(day).alarming(0.05)}

    assert len(wolves) > 80


def test_averages_of_finished_waits_would_call_a_step_quicker_that_has_become_slower() -> None:
    """Four weeks after waits have become five times as long, only those who were lucky have finished theirs."""
    years = make_years(200, weekly=40, typical=30, slower=5)

    look = years.look(FAULT + 28)

    assert (look.averages < 1).mean() > 0.9
    assert len(look.alarming(USUAL_CAUTION.level)) > 100


def _mean(left: Floats) -> Floats:
    return np.asarray((left * np.arange(BEFORE)).sum(axis=1) / left.sum(axis=1))


def _on(day: int) -> date:
    return EPOCH + timedelta(days=day)
