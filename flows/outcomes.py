"""Outcomes: what the programme has reached."""

from __future__ import annotations

from prefect import flow

from flows import desk
from flows.desk import guarded
from flows.tables import publish_table


@flow(name="outcomes", retries=2, retry_delay_seconds=5)
@guarded
async def outcomes() -> None:
    """Publish the outcome table as at now."""
    await publish_table("outcomes", desk.outcome_table)
