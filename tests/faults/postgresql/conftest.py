"""Stores with a small programme in them: one on the run's PostgreSQL, one on a PostgreSQL that may be broken."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from handrail import casework, deliveries
from handrail.casework import Brought, Identity, ImportOptions, Origin, Said, Speaker
from handrail.errors import Delayed
from handrail.settings import Settings
from handrail.wiring import Store, open_store
from integrations import embedded_postgres
from integrations.embedded_cluster import runs_on
from integrations.embedded_postgres import EmbeddedPostgres
from models.migrations import upgrade

RULES = Path(__file__).parent / "shelter.yaml"
FORKED = RULES.with_name("forked_verbs.py")
HANDRAIL = Path(sys.executable).with_name("handrail")
PATIENCE = 120.0  # seconds


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a run of the command."""

    status: int
    output: str
    errors: str


OpenedStore = Callable[..., AbstractContextManager[Store]]


@pytest.fixture(scope="session")
def rules() -> Path:
    """The file of the small programme."""
    return RULES


@pytest.fixture
def opened(tmp_path: Path) -> OpenedStore:
    """What opens a store on an address as a process of the product does; further settings by name."""

    @contextmanager
    def open_(url: str, **settings: object) -> Iterator[Store]:
        given = {"state": tmp_path, "lock_seconds": 2, "statement_seconds": 20, **settings}
        with open_store(Settings(database_url=SecretStr(url), **given)) as store:  # type: ignore[arg-type]
            yield store

    return open_


@pytest.fixture
def store(database_url: str, opened: OpenedStore) -> Iterator[Store]:
    """A store on the run's PostgreSQL, with the programme in force."""
    with opened(database_url) as store:
        casework.publish(store, RULES.read_text(), None, file_name="shelter.yaml")
        yield store


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL of this test's own, which waits for the disk as it does in real use."""
    with embedded_postgres.start(tmp_path) as server:
        yield server


@pytest.fixture
def own_store(server: EmbeddedPostgres, opened: OpenedStore) -> Iterator[Store]:
    """A store on a PostgreSQL of this test's own, with the programme in force."""
    with opened(server.url) as store:
        upgrade(store.engine)
        casework.publish(store, RULES.read_text(), None, file_name="shelter.yaml")
        yield store


@pytest.fixture
def new_cases() -> Callable[..., list[str]]:
    """What brings so many cases into a store, each with a person, and returns their references.

    ``ago`` is how long each has been waiting since its referral; with days of it, follow-ups are due.
    """

    def bring(store: Store, count: int, ago: timedelta = timedelta(seconds=1), source: str = "log") -> list[str]:
        at = casework.database_now(store) - ago
        log = [(name, [Brought(name, "referral.made", at, agency="outreach")]) for name in map(str, range(count))]
        options = ImportOptions(source, persons=lambda case: Identity((f"Somebody {case}",), date(1980, 1, 1)))
        return [*casework.import_events(store, "shelter", log, options).references.values()]

    return bring


@pytest.fixture
def handrail(tmp_path: Path) -> Callable[..., Ran]:
    """Run the command as a process of its own, as a person does; settings by name, such as ``database_url``."""

    def run(*arguments: object, **settings: object) -> Ran:
        known = {f"HANDRAIL_{name.upper()}": str(value) for name, value in settings.items()}
        environment = {**os.environ, "HANDRAIL_STATE": str(tmp_path / "state"), **known}
        line = [str(HANDRAIL), *map(str, arguments)]
        done = subprocess.run(
            line, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def handrail_each(tmp_path: Path) -> Callable[..., list[Ran]]:
    """Run several lines of the command, each in a process of its own, with one start for all."""

    def run(lines: Iterable[Sequence[object]], **settings: object) -> list[Ran]:
        known = {f"HANDRAIL_{name.upper()}": str(value) for name, value in settings.items()}
        environment = {**os.environ, "HANDRAIL_STATE": str(tmp_path / "state"), **known}
        asked = json.dumps([[str(word) for word in line] for line in lines])
        done = subprocess.run(
            [sys.executable, str(FORKED)], input=asked, env=environment, capture_output=True, text=True, check=True
        )
        return [Ran(*each) for each in json.loads(done.stdout)]

    return run


@pytest.fixture
def await_fact() -> Callable[[Callable[[], object]], None]:
    """Wait until something holds, and fail when it does not for long."""

    def wait(fact: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not fact():
            assert time.monotonic() < deadline, "It did not come about in time."
            time.sleep(0.005)

    return wait


@pytest.fixture
def stop_server(await_fact: Callable[..., None]) -> Callable[[EmbeddedPostgres, signal.Signals], None]:
    """What has a PostgreSQL end: by SIGINT in order and at once, by SIGQUIT as in a crash."""

    def stop(server: EmbeddedPostgres, how: signal.Signals) -> None:
        pid = server.pid
        assert pid is not None
        os.kill(pid, how)
        await_fact(lambda: not runs_on(pid, server.home / "data"))  # its number may stay for a while, for a zombie

    return stop


@pytest.fixture
def admin() -> Callable[[str], AbstractContextManager[psycopg.Connection[tuple[object, ...]]]]:
    """What connects to the database of an address beside the product, each statement by itself."""

    @contextmanager
    def connect(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True, application_name="beside") as connection:
            yield connection

    return connect


CLIENTS = 3
OUTREACH = Speaker("outreach")


@dataclass
class Load:
    """Clients that record and repeat what was delayed, a sweep and a carrier, until they are told to end."""

    store: Store
    references: list[str]
    over: threading.Event = field(default_factory=threading.Event)
    acknowledged: dict[str, int] = field(default_factory=dict)
    """By external id, the number that the event was given."""
    working: list[Future[None]] = field(default_factory=list)
    delays: Counter[str] = field(default_factory=Counter)
    sentences: set[str] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)

    def await_more(self) -> None:
        """Return once something more was acknowledged, or when the load broke down."""
        before, deadline = self.done["recorded"], time.monotonic() + PATIENCE
        while self.done["recorded"] == before and not any(each.done() for each in self.working):
            assert time.monotonic() < deadline, "Nothing was acknowledged any more."
            time.sleep(0.005)

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
def under_way(load: Load) -> Iterator[Load]:
    """Have the load go on for as long as the block; whatever went wrong in it is raised at its end."""
    with ThreadPoolExecutor(CLIENTS + 2) as pool:
        load.working = [pool.submit(load.record, client) for client in range(CLIENTS)]
        load.working += [pool.submit(load.sweep), pool.submit(load.carry)]
        try:
            yield load
        finally:
            load.over.set()
        for each in load.working:
            each.result()


@pytest.fixture
def under_load() -> Callable[[Store, list[str]], AbstractContextManager[Load]]:
    """What has clients record in some cases, a sweep wake them and a carrier send, for as long as a block lasts."""
    return lambda store, references: under_way(Load(store, references))
