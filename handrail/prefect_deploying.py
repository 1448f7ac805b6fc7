"""Bringing everything to a Prefect server of one's own: the work pool, the deployments and the automations.

The server is the one that Prefect's own variables name, ``PREFECT_API_URL`` and ``PREFECT_API_AUTH_STRING``.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from handrail.prefect_automations import ensure_automations
from handrail.prefect_client import PrefectClient
from handrail.prefect_running import DECLARED, DeploymentsNotDeclared
from handrail.prefect_server import PRIVACY, WORK_POOL

LONGEST = 300  # seconds for one command of Prefect
TAIL = 2000  # characters of what it said


class ServerNotNamed(Exception):
    """Nobody said which Prefect server is meant."""

    status = 2

    def __init__(self) -> None:
        super().__init__(
            "PREFECT_API_URL is not set. Set it to your server's, such as http://prefect.example.org:4200/api; "
            "`handrail up` brings everything to its own server by itself."
        )


class DeployingFailed(Exception):
    """A command of Prefect ended otherwise than well."""

    def __init__(self, command: str, said: str) -> None:
        super().__init__(f"`{command}` failed. It may be repeated. It said:\n{said}")


@dataclass(frozen=True)
class Brought:
    """What the server has now, by name."""

    deployments: tuple[str, ...]
    automations: tuple[str, ...]


def deploy(shell: Mapping[str, str], report: Callable[[str], None], declared: Path = DECLARED) -> Brought:
    """Have the work pool, all deployments of ``declared`` and the automations be on the server; twice makes one.

    Raises:
        ServerNotNamed, DeploymentsNotDeclared: something was not given.
        DeployingFailed, PrefectUnavailable: the server did not take it.
    """
    api_url = shell.get("PREFECT_API_URL")
    if not api_url:
        raise ServerNotNamed
    if not declared.is_file():
        raise DeploymentsNotDeclared(declared)
    with closing(PrefectClient.at(api_url, shell.get("PREFECT_API_AUTH_STRING", ""))) as client:
        if not client.has_work_pool(WORK_POOL):
            report(f"Making the work pool {WORK_POOL}.")
            _run(shell, "work-pool", "create", WORK_POOL, "--type", "process")
        report("Bringing the deployments (about 10 seconds).")
        _run(shell, "--no-prompt", "deploy", "--all", "--prefect-file", str(declared))
        automations = ensure_automations(client)
        return Brought(tuple(each.name for each in client.list_deployments()), tuple(automations))


def _run(shell: Mapping[str, str], *arguments: str) -> None:
    program = str(Path(sys.executable).parent / "prefect")
    try:
        ended = subprocess.run(  # noqa: S603 - the command is ours, and no shell reads it
            (program, *arguments),
            env={**shell, **PRIVACY},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DeployingFailed(_told(arguments), f"nothing within {LONGEST} seconds") from error
    if ended.returncode != 0:
        raise DeployingFailed(_told(arguments), ended.stdout.decode(errors="replace")[-TAIL:])


def _told(arguments: tuple[str, ...]) -> str:
    return " ".join(("prefect", *arguments))
