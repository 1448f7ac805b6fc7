"""A real PostgreSQL for the tests that need one: one server a run, one database a test.

Each test's database is a copy of one that was migrated once, so that a test may commit what it likes.
The server is shared by all the processes of pytest-xdist; the last one to leave stops it.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from random import SystemRandom
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine, text
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from integrations import embedded_postgres
from integrations.embedded_postgres import EmbeddedPostgres
from models.database import open_engine
from models.migrations import upgrade

YARDSTICK = str(Path(__file__).with_name("yardstick"))

if YARDSTICK not in sys.path:
    sys.path.insert(0, YARDSTICK)

QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
TEMPLATE = "migrated_template"
WITH_PREFECT = ("tests/flows/", "tests/faults/prefect/")
LONG = ("tests/faults/", "tests/properties/", "tests/pathways/three_zones/", "tests/benchmarks/")
"""Folders whose files take tens of seconds each."""

# Wherever it runs, the same examples, however slow the machine; HANDRAIL_LONG=1 tries others.
LONGER = bool(os.environ.get("HANDRAIL_LONG"))
settings.register_profile(
    "everywhere",
    deadline=None,
    print_blob=True,
    database=None,
    derandomize=not LONGER,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("everywhere")


class OneWorkerAFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """A file's tests stay with one worker; all that start a Prefect server with one, for two at once take too long."""

    def _split_scope(self, nodeid: str) -> str:
        return "with Prefect" if nodeid.startswith(WITH_PREFECT) else nodeid.partition("::")[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put first what starts a Prefect server, the longest that one worker must do alone, then the other long files.

    What is quick comes last, so that no worker is left with something long when the others are done.
    """
    items.sort(key=lambda item: (not item.nodeid.startswith(WITH_PREFECT), not item.nodeid.startswith(LONG)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Share the files out among the workers, in the order in which they stand."""
    config.option.loadscopereorder = False
    return OneWorkerAFile(config, log)


@pytest.fixture(scope="session")
def beginning() -> int:
    """The first seed of what is made at random: the same in every run, and another with HANDRAIL_LONG=1."""
    return SystemRandom().randrange(2**40) if LONGER else 20_261_130


@pytest.fixture(scope="session")
def postgres_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of this run's server, the same in every process of pytest-xdist."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    return shared / "server"


@pytest.fixture(scope="session")
def postgres(postgres_folder: Path) -> Iterator[EmbeddedPostgres]:
    """A running server; its data need not survive anything, so nothing waits for the disk."""
    with embedded_postgres.start(postgres_folder, settings=QUICK) as server:
        yield server


@pytest.fixture(scope="session")
def server_engine(postgres: EmbeddedPostgres) -> Iterator[Engine]:
    """An engine for statements about whole databases, which stand outside of transactions."""
    engine = create_engine(postgres.url, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres, server_engine: Engine, postgres_folder: Path) -> str:
    """The name of a migrated database with nothing in it, made once a run."""
    with (postgres_folder / "template.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with server_engine.connect() as connection:
            known = connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": TEMPLATE})
            if known is None:
                connection.execute(text(f"CREATE DATABASE {TEMPLATE}"))
        if known is None:
            engine = open_engine(_of(postgres, TEMPLATE))
            upgrade(engine)
            engine.dispose()
    return TEMPLATE


@pytest.fixture
def database_url(postgres: EmbeddedPostgres, server_engine: Engine, template: str) -> Iterator[str]:
    """The URL of a migrated database of this test's own."""
    name = f"test_{uuid4().hex}"
    with server_engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield _of(postgres, name)
    with server_engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def empty_database_url(postgres: EmbeddedPostgres, server_engine: Engine) -> Iterator[str]:
    """The URL of a database of this test's own that was never migrated."""
    name = f"test_{uuid4().hex}"
    with server_engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield _of(postgres, name)
    with server_engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on this test's database, as the product opens it."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


def _of(postgres: EmbeddedPostgres, database: str) -> str:
    """Return the URL of ``database`` under the role that owns the server."""
    return postgres.url.replace("/handrail?", f"/{database}?")
