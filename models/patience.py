"""A connection that does not wait for ever: PostgreSQL bounds its own work, but a network may swallow its answer.

Whoever waits in vain gives the connection up. What becomes of the transaction is then PostgreSQL's to say: it takes it
back, unless the commit itself was what nobody confirmed.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from select import POLLIN, poll
from time import monotonic
from typing import Any, TypeVar

import psycopg

Value = TypeVar("Value")
GRACE_SECONDS = 10  # for the answer's way; PostgreSQL itself ends a statement before
SURE_SECONDS = 1  # in which a network forgets no connection that is used

# A peer that is silent is asked after 30 seconds, thrice; what it does not confirm for so long breaks the connection.
CLIENT_KEEPALIVES = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}
SERVER_KEEPALIVES = {  # else the locks of a client whose machine is gone stay for hours
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
}


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is closed when one answer takes longer than ``patience`` seconds."""

    patience: float = 60 + GRACE_SECONDS
    heard_at: float | None = None
    """When its last answer came, by the monotonic clock."""

    def wait(self, gen: Generator[Any, Any, Value], interval: float = 0.1, timeout: float | None = None) -> Value:
        """Return what ``gen`` comes to; psycopg asks every answer of the server through this.

        Raises:
            psycopg.OperationalError: there was no answer in time; the connection is closed.
        """
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        began = monotonic()
        try:
            answer = super().wait(gen, interval, self.patience)
        except psycopg.OperationalError as error:
            if monotonic() - began < self.patience:
                raise
            self.close()  # half a conversation is left on it
            raise psycopg.OperationalError(f"PostgreSQL did not answer within {self.patience:g} seconds.") from error
        self.heard_at = monotonic()
        return answer

    def make_sure(self) -> None:
        """Make sure that PostgreSQL is there: it answered a moment ago and has not said goodbye since, or is asked.

        Raises:
            psycopg.Error: it is gone.
        """
        if self.heard_at is not None and monotonic() - self.heard_at < SURE_SECONDS and not self._has_news():
            return
        self.autocommit = True
        self.execute("SELECT 1")
        self.autocommit = False

    def _has_news(self) -> bool:
        """Whether anything has come that nobody asked for, such as the end of the connection."""
        news = poll()
        news.register(self.fileno(), POLLIN)
        return bool(news.poll(0))


@contextmanager
def waiting_longer(connection: psycopg.Connection[Any], statement_seconds: int) -> Iterator[None]:
    """Have statements of up to ``statement_seconds`` be waited for until the block ends."""
    usual = getattr(connection, "patience", None)
    if isinstance(connection, PatientConnection):
        connection.patience = statement_seconds + GRACE_SECONDS
    try:
        yield
    finally:
        if isinstance(connection, PatientConnection) and usual is not None:
            connection.patience = usual
