"""Hand-offs: offers, reminders, expiries, and the next agency; and the places that people are kept and offered."""

from __future__ import annotations

from prefect import flow

from flows.desk import guarded
from flows.sweeps import TURN, Sweep, take_turn, turn_name
from handrail.casework import next_hand_off_or_place, wake_hand_offs_and_places
from models.database import DUE_CHANNEL, PLACES_CHANNEL

SWEEP = Sweep("hand-offs", DUE_CHANNEL, wake_hand_offs_and_places, next_hand_off_or_place, (PLACES_CHANNEL,))


@flow(name="hand-offs", flow_run_name=turn_name, retries=2, retry_delay_seconds=5)
@guarded
async def hand_offs(turn_seconds: int = TURN) -> None:
    """Wake every case at the instant one of its hand-offs must be offered, reminded, or passed on, for one turn.

    Beside it nights are opened and cut off, lapsed holds settled, and places that fall free offered.
    """
    await take_turn(SWEEP, turn_seconds)
