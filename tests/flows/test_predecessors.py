"""Which runs a later one clears away: late ones that nobody asked for, and those that cannot be at work any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from prefect.client.schemas.objects import FlowRun, StateType

from flows.predecessors import LONGEST_TABLE, SLACK, made_idle, without_process
from flows.sweeps import TURN

NOON = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
A_TURN = timedelta(seconds=TURN)


def run(**known: Any) -> FlowRun:
    return FlowRun(flow_id=UUID(int=1), **known)


@pytest.mark.parametrize(
    ("state", "by_schedule", "cleared"),
    [("Late", True, True), ("Scheduled", True, True), ("AwaitingRetry", True, False), ("Late", False, False)],
)
def test_a_late_run_that_the_schedule_laid_is_idle_and_one_that_a_person_asked_for_is_not(
    state: str, *, by_schedule: bool, cleared: bool
) -> None:
    late = run(state_type=StateType.SCHEDULED, state_name=state, auto_scheduled=by_schedule)

    assert made_idle([late]) == ([late] if cleared else [])


@pytest.mark.parametrize("state", [StateType.RUNNING, StateType.PENDING])
@pytest.mark.parametrize(
    ("parameters", "longest"), [({"turn_seconds": TURN}, A_TURN + SLACK), ({}, LONGEST_TABLE)], ids=["sweep", "table"]
)
def test_a_run_that_began_too_long_ago_has_no_process_any_more(
    state: StateType, parameters: dict[str, int], longest: timedelta
) -> None:
    gone = run(state_type=state, start_time=NOON - longest - timedelta(seconds=1), parameters=parameters)
    at_work = run(state_type=state, start_time=NOON - longest, parameters=parameters)

    assert without_process([gone, at_work], NOON) == [gone]


def test_a_run_that_has_ended_is_left_as_it_is() -> None:
    ended = run(state_type=StateType.COMPLETED, state_name="Completed", start_time=NOON - timedelta(days=3))

    assert made_idle([ended]) == without_process([ended], NOON) == []
