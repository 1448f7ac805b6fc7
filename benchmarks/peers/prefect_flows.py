"""Prefect: a flow run for each event, with one task that writes the very rows that Handrail writes for it.

The server is a real one, on a PostgreSQL database of its own beside the case store. The flow runs in the client's
own process: no worker and no process for each run, which would take seconds. It is ``async def``, since a synchronous
flow ends a second later. Its log lines stay here, which spares the server some work. A run that died would not be
taken up again by Prefect itself: it keeps what became of it, and does not make the rows and its states one act.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from benchmarks.bare_rows import Taken, write_each
from benchmarks.clients import Act, Client, Opened, Place
from benchmarks.peers.bare_transaction import connected, plain
from benchmarks.servers import Raw
from handrail import prefect_server
from handrail.prefect_server import PrefectPlace, client_environment, free_port
from handrail.processes import Supervisor
from handrail.stop_signals import StopSignals

DATABASE = "peer_prefect"
QUIET = {"PREFECT_LOGGING_LEVEL": "ERROR", "PREFECT_LOGGING_TO_API_ENABLED": "false"}


@contextmanager
def server(database_url: str) -> Iterator[str]:
    """Give the API of a Prefect server with a new database beside that one; it ends with the block."""
    with psycopg.connect(plain(database_url), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    url = make_url(database_url).set(drivername="postgresql+asyncpg", database=DATABASE)
    with TemporaryDirectory(prefix="handrail-bench-prefect-") as folder:
        place = PrefectPlace(Path(folder), free_port(), url.render_as_string(hide_password=False), "")
        with Supervisor(place.folder / "run", StopSignals(), lambda _: None) as supervisor:
            supervisor.start(prefect_server.server(place, os.environ))
            yield place.api_url


@contextmanager
def flow_runs(place: Place) -> Iterator[Opened]:
    """Give clients that each have an event loop of their own and run a flow in it for each act."""
    with TemporaryDirectory(prefix="handrail-bench-prefect-") as folder:
        known = client_environment(PrefectPlace(Path(folder), 0, "", ""), {})
        os.environ.update(known | QUIET | {"PREFECT_API_URL": place.address})
        with _running(place) as opened:
            yield opened


@contextmanager
def _running(place: Place) -> Iterator[Opened]:
    from prefect import flow, task  # noqa: PLC0415 - it reads its settings when it is loaded

    written: dict[str, tuple[Raw, Taken]] = {}

    @task
    def write_rows(key: str) -> None:
        write_each(*written[key])

    @flow(name="record-event")
    async def record_event(key: str) -> None:
        write_rows(key)

    with ExitStack() as closing:

        def opened() -> Client:
            connection = closing.enter_context(connected(place.url))
            loop = closing.enter_context(asyncio.Runner())

            def client(act: Act) -> None:
                key = f"{act.reference}/{act.taken.updates[0].version}"
                written[key] = connection, act.taken
                loop.run(record_event(key))
                del written[key]

            return client

        yield opened
