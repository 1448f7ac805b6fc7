"""A run that makes one table: publishes it, and is named after it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from flows import desk, observation
from flows.desk import Table
from handrail.wiring import Store


async def publish_table(name: str, make: Callable[[Store], Table]) -> None:
    """Publish the table that ``make`` returns under the deployment's ``name``, and leave a sign of life."""
    with desk.open_desk() as store:
        table = await asyncio.to_thread(make, store)
        await observation.show_table(name, table.title, table.rows)
        await asyncio.to_thread(desk.beat, store, name, Counter(rows=len(table.rows)))
    await observation.name_run(f"{observation.clock_time(observation.now())}: {len(table.rows)} rows")
