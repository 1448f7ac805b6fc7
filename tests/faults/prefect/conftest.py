"""A whole installation with a relay between Prefect's server and everything that asks it, for Prefect in trouble.

It is put together as ``handrail up`` does it, on a PostgreSQL of its own that may be killed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

HARNESS = Path(__file__).parent / "harness"
sys.path.insert(0, str(HARNESS))

from troubled.installation import Trouble  # noqa: E402 (it is found only now)
from troubled.relay import Relay  # noqa: E402

from benchmarks.soak.__main__ import agencies, settings_of  # noqa: E402
from benchmarks.soak.receivers import Receivers, receivers  # noqa: E402
from handrail import casework, prefect_server  # noqa: E402
from handrail.prefect_automations import NO_SWEEP_FINISHED, declared_automations  # noqa: E402
from handrail.prefect_client import PrefectClient  # noqa: E402
from handrail.prefect_deploying import deploy  # noqa: E402
from handrail.prefect_keeping import PrefectKeeper  # noqa: E402
from handrail.prefect_running import bring_deployments  # noqa: E402
from handrail.prefect_server import PrefectPlace  # noqa: E402
from handrail.processes import Supervisor  # noqa: E402
from handrail.running import Installation  # noqa: E402
from handrail.settings import Settings  # noqa: E402
from handrail.stop_signals import StopSignals  # noqa: E402
from handrail.wiring import open_store  # noqa: E402
from integrations.embedded_postgres import EmbeddedPostgres  # noqa: E402
from models.migrations import upgrade  # noqa: E402


def hurried() -> dict[str, Any]:
    """The automation that tells of silence, as declared but for its name, and ten seconds for ten minutes."""
    (declared,) = [
        each for each in declared_automations(silence=timedelta(seconds=10)) if each["name"] == NO_SWEEP_FINISHED
    ]
    return {**declared, "name": "no sweep finished for ten seconds"}


STANDING = ExitStack()
"""What stands until the last test of this folder is over: others are not to wait for a Prefect that nobody asks."""


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Take it down as soon as the next test is none of ours."""
    if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
        STANDING.close()


@pytest.fixture(scope="session")
def taking() -> Iterator[Receivers]:
    """A web server and a mail server that take the notices of the year at speed."""
    with receivers() as found:
        yield found


@pytest.fixture(scope="session")
def trouble(taking: Receivers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trouble]:
    """The installation, up: no schedule starts a run in it."""
    folder = tmp_path_factory.mktemp("trouble")
    told: list[str] = []
    with STANDING as closing:
        signals = StopSignals()
        postgres = closing.enter_context(EmbeddedPostgres(folder, told.append))
        postgres.ensure_database("prefect")
        settings = Settings(database_url=SecretStr(postgres.url), state=folder)
        store = closing.enter_context(open_store(settings))
        upgrade(store.engine)
        casework.publish(store, (HARNESS / "troubled" / "shelter.yaml").read_text(), None, file_name="shelter.yaml")
        url = postgres.dsn("prefect", driver="asyncpg")
        place = PrefectPlace(folder, prefect_server.free_port(), url, postgres.url, poll_seconds=0.5, runs_at_once=6)
        relay = closing.enter_context(Relay(place.port))
        supervisor = closing.enter_context(Supervisor(folder, signals, told.append))
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("HANDRAIL_", "PREFECT_"))}
        shell = plain | settings_of(taking, agencies())
        supervisor.start(prefect_server.server(place, shell))
        # As on a server of one's own: first everything is deployed, then a worker comes.
        deploy(prefect_server.client_environment(place, shell), told.append)
        supervisor.start(prefect_server.worker(replace(place, port=relay.port), shell))
        client = PrefectClient.at(place.api_url)
        closing.callback(client.close)
        client.pause(paused=True)
        client.create_automation(hurried())

        def prepare() -> None:
            postgres.ensure_database("prefect")

        def bring() -> None:
            bring_deployments(supervisor, place, shell, client)
            client.pause(paused=True)

        keeper = PrefectKeeper(
            client,
            supervisor,
            prepare=prepare,
            bring=bring,
            patience=timedelta(seconds=3),
            every=timedelta(seconds=1),
        )
        up = Installation(settings, store, place, client, supervisor, signals, postgres, keeper, told.append)
        yield Trouble(up, relay, told)
