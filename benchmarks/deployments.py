"""A whole Handrail at work, as ``handrail up`` has it: a Prefect server, a worker, all deployments on their schedules.

The sweeps are on duty, and go on being relieved every five minutes: what that costs is part of the figures.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from benchmarks import notice_speed, timer_lateness
from benchmarks.figures import Figure
from benchmarks.receiver import receiver
from benchmarks.sizes import Sizes
from benchmarks.timing import Tell
from handrail.casework import signs_of_life
from handrail.prefect_automations import SWEEPS
from handrail.prefect_running import begin_duty
from handrail.running import Installation, running
from handrail.settings import Settings

A_WHILE = 180.0
"""Seconds within which every sweep must be on duty."""
GLANCE = 0.1


def measure(folder: Path, sizes: Sizes, tell: Tell) -> list[Figure]:
    with receiver() as mission, _up(folder, tell) as installation:
        _await_duty(installation, tell)
        return [
            *notice_speed.measure(installation, mission, sizes, tell),
            *timer_lateness.under_prefect(installation, sizes, tell),
        ]


@contextmanager
def _up(folder: Path, tell: Tell) -> Iterator[Installation]:
    """Give a whole Handrail in ``folder`` with the sweeps called to duty; with the block everything ends."""
    settings = Settings(database_url=None, prefect_database_url=None, state=folder, prefect_port=0)
    with patch.dict(os.environ, _environment(), clear=True), running(settings, tell) as installation:
        begin_duty(installation.client)
        yield installation


def _environment() -> Mapping[str, str]:
    """Return our environment without anybody's settings of Handrail, for the runs of the deployments."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("HANDRAIL_", "PREFECT_"))}
    return plain | {"HANDRAIL_WEBHOOK_SECRETS": json.dumps({"mission": [notice_speed.SECRET]})}


def _await_duty(installation: Installation, tell: Tell) -> None:
    """Return once every sweep has shown a sign of life.

    Raises:
        TimeoutError: one did not.
    """
    tell("waiting for the sweeps to be on duty")
    deadline = time.monotonic() + A_WHILE
    while not {sign.sweep for sign in signs_of_life(installation.store)} >= set(SWEEPS):
        if time.monotonic() > deadline:
            raise TimeoutError("The sweeps did not go on duty. See the logs of the worker.")
        time.sleep(GLANCE)
