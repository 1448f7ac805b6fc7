"""Blockages: what keeps people, or a service, from moving."""

from __future__ import annotations

from prefect import flow

from flows import reports
from flows.desk import guarded
from flows.tables import publish, table_name


@flow(name="housing-blockages", flow_run_name=table_name, retries=2, retry_delay_seconds=5)
@guarded
async def housing_blockages() -> None:
    """Open, age and clear blockages, and publish those that stand, the oldest first."""
    await publish("housing-blockages", reports.blockages)
