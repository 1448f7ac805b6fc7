"""``make soak``: a year of a city in an hour, or in HANDRAIL_SOAK_MINUTES, with a line a minute and a verdict."""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import psutil

from benchmarks.soak.city import publish_with
from benchmarks.soak.flatness import JUDGED, growth, memory_of
from benchmarks.soak.receivers import SENDER, Receivers, receivers
from benchmarks.soak.year import Plan, Verdict, live_through
from handrail.marked_processes import find_marked
from handrail.running import Installation, running
from handrail.sample_loading import PATHWAYS
from handrail.settings import Settings

SECRET = "whsec_" + base64.b64encode(b"a secret of the soak alone......").decode()
STORY_LEASE = 60 * 60 * 24 * 366  # seconds of the story: no lease may end while the clock runs ahead
MINUTES = 60.0


def tell(line: str) -> None:
    """Print at once, whoever listens."""
    print(line, flush=True)


def settings_of(found: Receivers, agencies: list[str]) -> dict[str, str]:
    """Return what a worker has to know to reach the receivers, as its environment."""
    return {
        "HANDRAIL_WEBHOOK_SECRETS": json.dumps({agency: [SECRET] for agency in agencies}),
        "HANDRAIL_MAIL_HOST": "127.0.0.1",
        "HANDRAIL_MAIL_PORT": str(found.mail_port),
        "HANDRAIL_MAIL_PROTECTION": "none",
        "HANDRAIL_MAIL_SENDER": SENDER,
        "HANDRAIL_LEASE_SECONDS": str(STORY_LEASE),
    }


def agencies() -> list[str]:
    """List the agencies that are told anything."""
    lines = (PATHWAYS / "agencies.yaml").read_text(encoding="utf-8").splitlines()
    return [line.partition("{file: ")[2].strip(" }") for line in lines if line.strip().startswith("contacts: {file: ")]


@contextmanager
def _up(folder: Path, found: Receivers) -> Iterator[Installation]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("HANDRAIL_", "PREFECT_"))}
    settings = Settings(state=folder, prefect_port=0)
    with patch.dict(os.environ, plain | settings_of(found, agencies()), clear=True), running(settings, tell) as up:
        yield up


def main() -> int:
    minutes = float(os.environ.get("HANDRAIL_SOAK_MINUTES", MINUTES))
    copies = int(os.environ.get("HANDRAIL_SOAK_COPIES", max(1, round(minutes / 6))))
    folder = Path(tempfile.mkdtemp(prefix="handrail-soak-"))
    tell(f"A year of {copies} times 58 people in {minutes:g} minutes, in {folder}.")
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with receivers() as found, _up(folder, found) as installation:
        publish_with(installation.store, found.contacts)
        verdict = live_through(installation, found, Plan(minutes, copies, min(60.0, minutes * 60 / 8)), tell)
    left = [*find_marked(str(folder.resolve())), *(c.pid for c in psutil.Process().children() if c.pid not in before)]
    if left:
        verdict.wrong.append(f"The processes {left} were left behind.")
    _say(verdict)
    if not verdict.wrong:
        shutil.rmtree(folder)
    return 1 if verdict.wrong else 0


def _say(verdict: Verdict) -> None:
    tell(f"{verdict.events:,} events, {verdict.cases} cases proved, {verdict.messages:,} messages came.")
    for kind in JUDGED:
        grown, mean = growth(verdict.sights, memory_of(kind))
        tell(f"Memory of {kind}: {mean:.0f} MB on average, {grown:+.1f} MB over the second two thirds.")
    for sentence in verdict.wrong or ["Nothing is wrong."]:
        tell(sentence)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        tell("Stopped before the end: there is no verdict.")
        sys.exit(130)
