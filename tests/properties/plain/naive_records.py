"""What the plain model keeps of a case: values that change, each as the language page describes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pathways.case import Event

Tree = dict[str, Any]


@dataclass
class Visit:
    stage: str
    nth: int
    entered_at: datetime
    entered_by: int
    owner: str
    first: bool = False
    """Whether it is a visit with which the case began: it takes in the event that opened the case."""
    overdue: bool = False
    late_steps: int = 0
    held: tuple[str, ...] = ()
    openings: dict[str, int] = field(default_factory=dict)
    """By task and hand-off: the number of the last event when it last opened in this visit."""


@dataclass
class Task:
    name: str
    track: str
    stage: str
    tree: Tree
    owner: str
    opened_at: datetime
    occurred_at: datetime
    """When the event occurred that opened it; on entry, the entry."""
    overdue: bool = False
    late_steps: int = 0


@dataclass
class Question:
    due_at: datetime
    steps: set[int] = field(default_factory=set)


@dataclass
class FollowUp:
    name: str
    track: str
    stage: str
    tree: Tree
    started_at: datetime
    position: int = 0
    """Which question of the series comes next, from 0."""
    questions: list[Question] = field(default_factory=list)
    missed_in_a_row: int = 0
    last_open: Question | None = None
    """The question asked last."""
    kept: Event | None = None
    """Of the events that came since the last question the one that occurred last: it may answer the next."""


@dataclass
class HandOff:
    name: str
    track: str
    stage: str
    tree: Tree
    nth: int
    state: str
    agency: str | None
    asked: list[str]
    opened_at: datetime
    offered_at: datetime
    clock_from: datetime
    """Whence the answer's time is counted now."""
    lender: str | None = None
    reminders: int = 0
    questions: int = 0


@dataclass
class Blockage:
    name: str
    nth: int
    opened_at: datetime
    opened_by: int
    raised: bool
    owner: str
    escalations: int = 0
    disputed: str | None = None


@dataclass(frozen=True)
class Clearing:
    """When a blockage was last cleared, and the number of the last event by then."""

    at: datetime
    number: int


@dataclass
class Completion:
    """A task or hand-off that was done, or a hand-off that was accepted."""

    key: str
    at: datetime
    number: int
    outcome: str | None = None
    agency: str | None = None
    returned: bool = False


@dataclass
class GateAct:
    kind: str
    stage: str
    role: str
    officer: str
    at: datetime
    number: int


@dataclass
class Pause:
    name: str
    from_at: datetime
    until_at: datetime | None
    number: int


class Refused(Exception):
    """An act that changes nothing."""
