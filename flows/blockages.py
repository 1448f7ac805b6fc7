"""Blockages: what keeps people, or a service, from moving."""

from __future__ import annotations

from prefect import flow

from flows import desk
from flows.desk import guarded
from flows.tables import publish_table


@flow(name="housing-blockages", retries=2, retry_delay_seconds=5)
@guarded
async def housing_blockages() -> None:
    """Open, age and clear blockages, and publish those that stand."""
    await publish_table("housing-blockages", desk.survey_blockages)
