"""Longer, shorter, or chance: what a comparison says, and what averages would have said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import inf, sqrt

import numpy as np
import pytest
from scipy.stats import logrank

from handrail.waits import comparing
from handrail.waits.caution import Caution
from handrail.waits.comparing import compare
from handrail.waits.curves import censored
from handrail.waits.samples import Waits

BOLD = Caution(level=0.05, least_people=1, least_ratio=1)
TEN_DAYS = Waits({8: 10, 10: 20, 12: 10}, {})


def average(counts: Mapping[int, int]) -> float:
    return sum(days * people for days, people in counts.items()) / sum(counts.values())


def random_waits(people: int, typical: float, seed: int) -> Waits:
    """Followed for up to 60 days each."""
    chance = np.random.default_rng(seed)
    waited = np.ceil(chance.lognormal(np.log(typical), 0.8, people)).astype(int)
    seen = chance.integers(0, 60, people)
    over = waited <= seen
    return Waits(Counter(waited[over].tolist()), Counter(seen[~over].tolist()))


def times(waits: Waits, factor: int) -> Waits:
    return Waits(
        {days: people * factor for days, people in waits.finished.items()},
        {days: people * factor for days, people in waits.waiting.items()},
    )


def test_four_people_compare_as_worked_out_by_hand() -> None:
    """Before, two left on days 1 and 2, where 1/2 + 1/3 were expected, with a variance of 1/4 + 2/9."""
    found = compare(Waits({1: 1, 2: 1}, {}), Waits({3: 1, 4: 1}, {}), BOLD)

    assert found.statistic == pytest.approx((2 - 5 / 6) / sqrt(17 / 36))
    assert found.ratio == pytest.approx((2 / (5 / 6)) / (2 / (4 - 5 / 6)))
    assert found.p == pytest.approx(0.0896, abs=0.0001)


@pytest.mark.parametrize("seed", range(8))
def test_statistic_and_p_are_those_of_scipy(seed: int) -> None:
    before, now = random_waits(90, 10, seed), random_waits(40, 14, 100 + seed)

    found = compare(before, now)
    scipys = logrank(censored(before), censored(now))

    assert found.statistic == pytest.approx(scipys.statistic)
    assert found.p == pytest.approx(scipys.pvalue)


def test_more_people_than_scipy_can_multiply_compare_as_well() -> None:
    """The same shares among five thousand times as many: the difference stays, its noise is the root of that."""
    before, now = random_waits(60, 10, 1), random_waits(30, 20, 2)

    few, many = compare(before, now), compare(times(before, 5_000), times(now, 5_000))

    assert before.people * 5_000 > comparing.MOST_PEOPLE
    assert many.statistic == pytest.approx(few.statistic * sqrt(5_000), rel=0.02)
    assert many.ratio == pytest.approx(few.ratio)


def test_those_who_wait_still_turn_a_seeming_gain_into_the_loss_that_it_is() -> None:
    """The step is all but shut: the few who got through were quick, and everybody else is stuck."""
    shut = Waits({3: 8}, {14: 12, 20: 20})

    found = compare(TEN_DAYS, shut)

    assert average(shut.finished) < average(TEN_DAYS.finished)
    assert found.is_longer
    assert not found.is_shorter
    assert (found.before.median, found.now.median) == (10, None)


def test_a_step_that_lets_nobody_through_any_more_is_found() -> None:
    found = compare(TEN_DAYS, Waits({}, {12: 15, 20: 15}))

    assert found.is_longer
    assert found.ratio == inf


def test_a_step_that_works_faster_is_shorter_and_not_longer() -> None:
    found = compare(TEN_DAYS, Waits({3: 20, 4: 20}, {2: 5}))

    assert found.is_shorter
    assert not found.is_longer
    assert found.statistic < 0


def test_the_reason_gives_shares_counts_and_chance() -> None:
    found = compare(TEN_DAYS, Waits({3: 8}, {14: 12, 20: 20}))

    assert found.because == (
        "After 10 days 80 in 100 still wait; before, 25 in 100 did (40 people now, 40 people before; 32 wait still). "
        "Longer than chance would make it (p < 0.0001)."
    )


@pytest.mark.parametrize(
    ("before", "now", "caution", "told"),
    [
        pytest.param(
            TEN_DAYS, Waits({30: 9}, {}), Caution(), "Too few to tell: 9 people now, 40 people before", id="too few now"
        ),
        pytest.param(
            Waits({3: 1}, {}), TEN_DAYS, Caution(), "Too few to tell: 40 people now, 1 person before", id="few before"
        ),
        pytest.param(TEN_DAYS, TEN_DAYS, Caution(), "may bring as much by chance (p = 1.00)", id="the same"),
        pytest.param(
            TEN_DAYS,
            Waits({9: 10, 11: 20, 13: 10}, {}),
            Caution(level=0.05, least_ratio=3),
            "but by less than 3 times",
            id="too small to matter",
        ),
    ],
)
def test_what_is_not_reported_says_why(before: Waits, now: Waits, caution: Caution, told: str) -> None:
    found = compare(before, now, caution)

    assert told in found.because
    assert not found.is_longer
    assert not found.is_shorter


NOBODY = Waits({}, {})
ONE_LEFT = Waits({4: 1}, {})
ALL_WAIT = Waits({}, {5: 30})


@pytest.mark.parametrize(
    ("before", "now"),
    [
        pytest.param(NOBODY, NOBODY, id="nobody at all"),
        pytest.param(TEN_DAYS, NOBODY, id="nobody now"),
        pytest.param(NOBODY, TEN_DAYS, id="nobody before"),
        pytest.param(ONE_LEFT, ONE_LEFT, id="one on each side"),
        pytest.param(ALL_WAIT, ALL_WAIT, id="all wait on both sides"),
        pytest.param(TEN_DAYS, ALL_WAIT, id="all wait, and not yet longer than before"),
        pytest.param(Waits({0: 30}, {}), Waits({0: 30}, {}), id="all leave at once"),
    ],
)
def test_samples_that_cannot_tell_are_no_alarm(before: Waits, now: Waits) -> None:
    found = compare(before, now, BOLD)

    assert not found.is_longer
    assert not found.is_shorter
    assert 0 <= found.p <= 1
    assert found.because


@pytest.mark.parametrize("wrong", [{"level": 0.0}, {"level": 1.0}, {"least_people": 0}, {"least_ratio": 0.5}])
def test_a_caution_out_of_its_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected were"):
        Caution(**wrong)  # type: ignore[arg-type]
