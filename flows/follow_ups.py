"""Timed follow-ups: wakes the cases whose follow-ups, tasks, reviews or windows are due."""

from __future__ import annotations

from prefect import flow

from flows.desk import guarded
from flows.sweeps import TURN, sweep_of_cases, take_turn, turn_name
from models.database import DUE_CHANNEL

SWEEP = sweep_of_cases("timed-follow-ups", "follow_ups", DUE_CHANNEL)


@flow(name="timed-follow-ups", flow_run_name=turn_name, retries=2, retry_delay_seconds=5)
@guarded
async def timed_follow_ups(turn_seconds: int = TURN) -> None:
    """Wake every case at the instant its follow-ups, tasks, reviews or windows are due, for one turn."""
    await take_turn(SWEEP, turn_seconds)
