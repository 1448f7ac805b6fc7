"""What an operator sees of a run in Prefect: its name, a task run for each act, tables and events.

Everything that leaves here is a reference, a code, a count, an amount or an instant; anything else is withheld.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from prefect import get_client, get_run_logger, runtime, task
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.events import emit_event
from pydantic import StringConstraints

from flows.desk import Plot, Row, guarded
from handrail.casework import Act
from handrail.errors import NotFound
from handrail.references import read_reference

SHOWN_A_BATCH = 25  # acts with a task run of their own; the rest of a batch has one together
ROWS_SHOWN = 500  # of a table; Prefect keeps it as one value
BARS_SHOWN = 20  # of a plot
BAR, BAR_LENGTH = "█", 40
WITHHELD = "withheld"
NOBODY = "none"  # where an act has no agency, or no subject
PATIENCE = 10.0  # seconds that work waits for Prefect to take what is only shown
CODE = re.compile(r"[a-z][a-z0-9_./-]{0,63}")
REFERENCE = re.compile(r"[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}")
OF_BLOCKAGE = re.compile(r"B-\d{1,18}")  # of a blockage that belongs to no one case
AMOUNT = re.compile(r"(fewer than )?\d[\d,]{0,10}( [a-z]{1,12}( \d{1,9} [a-z]{1,12})*)?")  # "18 years 10 months"
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?")
OPERATORS_ZONE = ZoneInfo("Europe/London")  # as the schedules in prefect.yaml

Code = Annotated[str, StringConstraints(pattern=f"^{CODE.pattern}$")]
"""A word that a pathway declares: an agency, a kind of work, a change."""

Reference = Annotated[str, StringConstraints(pattern=f"^({REFERENCE.pattern}|{OF_BLOCKAGE.pattern}|{WITHHELD})$")]
"""The public name of a case, or of a blockage that belongs to no one case."""


def code(text: str) -> str:
    """Return ``text`` if it has the shape of a declared word, else ``withheld``."""
    return text if CODE.fullmatch(text) else WITHHELD


def reference(text: str) -> str:
    """Return ``text`` if it is a case's reference, to the check sign, or a blockage's number, else ``withheld``."""
    if OF_BLOCKAGE.fullmatch(text):
        return text
    if REFERENCE.fullmatch(text) is None:
        return WITHHELD
    try:
        return read_reference(text)
    except NotFound:
        return WITHHELD


def act_name() -> str:
    """Return the name of the task run that shows an act: the case, the agency, what was done, and to what."""
    told = runtime.task_run.parameters
    return " ".join(told[part] for part in ("case", "agency", "kind", "what") if told[part] != NOBODY)


@task(task_run_name=act_name, persist_result=False)
@guarded
async def show_act(case: Reference, agency: Code, kind: Code, what: Code) -> None:
    """Let an operator see one act, as a task run and as an event of the case and the agency.

    ``kind`` is what was done, such as ``hand_off_offered``, and ``what`` is to what, such as ``nsno_bed``.
    """
    of = "blockage" if OF_BLOCKAGE.fullmatch(case) else "case"
    emit_event(
        event=f"handrail.{of}.{kind}",
        resource={"prefect.resource.id": f"handrail.{of}.{case}", "prefect.resource.name": case},
        related=[
            {"prefect.resource.id": f"handrail.agency.{agency}", "prefect.resource.role": "agency"},
            {"prefect.resource.id": f"handrail.subject.{what}", "prefect.resource.role": "subject"},
        ],
    )


@task(task_run_name="and {count} more", persist_result=False)
@guarded
async def show_more(count: int) -> None:
    """Let an operator see how many acts a batch had beyond those shown one by one."""


async def show_acts(acts: Sequence[Act]) -> None:
    """Show the acts of a batch: each of the first 25, and the rest as one."""
    for act in acts[:SHOWN_A_BATCH]:
        row = row_of(act)
        await show_act(row["case"], row["agency"], row["kind"], row["what"])
    if len(acts) > SHOWN_A_BATCH:
        await show_more(len(acts) - SHOWN_A_BATCH)


def row_of(act: Act) -> dict[str, str]:
    """Return the act as a row of a table, each part of it checked."""
    return {
        "case": reference(act.reference),
        "agency": code(act.agency or NOBODY),
        "kind": code(act.kind),
        "what": code(act.what or NOBODY),
    }


async def name_run(done: str) -> None:
    """Rename the run after what it has done; Prefect itself names a run only when it starts."""
    run_id = runtime.flow_run.get_id()
    if run_id is not None:
        async with get_client() as client:
            await client.set_flow_run_name(UUID(run_id), done)


async def show_table(key: str, title: str, rows: Sequence[Row]) -> None:
    """Publish a table under ``key`` (small letters, digits, dashes), at most 500 rows of it.

    Columns and ``title`` are words of our own code; every cell is checked.
    """
    beyond = f" The first {ROWS_SHOWN} of {len(rows)} rows." if len(rows) > ROWS_SHOWN else ""
    shown = [{name: _cell(value) for name, value in row.items()} for row in rows[:ROWS_SHOWN]]
    await acreate_table_artifact(shown, key, f"{title}.{beyond}")


async def show_plot(plot: Plot) -> None:
    """Publish the plot as a text of bars under its key, the longest in front; every word in it is checked."""
    bars = sorted(plot.bars, key=lambda bar: -bar[2])[:BARS_SHOWN]
    most = max((amount for _, _, amount in bars), default=0)
    width = max((len(code(name)) for name, _, _ in bars), default=0)
    lines = [
        f"{code(name):<{width}}  {number:>4}  {BAR * round(BAR_LENGTH * amount / (most or 1))} {amount:,} {plot.unit}"
        for name, number, amount in bars
    ]
    text = "\n".join(lines) or "nothing"
    await acreate_markdown_artifact(f"### {plot.title}\n\n```text\n{text}\n```\n", plot.key, f"{plot.title}.")


async def is_shown(showing: Awaitable[None]) -> bool:
    """Return whether Prefect took it within ten seconds. Where it did not, the run goes on: its work is elsewhere."""
    try:
        await asyncio.wait_for(showing, PATIENCE)
    except Exception as error:  # noqa: BLE001 - whatever Prefect answers must not hold up what is due
        get_run_logger().warning("Prefect could not be shown what was done (%s).", type(error).__name__)
        return False
    return True


def told(counts: Counter[str]) -> str:
    """Return counts in a phrase: "3 moved, 1 expired", the most frequent first; "nothing due" for none."""
    seen = [f"{count} {code(what).replace('_', ' ')}" for what, count in counts.most_common() if count]
    return ", ".join(seen) or "nothing due"


def clock_time(instant: datetime) -> str:
    """Return the operators' wall-clock time of ``instant``."""
    return f"{instant.astimezone(OPERATORS_ZONE):%H:%M}"


def now() -> datetime:
    """Return this machine's clock, for names only: what is due is decided by the database's."""
    return datetime.now(UTC)


def _cell(value: str | int) -> str | int:
    if isinstance(value, int) or AMOUNT.fullmatch(value) or INSTANT.fullmatch(value):
        return value
    return code(value) if CODE.fullmatch(value) else reference(value)
