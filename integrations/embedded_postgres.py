"""A real PostgreSQL out of a wheel, for machines that have none.

It lives in one folder, listens on a Unix socket only, and lets in nobody but the system user that started
it. Several processes may use one folder: the first starts the server, the others attach, the last to leave
stops it. Who uses it is told by file locks, which the kernel takes from a process that is killed.
"""

from __future__ import annotations

import fcntl
import re
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from integrations.embedded_account import server_account
from integrations.embedded_cluster import (
    PORT,
    SUPERUSER,
    Cluster,
    socket_folder,
)
from integrations.errors import DatabaseNotStarted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

DATABASE = "handrail"
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")

Connection = psycopg.Connection[tuple[object, ...]]


def _silent(_: str) -> None:
    return


def start(
    folder: Path,
    progress: Callable[[str], None] = _silent,
    settings: Mapping[str, str] | None = None,
) -> EmbeddedPostgres:
    """Return the running PostgreSQL of ``folder``: started, recovered after a crash, or attached to.

    Raises:
        DatabaseNotStarted: it did not come up; the text says why and what to do.
    """
    return EmbeddedPostgres(folder, progress, settings).open()


class EmbeddedPostgres:
    """The PostgreSQL that lives in the folder ``postgres`` of ``folder``; the data outlives this object.

    ``progress`` is told, in sentences, what takes time or is out of the ordinary.
    ``settings`` are PostgreSQL's own, as in postgresql.conf; they count if it is started here.
    """

    def __init__(
        self,
        folder: Path,
        progress: Callable[[str], None] = _silent,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.home = folder.resolve() / "postgres"
        self._progress = progress
        self._settings = dict(settings or {})
        self._cluster: Cluster | None = None
        self._users: IO[bytes] | None = None
        self._pid: int | None = None

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the case store."""
        return self.dsn()

    @property
    def pid(self) -> int | None:
        """The server's process; None before it was opened and after it was closed."""
        return self._pid

    def dsn(self, database: str = DATABASE, *, driver: str = "psycopg") -> str:
        """Return the SQLAlchemy URL of ``database`` under the role that owns it.

        ``driver`` is SQLAlchemy's word: ``psycopg`` or ``asyncpg``. Nothing is asked of the server.
        """
        _check_name(database)
        host = quote(str(socket_folder(self.home)), safe="")
        return f"postgresql+{driver}://{database}@/{database}?host={host}&port={PORT}"

    def open(self) -> Self:
        """Start the server or attach to it; it stays up until ``close``.

        Raises:
            DatabaseNotStarted: it did not come up; the text says why and what to do.
        """
        self._cluster = Cluster(self.home, server_account(), self._progress)
        self._cluster.make_folders()
        try:
            with self._one_at_a_time():
                self._join_users()
                self._have_it_running(self._cluster)
        except BaseException:  # a Ctrl-C while it starts must not leave a server behind
            self.close()
            raise
        return self

    def ensure_running(self) -> None:
        """Start the server again if it died while we were using it.

        Raises:
            DatabaseNotStarted: it did not come up, or was not open.
        """
        if self._cluster is None or self._users is None:
            sentence = "The embedded PostgreSQL is not open. Call open() first."
            raise DatabaseNotStarted(sentence)
        with self._one_at_a_time():
            self._have_it_running(self._cluster)

    def close(self) -> None:
        """Leave the server, and stop it if nobody else uses it. The data stays. Closing twice is harmless."""
        if self._cluster is None or self._users is None:
            return
        if self.home.exists():
            with self._one_at_a_time():
                if self._is_last_user():
                    self._cluster.stop()
        elif self._pid is not None:
            self._cluster.abandon(self._pid)
        self._users.close()
        self._users = None
        self._pid = None

    def ensure_database(self, name: str) -> str:
        """Have a database ``name`` and a role ``name`` that owns it and can enter no other; return its URL.

        ``name`` is a small letter, then small letters, digits and underscores, 63 in all at most.
        """
        _check_name(name)
        with self._connect() as connection:
            connection.execute("SELECT pg_advisory_lock(hashtext('ensure_database'))")
            _ensure_role(connection, name)
            _ensure_database(connection, name)
        return self.dsn(name)

    def _have_it_running(self, cluster: Cluster) -> None:
        if cluster.is_answering():
            if self._pid is None:
                self._progress(f"Using the PostgreSQL that already runs in {self.home}.")
        else:
            cluster.start(self._settings)
            self.ensure_database(DATABASE)
        self._pid = cluster.pid

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        with (self.home / "start.lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _join_users(self) -> None:
        if self._users is None:
            self._users = (self.home / "users.lock").open("wb")
            fcntl.flock(self._users, fcntl.LOCK_SH)

    def _is_last_user(self) -> bool:
        try:
            if self._users is not None:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _connect(self) -> Connection:
        return psycopg.connect(
            host=str(socket_folder(self.home)),
            port=PORT,
            user=SUPERUSER,
            dbname="postgres",
            autocommit=True,
            connect_timeout=10,
        )


def _check_name(name: str) -> None:
    if NAME.fullmatch(name) is None:
        sentence = (
            f"{name!r} cannot name a database here. "
            "Give a small letter, then small letters, digits or underscores, 63 in all at most."
        )
        raise ValueError(sentence)


def _ensure_role(connection: Connection, name: str) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    if known is None:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))


def _ensure_database(connection: Connection, name: str) -> None:
    database = sql.Identifier(name)
    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    if known is None:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, database))
    for entered in (database, sql.Identifier("postgres"), sql.Identifier("template1")):
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(entered))
