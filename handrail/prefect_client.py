"""What we ask of a running Prefect server over HTTP: its deployments, their runs, and its automations."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from handrail.prefect_access import Access

PAGE = 200  # the most that Prefect gives at once
GLANCE = 0.5  # seconds between two questions about the same run
ENDED = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})


class PrefectUnavailable(Exception):
    """The Prefect server did not answer, or refused."""

    def __init__(self, question: str, answer: str) -> None:
        super().__init__(f"Prefect answered {question} with {answer}. See the log of the Prefect server.")


class DeploymentNotFound(Exception):
    """No deployment of that name was brought to the server."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        expected = ", ".join(sorted(known)) or "none"
        super().__init__(f"Prefect has no deployment {name!r}. It has: {expected}. Deploy first.")


@dataclass(frozen=True)
class Deployment:
    """A deployment as Prefect keeps it; ``paused``: its schedule rests."""

    deployment_id: str
    name: str
    paused: bool = False


@dataclass(frozen=True)
class Run:
    """A flow run as Prefect keeps it; ``state`` is Prefect's word in capitals."""

    run_id: str
    deployment_id: str | None
    name: str
    state: str

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in ENDED


class PrefectClient:
    """Asks one Prefect server; every fault of the line or the server is ``PrefectUnavailable``."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    @classmethod
    def at(cls, api_url: str, account: str = "") -> PrefectClient:
        """Return a client of the server at ``api_url``; proxies of the shell are not for loopback.

        ``account`` is ``name:password``, where the server asks for it.
        """
        access = Access(api_url, account)
        return cls(httpx.Client(base_url=api_url, timeout=20, trust_env=False, auth=access))

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def has_work_pool(self, name: str) -> bool:
        """Whether there is a work pool of that name."""
        found = self._ask("POST", "/work_pools/filter", {"limit": PAGE})
        return any(pool["name"] == name for pool in found)

    def list_deployments(self) -> list[Deployment]:
        """List the deployments by name."""
        found = self._ask("POST", "/deployments/filter", {"limit": PAGE, "sort": "NAME_ASC"})
        return [Deployment(row["id"], row["name"], row["paused"]) for row in found]

    def pause(self, *, paused: bool) -> None:
        """Have no deployment start runs by its schedule, or have all do so again; a run that is asked for starts."""
        for deployment in self.list_deployments():
            act = "pause_deployment" if paused else "resume_deployment"
            self._ask("POST", f"/deployments/{deployment.deployment_id}/{act}")

    def start_run(self, name: str, parameters: Mapping[str, int] | None = None) -> Run:
        """Have the deployment ``name`` run now, with ``parameters`` over its own.

        Raises:
            DeploymentNotFound: there is none of that name.
        """
        known = {deployment.name: deployment for deployment in self.list_deployments()}
        if name not in known:
            raise DeploymentNotFound(name, known)
        body = {"parameters": dict(parameters or {}), "state": {"type": "SCHEDULED"}}
        return _run(self._ask("POST", f"/deployments/{known[name].deployment_id}/create_flow_run", body))

    def find_run(self, run_id: str) -> Run:
        """Return the run as it stands."""
        return _run(self._ask("GET", f"/flow_runs/{run_id}"))

    def list_runs(self, deployment_ids: Iterable[str] = ()) -> list[Run]:
        """List the latest runs, of these deployments or of all, the latest first."""
        wanted = list(deployment_ids)
        chosen = {"deployments": {"id": {"any_": wanted}}} if wanted else {}
        found = self._ask("POST", "/flow_runs/filter", {"limit": PAGE, "sort": "EXPECTED_START_TIME_DESC", **chosen})
        return [_run(row) for row in found]

    def await_runs(self, runs: Iterable[Run], within: timedelta, told: Callable[[Run], None]) -> Counter[str]:
        """Wait until all ``runs`` have ended or the time is over, tell of each end, and count the states."""
        waiting = {run.run_id: run for run in runs}
        states: Counter[str] = Counter()
        deadline = time.monotonic() + within.total_seconds()
        while waiting and time.monotonic() < deadline:
            for run in [self.find_run(run_id) for run_id in waiting]:
                waiting[run.run_id] = run
                if run.has_ended:
                    told(waiting.pop(run.run_id))
                    states[run.state] += 1
            time.sleep(GLANCE if waiting else 0)
        return states + Counter(run.state for run in waiting.values())

    def list_automations(self, name: str) -> list[dict[str, Any]]:
        """List the automations called ``name``, the oldest first."""
        body = {"limit": PAGE, "sort": "CREATED_DESC", "automations": {"name": {"any_": [name]}}}
        return list(reversed(self._ask("POST", "/automations/filter", body)))

    def create_automation(self, automation: Mapping[str, Any]) -> None:
        """Make an automation; the same again makes a second one."""
        self._ask("POST", "/automations/", dict(automation))

    def update_automation(self, automation_id: str, automation: Mapping[str, Any]) -> None:
        """Replace an automation."""
        self._ask("PUT", f"/automations/{automation_id}", dict(automation))

    def delete_automation(self, automation_id: str) -> None:
        """Take an automation away."""
        self._ask("DELETE", f"/automations/{automation_id}")

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        question = f"{method} {path}"
        try:
            answer = self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise PrefectUnavailable(question, type(error).__name__) from error
        if answer.is_error:
            raise PrefectUnavailable(question, f"{answer.status_code}: {answer.text[:300]}")
        return answer.json() if answer.content else None


def _run(row: Mapping[str, Any]) -> Run:
    return Run(row["id"], row["deployment_id"], row["name"], row["state_type"] or "SCHEDULED")
