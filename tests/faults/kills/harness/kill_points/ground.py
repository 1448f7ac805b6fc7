"""Where it happens: a PostgreSQL that waits for every commit, a store, a web server, and those to be killed."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from kill_points import orders, programme
from kill_points.acts import ACTS, BYSTANDER
from kill_points.receiver import SECRET, Receiver
from kill_points.relay import SOCKET, Relay
from kill_points.victims import Life, Nursery
from pydantic import SecretStr

from handrail import casework
from handrail.settings import Settings
from handrail.wiring import Store, open_store
from integrations import embedded_postgres
from integrations.embedded_cluster import socket_folder
from integrations.embedded_postgres import EmbeddedPostgres
from models.migrations import upgrade

A_WHILE = 120  # seconds
WEBHOOKS = ("outreach", "mission")
STILL_AT_WORK = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Ground:
    """Everything that a trial needs. ``aside`` brings forth victims that the relay does not see."""

    server: EmbeddedPostgres
    store: Store
    receiver: Receiver
    relay: Relay
    nursery: Nursery
    aside: Nursery
    repairs: ThreadPoolExecutor

    def finish(self) -> None:
        """Have everything done that is due: cases woken, and notices sent, those too that a dead worker was sending."""
        self.await_the_last_of_the_dead()
        while orders.carry_out(self.store, orders.wake(500))["more"]:
            pass
        self.end_leases()
        while orders.carry_out(self.store, orders.deliver(500))["more"]:
            pass

    def await_the_last_of_the_dead(self) -> None:
        """Wait until PostgreSQL has noticed who died: until then their cases are held, and a sweep passes over them."""
        end = time.monotonic() + A_WHILE
        while self._still_at_work():
            assert time.monotonic() < end, "somebody is still at work"
            time.sleep(0.01)

    def _still_at_work(self) -> int:
        with self.store.engine.begin() as connection:  # anew each time: a transaction sees one and the same
            return int(connection.exec_driver_sql(STILL_AT_WORK).scalar_one())

    def end_leases(self) -> None:
        """Have so much time pass that what a dead worker was sending is anybody's again."""
        with self.store.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE handrail.notices SET send_at = now() WHERE state = 'waiting'")

    def live_on(self, *lives: Life) -> None:
        """Let the victims live until they have ended, one way or the other."""
        self.relay.serve(lambda: all(life.status is not None for life in lives), A_WHILE)

    def crash(self) -> Future[None]:
        """Kill PostgreSQL with all its processes, as when the power fails; it is being started again."""
        assert self.server.pid is not None
        postmaster = psutil.Process(self.server.pid)
        postmaster.suspend()  # so that it starts nothing while its processes are counted
        for process in [*postmaster.children(recursive=True), postmaster]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        return self.repairs.submit(self.server.ensure_running)

    @staticmethod
    def kill(life: Life) -> None:
        """Kill the victim, once it is known who it is."""
        end = time.monotonic() + A_WHILE
        while life.process is None and time.monotonic() < end:
            time.sleep(0.001)
        assert life.process is not None
        os.kill(life.process, signal.SIGKILL)


@contextmanager
def prepared(settings: Mapping[str, str]) -> Iterator[Ground]:
    """Give the ground; everything that was started or written is gone afterwards. ``settings`` are PostgreSQL's."""
    with ExitStack() as closing:
        # Not below pytest's own folder: each session shuts that anew, and PostgreSQL must find its way in again.
        folder = Path(closing.enter_context(TemporaryDirectory(prefix="kill-points-")))
        receiver = Receiver()
        closing.callback(receiver.close)
        server = closing.enter_context(embedded_postgres.start(folder, settings=settings))
        secrets = {agency: [SecretStr(SECRET)] for agency in WEBHOOKS}
        url, state = SecretStr(server.url), folder / "state"
        store = closing.enter_context(
            open_store(Settings(database_url=url, state=state, webhook_secrets=secrets, outbox=folder / "outbox"))
        )
        upgrade(store.engine)
        casework.publish(store, programme.text(receiver.url), None, file_name="night_shelter.yaml")
        relay = Relay(socket_folder(server.home) / SOCKET)
        closing.callback(relay.close)
        known = {
            "HANDRAIL_STATE": str(state),
            "HANDRAIL_OUTBOX": str(folder / "outbox"),
            "HANDRAIL_WEBHOOK_SECRETS": json.dumps({agency: [SECRET] for agency in WEBHOOKS}),
        }
        through = f"postgresql+psycopg://handrail@/handrail?host={relay.folder}&port=5432"
        nursery = Nursery(relay, known | {"HANDRAIL_DATABASE_URL": through})
        closing.callback(nursery.close)
        aside = Nursery(relay, known | {"HANDRAIL_DATABASE_URL": server.url})
        closing.callback(aside.close)
        repairs = closing.enter_context(ThreadPoolExecutor(1))
        ground = Ground(server, store, receiver, relay, nursery, aside, repairs)
        nursery.warm([order for act in ACTS for order in act.prepare(store, f"warm {act.name}")])
        aside.warm(BYSTANDER.prepare(store, "aside"))
        ground.finish()
        yield ground
