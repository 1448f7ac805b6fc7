"""The engine alone, in memory: cases folded from their journals, beside a bare state machine with the same moves."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from benchmarks import bare_machine, charts
from benchmarks.figures import Figure, Target
from benchmarks.sizes import Sizes
from benchmarks.timing import Tell, in_turns, spread
from pathways.case import Event, Scalar
from pathways.chart import Pathway
from pathways.engine import fold

BEGAN = datetime(2025, 3, 3, 9, tzinfo=UTC)
A_MOVE_EACH = ("begun", *("rested", "begun") * 10)
MIXED = ("seen", "seen", "begun", "seen", "called", "seen", "rested", "called", "seen", "begun", "called") * 2
JOURNEY: Sequence[tuple[str, Mapping[str, Scalar]]] = (
    ("referral.made", {"age": 34, "referred_by": "professional"}),
    ("referral.accepted", {}),
    ("contact.attempted", {"found": True}),
    ("behaviour.seen", {"kind": "begging"}),
    ("offer.made", {"offer": "nsno", "response": "declined", "available": True}),
    ("contact.attempted", {"found": False}),
    ("support.session", {"attended": False}),
    ("offer.made", {"offer": "nsno", "response": "accepted", "available": True}),
    ("hand_off.accepted", {"hand_off": "nsno_bed"}),
    ("bed.presented", {}),
    ("room.requested", {}),
    ("behaviour.seen", {"kind": "rough_sleeping", "verified": False}),
    ("bed.presented", {}),
    ("hand_off.accepted", {"hand_off": "hostel_room"}),
    ("plan.item", {"need": "housing"}),
    ("accommodation.changed", {"status": "moved_in", "type": "hostel"}),
    ("script.changed", {"status": "on"}),
    ("support.session", {"attended": True}),
    ("contact.attempted", {"found": True}),
    ("treatment.started", {}),
    ("support.session", {"attended": True}),
    ("review.completed", {"overall": "steady"}),
)


def measure(sizes: Sizes, tell: Tell) -> list[Figure]:
    small, target = charts.small(), Target("value", at_least=100_000)
    return [
        _figure("engine, mixed events", small, _journal("asked", *MIXED), sizes, target, tell),
        _figure("engine, every event a move", small, _journal("asked", *A_MOVE_EACH), sizes, target, tell),
        _figure("engine, PEEP", charts.peep(), peep_journal(), sizes, None, tell),
    ]


def peep_journal() -> list[Event]:
    """Return one person's way through PEEP, an event every eight hours, with all clocks running in between."""
    return _events(JOURNEY, timedelta(hours=8))


def _journal(*kinds: str) -> list[Event]:
    places = ("station", "park")
    return _events(
        [(kind, {"place": places[n % 2]} if kind == "seen" else {}) for n, kind in enumerate(kinds)], timedelta(hours=1)
    )


def _events(told: Sequence[tuple[str, Mapping[str, Scalar]]], apart: timedelta) -> list[Event]:
    instants = [BEGAN + nth * apart for nth in range(len(told))]
    return [
        Event(nth, kind, at, at, None, None, fields)
        for nth, ((kind, fields), at) in enumerate(zip(told, instants, strict=True), 1)
    ]


def _figure(
    name: str, pathway: Pathway, journal: Sequence[Event], sizes: Sizes, target: Target | None, tell: Tell
) -> Figure:
    tell(name)
    track = next(iter(pathway.tracks))
    start = pathway.tracks[track].start
    table = bare_machine.learnt(fold("A", journal, pathway), journal, track)
    references = [f"case {nth}" for nth in range(sizes.engine_cases)]

    def ours() -> None:
        for reference in references:
            fold(reference, journal, pathway)

    def bare() -> None:
        for _ in references:
            bare_machine.run(table, start, journal)

    mine, theirs = in_turns(sizes.rounds, ours, bare, clock=time.process_time)
    events = len(references) * len(journal)
    value, beside = events / statistics.median(mine), events / max(statistics.median(theirs), 1e-9)
    text = "a bare table of moves in plain Python, with the same moves"
    return Figure(name, value, "events/s", text, beside, target, spread(mine))
