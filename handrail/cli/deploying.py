"""``handrail deploy``: the deployments and automations brought to a Prefect server of one's own."""

from __future__ import annotations

import os

from handrail.cli.output import AsJson, say, say_json, tell

EXAMPLE = "Example: handrail deploy --json"


def deploy(*, as_json: AsJson = False) -> None:
    """Bring the work pool, all deployments and the automations to the Prefect server of PREFECT_API_URL."""
    from handrail import prefect_deploying  # noqa: PLC0415 (takes time to import)

    brought = prefect_deploying.deploy(os.environ, tell)
    if as_json:
        say_json({"deployments": brought.deployments, "automations": brought.automations})
        return
    say(f"Deployments there: {', '.join(brought.deployments)}.")
    say(f"Automations there: {', '.join(brought.automations)}.")
