"""Runs and their worker killed in the middle of a turn: what is due is done, and Prefect shows what became of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from handrail import casework
from handrail.prefect_automations import A_SWEEP_FAILED
from handrail.prefect_client import Run

if TYPE_CHECKING:
    from troubled.installation import Trouble

SWEEP = "timed-follow-ups"
YESTERDAY = datetime.now(UTC) - timedelta(days=1, hours=3)
FIRED = """SELECT count(*) FROM events WHERE event = 'prefect.automation.triggered'
    AND resource->>'prefect.resource.name' = %s"""
AGE = """UPDATE flow_run SET start_time = start_time - interval '1 hour',
    expected_start_time = expected_start_time - interval '1 hour' WHERE id = %s"""
MESSAGE = "SELECT s.message FROM flow_run AS f JOIN flow_run_state AS s ON s.id = f.state_id WHERE f.id = %s"


def fired(trouble: Trouble, automation: str) -> int:
    return int(trouble.query(FIRED, automation)[0][0])


def test_a_run_that_is_killed_is_shown_as_crashed_and_the_next_one_goes_on(trouble: Trouble) -> None:
    run = trouble.begin_duty(SWEEP)
    fired_before = fired(trouble, A_SWEEP_FAILED)

    trouble.kill(trouble.pids_of(run))
    trouble.open_cases(3, YESTERDAY)

    assert trouble.await_run(run).state == "CRASHED"
    assert not trouble.nothing_is_due()
    assert trouble.run_to_its_end(SWEEP).state == "COMPLETED"
    assert trouble.nothing_is_due()
    trouble.await_fact(lambda: fired(trouble, A_SWEEP_FAILED) > fired_before)


def test_a_killed_worker_leaves_its_runs_at_work_and_what_dies_with_it_is_cleared_by_the_next_run(
    trouble: Trouble,
) -> None:
    run = trouble.begin_duty(SWEEP)

    trouble.kill_worker()
    trouble.open_cases(3, YESTERDAY)

    trouble.await_fact(trouble.nothing_is_due)
    assert state(trouble, run) == "RUNNING"

    # The worker that could have told is another one by now.
    trouble.kill(trouble.pids_of(run))
    trouble.await_prefect()
    young = trouble.run_to_its_end(SWEEP)
    assert (young.state, state(trouble, run)) == ("COMPLETED", "RUNNING"), "so young that it might be at work"

    trouble.query(AGE, run.run_id)
    assert trouble.run_to_its_end(SWEEP).state == "COMPLETED"
    assert state(trouble, run) == "CRASHED"
    assert trouble.query(MESSAGE, run.run_id)[0][0].startswith("The process of this run is gone")
    assert casework.verify(trouble.store).wrong == 0


def test_the_automation_fires_when_no_sweep_finishes(trouble: Trouble) -> None:
    trouble.await_fact(lambda: fired(trouble, "no sweep finished for ten seconds") > 0)


def state(trouble: Trouble, run: Run) -> str:
    return trouble.client.find_run(run.run_id).state
