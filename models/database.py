"""The engine over the case store: bounded waits, instants in UTC, and no value in an error's text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from models.patience import CLIENT_KEEPALIVES, GRACE_SECONDS, SERVER_KEEPALIVES, PatientConnection

RawConnection = psycopg.Connection[tuple[Any, ...]]
DUE_CHANNEL = "handrail_due"
NOTICES_CHANNEL = "handrail_notices"
PLACES_CHANNEL = "handrail_places"
"""Says that a place was taken, given up or changed, or that an agency decided on a hand-off."""


def open_engine(
    url: str,
    *,
    statement_seconds: int = 60,
    lock_seconds: int = 10,
    connections: int = 10,
    application: str = "handrail",
) -> Engine:
    """Return an engine on ``url``; nothing is connected yet.

    A statement ends after ``statement_seconds``, and a wait for a lock or for one of its ``connections`` (and as many
    more for a while) after ``lock_seconds``, with an error.
    """
    waits = {
        "statement_timeout": f"{statement_seconds}s",
        "lock_timeout": f"{lock_seconds}s",
        "idle_in_transaction_session_timeout": f"{10 * statement_seconds}s",
        "TimeZone": "UTC",
        **SERVER_KEEPALIVES,
    }
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_size=connections,
        max_overflow=connections,
        pool_timeout=lock_seconds,
        connect_args={
            "application_name": application,
            "connect_timeout": 10,
            "options": " ".join(f"-c {name}={value}" for name, value in waits.items()),
            **CLIENT_KEEPALIVES,
        },
    )
    event.listen(engine, "do_connect", _patiently(statement_seconds + GRACE_SECONDS))
    event.listen(engine, "checkout", _make_sure)
    return engine


def _patiently(seconds: float) -> Callable[..., PatientConnection]:
    """Return what connects for an engine, so that no answer is waited for longer than ``seconds``."""

    def connect(_dialect: object, _record: object, given: Sequence[Any], named: Mapping[str, Any]) -> PatientConnection:
        connection = PatientConnection.connect(*given, **named)
        connection.patience = seconds
        return connection

    return connect


def _make_sure(connection: PatientConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Have the pool connect anew, and forget what it has, if PostgreSQL is not there at the end of a connection."""
    if "used" not in record.info:  # it was made just now; the pool tries no third one
        record.info["used"] = True
        return
    try:
        connection.make_sure()
    except psycopg.Error as error:
        raise InvalidatePoolError from error


def raw(connection: Connection) -> RawConnection:
    """Return the psycopg connection below, in the same transaction: for ``COPY``, pipelines and arrays."""
    return cast("RawConnection", connection.connection.driver_connection)


def now(connection: Connection) -> datetime:
    """Return the database's clock, in UTC; it goes on within a transaction."""
    return cast("datetime", connection.scalar(text("SELECT clock_timestamp()")))


def tell(connection: Connection, channel: str) -> None:
    """Wake whoever listens on ``channel`` once the transaction is committed."""
    connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": channel})


@contextmanager
def listening(engine: Engine, *channels: str) -> Iterator[RawConnection]:
    """Give a connection of its own that hears ``channels``: ask its ``notifies(timeout=...)``."""
    with engine.connect() as connection:
        heard = raw(connection)  # a detached connection no longer tells what it stands on
        connection.detach()
        heard.autocommit = True
        for channel in channels:
            heard.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
        yield heard
