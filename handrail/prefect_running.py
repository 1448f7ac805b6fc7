"""Prefect on one machine, from nothing to sweeps on duty: the order in which its parts come up."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from pathlib import Path

from handrail import prefect_server
from handrail.prefect_automations import SWEEPS, ensure_automations
from handrail.prefect_client import PrefectClient, Run
from handrail.prefect_server import PrefectPlace
from handrail.processes import Supervisor

DECLARED = Path(__file__).parents[1] / "prefect.yaml"


class PortTaken(Exception):
    """Somebody else listens where the Prefect server should."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"Port {port} of {host} is taken. Stop what listens there, or name another port for Prefect.")


class DeploymentsNotDeclared(Exception):
    """There is no file that declares the deployments."""

    def __init__(self, declared: Path) -> None:
        super().__init__(f"{declared} does not exist. Run from a checkout, or name the file that declares deployments.")


def start_prefect(
    supervisor: Supervisor, place: PrefectPlace, inherited: Mapping[str, str], declared: Path = DECLARED
) -> PrefectClient:
    """Return a client of the server once it is up, with a worker, all deployments and the automations.

    ``inherited`` is our own environment, of which the worker gets all but Prefect's settings.

    Raises:
        PortTaken: another program, perhaps another Prefect, has the port.
        DeploymentsNotDeclared: there is no file ``declared``.
        ChildFailed: a part did not come up.
    """
    if not declared.is_file():
        raise DeploymentsNotDeclared(declared)
    # Another Prefect on that port would answer "healthy" in place of ours.
    ensure_port_is_free(place.host, place.port)
    supervisor.report("Starting the Prefect server (about 10 seconds).")
    supervisor.start(prefect_server.server(place, inherited))
    supervisor.report("Starting a worker.")
    supervisor.start(prefect_server.worker(place, inherited))
    client = PrefectClient.at(place.api_url)
    bring_deployments(supervisor, place, inherited, client, declared)
    return client


def bring_deployments(
    supervisor: Supervisor,
    place: PrefectPlace,
    inherited: Mapping[str, str],
    client: PrefectClient,
    declared: Path = DECLARED,
) -> None:
    """Have all deployments and automations be on the server as they are declared; twice makes one.

    Raises:
        ChildFailed, PrefectUnavailable: the server did not take them.
    """
    supervisor.report("Bringing the deployments to it.")
    supervisor.run(prefect_server.deployment(place, inherited, declared))
    ensure_automations(client)


def begin_duty(client: PrefectClient) -> list[Run]:
    """Put every sweep on duty now, instead of at the next start of its schedule; not those that are paused."""
    paused = {each.name for each in client.list_deployments() if each.paused}
    return [client.start_run(sweep) for sweep in SWEEPS if sweep not in paused]


def ensure_port_is_free(host: str, port: int) -> None:
    """Return if a server may listen there.

    Raises:
        PortTaken: it may not.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: no wait for old connections
        try:
            listener.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(host, port) from error
            raise
