"""The story clock takes the place of the store's time, for as long as somebody holds it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import Engine, text

from models.database import DUE_CHANNEL, listening, now, open_engine, raw
from models.story_clock import StoryAlreadyTold, forget_story_clock, lay_story_clock

BEGIN = datetime(2017, 9, 4, 8, 20, tzinfo=UTC)


def time_of(url: str) -> datetime:
    """The store's time for whoever connects just now."""
    engine = open_engine(url)
    with engine.connect() as connection:
        told = now(connection)
    engine.dispose()
    return told


def is_now(told: datetime, engine: Engine) -> bool:
    with engine.connect() as connection:
        real = connection.scalar(text("SELECT pg_catalog.clock_timestamp()"))
    return isinstance(real, datetime) and abs(real - told) < timedelta(seconds=30)


def test_the_stores_time_stands_where_the_story_sets_it_and_goes_on_afterwards(
    database_url: str, engine: Engine
) -> None:
    with lay_story_clock(engine, BEGIN) as clock:
        first = time_of(database_url)
        clock.set_to(BEGIN + timedelta(days=1))
        second = time_of(database_url)

    assert (first, second) == (BEGIN, BEGIN + timedelta(days=1))
    assert is_now(time_of(database_url), engine)


def test_whoever_listens_for_what_is_due_hears_that_the_clock_was_set(engine: Engine) -> None:
    with lay_story_clock(engine, BEGIN) as clock, listening(engine, DUE_CHANNEL) as heard:
        clock.set_to(BEGIN + timedelta(days=1))

        assert [told.channel for told in heard.notifies(timeout=5, stop_after=1)] == [DUE_CHANNEL]


def test_a_second_story_is_refused_while_one_is_told(engine: Engine) -> None:
    with lay_story_clock(engine, BEGIN), pytest.raises(StoryAlreadyTold), lay_story_clock(engine, BEGIN):
        pass


def test_when_the_holder_dies_time_is_real_again_and_nothing_is_left_to_forget(
    database_url: str, engine: Engine
) -> None:
    held = lay_story_clock(engine, BEGIN)
    clock = held.__enter__()
    assert time_of(database_url) == BEGIN

    clock.connection.close()

    assert is_now(time_of(database_url), engine)
    with pytest.raises(psycopg.OperationalError, match="closed"):
        held.__exit__(None, None, None)

    forget_story_clock(engine)

    assert is_now(time_of(database_url), engine)
    with engine.connect() as connection:
        assert raw(connection).execute("SELECT to_regnamespace('story')").fetchone() == (None,)


def test_forgetting_a_clock_leaves_every_connection_in_transactions(engine: Engine) -> None:
    forget_story_clock(engine)

    with engine.connect() as connection:
        connection.execute(text("CREATE TABLE half_done (n int)"))
        connection.rollback()

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT to_regclass('half_done')")) is None
