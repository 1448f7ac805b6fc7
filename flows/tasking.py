"""Daily tasking: what each agency has to do today."""

from __future__ import annotations

from prefect import flow

from flows import desk
from flows.desk import guarded
from flows.tables import publish_table


@flow(name="daily-tasking", retries=2, retry_delay_seconds=5)
@guarded
async def daily_tasking() -> None:
    """Publish the tasking list of the day, carried-over work first."""
    await publish_table("daily-tasking", desk.open_tasking)
