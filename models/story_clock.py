"""A clock of the store that stands where it is set, so that a story of the past can be told as it happened.

It takes the place of PostgreSQL's ``clock_timestamp()`` for the connections that a role opens while it is laid, and
only while whoever laid it holds the lock: when they die, time is PostgreSQL's again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from models.database import DUE_CHANNEL, NOTICES_CHANNEL, RawConnection, raw

_LOCK = (5207, 1)  # any pair, as long as nothing else locks it
_LAY = """
DROP SCHEMA IF EXISTS story CASCADE;
CREATE SCHEMA story;
CREATE TABLE story.clock (at timestamptz NOT NULL);
CREATE FUNCTION story.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(
        (SELECT at FROM story.clock WHERE EXISTS (
            SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 5207 AND objid = 1 AND objsubid = 2
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        )),
        pg_catalog.clock_timestamp()
    )
$$;
"""
# A schema in front of pg_catalog is looked into first.
_PREFER = "DO $$ BEGIN EXECUTE format('ALTER ROLE %I IN DATABASE %I {}', current_user, current_database()); END $$"
_LAY_ASIDE = "DROP SCHEMA IF EXISTS story CASCADE"


class StoryAlreadyTold(Exception):
    """Somebody else holds the story clock of this store."""

    def __init__(self) -> None:
        super().__init__("Somebody else is telling a story in this store. Wait until they have finished.")


@dataclass(frozen=True)
class StoryClock:
    """The clock, as whoever laid it sets it."""

    connection: RawConnection

    def set_to(self, at: datetime) -> None:
        """Have the store's time be ``at``, and everybody look whether that makes something due."""
        with self.connection.transaction():
            self.connection.execute("UPDATE story.clock SET at = %s", [at])
            for channel in (DUE_CHANNEL, NOTICES_CHANNEL):
                self.connection.execute("SELECT pg_notify(%s, '')", [channel])


@contextmanager
def lay_story_clock(engine: Engine, at: datetime) -> Iterator[StoryClock]:
    """Give a clock that stands at ``at``, for the connections that are opened until the block ends.

    Close those before: what is opened under the clock fails once it is gone.

    Raises:
        StoryAlreadyTold: another one is laid.
    """
    with engine.connect() as held:
        connection = raw(held)
        held.detach()
        connection.autocommit = True
        if not _held(connection):
            raise StoryAlreadyTold
        try:
            connection.execute(_LAY)
            connection.execute("INSERT INTO story.clock VALUES (%s)", [at])
            connection.execute(_PREFER.format('SET search_path = story, pg_catalog, "$user", public').encode())
            yield StoryClock(connection)
        finally:
            _take_away(connection)


def forget_story_clock(engine: Engine) -> None:
    """Have nothing be left of a clock whose holder was killed; harmless when there is none."""
    with engine.connect() as held:
        connection = raw(held)
        held.detach()  # it must not go back to the others: its statements stand in no transaction
        connection.autocommit = True
        if _held(connection):
            _take_away(connection)
            connection.execute("SELECT pg_advisory_unlock(%s, %s)", _LOCK)


def _held(connection: RawConnection) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", _LOCK).fetchone()
    return row is not None and bool(row[0])


def _take_away(connection: RawConnection) -> None:
    connection.execute(_PREFER.format("RESET search_path").encode())
    connection.execute(_LAY_ASIDE)
