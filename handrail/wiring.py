"""What casework stands on, put together: the store's engine, and the pathways published in it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine

from handrail.errors import NotFound
from handrail.rules import Rules, ready
from handrail.settings import Settings
from integrations import embedded_postgres
from models.database import open_engine
from models.publications import find_publication


class Store:
    """The case store as casework uses it. One object serves many threads; close it in the end."""

    def __init__(self, engine: Engine, settings: Settings, closing: ExitStack | None = None) -> None:
        self.engine = engine
        self.settings = settings
        self._closing = closing or ExitStack()
        self._rules: dict[str, Rules] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def rules(self, connection: Connection, publication: str) -> Rules:
        """Return the rules published under that hash; they never change, so they are read once.

        Raises:
            NotFound: nothing was published under it.
        """
        found = self._rules.get(publication)
        if found is None:
            published = find_publication(connection, publication)
            if published is None:
                message = f"Nothing was published under {publication}. Publish the pathway first."
                raise NotFound(message)
            found = self._rules[publication] = ready(published)
        return found

    def close(self) -> None:
        """Give all connections back, and leave the embedded PostgreSQL if there is one."""
        self.engine.dispose()
        self._closing.close()


def _silent(_: str) -> None:
    return


def open_store(settings: Settings | None = None, progress: Callable[[str], None] = _silent) -> Store:
    """Return the store that ``settings`` name; without a database's URL an embedded PostgreSQL is started or joined.

    ``progress`` is told, in sentences, what takes time. The tables may be older than this release: see
    ``models.migrations``.
    """
    settings = settings or Settings()
    with ExitStack() as closing:
        if settings.database_url is not None:
            url = settings.database_url.get_secret_value()
        else:
            settings.state.mkdir(parents=True, exist_ok=True)
            url = closing.enter_context(embedded_postgres.start(settings.state, progress)).url
        engine = open_engine(
            url,
            statement_seconds=settings.statement_seconds,
            lock_seconds=settings.lock_seconds,
            connections=settings.connections,
        )
        return Store(engine, settings, closing.pop_all())
