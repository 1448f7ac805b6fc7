"""What the plain model keeps: every event, and where the case stands; and what its conditions ask of that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from naive_clocks import NaiveClocks
from naive_records import (
    Blockage,
    Clearing,
    Completion,
    FollowUp,
    GateAct,
    HandOff,
    Pause,
    Task,
    Tree,
    Visit,
)

from pathways.case import Event

BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
Told = tuple[datetime, str, str | None, str | None, str | None]


class Keeping:
    """The state of a case after the events and instants it was led through; ``changes`` tells what happened."""

    def __init__(self, tree: Tree, clocks: NaiveClocks) -> None:
        self.tree, self.clocks = tree, clocks
        self.status = "new"
        self.swept = False
        self.journal: list[Event] = []
        self.voided: set[int] = set()
        self.refused: set[int] = set()
        self.opened_by = 0
        self.now = self.opened_at = BEFORE_ALL
        self.visits: dict[str, Visit] = {}
        self.visit_counts: dict[str, int] = {}
        self.spent: dict[str, int] = {}
        self.tasks: list[Task] = []
        self.follow_ups: list[FollowUp] = []
        self.hand_offs: dict[str, HandOff] = {}
        self.blockages: dict[str, Blockage] = {}
        self.blockage_counts: dict[str, int] = {}
        self.cleared: dict[str, Clearing] = {}
        self.completions: list[Completion] = []
        self.approvals: list[GateAct] = []
        self.pauses: list[Pause] = []
        self.silenced = False
        self.changes: list[Told] = []
        self.conditions = list(_conditions(tree))
        self.event: Event | None = None

    def counted(self) -> list[Event]:
        """Return the events that count: not taken back, not refused."""
        return [one for one in self.journal if one.number not in self.voided | self.refused]

    def last(self, key: str) -> Completion | None:
        """Return the last of its kind, unless it was taken back or returned: a case keeps only the last."""
        found = [one for one in self.completions if one.key == key]
        return found[-1] if found and found[-1].number not in self.voided and not found[-1].returned else None

    def waits(self, start: datetime, duration: str) -> datetime | None:
        return self.due(None, start, duration, "waits")

    def beginnings(self) -> set[datetime]:
        return {self.opened_at, *(visit.entered_at for visit in self.visits.values())}

    def due(self, agency: str | None, start: datetime, duration: str, group: str) -> datetime | None:
        return self.clocks.due(agency, start, duration, self.pauses_of(group))

    def pauses_of(self, group: str) -> tuple[tuple[datetime, datetime | None], ...]:
        return tuple(
            (one.from_at, one.until_at)
            for one in self.pauses
            if self.tree["pauses"][one.name].get("clocks", "all") == "all"
            or group in self.tree["pauses"][one.name]["clocks"]
        )

    def stage(self, track: str) -> Tree:
        found: Tree = self.tree["tracks"][track]["stages"][self.visits[track].stage]
        return found

    def tell(self, kind: str, track: str | None = None, subject: str | None = None, to: str | None = None) -> None:
        self.changes.append((self.now, kind, track, subject, to))


def _conditions(tree: Any) -> Iterator[Tree]:
    """Yield every condition of a pathway file, wherever it stands."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            if key in {"when", "open_when", "until", "gate", "clears_when"} and _is_condition(value):
                yield dict(value)
            else:
                yield from _conditions(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _conditions(value)


def _is_condition(value: Any) -> bool:
    words = {"all", "any", "none", "event", "count", "absent", "done", "open", "accepted", "approved", "stage"}
    return isinstance(value, Mapping) and bool(value.keys() & (words | {"waited", "latest"})) and "kind" not in value
