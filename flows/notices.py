"""Notices: sends what waits in the outbox over each agency's channels."""

from __future__ import annotations

from prefect import flow

from flows.desk import guarded
from flows.sweeps import TURN, Sweep, take_turn, turn_name
from handrail.deliveries import deliver_due, next_delivery
from models.database import NOTICES_CHANNEL

SWEEP = Sweep("deliver-notices", NOTICES_CHANNEL, deliver_due, next_delivery)


@flow(name="deliver-notices", flow_run_name=turn_name, retries=2, retry_delay_seconds=5)
@guarded
async def deliver_notices(turn_seconds: int = TURN) -> None:
    """Send every notice when it is due, and again after a pause when it could not be delivered, for one turn."""
    await take_turn(SWEEP, turn_seconds)
