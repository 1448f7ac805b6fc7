"""Outcomes: what the programme has reached."""

from __future__ import annotations

from datetime import date

from prefect import flow

from flows import reports
from flows.desk import guarded
from flows.tables import publish, table_name


@flow(name="outcomes", flow_run_name=table_name, retries=2, retry_delay_seconds=5)
@guarded
async def outcomes(as_at: date | None = None, first: date | None = None, last: date | None = None) -> None:
    """Publish the outcome table of every pathway.

    Args:
        as_at: The last day that is looked at; left out, today.
        first: With last, the period that takes the place of every measure's own window.
        last: The last day of that period.
    """
    await publish("outcomes", lambda store: reports.outcome_tables(store, as_at, first, last))
