"""What earlier runs of a deployment left behind in Prefect: late ones made idle, and those whose process is gone.

After an outage every run that the schedule laid for it is late, and all of them would start at once, each for seconds
of CPU. One does what they all would. And a run whose process died while nobody could tell Prefect would be "Running"
for ever. So each run looks after its predecessors. This is tidiness: no deadline depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from prefect import get_client, runtime
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Cancelled, Crashed
from prefect.types import DateTime

from flows import observation

LATE = timedelta(minutes=5)  # the time between two starts of a sweep: by then the next run is there
SLACK = timedelta(minutes=10)  # after the end of its turn: the last batch, and two retries
LONGEST_TABLE = timedelta(hours=1)
MADE_IDLE = "Prefect or its worker was away when this run was due. A later one does what it would have done."
PROCESS_GONE = "The process of this run is gone, and nobody could tell Prefect when it went. A later run goes on."


async def look_after_predecessors() -> None:
    """Have no run of this deployment stay late or run for ever, as far as Prefect answers."""
    deployment_id, own_id = runtime.deployment.id, runtime.flow_run.id
    if deployment_id is None or own_id is None:
        return
    now = observation.now()
    async with get_client() as client:
        found = [run for run in await _unfinished(client, UUID(deployment_id), now - LATE) if str(run.id) != own_id]
        for run in made_idle(found):
            await client.set_flow_run_state(run.id, Cancelled(message=MADE_IDLE))
        for run in without_process(found, now):
            await client.set_flow_run_state(run.id, Crashed(message=PROCESS_GONE))


def made_idle(runs: Iterable[FlowRun]) -> list[FlowRun]:
    """Return those that the schedule laid and no worker took; what a person asked for stays."""
    return [run for run in runs if run.auto_scheduled and run.state_name in {"Scheduled", "Late"}]


def without_process(runs: Iterable[FlowRun], now: datetime) -> list[FlowRun]:
    """Return those that were begun so long ago that they cannot be at work any more."""
    begun = {StateType.RUNNING, StateType.PENDING}
    return [run for run in runs if run.state_type in begun and now - _since(run, now) > _longest(run)]


async def _unfinished(client: PrefectClient, deployment_id: UUID, before: datetime) -> list[FlowRun]:
    instant = DateTime.fromtimestamp(before.timestamp(), UTC)  # a class of Prefect's own
    types = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING]
    wanted = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=[deployment_id]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=types)),
        expected_start_time=FlowRunFilterExpectedStartTime(before_=instant),
    )
    return await client.read_flow_runs(flow_run_filter=wanted)


def _since(run: FlowRun, now: datetime) -> datetime:
    return run.start_time or run.expected_start_time or now


def _longest(run: FlowRun) -> timedelta:
    turn = run.parameters.get("turn_seconds")
    return LONGEST_TABLE if turn is None else timedelta(seconds=turn) + SLACK
