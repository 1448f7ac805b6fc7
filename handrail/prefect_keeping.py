"""Keeping a Prefect server that stays: it may live and yet answer nothing, or have lost all that was brought to it.

A process that dies is started again by its supervisor. This is for the rest: the server's database was dropped, or it
hangs. Prefect holds no truth, so whatever is lost is brought again, and the runs on duty go on with what is due.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from handrail.prefect_automations import SWEEPS
from handrail.prefect_client import DeploymentNotFound, PrefectClient, PrefectUnavailable
from handrail.prefect_running import begin_duty
from handrail.prefect_server import SERVER_CHILD, WORKER_CHILD
from handrail.processes import Supervisor, SupervisorError

LOOK = timedelta(seconds=10)  # between two questions
PATIENCE = timedelta(minutes=1)  # a server that is busy is left alone
STARTING = timedelta(seconds=90)  # so long a server that was started may take until it answers


@dataclass
class PrefectKeeper:
    """Asks Prefect now and then whether it has what was brought to it, and sets right what it has not.

    ``prepare`` has its database be there, if that is ours to make; ``bring`` brings the deployments and automations.
    """

    client: PrefectClient
    supervisor: Supervisor
    prepare: Callable[[], None]
    bring: Callable[[], None]
    patience: timedelta = PATIENCE
    every: timedelta = LOOK
    _next_look: float = field(default=0.0, init=False)
    _silent_since: float | None = field(default=None, init=False)

    def look(self) -> None:
        """Look if it is time to, and do what is needed; what fails is told, and tried again at a later look."""
        if time.monotonic() < self._next_look or self.supervisor.signals.is_asked:
            return
        try:
            self._set_right()
        except (PrefectUnavailable, SupervisorError, DeploymentNotFound) as error:
            self.supervisor.report(f"Prefect could not be set right. {error} Trying again.")
        self._next_look = time.monotonic() + self.every.total_seconds()

    def _set_right(self) -> None:
        try:
            known = {each.name for each in self.client.list_deployments()}
        except PrefectUnavailable:
            self._await_or_restart()
            return
        self._silent_since = None
        if not known.issuperset(SWEEPS):
            self.supervisor.report("Prefect has lost the deployments. What is due stands in the case store.")
            self.supervisor.restart(WORKER_CHILD)  # it makes the work pool anew when it starts
            self.bring()
            begin_duty(self.client)

    def _await_or_restart(self) -> None:
        now = time.monotonic()
        if self._silent_since is None:
            self._silent_since = now
        if now - self._silent_since >= self.patience.total_seconds():
            self.supervisor.report("The Prefect server does not answer. Starting it again.")
            self.prepare()
            self.supervisor.restart(SERVER_CHILD)
            self._silent_since = time.monotonic() + STARTING.total_seconds()
