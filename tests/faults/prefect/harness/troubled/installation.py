"""An installation that may be hurt, as tests hold it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from troubled.relay import Relay

from handrail import casework, prefect_server
from handrail.casework import Brought, Identity, ImportOptions, signs_of_life
from handrail.marked_processes import find_marked
from handrail.prefect_automations import ON_DUTY
from handrail.prefect_client import PrefectClient, Run
from handrail.prefect_server import SERVER_CHILD, WORKER_CHILD
from handrail.processes import Supervisor
from handrail.running import Installation
from handrail.wiring import Store

A_WHILE = 240  # seconds, of a machine that does much else
RUN_ID = "PREFECT__FLOW_RUN_ID="


@dataclass(frozen=True)
class Trouble:
    """The installation, and the ways to hurt it. ``told`` is what an operator was told."""

    installation: Installation
    relay: Relay
    told: list[str] = field(default_factory=list)

    @property
    def client(self) -> PrefectClient:
        return self.installation.client

    @property
    def store(self) -> Store:
        return self.installation.store

    @property
    def supervisor(self) -> Supervisor:
        return self.installation.supervisor

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask Prefect's database."""
        assert self.installation.postgres is not None
        url = self.installation.postgres.dsn("prefect").replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            done = connection.execute(statement.encode(), values or None)
            return done.fetchall() if done.description else []

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the case store."""
        with self.store.engine.begin() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def await_fact(self, fact: Callable[[], object], *, looking_after: bool = False) -> None:
        """Wait for it, as ``handrail up`` does: what dies starts again; and what hangs, if ``looking_after``."""
        deadline = time.monotonic() + A_WHILE
        while not fact():
            assert time.monotonic() < deadline, f"not so after {A_WHILE} seconds; told: {self.told[-5:]}"
            self.supervisor.watch(timedelta(seconds=0.2))
            if looking_after:
                self.installation.look_after_everything()

    def open_cases(self, number: int, began: datetime) -> list[str]:
        """Bring in so many cases that began then, for which nothing has happened since; return their references."""
        source = f"log {uuid4().hex}"
        log = [(name, [Brought(name, "referral.made", began, agency="outreach")]) for name in map(str, range(number))]
        options = ImportOptions(source, persons=lambda case: Identity((f"Somebody {case}",), date(1980, 1, 1)))
        assert casework.import_events(self.store, "shelter", log, options).new_cases == number
        return [row[0] for row in self.ask(f"SELECT reference FROM handrail.cases WHERE source = '{source}'")]  # noqa: S608

    def nothing_is_due(self) -> bool:
        """Whether every case has been woken for all that was due."""
        found = self.ask("SELECT count(*) FROM handrail.cases WHERE wake_at <= clock_timestamp()")
        return bool(found == [(0,)])

    def run_to_its_end(self, name: str) -> Run:
        """Have the deployment run once; a sweep does what is due and goes."""
        return self.await_run(self.client.start_run(name, {"turn_seconds": 0} if name in ON_DUTY else {}))

    def await_run(self, run: Run) -> Run:
        """The run at its end."""
        self.await_fact(lambda: self.client.find_run(run.run_id).has_ended)
        return self.client.find_run(run.run_id)

    def states(self, name: str) -> dict[str, str]:
        """The state of each run of the deployment, by the run's id."""
        (chosen,) = [each.deployment_id for each in self.client.list_deployments() if each.name == name]
        return {run.run_id: run.state for run in self.client.list_runs([chosen])}

    def begin_duty(self, name: str) -> Run:
        """Start a run and return once it has begun its turn."""
        before = self.beats(name)
        run = self.client.start_run(name)
        self.await_fact(lambda: self.beats(name) > before)
        return run

    def beats(self, name: str) -> int:
        """How many signs of life a sweep has shown."""
        return {sign.sweep: sign.beats for sign in signs_of_life(self.store)}.get(name, 0)

    def pids_of(self, run: Run) -> list[int]:
        """The processes of a run."""
        marked = find_marked(f"{self.supervisor.folder}:{WORKER_CHILD}")
        return [pid for pid in marked if f"{RUN_ID}{run.run_id}".encode() in _environment(pid)]

    def pids_of_child(self, name: str) -> list[int]:
        """The processes of a child that belong to no run."""
        marked = find_marked(f"{self.supervisor.folder}:{name}")
        return [pid for pid in marked if RUN_ID.encode() not in _environment(pid)]

    def kill(self, pids: list[int]) -> None:
        """Have them be gone at once; nobody starts anything again meanwhile."""
        assert pids, "nothing to kill"
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + A_WHILE
        while any(_is_alive(pid) for pid in pids):
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def kill_server(self) -> None:
        self.kill(self.pids_of_child(SERVER_CHILD))

    def kill_worker(self) -> None:
        self.kill(self.pids_of_child(WORKER_CHILD))

    def await_prefect(self) -> None:
        """Wait until the server answers and a worker asks it."""
        url = self.installation.place.api_url
        self.await_fact(lambda: prefect_server.is_healthy(url) and prefect_server.has_worker(url))


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
