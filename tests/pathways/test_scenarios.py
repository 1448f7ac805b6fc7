"""Every story told in a pathway file of ours ends as it says."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from integrations.bank_holidays import england_and_wales
from pathways.chart import Pathway
from pathways.chart_building import build
from pathways.declaration import Scenario
from pathways.loading import Loaded, load_agencies, load_pathway
from pathways.scenarios import run_scenario

FOLDER = Path(__file__).parents[2] / "pathways"
FILES = ("peep.yaml", "hospital_discharge.yaml")


@cache
def loaded(name: str) -> Loaded:
    agencies, problems = load_agencies((FOLDER / "agencies.yaml").read_bytes(), "agencies.yaml")
    assert not problems
    return load_pathway((FOLDER / name).read_bytes(), name, agencies)


@cache
def pathway(name: str) -> Pathway:
    found = loaded(name)
    assert found.file is not None, "\n".join(map(str, found.problems))
    agencies, _ = load_agencies((FOLDER / "agencies.yaml").read_bytes(), "agencies.yaml")
    return build(found.file, found.agencies or agencies, england_and_wales())


def stories() -> list[tuple[str, Scenario]]:
    files = [(name, loaded(name).file) for name in FILES]
    return [(name, scenario) for name, file in files if file is not None for scenario in file.scenarios]


@pytest.mark.parametrize("name", FILES)
def test_a_pathway_of_ours_has_neither_an_error_nor_a_warning(name: str) -> None:
    assert [str(problem) for problem in loaded(name).problems] == []


@pytest.mark.parametrize(("name", "at_least"), [("peep.yaml", 12), ("hospital_discharge.yaml", 5)])
def test_a_pathway_of_ours_tells_enough_stories(name: str, at_least: int) -> None:
    assert sum(file == name for file, _ in stories()) >= at_least


@pytest.mark.parametrize(("name", "scenario"), stories(), ids=[scenario.name for _, scenario in stories()])
def test_a_story_ends_as_it_says(name: str, scenario: Scenario) -> None:
    outcome = run_scenario(scenario, pathway(name))

    assert outcome.differences == ()


def test_the_fourteen_partners_keep_their_names_commas_and_all() -> None:
    agencies, _ = load_agencies((FOLDER / "agencies.yaml").read_bytes(), "agencies.yaml")

    assert agencies is not None
    titles = [agency.title for agency in agencies.agencies.values()]
    assert titles[:14] == [
        "Cathedral Quarter BID",
        "St Peters Quarter BID",
        "Derbyshire Constabulary",
        "Derby City Council",
        "Derbyshire Healthcare NHS",
        "East Midlands Ambulance Service Foundation Trust",
        "National Probation Service",
        "Padley Group",
        "Hope Centre",
        "Derby Homes",
        "Riverside",
        "Derbyshire, Leicestershire, Nottinghamshire, and Rutland Community Rehabilitation Company (CRC)",
        "Derby City Mission",
        "Community Protection Officers",
    ]


@pytest.mark.parametrize("agency", ["nps", "crc"])
def test_the_probation_service_took_over_on_26_june_2021(agency: str) -> None:
    chart = pathway("peep.yaml")
    last_day = chart.calendar.resolve(_local("2021-06-25 23:59"))
    first_day = chart.calendar.resolve(_local("2021-06-26 00:00"))

    assert chart.serving(agency, last_day) == agency
    assert chart.serving(agency, first_day) == "probation_service"


def test_every_step_of_enforcement_after_being_considered_asks_for_a_named_decision() -> None:
    stages = pathway("peep.yaml").declaration.tracks["enforcement"].stages

    for name in ("warned", "notice", "order", "court"):
        gate = stages[name].gate
        assert gate is not None
        assert any(part.approved is not None for part in gate.all or ()), name
    assert stages["considered"].gate is not None


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text)
