"""Rows written in bulk end in the same rows as those written one by one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from models.database import raw
from models.rows import MANY, write_rows
from models.work import WORK, Work

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
LAY_CASES = """
WITH rules AS (
    INSERT INTO handrail.publications (hash, key, version, text, holidays) VALUES ('h', 'k', 1, '', '{}') RETURNING hash
)
INSERT INTO handrail.cases (id, reference, publication, referral, state, version, changes, status)
SELECT nth, 'case ' || nth, rules.hash, '{}', '{}', 1, 0, 'open'
FROM generate_series(1, CAST(:cases AS int)) AS nth, rules
"""


def in_stage(stage: str, since: datetime) -> Work:
    return Work("track", "support", "support", stage, 1, since, "outreach", "open", None, overdue=False)


@pytest.mark.parametrize("cases", [MANY // 2 - 1, MANY], ids=["one by one", "by copy"])
def test_a_stage_is_left_before_the_next_is_entered_however_many_cases_move(engine: Engine, cases: int) -> None:
    street, shelter = in_stage("street", NINE), in_stage("shelter", TEN)
    with engine.begin() as connection:
        connection.execute(text(LAY_CASES), {"cases": cases})
        write_rows(raw(connection), WORK, [street.row(case) for case in range(1, cases + 1)])

    with engine.begin() as connection:
        left = [street.row(case, TEN) for case in range(1, cases + 1)]
        entered = [shelter.row(case) for case in range(1, cases + 1)]
        rows = [*left, *entered] if cases < MANY else [*entered, *left]
        write_rows(raw(connection), WORK, rows)

    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT stage, count(*) FROM handrail.work WHERE closed_at IS NULL GROUP BY stage")
        ).all()
    assert [tuple(row) for row in found] == [("shelter", cases)]
