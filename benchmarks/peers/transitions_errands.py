"""transitions: errands as one machine that many cases are models of, in memory.

It knows events, stages, conditions and actions. It has no clock, no owner, no reason, and keeps no journal.
"""

from __future__ import annotations

from collections.abc import Sequence

from transitions import Machine

from benchmarks.bare_machine import Move
from pathways.case import Event

ENOUGH = 4


class Errand:
    """A case; the machine gives it ``state`` and ``trigger``."""

    state: str
    parks = 0

    def is_fourth_in_park(self, place: str) -> bool:
        return place == "park" and self.parks + 1 >= ENOUGH

    def count(self, place: str) -> None:
        self.parks += place == "park"

    def forget(self, **_: object) -> None:
        self.parks = 0


MACHINE = Machine(
    model=None,
    states=["waiting", {"name": "doing", "on_enter": "forget"}, "resting"],
    initial="waiting",
    auto_transitions=False,
    ignore_invalid_triggers=True,
    transitions=[
        {"trigger": "begun", "source": ["waiting", "resting"], "dest": "doing"},
        {"trigger": "rested", "source": "doing", "dest": "resting"},
        {"trigger": "seen", "source": "doing", "dest": "waiting", "conditions": "is_fourth_in_park"},
        {"trigger": "seen", "source": "doing", "dest": None, "after": "count"},
        {"trigger": "asked", "source": "waiting", "dest": None},
        {"trigger": "called", "source": "waiting", "dest": None},
    ],
)


def run(journal: Sequence[Event]) -> list[Move]:
    """Return the moves of one case."""
    case, moves = Errand(), []
    MACHINE.add_model(case)
    stage = case.state
    trigger = case.trigger  # type: ignore[attr-defined]  # the machine gave it
    for event in journal:
        trigger(event.kind, **event.fields)
        if case.state != stage:
            moves.append((event.recorded_at, stage, case.state))
            stage = case.state
    MACHINE.remove_model(case)
    return moves
