"""One real Prefect server over PostgreSQL, with a worker and our deployments: what only the whole can show.

The last test stops it, so no module that needs it may come after this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest

from handrail import prefect_server
from handrail.marked_processes import find_marked
from handrail.prefect_automations import A_SWEEP_FAILED, NO_SWEEP_FINISHED, ensure_automations
from handrail.prefect_client import DeploymentNotFound, Run
from handrail.prefect_running import DECLARED

if TYPE_CHECKING:
    from tests.flows.conftest import Stage


DONE = "10:05 to 10:10: 28 offered, 2 expired"


@pytest.fixture(scope="module")
def started(stage: Stage) -> dict[str, Run]:
    """A run of each rehearsed flow that an operator starts, at its end; the one on duty has begun its turn."""
    runs = {name: stage.client.start_run(f"rehearsed-{name}") for name in ("fault", "leak", "duty")}
    stage.await_runs([runs["fault"], runs["leak"]])
    stage.await_fact((stage.place.folder / "on-duty").exists)
    return {name: stage.client.find_run(run.run_id) for name, run in runs.items()}


@pytest.fixture(scope="module")
def scheduled(stage: Stage) -> str:
    """A run that nobody started but the schedule, at its end."""
    statement = "SELECT id FROM flow_run WHERE auto_scheduled AND state_type = 'COMPLETED' AND name = %s LIMIT 1"
    stage.await_fact(lambda: bool(stage.query(statement, DONE)))
    return str(stage.query(statement, DONE)[0][0])


def test_every_deployment_of_ours_gets_its_runs_scheduled(stage: Stage) -> None:
    ours = [found.deployment_id for found in stage.client.list_deployments() if not found.name.startswith("rehearsed")]
    assert len(ours) == 6

    stage.await_fact(lambda: {run.deployment_id for run in stage.client.list_runs(ours)} == set(ours))


def test_a_scheduled_run_is_started_by_the_worker_and_named_after_what_it_did(stage: Stage, scheduled: str) -> None:
    assert stage.client.find_run(scheduled).name == DONE


def test_an_operator_sees_a_task_run_for_each_act_up_to_the_declared_number_and_one_beyond(
    stage: Stage, scheduled: str
) -> None:
    def seen() -> list[str]:
        return [name for (name,) in stage.query("SELECT name FROM task_run WHERE flow_run_id = %s", scheduled)]

    stage.await_fact(lambda: len(seen()) >= 27)
    named = [name for name in seen() if name.endswith(" riverside hand_off_offered nsno_bed")]
    assert len(set(named)) == len(named) == 25
    assert sorted(set(seen()) - set(named)) == ["and 5 more", "withheld withheld withheld withheld"]


def test_an_act_is_an_event_of_the_case_and_of_the_agency(stage: Stage, scheduled: str) -> None:
    statement = """SELECT resource_id, related::text FROM events
        WHERE event = 'handrail.case.hand_off_offered' AND related::text LIKE %s"""

    stage.await_fact(lambda: len(stage.query(statement, f"%{scheduled}%")) == 25)
    for case, related in stage.query(statement, f"%{scheduled}%"):
        assert case.startswith("handrail.case.")
        assert "handrail.agency.riverside" in related


def test_a_failing_run_shows_the_class_and_the_number_of_its_fault(stage: Stage, started: dict[str, Run]) -> None:
    fault = started["fault"]

    told = stage.query("SELECT message FROM flow_run_state WHERE flow_run_id = %s AND type = 'FAILED'", fault.run_id)

    assert fault.state == "FAILED"
    assert told == [("Flow run encountered an exception: Fault: ValueError, recorded as fault 7.",)]


def test_deploying_twice_makes_no_second_deployment_and_no_second_automation(stage: Stage) -> None:
    stage.deploy(DECLARED)
    ensure_automations(stage.client)

    names = [deployment.name for deployment in stage.client.list_deployments()]
    assert len(names) == len(set(names)) == 10
    for name in (A_SWEEP_FAILED, NO_SWEEP_FINISHED):
        assert len(stage.client.list_automations(name)) == 1


def test_what_an_operator_made_of_an_automation_outlives_a_deploy_and_doubles_go(stage: Stage) -> None:
    ensure_automations(stage.client)
    (automation,) = stage.client.list_automations(A_SWEEP_FAILED)
    theirs = {
        **{key: automation[key] for key in ("name", "trigger")},
        "enabled": False,
        "description": "mine",
        "actions": [{"type": "cancel-flow-run"}],
    }
    stage.client.update_automation(automation["id"], theirs)
    stage.client.create_automation(theirs)
    assert len(stage.client.list_automations(A_SWEEP_FAILED)) == 2

    ensure_automations(stage.client)

    (kept,) = stage.client.list_automations(A_SWEEP_FAILED)
    assert kept["id"] == automation["id"]
    assert kept["enabled"] is False
    assert kept["actions"][0]["type"] == "cancel-flow-run"
    assert kept["description"] != "mine"


def test_prefects_role_cannot_enter_the_case_store(stage: Stage) -> None:
    url = stage.place.store_url.replace("postgresql+psycopg", "postgresql").replace("handrail@", "prefect@")

    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(url)


def test_a_deployment_that_is_not_there_is_told_with_those_that_are(stage: Stage) -> None:
    with pytest.raises(DeploymentNotFound, match="It has: daily-tasking, deliver-notices"):
        stage.client.start_run("daily-taskings")


def test_the_server_listens_on_loopback_and_says_that_it_sends_no_analytics(stage: Stage) -> None:
    settings = httpx.get(f"{stage.place.api_url}/admin/settings", trust_env=False).json()

    assert settings["server"]["analytics_enabled"] is False
    assert settings["server"]["api"]["host"] == "127.0.0.1"


def test_nothing_planted_reaches_prefect_and_the_search_would_find_it(
    stage: Stage, started: dict[str, Run], scheduled: str
) -> None:
    assert started["leak"].state == "FAILED"
    assert stage.client.find_run(scheduled).state == "COMPLETED"
    assert stage.canary in (stage.place.folder / "faults.txt").read_text()
    stage.await_fact(lambda: {"flow_run_state", "log"} <= stage.tables_that_hold(stage.leak))
    name, _ = stage.canary.split()

    assert stage.tables_that_hold(name) == set()
    assert stage.files_that_hold("run/logs", name) == set()
    assert stage.files_that_hold("prefect", name) == set()
    assert stage.files_that_hold("run/logs", stage.leak) == {"Prefect-worker.log"}


def test_a_stop_ends_a_run_on_duty_in_order_and_leaves_no_process(stage: Stage, started: dict[str, Run]) -> None:
    stage.supervisor.stop()

    assert (stage.place.folder / "on-duty").read_text() == "relieved"
    statement = "SELECT state_type FROM flow_run WHERE id = %s"
    assert stage.query(statement, started["duty"].run_id) == [("COMPLETED",)]
    assert find_marked(str(stage.supervisor.folder)) == []
    assert not prefect_server.is_healthy(stage.place.api_url)
