"""prefect.yaml declares the six deployments as the design has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from prefect import Flow
from prefect.flows import load_flow_from_entrypoint
from ruamel.yaml import YAML

from flows import blockages
from flows.sweeps import TURN
from handrail.prefect_automations import SWEEPS
from handrail.prefect_server import WORK_POOL

DECLARED = Path(__file__).parents[2] / "prefect.yaml"

SCHEDULES = {
    "timed-follow-ups": "*/5 * * * *",
    "hand-offs": "*/5 * * * *",
    "deliver-notices": "*/5 * * * *",
    "housing-blockages": "0 * * * *",
    "daily-tasking": "30 8 * * 1-5",
    "outcomes": "0 7 * * 1",
}


def declared() -> dict[str, Any]:
    return cast("dict[str, Any]", YAML(typ="safe").load(DECLARED))


def deployments() -> dict[str, dict[str, Any]]:
    return {deployment["name"]: deployment for deployment in declared()["deployments"]}


def test_the_six_deployments_start_when_the_design_says() -> None:
    found = {name: [schedule["cron"] for schedule in found["schedules"]] for name, found in deployments().items()}

    assert found == {name: [cron] for name, cron in SCHEDULES.items()}


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_is_in_local_time_and_has_a_name_of_its_own(name: str) -> None:
    for schedule in deployments()[name]["schedules"]:
        assert schedule["timezone"] == "Europe/London"
        assert schedule["slug"]


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_entrypoint_is_a_module_and_bears_the_deployments_name(name: str) -> None:
    flow: Flow[..., Any] = load_flow_from_entrypoint(deployments()[name]["entrypoint"])

    assert flow.name == name
    assert set(deployments()[name].get("parameters", {})) <= set(flow.parameters.properties)


@pytest.mark.parametrize("name", SCHEDULES)
def test_no_lock_of_prefect_decides_who_works(name: str) -> None:
    deployment = deployments()[name]

    assert "concurrency_limit" not in deployment
    assert deployment["work_pool"] == {"name": WORK_POOL}


@pytest.mark.parametrize("name", SWEEPS)
def test_a_turn_lasts_until_the_next_run_is_on_duty(name: str) -> None:
    assert deployments()[name]["parameters"] == {"turn_seconds": TURN}
    assert 300 < TURN < 400


def test_the_turn_at_finding_blockages_lasts_until_the_next_hour_s_run_is_on_duty() -> None:
    assert deployments()["housing-blockages"]["parameters"] == {"turn_seconds": blockages.TURN}
    assert 3600 < blockages.TURN < 3700


def test_a_worker_needs_no_copy_of_the_code() -> None:
    assert declared()["pull"] == []
