"""Whoever is killed, at whichever statement: nothing acknowledged is lost, nothing is done twice.

A sample chosen by a fixed seed; ``HANDRAIL_FAULT_SEED`` chooses another. ``make kill-points`` goes through more than
a thousand points (``HANDRAIL_KILL_POINTS`` and ``HANDRAIL_CRASHES`` say how many) and prints a report.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Timer

import pytest
from kill_points.endings import scalar
from kill_points.ground import prepared
from kill_points.points import Known, choose
from kill_points.report import Report
from kill_points.trials import BY_NAME, Trials

SEED = int(os.environ.get("HANDRAIL_FAULT_SEED", "20261123"))
PROCESSES = int(os.environ.get("HANDRAIL_KILL_POINTS", "100"))
CRASHES = int(os.environ.get("HANDRAIL_CRASHES", "6"))
A_SAMPLE = 500
LONG = PROCESSES + CRASHES > A_SAMPLE
# What was written outlives whoever is killed; only a machine without power loses what its disk has not got.
AS_IN_REAL_USE: dict[str, str] = {}
SETTINGS = AS_IN_REAL_USE if LONG else {"fsync": "off"}
MISSED_AT_MOST = 0.02
"""Which part of the points may find the act over before they are reached: one act in a hundred takes another way."""


def progress(done: int) -> None:
    """Say in the long form, which takes minutes, how far it is."""
    if LONG and done % 100 == 0:
        sys.stderr.write(f"{done} of {PROCESSES + CRASHES} points\n")


@dataclass(frozen=True)
class Rehearsed:
    """Trials on a ground of their own, once every act was carried out undisturbed."""

    trials: Trials
    known: dict[str, Known]


@pytest.fixture(scope="module")
def rehearsed() -> Iterator[Rehearsed]:
    with prepared(SETTINGS) as ground:
        trials = Trials(ground)
        yield Rehearsed(trials, trials.rehearse())


@pytest.mark.parametrize(
    ("act", "outcome"),
    [
        ("record", "hand_off_offered"),
        ("answer", "(8,moved,support,shelter"),
        ("correct", "review"),
        ("approve", "(3,approved,warned,chair"),
        ("die", "silenced"),
        ("refer", "case_opened"),
        ("import_events", "(18,offer.made"),
        ("wake_due", "hand_off_exhausted"),
        ("deliver_due", "sent"),
    ],
)
def test_each_act_does_what_it_is_for(rehearsed: Rehearsed, act: str, outcome: str) -> None:
    assert outcome in repr(rehearsed.trials.expected[act])


@pytest.mark.parametrize(
    ("act", "statements"),
    [
        ("record", {"BEGIN", "SELECT cases FOR UPDATE", "UPDATE cases", "INSERT events", "INSERT notices", "COMMIT"}),
        ("correct", {"SELECT events", "INSERT reviews"}),
        ("approve", {"INSERT approvals"}),
        ("die", {"UPDATE notices"}),
        ("refer", {"INSERT persons", "INSERT identities", "INSERT cases", "INSERT case_persons"}),
        ("import_events", {"COPY events", "rows of COPY", "end of COPY"}),
        ("import_events, many cases", {"COPY cases", "COPY changes"}),
        ("wake_due", {"SELECT cases FOR UPDATE", "UPDATE cases", "COPY notices", "sync"}),
        ("deliver_due", {"WITH notices FOR UPDATE", "UPDATE notices", "INSERT attempts"}),
    ],
)
def test_each_statement_of_an_act_is_a_boundary(rehearsed: Rehearsed, act: str, statements: set[str]) -> None:
    assert statements <= set(rehearsed.known[act].labels)


def test_the_agencies_that_take_web_hooks_are_asked(rehearsed: Rehearsed) -> None:
    assert rehearsed.known["deliver_due"].messages > 0


def test_work_counts_as_finished_only_when_nobody_holds_a_case_any_more(rehearsed: Rehearsed) -> None:
    ground = rehearsed.trials._ground
    BY_NAME["wake_due"].prepare(ground.store, "held")
    due = "SELECT count(*) FROM handrail.cases WHERE wake_at <= clock_timestamp()"
    assert scalar(ground.store, due) > 0

    with ground.store.engine.connect() as holding:
        holding.exec_driver_sql("SELECT FROM handrail.cases WHERE wake_at <= clock_timestamp() FOR UPDATE")
        Timer(0.5, holding.rollback).start()
        ground.finish()

    assert scalar(ground.store, due) == 0


def test_postgresql_is_killed_at_each_kind_of_statement_before_it_is_at_one_again() -> None:
    known = {"record": Known(["BEGIN", "INSERT", "INSERT", "COMMIT"], 0), "wake_due": Known(["BEGIN", "COMMIT"], 0)}

    points = choose(known, SEED, processes=0, crashes=3)

    assert {point.label for point in points} == {"BEGIN", "INSERT", "COMMIT"}
    assert {point.victim for point in points} == {"postgresql"}


def test_nothing_is_lost_or_doubled_at_any_kill_point(rehearsed: Rehearsed) -> None:
    began = time.monotonic()
    trials, known = rehearsed.trials, rehearsed.known

    trials.run(choose(known, SEED, processes=PROCESSES, crashes=CRASHES), progress)

    report = Report(SEED, known, trials.tally, time.monotonic() - began)
    sys.stdout.write(f"\n{report.tables()}\n\n{report.line()}\n")
    assert not trials.tally.failures, "\n".join(trials.tally.failures)
    assert len(trials.tally.missed) <= MISSED_AT_MOST * (PROCESSES + CRASHES)
    crashed = {point.label for point in (*trials.tally.points, *trials.tally.missed) if point.victim == "postgresql"}
    assert not LONG or {label for each in known.values() for label in each.labels} <= crashed
    assert trials.tally.counts["committed, never heard of"] > 0, "no point lay between a commit and its answer"
