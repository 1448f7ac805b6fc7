"""Hand-offs: offers, reminders, expiries, and the next agency."""

from __future__ import annotations

from prefect import flow

from flows.desk import guarded
from flows.sweeps import TURN, sweep_of_cases, take_turn, turn_name
from models.database import DUE_CHANNEL

SWEEP = sweep_of_cases("hand-offs", "hand_offs", DUE_CHANNEL)


@flow(name="hand-offs", flow_run_name=turn_name, retries=2, retry_delay_seconds=5)
@guarded
async def hand_offs(turn_seconds: int = TURN) -> None:
    """Wake every case at the instant one of its hand-offs must be offered, reminded, or passed on, for one turn."""
    await take_turn(SWEEP, turn_seconds)
