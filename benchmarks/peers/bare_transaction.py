"""PostgreSQL alone, under psycopg: the limit of what any program can reach here.

The rows are those that Handrail writes for the same event, made beforehand. Nothing is read, locked, checked or
decided. ``at_once`` sends a whole transaction and waits once; ``one_by_one`` waits after every statement, as a
program does that is written without a pipeline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import psycopg
from sqlalchemy import make_url

from benchmarks.bare_rows import Taken, write_each, write_in_order
from benchmarks.clients import Act, Client, Opened, Place
from benchmarks.servers import Raw

Write = Callable[[Raw, Taken], None]


@contextmanager
def at_once(place: Place) -> Iterator[Opened]:
    """Give clients that write an act's rows in one round trip."""
    with _writing(place, write_each) as opened:
        yield opened


@contextmanager
def one_by_one(place: Place) -> Iterator[Opened]:
    """Give clients that write an act's rows in as many round trips as there are rows, and one to commit."""
    with _writing(place, write_in_order) as opened:
        yield opened


@contextmanager
def _writing(place: Place, write: Write) -> Iterator[Opened]:
    with ExitStack() as closing:

        def opened() -> Client:
            return partial(_act, closing.enter_context(connected(place.url)), write)

        yield opened


@contextmanager
def connected(url: str) -> Iterator[Raw]:
    """Give a plain psycopg connection to the database at ``url`` (SQLAlchemy's), in UTC."""
    with psycopg.connect(plain(url), options="-c TimeZone=UTC") as connection:
        yield connection


def plain(url: str) -> str:
    """Return SQLAlchemy's URL as PostgreSQL's own programs read it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _act(connection: Raw, write: Write, act: Act) -> None:
    write(connection, act.taken)
