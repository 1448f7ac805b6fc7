"""Daily tasking: what each agency has to do today."""

from __future__ import annotations

from prefect import flow

from flows import reports
from flows.desk import guarded
from flows.tables import publish, table_name


@flow(name="daily-tasking", flow_run_name=table_name, retries=2, retry_delay_seconds=5)
@guarded
async def daily_tasking() -> None:
    """Publish the tasking list of the day, agency by agency, late and carried-over work first."""
    await publish("daily-tasking", reports.daily_tasking)
