"""The store's tables, in numbered steps; the schema ``handrail`` tells which have been taken.

TablesNewer   a newer release has laid them
"""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from models.database import raw
from models.patience import waiting_longer

SCHEMA = "handrail"
LOCK_SECONDS = 10
STATEMENT_SECONDS = 600
_ONE_AT_A_TIME = 5_207_112_116  # any number, as long as it is always the same


class TablesNewer(Exception):
    """A newer release has brought the tables to the form ``found``."""

    def __init__(self, found: str) -> None:
        self.found = found
        super().__init__(
            f"The case store has tables of form {found}, laid by a newer release; this one knows them up to {newest()}."
            " Install the newer release here."
        )


def upgrade(engine: Engine) -> str:
    """Bring the tables to the newest form and return its number; two callers at once take turns.

    Raises:
        TablesNewer: they are beyond it.
        sqlalchemy.exc.OperationalError: a lock or a statement took too long; nothing was changed.
    """
    check_known(current(engine))
    with engine.begin() as connection, waiting_longer(raw(connection), STATEMENT_SECONDS):
        connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        command.upgrade(_config(connection), "head")
    return newest()


def newest() -> str:
    """Return the number of the newest form that this release knows."""
    return ScriptDirectory.from_config(_config(None)).get_current_head() or ""


def current(engine: Engine) -> str | None:
    """Return the number of the form that the database has; None before the first."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA})
        return context.get_current_revision()


def check_known(form: str | None) -> None:
    """Make sure that this release knows tables of that form.

    Raises:
        TablesNewer: it does not.
    """
    known = {script.revision for script in ScriptDirectory.from_config(_config(None)).walk_revisions()}
    if form is not None and form not in known:
        raise TablesNewer(form)


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", "models:migrations")
    config.attributes["connection"] = connection
    config.attributes["schema"] = SCHEMA
    return config
