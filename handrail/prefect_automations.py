"""The automations that tell an operator of failing sweeps; known by their names, so that twice makes one.

Prefect's proactive triggers have misfired before: these are a convenience, and the heartbeat rows the guard.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from handrail.prefect_client import PrefectClient

SWEEPS = ("timed-follow-ups", "hand-offs", "deliver-notices")
ON_DUTY = (*SWEEPS, "housing-blockages")
"""Deployments whose runs stay for a turn; that of blockages is an hour, so its silence says nothing."""
SILENCE = timedelta(minutes=10)

A_SWEEP_FAILED = "a sweep failed"
NO_SWEEP_FINISHED = "no sweep finished for ten minutes"


def declared_automations(sweeps: Sequence[str] = SWEEPS, silence: timedelta = SILENCE) -> list[dict[str, Any]]:
    """List what should be there, as Prefect's API takes it."""
    of_sweeps = {"prefect.resource.role": "deployment", "prefect.resource.name": list(sweeps)}
    runs = {"prefect.resource.id": "prefect.flow-run.*"}
    failed = {
        "type": "event",
        "posture": "Reactive",
        "expect": ["prefect.flow-run.Crashed", "prefect.flow-run.Failed"],
        "match": runs,
        "match_related": of_sweeps,
        "threshold": 1,
        "within": 0,
    }
    silent = {
        "type": "event",
        "posture": "Proactive",
        "expect": ["prefect.flow-run.Completed"],
        "match": runs,
        "match_related": of_sweeps,
        "threshold": 1,
        "within": silence.total_seconds(),
    }
    return [
        _automation(A_SWEEP_FAILED, "A run of a sweep failed or crashed. The next run catches up; look why.", failed),
        _automation(NO_SWEEP_FINISHED, "No sweep has finished lately: is the worker up, and PostgreSQL?", silent),
    ]


def ensure_automations(client: PrefectClient) -> list[str]:
    """Have each declared automation exactly once, with its trigger as declared here; return their names.

    What an operator changed stays: whether it is enabled, and which actions it takes.
    """
    all_declared = declared_automations()
    for declared in all_declared:
        found = client.list_automations(declared["name"])
        if not found:
            client.create_automation(declared)
            continue
        first, *doubles = found
        theirs = {"enabled": first["enabled"], "actions": first["actions"]}
        client.update_automation(first["id"], declared | theirs)
        for double in doubles:
            client.delete_automation(double["id"])
    return [declared["name"] for declared in all_declared]


def _automation(name: str, description: str, trigger: dict[str, Any]) -> dict[str, Any]:
    # With nothing to do it is an event in the feed; an operator adds a mail or a call of his own.
    actions = [{"type": "do-nothing"}]
    return {"name": name, "description": description, "enabled": True, "trigger": trigger, "actions": actions}
