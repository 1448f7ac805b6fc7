"""Whoever is killed, at whichever statement: nothing acknowledged is lost, nothing is done twice.

A sample chosen by a fixed seed; ``HANDRAIL_FAULT_SEED`` chooses another. ``make kill-points`` goes through more than
a thousand points (``HANDRAIL_KILL_POINTS`` and ``HANDRAIL_CRASHES`` say how many) and prints a report.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from kill_points.ground import prepared
from kill_points.points import choose
from kill_points.report import Report
from kill_points.trials import Trials

SEED = int(os.environ.get("HANDRAIL_FAULT_SEED", "20261123"))
PROCESSES = int(os.environ.get("HANDRAIL_KILL_POINTS", "150"))
CRASHES = int(os.environ.get("HANDRAIL_CRASHES", "10"))
A_SAMPLE = 500
MISSED_AT_MOST = 0.02
"""Which part of the points may find the act over before they are reached: one act in a hundred takes another way."""


def progress(done: int) -> None:
    """Say in the long form, which takes minutes, how far it is."""
    if PROCESSES + CRASHES > A_SAMPLE and done % 100 == 0:
        sys.stderr.write(f"{done} of {PROCESSES + CRASHES} points\n")


def test_nothing_is_lost_or_doubled_at_any_kill_point(tmp_path: Path) -> None:
    began = time.monotonic()

    with prepared(tmp_path) as ground:
        trials = Trials(ground)
        known = trials.rehearse()
        trials.run(choose(known, SEED, processes=PROCESSES, crashes=CRASHES), progress)

    report = Report(SEED, known, trials.tally, time.monotonic() - began)
    sys.stdout.write(f"\n{report.tables()}\n\n{report.line()}\n")
    assert not trials.tally.failures, "\n".join(trials.tally.failures)
    assert len(trials.tally.missed) <= MISSED_AT_MOST * (PROCESSES + CRASHES)
    assert trials.tally.counts["committed, never heard of"] > 0, "no point lay between a commit and its answer"
