"""PostgreSQL restarts every few seconds while many work: nothing acknowledged is lost, nothing is done twice."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from handrail import casework, deliveries
from handrail.wiring import Store
from integrations.embedded_postgres import EmbeddedPostgres

LONG = "HANDRAIL_LONG" in os.environ
RESTARTS = 120 if LONG else 4
BETWEEN = 2.0 if LONG else 0.4  # seconds
CASES = 30


def numbers_by_id(store: Store) -> dict[str, int]:
    statement = text("SELECT external_id, number FROM handrail.events WHERE source = 'load'")
    with store.engine.connect() as connection:
        rows = connection.execute(statement).all()
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: row[1] for row in rows}


def finish(store: Store) -> None:
    """Do what is still to be done, on the same connections; the leases of those who were cut off are over."""
    while casework.wake_due(store).cases:
        pass
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE handrail.notices SET send_at = now() WHERE state = 'waiting'"))
    while deliveries.deliver_due(store).size:
        pass


def messages_and_files(store: Store) -> tuple[int, int]:
    statement = text("SELECT count(DISTINCT message), count(*) FILTER (WHERE state = 'waiting') FROM handrail.notices")
    with store.engine.connect() as connection:
        messages, waiting = connection.execute(statement).one()
    assert waiting == 0
    return messages, len([path for path in store.settings.outbox_folder.rglob("*") if path.is_file()])


def test_restarts_under_load_lose_nothing_and_double_nothing(
    server: EmbeddedPostgres,
    own_store: Store,
    new_cases: Callable[..., list[str]],
    under_load: Callable[..., Any],
    stop_server: Callable[..., None],
) -> None:
    references = new_cases(own_store, CASES, timedelta(days=3))

    with under_load(own_store, references) as load:
        for nth in range(RESTARTS):
            load.await_more()
            time.sleep(BETWEEN)
            stop_server(server, signal.SIGINT if nth % 2 else signal.SIGQUIT)
            server.ensure_running()
        load.await_more()
    finish(own_store)

    kept = numbers_by_id(own_store)
    assert kept == load.acknowledged, "each is in the journal once, under the number that was acknowledged"
    assert load.delays["record"] > 0, "the restarts were felt"
    assert all("The case store did not answer" in sentence for sentence in load.sentences), load.sentences
    proof = casework.verify(own_store)
    assert (proof.cases, proof.wrong) == (CASES, 0)
    messages, files = messages_and_files(own_store)
    assert messages == files > 0
