"""A year of daily looks at who comes and goes, and at what is declined, over many seeds.

Counts are made for all years at once in numpy; every alarm that they suggest is raised, or not, by the product.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, hypergeom

from handrail.waits.caution import USUAL_CAUTION
from handrail.waits.flow import RECENT_WEEKS, piling_up
from handrail.waits.rates import above_usual
from handrail.waits.samples import USUAL_WINDOWS

Ints = NDArray[np.int64]

NOW, BEFORE, YEAR = USUAL_WINDOWS.now, USUAL_WINDOWS.before, 365
FIRST_LOOK = NOW + 2 * BEFORE
"""By then a step that began empty is as full as it gets."""
DAYS = FIRST_LOOK + YEAR
FAULT = FIRST_LOOK + 30
LOOKS = range(FIRST_LOOK, DAYS)
WEEKS = 34
RECENT = 7 * RECENT_WEEKS


@dataclass(frozen=True)
class Daily:
    """Two counts a day for many years, as sums of all days before: row by year, column by day."""

    one: Ints
    other: Ints

    def last(self, day: int, days: int) -> tuple[Ints, Ints]:
        return self.one[:, day] - self.one[:, day - days], self.other[:, day] - self.other[:, day - days]

    def weeks(self, year: int, day: int) -> tuple[list[int], list[int]]:
        ends = np.arange(day - 7 * WEEKS, day + 1, 7)
        return np.diff(self.one[year, ends]).tolist(), np.diff(self.other[year, ends]).tolist()


def summed(counts: Ints) -> Ints:
    return np.pad(counts.cumsum(axis=1), ((0, 0), (1, 0)))


def comings_and_goings(
    years: int, weekly: float, typical: float, *, let_through: float = 1, group: int = 1, seed: int = 1
) -> Daily:
    """People come ``group`` at a time; from ``FAULT`` on only this share of those who would leave do."""
    chance = np.random.default_rng(seed)
    arrived = chance.poisson(weekly / 7 / group, (years, DAYS)) * group
    year, day = (np.repeat(where.ravel(), arrived.ravel()) for where in np.indices(arrived.shape))
    leaving = day + np.ceil(chance.lognormal(np.log(typical), 0.8, day.size)).astype(int)
    left = np.zeros_like(arrived)
    in_time = leaving < DAYS
    np.add.at(left, (year[in_time], leaving[in_time]), 1)
    left[:, FAULT:] = chance.binomial(left[:, FAULT:], let_through)
    return Daily(summed(arrived), summed(left))


def decisions(years: int, weekly: float, declined: float, *, then: float | None = None, seed: int = 1) -> Daily:
    """Declines and decisions; from ``FAULT`` on the share of declines is ``then``."""
    chance = np.random.default_rng(seed)
    made = chance.poisson(weekly / 7, (years, DAYS))
    share = np.where(np.arange(DAYS) < FAULT, declined, declined if then is None else then)
    return Daily(summed(chance.binomial(made, share)), summed(made))


def unlikely_piles(daily: Daily, day: int, level: float) -> list[int]:
    arrived, left = daily.last(day, RECENT)
    return np.flatnonzero(binom.sf(arrived - 1, arrived + left, 0.5) < level).tolist()


def unlikely_rises(daily: Daily, day: int, level: float) -> list[int]:
    (now, of_now), (before, of_before) = daily.last(day, NOW), daily.last(day - NOW, BEFORE)
    p = hypergeom.sf(now - 1, of_now + of_before, now + before, of_now)
    return np.flatnonzero(p < level * 1.001).tolist()


def piles(daily: Daily, since: int) -> Iterator[tuple[int, int]]:
    """Yield the year and the day of the first alarm of each year."""
    raised: set[int] = set()
    for day in range(since, DAYS):
        for year in unlikely_piles(daily, day, USUAL_CAUTION.level * 1.001):
            if year not in raised and piling_up(*daily.weeks(year, day)).is_piling_up:
                raised.add(year)
                yield year, day


def rises(daily: Daily, since: int) -> Iterator[tuple[int, int]]:
    """Yield the year and the day of the first alarm of each year."""
    raised: set[int] = set()
    for day in range(since, DAYS):
        (now, of_now), (before, of_before) = daily.last(day, NOW), daily.last(day - NOW, BEFORE)
        for year in unlikely_rises(daily, day, USUAL_CAUTION.level):
            sides = [(int(part[year]), int(whole[year])) for part, whole in ((now, of_now), (before, of_before))]
            if year not in raised and above_usual(now=sides[0], before=sides[1]).is_above_usual:
                raised.add(year)
                yield year, day


@pytest.mark.parametrize(
    ("weekly", "typical", "group", "most"),
    [
        pytest.param(10, 10, 1, 5, id="ten a week who stay ten days"),
        pytest.param(20, 60, 1, 5, id="twenty a week who stay two months"),
        pytest.param(20, 10, 3, 5, id="three at a time, who stay ten days"),
        pytest.param(20, 60, 3, 15, id="three at a time, who stay two months: three in a hundred"),
    ],
)
def test_a_healthy_year_seldom_piles_up(weekly: float, typical: float, group: int, most: int) -> None:
    daily = comings_and_goings(500, weekly, typical, group=group)

    assert len(list(piles(daily, FIRST_LOOK))) <= most


@pytest.mark.parametrize(
    ("weekly", "let_through", "weeks"),
    [
        pytest.param(5, 0, 8, id="five a week, nobody let through"),
        pytest.param(10, 0, 6, id="ten a week, nobody let through"),
        pytest.param(20, 0, 5, id="twenty a week, nobody let through"),
        pytest.param(20, 0.5, 8, id="twenty a week, half let through"),
    ],
)
def test_a_step_that_lets_fewer_through_piles_up_in_nearly_every_year(
    weekly: float, let_through: float, weeks: int
) -> None:
    daily = comings_and_goings(200, weekly, typical=10, let_through=let_through)

    in_time = [year for year, day in piles(daily, FAULT) if day - FAULT <= 7 * weeks]

    assert len(in_time) >= 190


@pytest.mark.parametrize(("weekly", "declined"), [(5, 0.15), (10, 0.3), (20, 0.15)])
def test_at_most_two_healthy_years_in_a_hundred_have_declines_above_usual(weekly: float, declined: float) -> None:
    daily = decisions(500, weekly, declined)

    assert len(list(rises(daily, FIRST_LOOK))) <= 10


@pytest.mark.parametrize(
    ("weekly", "declined", "then", "weeks"),
    [
        pytest.param(10, 0.15, 0.5, 8, id="ten a week, from one in seven to every second"),
        pytest.param(20, 0.3, 0.6, 8, id="twenty a week, twice as many"),
        pytest.param(5, 0.15, 0.8, 8, id="five a week, nearly all"),
    ],
)
def test_declines_that_become_common_are_found_in_nearly_every_year(
    weekly: float, declined: float, then: float, weeks: int
) -> None:
    daily = decisions(200, weekly, declined, then=then)

    in_time = [year for year, day in rises(daily, FAULT) if day - FAULT <= 7 * weeks]

    assert len(in_time) >= 190


def test_a_rule_of_one_in_twenty_would_cry_wolf_in_most_healthy_years() -> None:
    flow, declines = comings_and_goings(200, 20, typical=60), decisions(200, 10, 0.3)

    piled = {year for day in LOOKS for year in unlikely_piles(flow, day, 0.05)}
    risen = {year for day in LOOKS for year in unlikely_rises(declines, day, 0.05)}

    assert len(piled) > 100
    assert len(risen) > 100
