"""More declines than usual, and decisions that take longer."""

from __future__ import annotations

from math import inf

import pytest

from handrail.waits.caution import Caution
from handrail.waits.rates import Part, above_usual, slower_than_usual
from handrail.waits.samples import Waits


def test_four_times_as_many_declines_are_above_usual() -> None:
    found = above_usual(now=(20, 30), before=(20, 120))

    assert found.is_above_usual
    assert found.ratio == pytest.approx(4)
    assert found.because == (
        "20 of 30 (67 in 100) now; before, 20 of 120 (17 in 100). More often than chance would make it (p < 0.0001)."
    )


def test_three_of_three_against_none_of_three_are_as_likely_as_worked_out_by_hand() -> None:
    """One way in twenty to choose three of six."""
    found = above_usual(now=(3, 3), before=(0, 3))

    assert found.p == pytest.approx(1 / 20)
    assert found.ratio == inf


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        pytest.param((0, 0), (0, 0), "Too few to tell: 0 of 0 now", id="nothing at all"),
        pytest.param((1, 1), (0, 200), "Too few to tell", id="one decision"),
        pytest.param((9, 9), (0, 200), "Too few to tell", id="nine decisions"),
        pytest.param((0, 40), (0, 200), "by chance (p = 1.00)", id="never"),
        pytest.param((40, 40), (200, 200), "by chance (p = 1.00)", id="always"),
        pytest.param((5, 30), (20, 120), "by chance", id="as usual"),
        pytest.param((2, 30), (60, 120), "by chance", id="far less than usual"),
        pytest.param((1_100, 2_000), (2_000, 4_400), "but by less than 1.5 times", id="a trifle among thousands"),
    ],
)
def test_what_is_not_reported_says_why(now: Part, before: Part, told: str) -> None:
    found = above_usual(now=now, before=before)

    assert not found.is_above_usual
    assert told in found.because


def test_declines_where_there_never_were_any_are_above_usual() -> None:
    assert above_usual(now=(12, 20), before=(0, 100)).is_above_usual


@pytest.mark.parametrize("part", [(3, 2), (-1, 4)])
def test_a_part_greater_than_its_whole_is_refused(part: Part) -> None:
    with pytest.raises(ValueError, match="expected was a part"):
        above_usual(now=part, before=(0, 10))


def test_decisions_that_are_awaited_still_make_an_agency_slower() -> None:
    usual, lately = Waits({2: 30, 4: 30}, {}), Waits({1: 5}, {9: 25})

    assert slower_than_usual(now=lately, before=usual).is_longer
    assert not slower_than_usual(now=usual, before=usual).is_longer
    assert not slower_than_usual(now=lately, before=usual, caution=Caution(least_people=31)).is_longer
