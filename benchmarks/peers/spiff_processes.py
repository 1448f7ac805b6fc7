"""SpiffWorkflow: a BPMN process for each case, its state kept as text in the same PostgreSQL.

One act is one transaction: the process is locked, read, told of the event, and written back, together with the rows
that Handrail writes besides (event, changes, open work, notices), made beforehand and sent at once. Spiff decides
where the case goes and nothing else: it makes no row, checks no agency and has no clock here. Its state grows with
each task that was done, so every side has few events a case.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition

from benchmarks.bare_rows import part_of, send
from benchmarks.clients import Act, Client, Opened, Place
from benchmarks.peers.bare_transaction import connected
from benchmarks.peers.bpmn_charts import ROUNDS, process
from benchmarks.servers import Raw

BESIDES = ("events", "changes", "work", "notices", "reviews", "approvals")
LAY = """
CREATE SCHEMA IF NOT EXISTS spiff;
CREATE TABLE IF NOT EXISTS spiff.processes (reference text PRIMARY KEY, version integer NOT NULL, state text NOT NULL)
    WITH (fillfactor = 80);
"""
BEGIN = """
INSERT INTO spiff.processes SELECT reference, 1, %s FROM handrail.cases ON CONFLICT (reference) DO NOTHING
"""
LOCK = "SELECT state FROM spiff.processes WHERE reference = %s FOR UPDATE"
KEEP = "UPDATE spiff.processes SET state = %s, version = version + 1 WHERE reference = %s"


@contextmanager
def in_the_store(place: Place) -> Iterator[Opened]:
    """Give clients that each keep the processes of their cases; every case has one before the first act."""
    serializer = BpmnWorkflowSerializer()
    with ExitStack() as closing:
        _lay(closing.enter_context(connected(place.url)), serializer)

        def opened() -> Client:
            return partial(_act, closing.enter_context(connected(place.url)), serializer)

        yield opened


def _lay(connection: Raw, serializer: Any) -> None:
    fresh = BpmnWorkflow(process(ROUNDS, "rounds"))
    fresh.do_engine_steps()
    connection.execute("SELECT pg_advisory_xact_lock(1)")  # every process of clients comes here
    connection.execute(LAY)
    connection.execute(BEGIN, [serializer.serialize_json(fresh)])
    connection.commit()


def _act(connection: Raw, serializer: Any, act: Act) -> None:
    row = connection.execute(LOCK, [act.reference], prepare=True).fetchone()
    assert row is not None
    case = serializer.deserialize_json(row[0])
    case.send_event(BpmnEvent(MessageEventDefinition(act.said.kind), {}))
    case.do_engine_steps()
    state = serializer.serialize_json(case)
    with connection.pipeline():
        connection.execute(KEEP, [state, act.reference], prepare=True)
        send(connection, part_of(act.taken, *BESIDES))
        connection.commit()
