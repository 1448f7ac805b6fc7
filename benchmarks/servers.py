"""The case store that is measured: an embedded PostgreSQL of its own, with one database for each side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from pydantic import SecretStr
from sqlalchemy import create_engine, text

from handrail.settings import Settings
from handrail.wiring import Store, open_store
from models.migrations import upgrade

FOREIGN_KEYS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND conrelid::regclass::text = ANY(:tables) ORDER BY 1, 2
"""
Raw = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def server(folder: Path) -> Iterator[Store]:
    """Give a migrated, empty store on a server of its own, which stops with the block.

    Raises:
        ValueError: the server does not wait for the disk, so that nothing it says would count.
    """
    with open_store(Settings(database_url=None, state=folder)) as store:
        upgrade(store.engine)
        with store.engine.connect() as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                if connection.scalar(text(f"SHOW {setting}")) != "on":
                    message = f"PostgreSQL runs with {setting} off. Measure with the settings of a real store."
                    raise ValueError(message)
        yield store


@contextmanager
def copied(store: Store, name: str) -> Iterator[Store]:
    """Give a second store on the same server with everything that is in ``store`` now; it goes with the block."""
    source = store.engine.url.database
    store.engine.dispose()  # a database that somebody is connected to cannot be copied
    alone(store, f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    with _until_dropped(store, name) as copy:
        yield copy


@contextmanager
def another_database(store: Store, name: str) -> Iterator[Store]:
    """Give an empty database on the same server, with no tables in it; it goes with the block."""
    alone(store, f'CREATE DATABASE "{name}"')
    with _until_dropped(store, name) as other:
        yield other


def address(store: Store) -> str:
    """Return the URL of the store's database, as SQLAlchemy reads it."""
    return store.engine.url.render_as_string(hide_password=False)


def joined(url: str) -> Store:
    """Return the store at ``url``, for a process of its own; close it in the end."""
    return open_store(Settings(database_url=SecretStr(url)))


@contextmanager
def bare(store: Store) -> Iterator[Raw]:
    """Give a plain psycopg connection to the store's database."""
    url = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        connection.commit()
        yield connection


@contextmanager
def _until_dropped(store: Store, name: str) -> Iterator[Store]:
    url = store.engine.url.set(database=name).render_as_string(hide_password=False)
    other = open_store(store.settings.model_copy(update={"database_url": SecretStr(url)}))
    try:
        yield other
    finally:
        other.close()
        alone(store, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def without_foreign_keys(store: Store, *tables: str) -> Iterator[None]:
    """Have the foreign keys of ``tables`` checked once at the end of the block, not row by row."""
    with store.engine.connect() as connection:
        keys = connection.execute(text(FOREIGN_KEYS), {"tables": list(tables)}).all()
    for table, name, _ in keys:
        alone(store, f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    for table, name, definition in keys:
        alone(store, f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def settle(store: Store) -> None:
    """Have the planner know what is there, and the disk have it, before anything is measured."""
    alone(store, "VACUUM ANALYZE")
    alone(store, "CHECKPOINT")


def alone(store: Store, statement: str) -> None:
    """Run a statement that stands outside of transactions."""
    engine = create_engine(store.engine.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("SET maintenance_work_mem = '256MB'"))
        connection.execute(text(statement))
    engine.dispose()
