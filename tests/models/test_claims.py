"""What is due is found without looking at what is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from models import cases, notices
from models.database import raw


@pytest.mark.parametrize(
    ("statement", "values", "index", "bound"),
    [
        (cases._CLAIM, ["follow_ups", timedelta(0), 10], "cases_due", "wake_at <="),
        (notices._CLAIM, [["nobody"], 10, timedelta(minutes=5)], "notices_waiting", "send_at <="),
    ],
    ids=["cases", "notices"],
)
def test_a_claim_reads_the_index_up_to_now_and_no_further(
    engine: Engine, statement: str, values: list[object], index: str, bound: str
) -> None:
    with engine.connect() as connection:
        below = raw(connection)
        below.execute("SET LOCAL enable_seqscan = off")
        below.execute("SET LOCAL enable_bitmapscan = off")
        plan = [row[0] for row in below.execute(f"EXPLAIN {statement}", values)]

    (scan,) = [line for line, text in enumerate(plan) if f"using {index}" in text]
    assert "Index Cond" in plan[scan + 1]
    assert bound in plan[scan + 1]
    assert not any("Filter" in text and bound in text for text in plan)
