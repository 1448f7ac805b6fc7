"""A worker is killed in the middle of a sweep, then PostgreSQL: nothing is lost, nothing is done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from handrail import casework, deliveries
from handrail.casework import Brought, Identity, ImportOptions
from handrail.errors import Delayed
from handrail.settings import Settings
from handrail.wiring import Store, open_store
from integrations import embedded_postgres
from integrations.embedded_postgres import EmbeddedPostgres
from models.migrations import upgrade

CASES = 60
WORKER = """
from handrail.casework import wake_due
from handrail.deliveries import deliver_due
from handrail.wiring import open_store
with open_store() as store:
    while wake_due(store, limit=3).cases + deliver_due(store, limit=3).size:
        pass
"""
A_WHILE = 60  # seconds


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL of this test's own, which waits for the disk as it does in real use."""
    with embedded_postgres.start(tmp_path) as server:
        yield server


@pytest.fixture
def due(server: EmbeddedPostgres, tmp_path: Path, shelter_text: str) -> Iterator[Store]:
    """A store with 60 cases that are all due, for many instants each."""
    settings = Settings(database_url=SecretStr(server.url), state=tmp_path)
    with open_store(settings) as store:
        upgrade(store.engine)
        # Without a daily list every notice leaves at once.
        text = shelter_text.replace('digest_at: "09:00", ', "")
        casework.publish(store, text, None, file_name="shelter.yaml")
        ago = datetime.now(UTC) - timedelta(days=3)
        log = [(name, [Brought(name, "referral.made", ago, agency="outreach")]) for name in map(str, range(CASES))]
        options = ImportOptions("log", persons=lambda case: Identity((f"Somebody {case}",), date(1980, 1, 1)))
        assert casework.import_events(store, "shelter", log, options).new_cases == CASES
        yield store


def start_worker(settings: Settings) -> subprocess.Popen[bytes]:
    assert settings.database_url is not None
    known = {
        "HANDRAIL_DATABASE_URL": settings.database_url.get_secret_value(),
        "HANDRAIL_STATE": str(settings.state),
    }
    return subprocess.Popen([sys.executable, "-c", WORKER], env={**os.environ, **known}, stderr=subprocess.DEVNULL)


def woken(store: Store) -> int:
    """How many cases have been woken by now."""
    statement = "SELECT count(*) FROM handrail.cases WHERE version > 1"
    with store.engine.connect() as connection:
        return int(connection.exec_driver_sql(statement).scalar_one())


def await_fact(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + A_WHILE
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_a_killed_worker_and_a_killed_postgresql_lose_nothing_and_do_nothing_twice(
    server: EmbeddedPostgres, due: Store
) -> None:
    first = start_worker(due.settings)
    await_fact(lambda: woken(due) > 0)
    first.send_signal(signal.SIGKILL)
    first.wait()
    after_the_worker = woken(due)

    second = start_worker(due.settings)
    await_fact(lambda: woken(due) > after_the_worker)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    assert second.wait(A_WHILE) != 0
    with pytest.raises((Delayed, psycopg.Error)):
        casework.database_now(due)
    server.ensure_running()
    after_postgresql = woken(due)
    while casework.wake_due(due).cases:
        pass
    end_leases(due)
    while deliveries.deliver_due(due).size:
        pass

    assert 0 < after_the_worker < after_postgresql < CASES, "each was killed in the middle"
    proof = casework.verify(due)
    assert (proof.cases, proof.wrong) == (CASES, 0)
    assert len(timelines(due)) == 1, "every case has lived through the same, once"
    assert_each_notice_is_in_one_file(due)


def timelines(store: Store) -> Counter[tuple[object, ...]]:
    """Each timeline that a case has, with how many have it; all cases began alike."""
    statement = (
        "SELECT array_agg(ROW(kind, subject, agency, nth, at)::text ORDER BY number) FROM handrail.changes"
        " GROUP BY case_id"
    )
    with store.engine.connect() as connection:
        return Counter(tuple(row[0]) for row in connection.exec_driver_sql(statement))


def end_leases(store: Store) -> None:
    """Have so much time pass that what a dead worker was sending is anybody's again."""
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE handrail.notices SET send_at = now() WHERE state = 'waiting'")


def assert_each_notice_is_in_one_file(store: Store) -> None:
    with store.engine.connect() as connection:
        states = connection.exec_driver_sql("SELECT DISTINCT state FROM handrail.notices").scalars().all()
        sent = connection.exec_driver_sql("SELECT count(DISTINCT message) FROM handrail.notices WHERE state = 'sent'")
        messages = sent.scalar_one()
    files = [path for path in store.settings.outbox_folder.rglob("*") if path.is_file()]
    assert "waiting" not in states
    assert len(files) == messages >= CASES
