"""A Prefect server, its work pool, deployments and worker: what each is started with, and when it is ready.

Prefect is run by its command and asked over HTTP; nothing here imports it. The server alone knows Prefect's database
and encryption key, the worker alone knows ours: what a flow run needs comes from the worker's environment, and
nothing of it lies in Prefect.
"""

from __future__ import annotations

import os
import socket
import sys
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx

from handrail.processes import Child

WORK_POOL = "handrail"
SERVER_CHILD = "Prefect server"
WORKER_CHILD = "Prefect worker"
WORKER = "handrail up"  # a name of its own, so that a restart is not one worker more in the list
HEALTH_TIMEOUT = 2.0  # seconds for one question; a server that starts does not answer
KEY_BYTES = 32  # of Fernet, which is what Prefect encrypts with

# No traffic to the outside, and no setting that an operator's own Prefect profile left in the shell.
PRIVACY = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLI_PROMPT": "false",
    "PREFECT_LOGGING_COLORS": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}


@dataclass(frozen=True)
class PrefectPlace:
    """Where Prefect runs and keeps its things.

    ``folder`` is the state folder, and ``store_url`` the case store of the flow runs.
    ``database_url`` is ``postgresql+asyncpg://``, of a role that has no rights on the case tables.
    ``events_kept`` and ``runs_kept`` are at least an hour each.
    ``poll_seconds`` is how often the worker asks for runs that are due.
    """

    folder: Path
    port: int
    database_url: str
    store_url: str
    host: str = "127.0.0.1"
    events_kept: timedelta = timedelta(days=2)
    runs_kept: timedelta = timedelta(days=30)
    poll_seconds: float = 2.0
    runs_at_once: int = 12

    @property
    def api_url(self) -> str:
        """Where the command, the worker and we ask."""
        return f"http://{self.host}:{self.port}/api"

    @property
    def ui_url(self) -> str:
        """Where an operator looks."""
        return f"http://{self.host}:{self.port}"


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port of ``host`` that nobody listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind((host, 0))
        port: int = listener.getsockname()[1]
        return port


def client_environment(place: PrefectPlace, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a command that talks to the server: ``inherited``, but none of its Prefect settings."""
    kept = {name: value for name, value in inherited.items() if not name.startswith("PREFECT_")}
    home = place.folder / "prefect"
    return kept | PRIVACY | {"PREFECT_HOME": str(home), "PREFECT_API_URL": place.api_url}


def server_environment(place: PrefectPlace, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the server: it knows its own database and key, and none of our settings."""
    kept = {name: value for name, value in inherited.items() if not name.startswith("HANDRAIL_")}
    return client_environment(place, kept) | {
        "PREFECT_SERVER_API_HOST": place.host,
        "PREFECT_SERVER_API_PORT": str(place.port),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": place.database_url,
        "PREFECT_SERVER_ENCRYPTION_KEY": encryption_key(place.folder),
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": f"PT{place.events_kept.total_seconds():.0f}S",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": f"{place.runs_kept.total_seconds():.0f}",
    }


def worker_environment(place: PrefectPlace, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the worker and of every flow run: ``inherited`` brings our own settings.

    A flow run works in a folder of its own, so what names our state and store must not depend on where we stand.
    """
    return client_environment(place, inherited) | {
        "HANDRAIL_STATE": str(place.folder.resolve()),
        "HANDRAIL_DATABASE_URL": place.store_url,
        "PREFECT_WORKER_QUERY_SECONDS": str(place.poll_seconds),
        # What Prefect answers while its database is away; otherwise a run that ended then is "Running" for long.
        "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500",
    }


def encryption_key(folder: Path) -> str:
    """Return the key of Prefect's blocks; made once, kept in ``folder`` for its owner's eyes only.

    Without one of ours Prefect keeps its key in the very database that it encrypts.
    """
    path = folder / "prefect-encryption-key"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(made, "w", encoding="ascii") as file:
        file.write(urlsafe_b64encode(os.urandom(KEY_BYTES)).decode())
    return path.read_text(encoding="ascii")


def server(place: PrefectPlace, inherited: Mapping[str, str]) -> Child:
    """Return the Prefect server as a child to start; ready when its API says that it is healthy."""
    return Child(
        name=SERVER_CHILD,
        command=_prefect("server", "start", "--host", place.host, "--port", str(place.port)),
        environment=server_environment(place, inherited),
        is_ready=lambda: is_healthy(place.api_url),
    )


def deployment(place: PrefectPlace, inherited: Mapping[str, str], declared: Path) -> Child:
    """Return the command that brings all deployments of the file ``declared`` to the server; to be run once."""
    return Child(
        name="Prefect deployments",
        command=_prefect("--no-prompt", "deploy", "--all", "--prefect-file", str(declared)),
        environment=client_environment(place, inherited),
    )


def worker(place: PrefectPlace, inherited: Mapping[str, str]) -> Child:
    """Return the worker as a child to start; ready when the server has heard of a worker that is online.

    A worker whose pool does not exist makes it, so it is started before the deployments are brought.
    """
    return Child(
        name=WORKER_CHILD,
        command=(
            *(sys.executable, "-P", "-m", "handrail.prefect_worker"),
            *("worker", "start", "--name", WORKER, "--pool", WORK_POOL, "--type", "process"),
            *("--limit", str(place.runs_at_once)),
        ),
        environment=worker_environment(place, inherited),
        is_ready=lambda: has_worker(place.api_url),
        work_outlives_it=True,
    )


def is_healthy(api_url: str) -> bool:
    """Whether the server answers, and its database too."""
    try:
        return all(_ask(api_url, question).status_code == httpx.codes.OK for question in ("/health", "/ready"))
    except httpx.HTTPError:
        return False


def has_worker(api_url: str) -> bool:
    """Whether a worker of our work pool is online."""
    try:
        reply = httpx.post(
            f"{api_url}/work_pools/{WORK_POOL}/workers/filter", json={}, timeout=HEALTH_TIMEOUT, trust_env=False
        )
    except httpx.HTTPError:
        return False
    return reply.status_code == httpx.codes.OK and any(worker["status"] == "ONLINE" for worker in reply.json())


def _ask(api_url: str, question: str) -> httpx.Response:
    return httpx.get(f"{api_url}{question}", timeout=HEALTH_TIMEOUT, trust_env=False)


def _prefect(*arguments: str) -> tuple[str, ...]:
    """The command of the same environment as ours, whatever the shell would find first."""
    return (str(Path(sys.executable).parent / "prefect"), *arguments)
