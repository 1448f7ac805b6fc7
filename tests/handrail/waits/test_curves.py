"""The curve of those who still wait, worked out by hand and by scipy."""

from __future__ import annotations

import pytest
from scipy.stats import CensoredData, ecdf

from handrail.waits.curves import Point, curve, median_interval, median_wait, share_still_waiting
from handrail.waits.samples import Waits

FOUR = Waits(finished={1: 1, 3: 1}, waiting={2: 1, 4: 1})
"""By hand: of 4 one leaves on day 1, 3/4 wait; one is last seen on day 2; of 2 one leaves on day 3, 3/8 wait."""

REMISSION = Waits(
    finished={6: 3, 7: 1, 10: 1, 13: 1, 16: 1, 22: 1, 23: 1},
    waiting={6: 1, 9: 1, 10: 1, 11: 1, 17: 1, 19: 1, 20: 1, 25: 1, 32: 2, 34: 1, 35: 1},
)
"""Weeks of the 21 treated patients of Freireich and others (1963): the textbook's example, with a median of 23."""


def test_the_curve_of_four_people_is_that_worked_out_by_hand() -> None:
    assert [(point.day, point.share) for point in curve(FOUR)] == [(1, 0.75), (2, 0.75), (3, 0.375), (4, 0.375)]


@pytest.mark.parametrize(("days", "share"), [(0, 1.0), (1, 0.75), (2, 0.75), (3, 0.375), (4, 0.375), (5, None)])
def test_the_share_after_some_days_is_known_as_far_as_people_were_followed(days: int, share: float | None) -> None:
    assert share_still_waiting(FOUR, days) == share


def test_when_all_have_left_nobody_waits_ever_after() -> None:
    assert share_still_waiting(Waits({2: 1, 5: 1}, {3: 4}), 80) == 0


def test_the_textbook_median_and_its_interval_come_out() -> None:
    assert median_wait(REMISSION) == 23
    assert median_interval(REMISSION) == (13, None)
    assert share_still_waiting(REMISSION, 10) == pytest.approx(0.7529, abs=0.0001)


def test_the_bounds_are_those_of_scipy() -> None:
    sample: CensoredData = CensoredData(uncensored=[6, 6, 6, 7, 10, 13], right=[6, 9, 10, 11, 17])
    bounds = ecdf(sample).sf.confidence_interval(0.9, method="log-log")

    points = curve(Waits({6: 3, 7: 1, 10: 1, 13: 1}, {6: 1, 9: 1, 10: 1, 11: 1, 17: 1}), confidence=0.9)

    assert [point.low for point in points] == list(bounds.low.probabilities)  # type: ignore[attr-defined]
    assert [point.high for point in points] == list(bounds.high.probabilities)  # type: ignore[attr-defined]


def test_the_bounds_say_nothing_before_anybody_leaves_and_stay_when_all_have() -> None:
    first, second, last = curve(Waits({5: 1, 9: 1}, {3: 1}))

    assert first == Point(3, 1.0, 1.0, 1.0)
    assert last == Point(9, 0.0, 0.0, second.high)


def test_half_of_them_waiting_still_is_a_median_that_nobody_knows() -> None:
    stuck = Waits({3: 4}, {20: 6})

    assert median_wait(stuck) is None
    assert median_interval(stuck)[1] is None


@pytest.mark.parametrize(
    ("waits", "median", "share"),
    [
        pytest.param(Waits({}, {}), None, None, id="nobody"),
        pytest.param(Waits({4: 1}, {}), 4, 1.0, id="one who left"),
        pytest.param(Waits({}, {4: 1}), None, 1.0, id="one who waits"),
        pytest.param(Waits({}, {1: 3, 9: 5}), None, 1.0, id="all wait"),
        pytest.param(Waits({0: 3}, {}), 0, 0.0, id="all left on the day they came"),
    ],
)
def test_small_samples_have_answers_too(waits: Waits, median: float | None, share: float | None) -> None:
    assert median_wait(waits) == median
    assert share_still_waiting(waits, 1) == share
