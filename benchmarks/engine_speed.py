"""The engine alone, in memory: cases folded from their journals, beside other engines that make the same moves."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.util import find_spec
from pkgutil import resolve_name

from benchmarks import bare_machine, charts, installed
from benchmarks.bare_machine import Move
from benchmarks.children import child
from benchmarks.figures import Figure, Target
from benchmarks.sizes import Sizes
from benchmarks.timing import Tell, in_turns, seconds, spread
from pathways.case import Event, Scalar
from pathways.chart import Pathway
from pathways.engine import fold

MIX, MOVES, PEEP = "engine, mixed events", "engine, every event a move", "engine, PEEP"
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


@dataclass(frozen=True)
class Peer:
    """Another engine with the same small pathway. ``share`` is how many of our cases it is given in a round."""

    name: str
    module: str
    needs: str
    share: float

    def run(self) -> Callable[[Sequence[Event]], list[Move]]:
        """Return what gives the moves of one case's journal."""
        found: Callable[[Sequence[Event]], list[Move]] = resolve_name(f"benchmarks.peers.{self.module}:run")
        return found


PEERS = (
    Peer("python-statemachine", "statemachine_errands", "statemachine", 0.25),
    Peer("transitions", "transitions_errands", "transitions", 1),
    Peer("SpiffWorkflow", "spiff_errands", "SpiffWorkflow", 0.05),
)


def measure(sizes: Sizes, tell: Tell) -> list[Figure]:
    target = Target("value", at_least=100_000)
    peers = [peer for peer in PEERS if find_spec(peer.needs) is not None]
    for peer in PEERS:
        if peer not in peers:
            tell(f"engine: {peer.name} is left out. It is not installed, which `make bench` does.")
    figures = []
    for name, (pathway, journal) in journals().items():
        small = name != PEEP  # the peers have the small pathway, and the target is one of the small pathway
        figures += _figures(name, pathway, journal, sizes, target if small else None, peers if small else (), tell)
    return [*figures, *_beside_plain(sizes, tell)] if installed.engine_is_compiled() else figures


def journals() -> dict[str, tuple[Pathway, list[Event]]]:
    """Return what is measured by name: a pathway, and a case's journal on it."""
    small = charts.small()
    return {
        MIX: (small, small_journal("asked", *MIXED)),
        MOVES: (small, small_journal("asked", *A_MOVE_EACH)),
        PEEP: (charts.peep(), peep_journal()),
    }


def works() -> dict[str, Callable[[], object]]:
    """Return by name what folds one case."""
    return {name: partial(fold, "A", journal, pathway) for name, (pathway, journal) in journals().items()}


def _beside_plain(sizes: Sizes, tell: Tell) -> Iterator[Figure]:
    """Give a figure for each work beside the same engine as plain Python, both by their own processor time."""
    with child("plain_engine", plain=True) as plain:

        def theirs(name: str) -> float:
            plain.say((name, sizes.engine_cases))
            return float(plain.answer())

        for name, work in works().items():
            tell(f"{name}, beside plain Python")
            ours = repeated(work, sizes.engine_cases)
            rounds = [(seconds(ours, time.process_time), theirs(name)) for _ in range(sizes.rounds)]
            mine, beside = [list(column) for column in zip(*rounds, strict=True)]
            rate = partial(_rate, len(journals()[name][1]))
            yield Figure(
                f"{name}, beside plain Python",
                rate(mine, sizes.engine_cases),
                "events/s",
                "the same engine, not compiled",
                rate(beside, sizes.engine_cases),
                None,
                spread(mine),
            )


def peep_journal() -> list[Event]:
    """Return one person's way through PEEP, an event every eight hours, with all clocks running in between."""
    return _events(JOURNEY, timedelta(hours=8))


def small_journal(*kinds: str) -> list[Event]:
    """Return a journal of the small pathway, an event an hour; who is seen is seen in the park every other time."""
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


def _figures(
    name: str,
    pathway: Pathway,
    journal: Sequence[Event],
    sizes: Sizes,
    target: Target | None,
    peers: Sequence[Peer],
    tell: Tell,
) -> list[Figure]:
    """Return the figure beside a bare table of moves, and one beside each peer, all from the same rounds."""
    tell(name)
    track = next(iter(pathway.tracks))
    decision = fold("A", journal, pathway)
    table, start = bare_machine.learnt(decision, journal, track), pathway.tracks[track].start
    runs = [check_same(peer, journal, bare_machine.moves_of(decision, track)) for peer in peers]
    works = [
        repeated(partial(fold, "A", journal, pathway), sizes.engine_cases),
        repeated(partial(bare_machine.run, table, start, journal), sizes.engine_cases),
        *(repeated(partial(run, journal), _cases(peer, sizes)) for peer, run in zip(peers, runs, strict=True)),
    ]
    mine, bare, *others = in_turns(sizes.rounds, *works, clock=time.process_time)
    rate = partial(_rate, len(journal))
    value, wide = rate(mine, sizes.engine_cases), spread(mine)
    text = "a bare table of moves in plain Python, with the same moves"
    return [
        Figure(name, value, "events/s", text, rate(bare, sizes.engine_cases), target, wide),
        *(
            Figure(
                f"{name}, beside {peer.name}",
                value,
                "events/s",
                f"{peer.name}, the same chart and moves",
                rate(theirs, _cases(peer, sizes)),
                None,
                wide,
            )
            for peer, theirs in zip(peers, others, strict=True)
        ),
    ]


def check_same(peer: Peer, journal: Sequence[Event], moves: list[Move]) -> Callable[[Sequence[Event]], list[Move]]:
    """Return what runs the peer, which makes the very same moves of the journal.

    Raises:
        ValueError: it does not.
    """
    run = peer.run()
    if run(journal) != moves:
        raise ValueError(
            f"{peer.name} makes other moves of the same journal. Look at benchmarks/peers/{peer.module}.py."
        )
    return run


def repeated(work: Callable[[], object], cases: int) -> Callable[[], None]:
    def repeated() -> None:
        for _ in range(cases):
            work()

    return repeated


def _cases(peer: Peer, sizes: Sizes) -> int:
    return max(1, int(peer.share * sizes.engine_cases))


def _rate(events: int, took: Sequence[float], cases: int) -> float:
    return cases * events / max(statistics.median(took), 1e-9)
