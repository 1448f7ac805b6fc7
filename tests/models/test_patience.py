"""No answer is waited for without end."""

from __future__ import annotations

import time
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text

from models.database import open_engine, raw
from models.patience import PatientConnection, waiting_longer


def test_an_answer_that_does_not_come_ends_the_connection(database_url: str) -> None:
    engine = open_engine(database_url)
    began = time.monotonic()

    with engine.connect() as connection:
        below: Any = raw(connection)
        below.patience = 0.3
        with pytest.raises(psycopg.OperationalError, match="did not answer within"):
            below.execute("SELECT pg_sleep(20)")

        assert below.closed
        assert time.monotonic() - began < 15
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()


def test_a_connection_is_asked_whether_it_lives_only_after_a_silence(database_url: str) -> None:
    engine = open_engine(database_url, connections=1)
    with engine.connect() as connection:
        below: Any = raw(connection)
        connection.scalar(text("SELECT 1"))

    heard = below.heard_at
    with engine.connect() as connection:
        again: Any = raw(connection)
        assert (again, again.heard_at) == (below, heard)

    below.heard_at = heard - 60
    with engine.connect() as connection:
        again = raw(connection)
        assert again is below
        assert again.heard_at >= heard
    engine.dispose()


def test_patience_is_a_little_longer_than_what_postgresql_allows_itself(database_url: str) -> None:
    engine = open_engine(database_url, statement_seconds=5)

    with engine.connect() as connection:
        below = raw(connection)

        assert isinstance(below, PatientConnection)
        assert 5 < below.patience < 60
    engine.dispose()


def test_work_that_goes_on_for_long_is_not_cut_off_between_its_answers(engine: Engine) -> None:
    with engine.connect() as connection:
        below: Any = raw(connection)
        below.patience = 0.5
        for _ in range(4):
            below.execute("SELECT pg_sleep(0.2)")


def test_a_migration_may_take_longer_than_other_work(database_url: str) -> None:
    engine = open_engine(database_url, statement_seconds=1)

    with engine.connect() as connection:
        below: Any = raw(connection)
        usual = below.patience
        with waiting_longer(below, 600):
            assert below.patience > 600
        assert below.patience == usual
    engine.dispose()


def test_a_machine_that_is_gone_is_noticed_on_both_sides(engine: Engine) -> None:
    with engine.connect() as connection:
        told = raw(connection).info.get_parameters()
        # Over a Unix socket PostgreSQL shows 0; over TCP see the tests of faults.
        shown = connection.scalar(text("SELECT setting FROM pg_settings WHERE name = 'tcp_keepalives_idle'"))

    assert (told["keepalives_idle"], told["tcp_user_timeout"]) == ("30", "30000")
    assert shown in {"0", "30"}
