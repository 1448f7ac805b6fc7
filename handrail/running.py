"""A whole Handrail on one machine: PostgreSQL, the case store, a Prefect server, a worker, all deployments."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import psycopg
from pydantic import SecretStr

from handrail.prefect_client import PrefectClient
from handrail.prefect_keeping import PrefectKeeper
from handrail.prefect_running import bring_deployments, start_prefect
from handrail.prefect_server import PrefectPlace, free_port
from handrail.processes import Supervisor
from handrail.settings import Settings
from handrail.stop_signals import StopSignals
from handrail.wiring import Store, open_store
from integrations.embedded_postgres import EmbeddedPostgres
from integrations.errors import DatabaseNotStarted
from models.migrations import upgrade
from models.story_clock import forget_story_clock

PREFECT_DATABASE = "prefect"
LOOK = timedelta(seconds=2)  # between two looks at PostgreSQL
Report = Callable[[str], None]


@dataclass(frozen=True)
class Installation:
    """What runs, and what it is asked with. ``settings`` name the store wherever it is."""

    settings: Settings
    store: Store
    place: PrefectPlace
    client: PrefectClient
    supervisor: Supervisor
    signals: StopSignals
    postgres: EmbeddedPostgres | None
    keeper: PrefectKeeper
    report: Report

    def stay_up(self) -> None:
        """Keep everything running until somebody asks to stop."""
        with suppress(KeyboardInterrupt):
            while not self.signals.is_asked:
                self.supervisor.watch(LOOK)
                self.look_after_everything()

    def look_after_everything(self) -> None:
        """Set right what lives and yet does not work, as far as it can be; the next look goes on."""
        self._look_after_postgres()
        self.keeper.look()

    def _look_after_postgres(self) -> None:
        if self.postgres is None or self.signals.is_asked:
            return
        try:
            self.postgres.ensure_running()
        except DatabaseNotStarted as error:
            self.report(f"{error} Trying again.")


@contextmanager
def running(settings: Settings, report: Report) -> Iterator[Installation]:
    """Give a running installation; when the block ends, nothing that was started here is left.

    Raises:
        AlreadySupervised: another command runs in the same state folder.
        DatabaseNotStarted, PortTaken, ChildFailed: a part did not come up; the others are stopped again.
    """
    state = settings.state.resolve()
    with ExitStack() as closing:
        signals = closing.enter_context(StopSignals())
        supervisor = closing.enter_context(Supervisor(state, signals, report))
        postgres = _embedded(settings, closing, report)
        prefects_home = None if settings.prefect_database_url is not None else postgres
        settings = _at_home(settings, postgres)
        store = closing.enter_context(open_store(settings))
        report("Bringing the tables of the case store up to date.")
        upgrade(store.engine)
        forget_story_clock(store.engine)
        closing.callback(supervisor.stop)  # before PostgreSQL: what runs on it ends in order
        place, inherited = _place(settings), _inherited(settings)
        client = start_prefect(supervisor, place, inherited)
        closing.callback(client.close)
        keeper = PrefectKeeper(
            client,
            supervisor,
            prepare=lambda: _ensure_database_in(prefects_home),
            bring=lambda: bring_deployments(supervisor, place, inherited, client),
        )
        yield Installation(settings, store, place, client, supervisor, signals, postgres, keeper, report)
        report("Stopping everything.")


def _embedded(settings: Settings, closing: ExitStack, report: Report) -> EmbeddedPostgres | None:
    """Return the embedded PostgreSQL if the cases or Prefect live in it."""
    if settings.database_url is not None and settings.prefect_database_url is not None:
        return None
    return closing.enter_context(EmbeddedPostgres(settings.state.resolve(), report))


def _at_home(settings: Settings, postgres: EmbeddedPostgres | None) -> Settings:
    """Return the settings with nothing left to find out, and nothing that depends on where we stand."""
    found: dict[str, object] = {"state": settings.state.resolve(), "outbox": settings.outbox_folder.resolve()}
    if settings.database_url is None and postgres is not None:
        found["database_url"] = SecretStr(postgres.url)
    if settings.prefect_database_url is None and postgres is not None:
        postgres.ensure_database(PREFECT_DATABASE)
        found["prefect_database_url"] = SecretStr(postgres.dsn(PREFECT_DATABASE, driver="asyncpg"))
    if settings.templates is not None:
        found["templates"] = settings.templates.resolve()
    return settings.model_copy(update=found)


def _ensure_database_in(postgres: EmbeddedPostgres | None) -> None:
    """Have Prefect's database be there, unless it is somebody else's to make."""
    if postgres is not None:
        with suppress(psycopg.OperationalError):  # PostgreSQL is away as well, and is looked after
            postgres.ensure_database(PREFECT_DATABASE)


def _place(settings: Settings) -> PrefectPlace:
    host = settings.prefect_host
    return PrefectPlace(
        settings.state,
        settings.prefect_port or free_port(host),
        _secret(settings.prefect_database_url),
        _secret(settings.database_url),
        host=host,
    )


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value is not None else ""


def _inherited(settings: Settings) -> Mapping[str, str]:
    """Return our own environment for the flow runs, which each work in a folder of their own."""
    found = {**os.environ, "HANDRAIL_OUTBOX": str(settings.outbox_folder)}
    if settings.templates is not None:
        found["HANDRAIL_TEMPLATES"] = str(settings.templates)
    found.pop("HANDRAIL_PREFECT_DATABASE_URL", None)  # no flow run needs it
    return found
