"""PostgreSQL restarts every few seconds while many work: nothing acknowledged is lost, nothing is done twice."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from handrail import casework, deliveries
from handrail.casework import Origin, Said, Speaker
from handrail.errors import Delayed
from handrail.wiring import Store
from integrations.embedded_postgres import EmbeddedPostgres

LONG = "HANDRAIL_LONG" in os.environ
RESTARTS = 60 if LONG else 6
BETWEEN = 2.0 if LONG else 0.4  # seconds
CLIENTS = 3
CASES = 30
OUTREACH = Speaker("outreach")


@dataclass
class Load:
    """Clients that record and repeat what was delayed, a sweep and a carrier, until they are told to end."""

    store: Store
    references: list[str]
    over: threading.Event = field(default_factory=threading.Event)
    acknowledged: dict[str, int] = field(default_factory=dict)
    """By external id, the number that the event was given."""
    delays: Counter[str] = field(default_factory=Counter)
    sentences: set[str] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)

    def record(self, client: int) -> None:
        for nth in itertools.count():
            if self.over.is_set():
                return
            reference = self.references[(client + nth) % len(self.references)]
            said = Said("seen", {"times": nth}, OUTREACH, origin=Origin("load", f"{client}/{nth}"))
            while (outcome := self._unless_delayed("record", casework.record, self.store, reference, said)) is None:
                pass
            assert outcome.number is not None
            self.acknowledged[f"{client}/{nth}"] = outcome.number
            self.done["recorded"] += 1

    def sweep(self) -> None:
        while not self.over.is_set():
            batch = self._unless_delayed("sweep", casework.wake_due, self.store, "follow_ups", 2)
            self.done["woken"] += batch.cases if batch is not None else 0
            time.sleep(0.02)

    def carry(self) -> None:
        while not self.over.is_set():
            batch = self._unless_delayed("carry", deliveries.deliver_due, self.store, 3)
            self.done["sent"] += batch.sent if batch is not None else 0

    def _unless_delayed(self, who: str, act: Callable[..., Any], *given: object) -> Any:
        """Return what the act came to, or None when it is to be repeated; any other error ends the test."""
        try:
            return act(*given)
        except Delayed as delay:
            self.delays[who] += 1
            self.sentences.add(str(delay))
            time.sleep(0.02)
            return None


@contextmanager
def under_way(load: Load) -> Iterator[list[Future[None]]]:
    """Have the load go on for as long as the block; whatever went wrong in it is raised at its end."""
    with ThreadPoolExecutor(CLIENTS + 2) as pool:
        working = [pool.submit(load.record, client) for client in range(CLIENTS)]
        working += [pool.submit(load.sweep), pool.submit(load.carry)]
        try:
            yield working
        finally:
            load.over.set()
        for each in working:
            each.result()


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


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["in order", "as in a crash"])
def test_restarts_under_load_lose_nothing_and_double_nothing(
    how: signal.Signals,
    server: EmbeddedPostgres,
    own_store: Store,
    new_cases: Callable[..., list[str]],
    stop_server: Callable[..., None],
    await_fact: Callable[..., None],
) -> None:
    references = new_cases(own_store, CASES, timedelta(days=3))
    load = Load(own_store, references)

    with under_way(load) as working:
        for _ in range(RESTARTS // 2):
            before = load.done.copy()
            await_fact(lambda seen=before: load.done["recorded"] > seen["recorded"] or any(w.done() for w in working))
            time.sleep(BETWEEN)
            stop_server(server, how)
            server.ensure_running()
        last = load.done["recorded"]
        await_fact(lambda: load.done["recorded"] > last or any(w.done() for w in working))
    finish(own_store)

    kept = numbers_by_id(own_store)
    assert kept == load.acknowledged, "each is in the journal once, under the number that was acknowledged"
    assert load.delays["record"] > 0, "the restarts were felt"
    assert load.sentences == {"The case store did not answer. Repeat it when PostgreSQL is up."}
    proof = casework.verify(own_store)
    assert (proof.cases, proof.wrong) == (CASES, 0)
    messages, files = messages_and_files(own_store)
    assert messages == files > 0
