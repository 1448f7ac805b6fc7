"""The sample's places: as many as a city has, of every sort, brought in once."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from handrail.housing.kinds import known_kinds
from handrail.housing.registry import Tally, capacity
from handrail.housing.switches import turn_on
from handrail.sample.places import SEVERE_WEATHER, load_sample_places, sample_places
from handrail.sample_loading import publish_sample
from handrail.settings import Settings
from handrail.wiring import Store


@pytest.fixture
def peep(engine: Engine, tmp_path: Path) -> Store:
    """A store in which PEEP is in force."""
    store = Store(engine, Settings(state=tmp_path, outbox=tmp_path / "outbox"))
    publish_sample(store)
    return store


def test_the_sample_has_the_places_of_a_city_and_comes_in_once(peep: Store) -> None:
    first, again = load_sample_places(peep), load_sample_places(peep)

    assert (first.projects, first.places) == (Tally(new=5), Tally(new=124))
    assert (again.projects, again.places) == (Tally(same=5), Tally(same=124))
    assert {one.project.key: one.free for one in capacity(peep)} == {
        "castle_court": 12,
        "milestone": 43,
        "nsno": 12,
        "padley_house": 8,
        "winter_shelter": 35,
    }


def test_severe_weather_opens_more_of_the_sample(peep: Store) -> None:
    load_sample_places(peep)

    turn_on(peep, SEVERE_WEATHER, None, None, "Three nights below zero", "C. Ordinator")

    assert sum(one.free for one in capacity(peep, kind="nightly_bed")) == 35 + 12 + 10 + 4


def test_a_hostel_stay_aims_at_28_days(peep: Store) -> None:
    with peep.engine.connect() as connection:
        aim = known_kinds(peep, connection)["hostel_room"].chart.stay_aim

    assert aim is not None
    assert str(aim) == "28 days"


def test_for_every_trait_there_are_places_with_it_and_without() -> None:
    places = list(sample_places())

    for trait in ("single", "accessible", "women_only", "dogs", "couples"):
        assert {bool(getattr(one, trait)) for one in places} | {trait == "single"} == {True, False}, trait
    assert {risk for one in places for risk in one.risks_not_accepted or ()} == {"arson", "sexual_offence"}
