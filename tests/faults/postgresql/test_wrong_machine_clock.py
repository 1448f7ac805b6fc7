"""The clock of a worker's or a coordinator's machine is wrong by hours or days: only the database's counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from handrail import casework
from handrail.casework import Said, Speaker
from handrail.wiring import Store

OTHER_CLOCK = Path(__file__).with_name("other_clock.py")
COMMAND = "from handrail.cli import main; main()"
CLOCK = "from datetime import datetime, UTC; import time; print(datetime.now(UTC).timestamp(), time.time())"
WORKER = """
from handrail.casework import beat, wake_due
from handrail.deliveries import deliver_due
from handrail.wiring import open_store
with open_store() as store:
    print(wake_due(store).cases, deliver_due(store).sent)
    beat(store, "timed-follow-ups", {})
"""
WAITING = "SELECT count(*) FROM handrail.notices WHERE state = 'waiting'"
ACCEPTED = Said("offer.made", {"response": "accepted"}, Speaker("outreach"))
WRONG = pytest.mark.parametrize("hours", [-50, 50], ids=["slow by two days", "fast by two days"])


@pytest.fixture
def elsewhere(database_url: str, tmp_path: Path) -> Callable[..., str]:
    """Run code on a machine whose clock is so many hours off, and return what it printed."""

    def run(hours: int, code: str, *arguments: str) -> str:
        known = {"HANDRAIL_DATABASE_URL": database_url, "HANDRAIL_STATE": str(tmp_path)}
        line = [sys.executable, str(OTHER_CLOCK), str(hours), code, *arguments]
        done = subprocess.run(
            line, env={**os.environ, **known}, capture_output=True, text=True, check=False, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run


def is_about_now(told: str | datetime) -> bool:
    instant = datetime.fromisoformat(told) if isinstance(told, str) else told
    return abs(instant - datetime.now(UTC)) < timedelta(hours=1)


@WRONG
def test_the_machine_of_these_tests_has_a_wrong_clock(hours: int, elsewhere: Callable[..., str]) -> None:
    for told in elsewhere(hours, CLOCK).split():
        off = datetime.fromtimestamp(float(told), UTC) - datetime.now(UTC)
        assert abs(off - timedelta(hours=hours)) < timedelta(hours=1)


@WRONG
def test_what_the_command_records_there_is_of_the_databases_time(
    hours: int, store: Store, new_cases: Callable[..., list[str]], elsewhere: Callable[..., str]
) -> None:
    (reference,) = new_cases(store, 1)

    recorded = json.loads(
        elsewhere(hours, COMMAND, "record", reference, "offer.made", "--by", "outreach", "--field", "response=accepted",
                  "--json")
    )  # fmt: skip

    assert is_about_now(recorded["recorded_at"])
    assert recorded["changes"]
    assert all(is_about_now(change["at"]) for change in recorded["changes"])
    assert casework.verify(store).wrong == 0


@WRONG
def test_a_worker_there_wakes_and_sends_what_is_due_and_nothing_else(
    hours: int, store: Store, new_cases: Callable[..., list[str]], elsewhere: Callable[..., str]
) -> None:
    new_cases(store, 2, timedelta(days=3), source="due")
    (soon,) = new_cases(store, 1, source="soon")
    casework.record(store, soon, ACCEPTED)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE handrail.notices SET send_at = now() + interval '1 hour' WHERE case_id = 3"))
        later = connection.scalar(text(f"{WAITING} AND send_at > now()"))

    woken, sent = map(int, elsewhere(hours, WORKER).split())

    assert woken == 2
    assert sent > 0
    assert later == still_waiting(store) > 0
    (sign,) = casework.signs_of_life(store)
    assert is_about_now(sign.at)
    assert casework.verify(store).wrong == 0
    with store.engine.connect() as connection:
        tried: list[Any] = [*connection.scalars(text("SELECT began_at FROM handrail.attempts"))]
    assert all(is_about_now(began) for began in tried)


def still_waiting(store: Store) -> int:
    with store.engine.connect() as connection:
        return int(connection.scalar(text(WAITING)) or 0)
