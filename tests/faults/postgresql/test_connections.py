"""Connections are cut, freeze or die unnoticed: the next act works, or says that it is delayed; none is leaked."""

from __future__ import annotations

import os
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from handrail import casework
from handrail.casework import Said, Speaker
from handrail.errors import Delayed
from handrail.recording import checked
from handrail.steps import Saying, Scene, act
from handrail.wiring import Store
from models.database import raw

CUTS = 25
PATIENCE = 0.4  # seconds
SEEN = Said("seen", {}, Speaker("outreach"))
OURS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'handrail'"
COUNT = f"SELECT count(*) {OURS}"
CUT_ALL = f"SELECT pg_terminate_backend(pid, 5000) {OURS}"
CUT_TWO = f"SELECT pg_terminate_backend(pid) {OURS} ORDER BY random() LIMIT 2"
RESET_AT_ONCE = struct.pack("ii", 1, 0)


def kept_connections(admin: Callable[..., Any], url: str) -> int:
    with admin(url) as beside:
        (count,) = beside.execute(COUNT).fetchone()
    return int(count)


def cut_all(admin: Callable[..., Any], url: str) -> int:
    with admin(url) as beside:
        return len(beside.execute(CUT_ALL).fetchall())


def test_work_whose_connections_are_cut_at_any_moment_is_delayed_and_goes_on(
    store: Store,
    database_url: str,
    new_cases: Callable[..., list[str]],
    under_load: Callable[..., Any],
    admin: Callable[..., Any],
) -> None:
    references = new_cases(store, 10)

    with under_load(store, references) as load, admin(database_url) as beside:
        for _ in range(CUTS):
            load.await_more()
            beside.execute(CUT_TWO)
        load.await_more()

    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT external_id, number FROM handrail.events WHERE source = 'load'"))
        kept = {row[0]: row[1] for row in rows}
    assert kept == load.acknowledged
    assert load.delays.total() > 0, "the cuts were felt"
    assert casework.verify(store).wrong == 0
    assert store.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    assert kept_connections(admin, database_url) <= store.settings.connections


def test_connections_that_died_unnoticed_in_the_pool_are_replaced_before_anybody_feels_it(
    store: Store, database_url: str, new_cases: Callable[..., list[str]], admin: Callable[..., Any]
) -> None:
    (reference,) = new_cases(store, 1)
    held = [store.engine.connect() for _ in range(5)]
    for each in held:
        each.close()

    assert cut_all(admin, database_url) == 5

    assert casework.record(store, reference, SEEN).number == 2
    for each in [store.engine.connect() for _ in range(5)]:
        assert each.scalar(text("SELECT 1")) == 1
        each.close()


class Relay:
    """A way to PostgreSQL over TCP that can be cut, closed, or forget its connections, as a network can."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._door = socket.create_server(("127.0.0.1", 0))
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._over = threading.Event()
        self.swallowed: set[socket.socket] = set()
        self.shut = threading.Event()
        self.port: int = self._door.getsockname()[1]
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()

    def cut(self) -> None:
        """Have every connection end with a reset."""
        for each in [*self._pairs]:
            with suppress(OSError):  # it ended by itself
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
                each.shutdown(socket.SHUT_RDWR)

    def forget(self) -> None:
        """Have what is sent over the connections there are go nowhere, without a word."""
        self.swallowed.update(self._pairs)

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        for each in [self._door, *self._pairs]:
            each.close()

    def _carry(self) -> None:
        while not self._over.is_set():
            heard = [self._door, *(each for each in self._pairs if each not in self.swallowed)]
            for ready in select.select(heard, [], [], 0.02)[0]:
                if ready is self._door:
                    self._admit()
                elif ready in self._pairs:
                    self._pass_on(ready)

    def _admit(self) -> None:
        near, _ = self._door.accept()
        if self.shut.is_set():
            near.close()
            return
        far = socket.socket(socket.AF_UNIX)
        far.connect(self._target)
        self._pairs[near], self._pairs[far] = far, near

    def _pass_on(self, ready: socket.socket) -> None:
        other = self._pairs[ready]
        try:
            sent = ready.recv(65536)
            if sent:
                other.sendall(sent)
                return
        except OSError:
            pass
        for each in (ready, other):
            del self._pairs[each]
            each.close()


@contextmanager
def relayed(url: str) -> Iterator[tuple[Relay, str]]:
    """Give a relay to the PostgreSQL of ``url``, and the address that leads through it."""
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    relay = Relay(f"{asked['host'][0]}/.s.PGSQL.{asked['port'][0]}")
    user = parts.netloc.partition("@")[0]
    try:
        yield relay, f"{parts.scheme}://{user}@127.0.0.1:{relay.port}{parts.path}?sslmode=disable&gssencmode=disable"
    finally:
        relay.close()


@pytest.fixture
def far_away(store: Store, opened: Callable[..., Any]) -> Iterator[tuple[Relay, Store]]:
    """A store that is reached over a network, and the network."""
    assert store.settings.database_url is not None
    with (
        relayed(store.settings.database_url.get_secret_value()) as (relay, url),
        opened(url, statement_seconds=1, lock_seconds=1) as far,
    ):
        yield relay, far


def test_a_network_that_is_cut_in_the_middle_delays_the_act_and_the_next_one_works(
    far_away: tuple[Relay, Store], new_cases: Callable[..., list[str]]
) -> None:
    relay, far = far_away
    (reference,) = new_cases(far, 1)

    def plan_and_cut(scene: Scene) -> list[Saying]:
        relay.cut()
        return [checked(scene, SEEN)]

    with pytest.raises(Delayed, match="did not answer"):
        act(far, reference, plan_and_cut)

    assert casework.record(far, reference, SEEN).number == 2
    assert casework.verify(far).wrong == 0


def test_a_network_that_lets_nobody_in_is_told_and_is_no_obstacle_afterwards(
    far_away: tuple[Relay, Store], new_cases: Callable[..., list[str]]
) -> None:
    relay, far = far_away
    (reference,) = new_cases(far, 1)
    relay.shut.set()
    relay.cut()

    with pytest.raises(Delayed, match="did not answer"):
        casework.record(far, reference, SEEN)
    relay.shut.clear()

    assert casework.record(far, reference, SEEN).number == 2


def test_a_network_that_swallows_the_answer_delays_the_act_and_the_next_one_works(
    far_away: tuple[Relay, Store],
    new_cases: Callable[..., list[str]],
    admin: Callable[..., Any],
    database_url: str,
) -> None:
    relay, far = far_away
    (reference,) = new_cases(far, 1)

    def plan_and_wait_in_vain(scene: Scene) -> list[Saying]:
        scene.connection.patience = PATIENCE  # type: ignore[attr-defined]
        relay.forget()
        return [checked(scene, SEEN)]

    with pytest.raises(Delayed, match="did not answer"):
        act(far, reference, plan_and_wait_in_vain)
    cut_all(admin, database_url)  # until PostgreSQL notices by itself that nobody is there, the case is held

    assert casework.record(far, reference, SEEN).number == 2
    assert casework.verify(far).wrong == 0


def test_connections_that_the_network_forgot_are_replaced_before_anybody_feels_it(
    far_away: tuple[Relay, Store], new_cases: Callable[..., list[str]]
) -> None:
    relay, far = far_away
    (reference,) = new_cases(far, 1)
    with far.engine.connect() as connection:
        below: Any = raw(connection)
    below.patience = PATIENCE
    below.heard_at -= 60  # as if nobody had used it for a minute
    relay.forget()

    assert casework.record(far, reference, SEEN).number == 2


def test_over_tcp_both_sides_ask_whether_the_other_is_there(far_away: tuple[Relay, Store]) -> None:
    _, far = far_away
    with far.engine.connect() as connection, socket.socket(fileno=os.dup(raw(connection).fileno())) as copy:
        user_timeout = copy.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        keepalive = copy.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        idle = copy.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)

    assert (user_timeout, bool(keepalive), idle) == (30_000, True, 30)
