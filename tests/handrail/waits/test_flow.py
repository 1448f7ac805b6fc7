"""More arrive than leave: told from chance, also where people come in groups."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest

from handrail.waits.caution import Caution
from handrail.waits.flow import group_size, piling_up


def test_twice_as_many_arriving_as_leaving_is_a_pile() -> None:
    found = piling_up([20] * 8, [10] * 8)

    assert found.is_piling_up
    assert found.growth == 80
    assert found.p == binomtest(160, 240, alternative="greater").pvalue
    assert found.because == (
        "In 8 weeks 160 people arrived and 80 left: 80 more wait, more than chance would make it (p < 0.0001)."
    )


def test_three_heads_of_four_are_as_likely_as_worked_out_by_hand() -> None:
    assert piling_up([3], [1]).p == pytest.approx(5 / 16)


@pytest.mark.parametrize(
    ("arrived", "left"),
    [
        pytest.param([], [], id="no weeks"),
        pytest.param([0, 0], [0, 0], id="nobody"),
        pytest.param([1], [0], id="one person"),
        pytest.param([9], [0], id="nine, which is too few"),
        pytest.param([10, 11, 9, 12], [9, 8, 10, 9], id="a little more"),
        pytest.param([10] * 8, [20] * 8, id="fewer than leave"),
    ],
)
def test_what_chance_may_do_is_no_pile(arrived: list[int], left: list[int]) -> None:
    found = piling_up(arrived, left)

    assert not found.is_piling_up
    assert "may bring as much by chance" in found.because


def test_nobody_leaving_any_more_is_a_pile_within_few_weeks() -> None:
    assert piling_up([20] * 8, [20, 19, 21, 20, 0, 0, 0, 0]).is_piling_up


def test_people_who_come_ten_at_a_time_count_as_fewer() -> None:
    steady, bunched = [12] * 8, [0, 30, 0, 30, 0, 0, 30, 6]
    left = [6] * 8

    assert sum(steady) == sum(bunched)
    assert group_size(steady, left) == 1
    assert group_size(bunched, left) > 10
    assert piling_up(steady, left, caution=Caution(level=0.001)).is_piling_up
    assert not piling_up(bunched, left, caution=Caution(level=0.001)).is_piling_up


def test_a_service_that_stops_does_not_pass_for_groups() -> None:
    """One step between two weeks of eight, and not a spread about the mean of all of them."""
    assert group_size([10] * 8, [10, 10, 10, 10, 0, 0, 0, 0]) < 1.5


def test_a_trifle_among_thousands_is_a_pile_nevertheless() -> None:
    assert piling_up([1_100] * 8, [1_000] * 8).is_piling_up


def test_only_the_last_weeks_are_looked_at_and_those_before_tell_how_people_come() -> None:
    quiet = piling_up([12] * 30, [12] * 22 + [4] * 8)
    bunched = piling_up([0, 24] * 15, [12] * 22 + [4] * 8)

    assert (quiet.weeks, quiet.arrived, quiet.left) == (bunched.weeks, bunched.arrived, bunched.left) == (8, 96, 32)
    assert quiet.is_piling_up
    assert not bunched.is_piling_up


@pytest.mark.parametrize(("arrived", "left", "recent"), [([1, 2], [1], 8), ([1, -1], [1, 1], 8), ([1, 2], [1, 2], 0)])
def test_weeks_that_do_not_match_are_refused(arrived: list[int], left: list[int], recent: int) -> None:
    with pytest.raises(ValueError, match="expected were as many of each"):
        piling_up(arrived, left, recent=recent)
