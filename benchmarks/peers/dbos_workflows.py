"""DBOS: a workflow for each event, which writes the very rows that Handrail writes for it.

Its system database is one of its own on the same server, and every write to it is durable, as ours are. The rows go
to a copy of the case store through DBOS's datasource, sent at once as the bare side sends them, so that what is
measured besides is DBOS: the start of the workflow, a checkpoint for each step, and its end. The isolation is READ
COMMITTED, as ours; its default is SERIALIZABLE, which costs more. A workflow is given the case's reference and the
event's number only, because DBOS stores what it is given. It reads, locks, checks and decides nothing.

``steps`` is a workflow as the manual has them, one step for each thing done: the event and the case's new state, the
work that opens and closes with what changed, and the notices. ``one_step`` puts all rows in a single transaction,
which is the least that DBOS can do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast
from uuid import uuid4

from dbos import DBOS, SQLAlchemyDatasource
from psycopg import Connection

from benchmarks.bare_rows import Taken, part_of, send
from benchmarks.clients import Act, Opened, Place
from benchmarks.servers import Raw

EVERYTHING = ("cases", "events", "changes", "work", "notices", "reviews", "approvals")
STEPS = (("cases", "events"), ("changes", "work", "reviews", "approvals"), ("notices",))
OPTIONS = {"isolation_level": "READ COMMITTED"}


@contextmanager
def steps(place: Place) -> Iterator[Opened]:
    """Give clients that run a workflow of three steps for each act."""
    with _running(place, STEPS) as opened:
        yield opened


@contextmanager
def one_step(place: Place) -> Iterator[Opened]:
    """Give clients that run a workflow of one step for each act."""
    with _running(place, (EVERYTHING,)) as opened:
        yield opened


@contextmanager
def _running(place: Place, parts: Sequence[Sequence[str]]) -> Iterator[Opened]:
    """Have DBOS run in this process for the block, with nothing sent to the outside."""
    known: dict[str, Taken] = {}
    DBOS(config={
        "name": "events", "system_database_url": place.apart, "executor_id": str(uuid4()), "log_level": "ERROR",
        "enable_otlp": False,
    })  # fmt: skip
    try:
        source = SQLAlchemyDatasource.create(place.url)
        workflow = _workflow(source, parts, known)
        DBOS.launch()

        def client(act: Act) -> None:
            key = f"{act.reference}/{act.taken.updates[0].version}"
            known[key] = act.taken
            workflow(key)
            del known[key]

        yield lambda: client
    finally:
        DBOS.destroy(destroy_registry=True)


def _workflow(
    source: SQLAlchemyDatasource, parts: Sequence[Sequence[str]], known: dict[str, Taken]
) -> Callable[[str], None]:
    def write(key: str, tables: Sequence[str]) -> None:
        below = source.sql_session().connection().connection.driver_connection
        connection = cast("Raw", below)
        assert isinstance(connection, Connection)
        with connection.pipeline():
            send(connection, part_of(known[key], *tables))

    def record_event(key: str) -> None:
        for nth, tables in enumerate(parts):
            if nth == 0 or any(sheet.table in tables for sheet, _ in known[key].sheets):
                source.run_tx_step({"name": tables[-1], **OPTIONS}, write, key, tables)

    return cast("Callable[[str], None]", DBOS.workflow()(record_event))
