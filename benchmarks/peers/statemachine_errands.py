"""python-statemachine: errands as one of its charts, in memory.

It knows events, stages, guards and actions. It has no clock, no owner, no reason, and keeps no journal.
"""

from __future__ import annotations

from collections.abc import Sequence

from statemachine import State, StateMachine

from benchmarks.bare_machine import Move
from pathways.case import Event

ENOUGH = 4


class Errand(StateMachine):  # type: ignore[misc]  # its types are not read: CI has no peers
    """A case; events that mean nothing where it stands are passed over, as a chart does."""

    allow_event_without_transition = True
    waiting = State(initial=True)
    doing = State()
    resting = State()
    begun = waiting.to(doing) | resting.to(doing)
    rested = doing.to(resting)
    seen = doing.to(waiting, cond="is_fourth_in_park") | doing.to.itself(internal=True, on="count")
    asked = waiting.to.itself(internal=True)
    called = waiting.to.itself(internal=True)
    parks = 0

    def is_fourth_in_park(self, place: str) -> bool:
        return place == "park" and self.parks + 1 >= ENOUGH

    def count(self, place: str) -> None:
        self.parks += place == "park"

    def on_enter_doing(self) -> None:
        self.parks = 0


def run(journal: Sequence[Event]) -> list[Move]:
    """Return the moves of one case."""
    case, moves = Errand(), []
    stage = case.current_state_value
    for event in journal:
        case.send(event.kind, **event.fields)
        if case.current_state_value != stage:
            moves.append((event.recorded_at, stage, case.current_state_value))
            stage = case.current_state_value
    return moves
