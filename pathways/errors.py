"""What can be wrong between a case, its events and its pathway.

PathwayError
├── PathwayTurnsForEver   the moves of a pathway follow from each other in a circle
├── NotInOrder            an event does not follow the journal it is added to
└── HistoryNeeded         a late event came without the journal before it
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime


class PathwayError(Exception):
    """The root of this folder's errors."""


class PathwayTurnsForEver(PathwayError):
    """Moves and openings went on following from each other at one instant."""

    def __init__(self, reference: str, at: datetime, stages: Sequence[str]) -> None:
        self.reference, self.at, self.stages = reference, at, tuple(stages)
        super().__init__(
            f"Case {reference} did not come to rest at {at.isoformat()} (stages: {', '.join(stages)}). "
            "Two moves lead to each other without waiting for an event or for time: "
            "give one of them a condition that ends."
        )


class NotInOrder(PathwayError):
    """An event does not come after what the case has lived through."""

    def __init__(
        self, reference: str, number: int, expected: int, recorded_at: datetime, clock: datetime | None
    ) -> None:
        self.reference, self.number, self.recorded_at, self.clock = reference, number, recorded_at, clock
        lived = clock.isoformat() if clock is not None else "nothing yet"
        super().__init__(
            f"Event {number} of case {reference}, recorded {recorded_at.isoformat()}, does not follow: "
            f"number {expected} was expected, recorded after {lived}."
        )


class HistoryNeeded(PathwayError):
    """A review of a late event needs the events that were recorded before it."""

    def __init__(self, reference: str, number: int) -> None:
        self.reference, self.number = reference, number
        super().__init__(
            f"Event {number} of case {reference} came late: give advance() the journal before it as 'history'."
        )
