"""Flows over made-up work, deployed to a real Prefect server to see what an operator, or a thief, would see of them."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from prefect import flow

from flows import observation
from flows.boundary import FaultReport, guard
from flows.duty import on_duty
from handrail.casework import Act
from handrail.references import make_reference

PLANTED = os.environ.get("REHEARSAL_CANARY", "")
LEAKED = os.environ.get("REHEARSAL_LEAK", "")
KEPT = Path(os.environ.get("REHEARSAL_FOLDER", "."))
CHANCE = random.Random(7)  # noqa: S311 - made-up references, the same in every run
REFERENCES = sorted(make_reference(CHANCE.choice) for _ in range(30))


@dataclass(frozen=True)
class MadeUpBatch:
    """Thirty acts."""

    changes: Counter[str] = field(default_factory=lambda: Counter(offered=28, expired=2))
    acts: tuple[Act, ...] = tuple(
        Act(reference, "riverside", "hand_off_offered", "nsno_bed") for reference in REFERENCES
    )


def record(report: FaultReport) -> int:
    """Keep the fault in a file beside the test."""
    with (KEPT / "faults.txt").open("a", encoding="utf-8") as kept:
        kept.write(f"{report.where}: {report.text}\n")
    return 7


guarded = guard(record)


@flow(name="rehearsed-batch", flow_run_name="on duty since 10:05")
@guarded
async def rehearsed_batch() -> None:
    """Show thirty acts, a table and a name."""
    batch = MadeUpBatch()
    await observation.show_acts(batch.acts)
    await observation.show_acts([Act(PLANTED, PLANTED, PLANTED, PLANTED)])
    await observation.show_table("rehearsed-counts", "Done", [{"change": "offered", "count": 28, "who": PLANTED}])
    await observation.name_run(f"10:05 to 10:10: {observation.told(batch.changes)}")


@flow(name="rehearsed-fault")
@guarded
async def rehearsed_fault() -> None:
    """Fail with a name in the text, its cause and its context."""
    try:
        dict[str, str]()[PLANTED]
    except KeyError as error:
        raise ValueError(f"No bed for {PLANTED}") from error


@flow(name="rehearsed-leak")
async def rehearsed_leak() -> None:
    """Fail on the wrong side of the border, to see that the search finds what leaks."""
    raise ValueError(f"No bed for {LEAKED}")


@flow(name="rehearsed-duty")
@guarded
async def rehearsed_duty(turn_seconds: int = 600) -> None:
    """Be on duty with nothing to do."""

    async def nothing() -> int:
        return 0

    async def never() -> None:
        return None

    def silence(seconds: float) -> bool:
        return bool(asyncio.run(asyncio.sleep(seconds)))

    (KEPT / "on-duty").write_text("yes", encoding="utf-8")
    await on_duty(turn_seconds, nothing, never, silence)
    (KEPT / "on-duty").write_text("relieved", encoding="utf-8")
