"""Lengths are drawn from what is over and from what is not over yet."""

from __future__ import annotations

from math import inf
from random import Random
from statistics import fmean

import numpy as np
import pytest
from scipy.stats import CensoredData, ecdf

from handrail.whatif.curves import Curve, Span, constant, curve_of, median_of


def watched(seed: int, people: int = 4000, mean: float = 28.0, since: float = 60.0) -> list[Span]:
    """Return stays begun over 200 days and watched for the last ``since`` of them, as a store would show them."""
    chance = Random(seed)
    spans = []
    for _ in range(people):
        began, lasts = chance.uniform(-200, 0), chance.expovariate(1 / mean)
        if began + lasts > -since:
            spans.append(Span(max(0.0, -since - began), min(lasts, -began), began + lasts < 0))
    return spans


def mean_of(curve: Curve) -> float:
    chance = Random(7)
    return fmean(curve.length(1 - chance.random()) for _ in range(20_000))


def test_the_curve_is_that_of_scipy_where_nobody_enters_late() -> None:
    chance = Random(1)
    spans = [Span(0.0, float(chance.randint(1, 40)), chance.random() < 0.7) for _ in range(300)]

    ours = curve_of(spans)

    over = [span.left for span in spans if span.over]
    theirs = ecdf(CensoredData(uncensored=over, right=[span.left for span in spans if not span.over])).sf
    assert ours.shares == pytest.approx(np.asarray(theirs.evaluate(np.array(ours.days))))


def test_stays_that_go_on_do_not_bias_the_lengths_though_the_average_of_those_over_would() -> None:
    spans = [span for span in watched(seed=2) if span.entered == 0]

    naive = fmean(span.left for span in spans if span.over)

    assert mean_of(curve_of(spans)) == pytest.approx(28.0, rel=0.08)
    assert naive < 20.0


def test_stays_that_had_begun_before_we_looked_do_not_bias_the_lengths() -> None:
    spans = watched(seed=3)

    blind = curve_of([Span(0.0, span.left, span.over) for span in spans])

    assert mean_of(curve_of(spans)) == pytest.approx(28.0, rel=0.06)
    assert mean_of(blind) > 32.0


def test_what_has_lasted_already_goes_on_from_its_age() -> None:
    curve = curve_of([Span(0.0, float(day), over=True) for day in range(1, 101)])
    chance = Random(4)

    drawn = [curve.length(1 - chance.random(), age=50.0) for _ in range(5000)]

    assert min(drawn) > 0
    assert max(drawn) <= 50.0
    assert fmean(drawn) == pytest.approx(25.5, rel=0.05)


def test_what_lasts_longer_than_anything_known_ends_at_the_overall_rate() -> None:
    curve = curve_of([Span(0.0, 10.0, over=True), Span(0.0, 10.0, over=False)])

    assert curve.mean_beyond == pytest.approx(20.0)
    assert curve.length(0.25) == pytest.approx(10.0 + 20.0 * 0.6931, rel=0.001)
    assert curve.length(0.5, age=30.0) == pytest.approx(20.0 * 0.6931, rel=0.001)


def test_who_never_gave_up_waits_for_ever() -> None:
    curve = curve_of([Span(0.0, 3.0, over=True), Span(0.0, 5.0, over=False)], never=True)

    assert curve.length(0.75) == 3.0
    assert curve.length(0.25) == inf
    assert curve.length(0.25, age=9.0) == inf


def test_an_aim_is_an_average() -> None:
    assert mean_of(constant(28.0)) == pytest.approx(28.0, rel=0.03)


def test_the_median_counts_those_who_wait_still() -> None:
    assert median_of([Span(0.0, 1.0, over=True), Span(0.0, 9.0, over=False), Span(0.0, 9.0, over=False)]) is None
    assert median_of([Span(0.0, float(day), over=True) for day in (1, 2, 3)]) == 2.0
    assert median_of([]) is None
