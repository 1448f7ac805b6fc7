"""One Prefect server for all tests that need a real one, started as ``handrail up`` starts it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from handrail import prefect_server
from handrail.prefect_client import PrefectClient, Run
from handrail.prefect_running import start_prefect
from handrail.prefect_server import PrefectPlace
from handrail.processes import Supervisor
from handrail.stop_signals import StopSignals
from integrations.embedded_postgres import EmbeddedPostgres

REHEARSAL = Path(__file__).parent / "rehearsal"
A_WHILE = timedelta(seconds=180)

Query = Callable[..., list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Traces:
    """What a Prefect server has kept: its database, and the files below the state folder."""

    query: Query
    folder: Path

    def tables_that_hold(self, text: str) -> set[str]:
        """The tables of Prefect's database that hold ``text`` in any column, as text or as bytes."""
        names = self.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        holding = set()
        for (name,) in names:
            statement = f'SELECT count(*) FROM "{name}" AS it WHERE it::text ILIKE ANY(%s)'  # noqa: S608 - its own name
            if self.query(statement, [f"%{text}%", f"%{text.encode().hex()}%"])[0][0]:
                holding.add(name)
        return holding

    def files_that_hold(self, folder: str, text: str) -> set[str]:
        """The files below ``folder`` of the state folder that hold ``text``."""
        files = [path for path in (self.folder / folder).rglob("*") if path.is_file()]
        return {path.name for path in files if text.encode() in path.read_bytes()}


@dataclass(frozen=True)
class Stage(Traces):
    """The running server, what it is asked with, and its database.

    ``canary`` is a name that must never reach Prefect, ``leak`` one that a flow hands over on purpose.
    """

    place: PrefectPlace
    supervisor: Supervisor
    client: PrefectClient
    shell: dict[str, str]
    canary: str = "Zebedee Quillfeather"
    leak: str = "Lavinia Leakington"

    def deploy(self, declared: Path) -> None:
        self.supervisor.run(prefect_server.deployment(self.place, self.shell, declared))

    def await_fact(self, fact: Callable[[], bool]) -> None:
        deadline = time.monotonic() + A_WHILE.total_seconds()
        while not fact():
            assert time.monotonic() < deadline, f"not so after {A_WHILE}"
            time.sleep(0.3)

    def await_runs(self, runs: Iterable[Run]) -> list[Run]:
        """The runs as they ended."""
        ended: list[Run] = []
        self.client.await_runs(runs, A_WHILE, ended.append)
        return ended


def asking(connection: psycopg.Connection[tuple[Any, ...]]) -> Query:
    def query(statement: str, *values: object) -> list[tuple[Any, ...]]:
        return connection.execute(statement.encode(), values).fetchall()

    return query


@pytest.fixture(scope="session")
def look_at() -> Callable[[EmbeddedPostgres, Path], AbstractContextManager[Traces]]:
    """What gives the traces that a Prefect server has left in the embedded PostgreSQL and in a state folder."""

    @contextmanager
    def look(postgres: EmbeddedPostgres, folder: Path) -> Iterator[Traces]:
        with psycopg.connect(postgres.dsn("prefect").replace("+psycopg", ""), autocommit=True) as connection:
            yield Traces(asking(connection), folder)

    return look


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A server, a worker, our deployments, and rehearsed ones beside them."""
    folder = tmp_path_factory.mktemp("prefect")
    shell = {
        **os.environ,
        "PYTHONPATH": str(REHEARSAL),
        "REHEARSAL_CANARY": Stage.canary,
        "REHEARSAL_LEAK": Stage.leak,
        "REHEARSAL_FOLDER": str(folder),
    }
    with EmbeddedPostgres(folder) as postgres:
        postgres.ensure_database("prefect")
        url = postgres.dsn("prefect", driver="asyncpg")
        place = PrefectPlace(folder, prefect_server.free_port(), url, postgres.url, poll_seconds=1)
        libpq = postgres.dsn("prefect").replace("postgresql+psycopg", "postgresql")
        with (
            Supervisor(folder / "run", StopSignals(), lambda _: None) as supervisor,
            psycopg.connect(libpq, autocommit=True) as connection,
        ):
            client = start_prefect(supervisor, place, shell)

            stage = Stage(asking(connection), folder, place, supervisor, client, shell)
            stage.deploy(REHEARSAL / "rehearsal.yaml")
            yield stage
            client.close()
