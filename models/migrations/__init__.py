"""The store's tables, in numbered steps; the schema ``handrail`` tells which have been taken."""

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


def upgrade(engine: Engine) -> str:
    """Bring the tables to the newest form and return its number; two callers at once take turns.

    Raises:
        sqlalchemy.exc.OperationalError: a lock or a statement took too long; nothing was changed.
    """
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


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", "models:migrations")
    config.attributes["connection"] = connection
    config.attributes["schema"] = SCHEMA
    return config
