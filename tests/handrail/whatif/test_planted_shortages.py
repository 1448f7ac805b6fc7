"""Of a city about which everything is known, the answer is right within its own interval, about as often as it says."""

from __future__ import annotations

from math import exp, log
from random import Random
from statistics import NormalDist, fmean, variance

import pytest
from planted_city import City, Planted, plant
from planted_truth import expected_waiting, lived_waiting

from handrail.whatif import asking
from handrail.whatif.asking import Answer, ask
from handrail.whatif.city import live
from handrail.whatif.estimates import Interval
from handrail.whatif.people import people
from handrail.whatif.question import Question
from handrail.whatif.redrawing import redraw

WEEKS = 8
DAYS = 7.0 * WEEKS
MEAN = 28.0
SIGMA = 1.0


def exponential(chance: Random) -> float:
    return chance.expovariate(1 / MEAN)


def lognormal(chance: Random) -> float:
    return chance.lognormvariate(log(MEAN) - SIGMA**2 / 2, SIGMA)


def lognormal_left(chance: Random, age: float) -> float:
    """Return how much longer a stay of ``age`` lasts, by the inverse of what lognormal lengths leave."""
    normal, middle = NormalDist(), log(MEAN) - SIGMA**2 / 2
    survived = 1.0 if age <= 0 else 1 - normal.cdf((log(age) - middle) / SIGMA)
    left = survived * (1 - chance.random())
    return exp(middle + SIGMA * normal.inv_cdf(min(1 - 1e-12, 1 - left))) - age


def asked(planted: Planted, more: int, seeds: int = 40) -> Answer:
    return ask(planted.history, Question(0.0, WEEKS, {"milestone": more} if more else {}, seeds=seeds))


def saved_exactly(city: City, planted: Planted, more: int) -> float:
    """Return by how much the expected person-days of waiting fall, if stays end at a constant rate."""
    now = planted.waiting + len(planted.ages)
    return expected_waiting(city.places, city.comers, MEAN, now, DAYS) - expected_waiting(
        city.places + more, city.comers, MEAN, now, DAYS
    )


def saved_in_lives(city: City, planted: Planted, more: int, lives: int = 150) -> float:
    """Return by how much the person-days of waiting fall on average, lived by a few plain lines."""
    start = planted.waiting, planted.ages
    return fmean(
        lived_waiting(city.places, city.comers, lognormal_left, start, DAYS, seed)
        - lived_waiting(city.places + more, city.comers, lognormal_left, start, DAYS, seed)
        for seed in range(lives)
    )


def _width(interval: Interval) -> float:
    return interval.high - interval.low


def test_a_planted_shortage_is_answered_within_the_interval_at_about_its_rate() -> None:
    city = City(places=10, comers=10 / MEAN, length=exponential)
    cities = [plant(city, seed) for seed in range(40)]

    found = [(asked(one, 2).person_days, saved_exactly(city, one, 2)) for one in cities]

    assert sum(estimate.interval.holds(truth) for estimate, truth in found) >= 34  # 38 of 40 would be its rate
    assert fmean(estimate.fewer for estimate, _ in found) == pytest.approx(fmean(truth for _, truth in found), rel=0.1)
    assert fmean(truth for _, truth in found) > 100
    assert fmean(_width(estimate.interval) for estimate, _ in found) < 0.75 * fmean(
        _width(estimate.range_) for estimate, _ in found
    )


def test_a_shortage_of_long_and_short_stays_is_answered_within_the_interval() -> None:
    city = City(places=10, comers=10.5 / MEAN, length=lognormal)
    cities = [plant(city, seed) for seed in range(100, 112)]

    found = [(asked(one, 2).person_days, saved_in_lives(city, one, 2)) for one in cities]

    assert sum(estimate.interval.holds(truth) for estimate, truth in found) >= 10


def test_a_city_with_places_to_spare_gains_about_nothing() -> None:
    city = City(places=20, comers=10 / MEAN, length=exponential)
    cities = [plant(city, seed) for seed in range(12)]

    found = [asked(one, 2) for one in cities]

    assert all(answer.person_days.interval.low <= 0.1 for answer in found)
    assert all(answer.person_days.fewer < 5 for answer in found)
    assert sum(answer.next is None for answer in found) >= 10


def test_the_same_people_in_both_worlds_make_the_difference_far_surer_than_others_would() -> None:
    history = plant(City(places=10, comers=10.5 / MEAN, length=exponential), 5).history
    question = Question(0.0, WEEKS, {"milestone": 1})
    as_is, changed = [], []
    for seed in range(60):
        habits = redraw(history, Random("one drawing"))
        cast = people(history, habits, DAYS, Random(seed))
        as_is.append(live(asking._as_is(history, question, habits, cast), cast.newcomers)["hostel"].waited)
        changed.append(live(asking._changed(history, question, habits, cast), cast.newcomers)["hostel"].waited)

    same = variance([before - after for before, after in zip(as_is, changed, strict=True)])
    others = variance([before - after for before, after in zip(as_is, changed[1:] + changed[:1], strict=True)])

    assert same < others / 10


def test_where_nothing_changes_nothing_differs_at_all() -> None:
    answer = asked(plant(City(places=10, comers=10.5 / MEAN, length=exponential), 5), more=0)

    days = answer.person_days
    assert days.as_is > 0
    assert days.as_is == days.changed
    assert (days.fewer, days.interval.low, days.interval.high, days.range_.low, days.range_.high) == (0, 0, 0, 0, 0)


def test_the_same_question_has_the_same_answer() -> None:
    planted = plant(City(places=10, comers=10.5 / MEAN, length=exponential), 6)

    assert asked(planted, 1, seeds=20) == asked(planted, 1, seeds=20)


def test_the_place_where_people_wait_most_is_the_next_blockage() -> None:
    answer = asked(plant(City(places=10, comers=12 / MEAN, length=exponential), 7), more=1)

    assert answer.next is not None
    assert (answer.next.kind, answer.next.project) == ("hostel", "milestone")
    assert answer.next.full > 0.95
