"""What the Prefect server and its worker are started with: each knows its own secrets, and nobody calls home."""

from __future__ import annotations

import socket
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from handrail.prefect_running import DeploymentsNotDeclared, PortTaken, start_prefect
from handrail.prefect_server import (
    PrefectPlace,
    deployment,
    encryption_key,
    free_port,
    is_healthy,
    server,
    server_environment,
    worker,
    worker_environment,
)
from handrail.processes import Supervisor
from handrail.stop_signals import StopSignals

SHELL = {
    "PATH": "/usr/bin",
    "PREFECT_API_URL": "https://somewhere.example/api",
    "PREFECT_API_KEY": "of another account",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "handrail",
    "HANDRAIL_MAIL_PASSWORD": "for the mail server",
    "HANDRAIL_DATABASE_URL": "postgresql://an/other",
}


@pytest.fixture
def place(tmp_path: Path) -> PrefectPlace:
    return PrefectPlace(
        tmp_path / "state", 4200, "postgresql+asyncpg://prefect@/prefect", "postgresql+psycopg://handrail@/handrail"
    )


def test_the_server_learns_nothing_of_the_case_store(place: PrefectPlace) -> None:
    environment = server_environment(place, SHELL)

    assert not [name for name in environment if name.startswith("HANDRAIL_")]
    assert place.store_url not in environment.values()


def test_the_worker_learns_neither_prefects_database_nor_its_key(place: PrefectPlace) -> None:
    environment = worker_environment(place, SHELL)

    assert encryption_key(place.folder) not in environment.values()
    assert place.database_url not in environment.values()
    assert environment["HANDRAIL_MAIL_PASSWORD"] == "for the mail server"


def test_a_flow_run_finds_our_store_and_state_from_whatever_folder_it_works_in(
    place: PrefectPlace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    near = PrefectPlace(Path("state"), place.port, place.database_url, place.store_url)

    environment = worker_environment(near, SHELL)

    assert environment["HANDRAIL_STATE"] == str(tmp_path / "state")
    assert environment["HANDRAIL_DATABASE_URL"] == place.store_url


@pytest.mark.parametrize("make", [server_environment, worker_environment])
def test_an_operators_own_prefect_profile_has_no_say(place: PrefectPlace, make: object) -> None:
    assert callable(make)
    environment = make(place, SHELL)

    assert environment["PREFECT_API_URL"] == "http://127.0.0.1:4200/api"
    assert not {"PREFECT_API_KEY", "PREFECT_LOGGING_EXTRA_LOGGERS"} & set(environment)


@pytest.mark.parametrize("make", [server_environment, worker_environment])
def test_nobody_calls_home(place: PrefectPlace, make: object) -> None:
    assert callable(make)
    environment = make(place, SHELL)

    assert environment["DO_NOT_TRACK"] == "1"
    assert environment["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"


def test_what_prefect_keeps_has_an_end(place: PrefectPlace) -> None:
    environment = server_environment(place, {})

    assert environment["PREFECT_SERVER_EVENTS_RETENTION_PERIOD"] == "PT172800S"
    assert environment["PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED"] == "events,flow_runs"
    assert float(environment["PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD"]) == 30 * 86_400


def test_the_encryption_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = encryption_key(tmp_path / "state")

    assert encryption_key(tmp_path / "state") == first
    assert encryption_key(tmp_path / "another") != first
    assert stat.S_IMODE((tmp_path / "state" / "prefect-encryption-key").stat().st_mode) == 0o600
    assert Fernet(first).decrypt(Fernet(first).encrypt(b"a block")) == b"a block"


def test_no_secret_stands_in_a_command_line_where_every_user_sees_it(place: PrefectPlace) -> None:
    children = [server(place, SHELL), worker(place, SHELL), deployment(place, SHELL, Path("prefect.yaml"))]

    words = " ".join(word for child in children for word in child.command)

    for secret in (place.database_url, place.store_url, encryption_key(place.folder), "for the mail server"):
        assert secret not in words


def test_a_server_that_is_not_there_is_not_healthy() -> None:
    assert not is_healthy(f"http://127.0.0.1:{free_port()}/api")


def test_runs_and_events_are_kept_as_long_as_an_operator_says(place: PrefectPlace) -> None:
    longer = PrefectPlace(place.folder, place.port, place.database_url, place.store_url, events_kept=timedelta(days=7))

    assert server_environment(longer, {})["PREFECT_SERVER_EVENTS_RETENTION_PERIOD"] == "PT604800S"


def test_a_port_that_is_taken_is_told_at_once_though_another_prefect_might_answer_there(place: PrefectPlace) -> None:
    with socket.socket() as other, Supervisor(place.folder / "run", StopSignals(), lambda _: None) as supervisor:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = replace(place, port=other.getsockname()[1])

        with pytest.raises(PortTaken, match=f"Port {taken.port} of 127.0.0.1 is taken"):
            start_prefect(supervisor, taken, SHELL)


def test_deployments_that_are_declared_nowhere_are_told_before_anything_starts(place: PrefectPlace) -> None:
    with Supervisor(place.folder / "run", StopSignals(), lambda _: None) as supervisor:
        with pytest.raises(DeploymentsNotDeclared, match=r"nowhere\.yaml does not exist"):
            start_prefect(supervisor, place, SHELL, Path("nowhere.yaml"))

        assert not supervisor.log_of("Prefect server").exists()
