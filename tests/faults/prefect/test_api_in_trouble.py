"""Prefect's API answers nothing, or errors: what is due is done all the same, and runs end in order afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from handrail import casework
from handrail.prefect_client import Run
from handrail.prefect_server import WORKER_CHILD

if TYPE_CHECKING:
    from troubled.installation import Trouble

SWEEP = "timed-follow-ups"
YESTERDAY = datetime.now(UTC) - timedelta(days=1, hours=3)


@pytest.fixture(scope="module")
def on_duty(trouble: Trouble) -> Iterator[Run]:
    """A run that has begun its turn while Prefect was well."""
    yield trouble.begin_duty(SWEEP)
    trouble.relay.be("passing")


@pytest.mark.parametrize("mood", ["silent", "failing"])
def test_a_run_on_duty_does_what_is_due_while_prefect_is_in_trouble(trouble: Trouble, on_duty: Run, mood: str) -> None:
    trouble.relay.be("silent" if mood == "silent" else "failing")
    beats = trouble.beats(SWEEP)

    trouble.open_cases(3, YESTERDAY)

    trouble.await_fact(lambda: trouble.nothing_is_due() and trouble.beats(SWEEP) > beats)
    assert trouble.pids_of(on_duty)
    assert casework.verify(trouble.store).wrong == 0


def test_when_prefect_is_back_the_run_ends_its_turn_in_order_and_the_next_one_starts(
    trouble: Trouble, on_duty: Run
) -> None:
    trouble.relay.be("passing")

    trouble.supervisor.relieve(WORKER_CHILD)

    assert trouble.await_run(on_duty).state == "COMPLETED"
    assert trouble.run_to_its_end(SWEEP).state == "COMPLETED"
