"""No connection is left, here or in PostgreSQL: whoever comes is told to come again, and then gets through."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from handrail import casework, deliveries
from handrail.casework import Said, Speaker
from handrail.errors import Delayed
from handrail.wiring import Store
from integrations import embedded_postgres

SEEN = Said("seen", {}, Speaker("outreach"))


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL with five connections, one of them for its administrator."""
    few = {"max_connections": "5", "superuser_reserved_connections": "1", "fsync": "off"}
    with embedded_postgres.start(tmp_path_factory.mktemp("narrow"), settings=few) as server:
        yield server.ensure_database("narrow")


def use_up(url: str, held: ExitStack) -> int:
    """Take every connection that PostgreSQL still gives, and return how many."""
    taken = 0
    while True:
        try:
            held.enter_context(psycopg.connect(url.replace("+psycopg", "")))
        except psycopg.OperationalError:
            return taken
        taken += 1


def await_free_ones(url: str) -> None:
    """Wait until PostgreSQL has noticed that those who took its connections have gone."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with psycopg.connect(url.replace("+psycopg", "")):
                return
        except psycopg.OperationalError:
            time.sleep(0.05)


def test_a_postgresql_without_a_free_connection_is_told_and_is_no_obstacle_afterwards(
    narrow: str,
    opened: Callable[..., Any],
    rules: Any,
    new_cases: Callable[..., list[str]],
    handrail: Callable[..., Any],
) -> None:
    assert handrail("db", "upgrade", database_url=narrow).status == 0
    with opened(narrow) as store:
        casework.publish(store, rules.read_text(), None, file_name="shelter.yaml")
        (reference,) = new_cases(store, 1)
        store.engine.dispose()

        with ExitStack() as held:
            assert use_up(narrow, held) > 0
            for act in (lambda: casework.record(store, reference, SEEN), lambda: deliveries.deliver_due(store)):
                with pytest.raises(Delayed, match="no connection left to give"):
                    act()
            ran = handrail("record", reference, "seen", "--by", "outreach", database_url=narrow)
        await_free_ones(narrow)

        assert casework.record(store, reference, SEEN).number == 2
        assert casework.verify(store).wrong == 0
    assert ran.status == 1
    assert ran.errors == (
        "handrail: PostgreSQL has no connection left to give. Repeat it in a moment; if that lasts, raise its "
        "max_connections or lower HANDRAIL_CONNECTIONS of the workers.\n"
    )


def test_a_process_without_a_free_connection_delays_and_goes_on(
    store: Store, database_url: str, opened: Callable[..., Any], new_cases: Callable[..., list[str]]
) -> None:
    (reference,) = new_cases(store, 1)

    with opened(database_url, connections=1, lock_seconds=1) as small:
        with small.engine.connect(), small.engine.connect(), pytest.raises(Delayed, match="raise HANDRAIL_CONNECTIONS"):
            casework.record(small, reference, SEEN)

        assert casework.record(small, reference, SEEN).number == 2
        assert small.engine.pool.checkedout() == 0
