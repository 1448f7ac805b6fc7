"""A run that makes tables: publishes them, and is named after what they show."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from flows import desk, observation
from flows.desk import Report
from flows.predecessors import look_after_predecessors
from handrail.casework import beat
from handrail.wiring import Store


def table_name() -> str:
    """Return the name of a run that makes its tables."""
    return f"looking since {observation.clock_time(observation.now())}"


async def publish(name: str, make: Callable[[Store], Report]) -> None:
    """Publish the tables that ``make`` returns, show what was done for them, and leave a sign of life of ``name``."""
    await observation.is_shown(look_after_predecessors())
    with desk.open_desk() as store:
        report = await asyncio.to_thread(make, store)
        await show(report)
        counts = {table.key: len(table.rows) for table in report.tables}
        await asyncio.to_thread(beat, store, name, counts)
    await observation.name_run(f"{observation.clock_time(observation.now())}: {report.told}")


async def show(report: Report) -> None:
    """Show what was done for the report, and publish its tables and plots."""
    await observation.show_acts(report.acts)
    for table in report.tables:
        await observation.show_table(table.key, table.title, table.rows)
    for plot in report.plots:
        await observation.show_plot(plot)
