"""A case as values: what it stands on, what happened to it, and what a step decides.

All instants are aware and in UTC. Nothing here acts; ``pathways.engine`` does. The values are structs of msgspec:
frozen like dataclasses, made and replaced ten times as fast, and written as JSON by the same library.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from msgspec import Struct, field

Scalar: TypeAlias = bool | int | float | str
CaseStatus: TypeAlias = Literal["new", "open", "closed"]
TaskState: TypeAlias = Literal["open", "done", "cancelled"]
HandOffState: TypeAlias = Literal["offered", "accepted", "exhausted", "withdrawn", "done", "returned"]


class Value(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """What a case is made of. What equals its default is left out of its JSON text."""


class Event(Value, frozen=True, gc=False):
    """Something an agency says happened.

    ``number`` counts 1, 2, 3 … within the case, in the order of recording.
    ``occurred_at`` is never later than ``recorded_at``; ``recorded_at`` never falls within a case.
    """

    number: int
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    agency: str | None = None
    officer: str | None = None
    fields: Mapping[str, Scalar] = field(default_factory=dict)


class Visit(Value, frozen=True, gc=False):
    """The ``nth`` time that a case is in ``stage``; each track has exactly one, and it has one owner."""

    stage: str
    nth: int
    entered_at: datetime
    entered_by: int
    """The number of the last event recorded before or at the entry."""
    owner: str
    due_at: datetime | None = None
    late_steps: int = 0
    """How many of the stay's late steps have been taken."""
    overdue: bool = False
    held: tuple[str, ...] = ()
    """Targets of moves that are asked for and kept back by their gate."""


class Task(Value, frozen=True, gc=False):
    name: str
    track: str
    visit: int
    """``nth`` of the visit it belongs to."""
    stage: str
    owner: str
    opened_at: datetime
    opened_by: int
    due_at: datetime | None
    late_steps: int = 0
    overdue: bool = False


class Question(Value, frozen=True, gc=False):
    """One asking of a follow-up that has not been answered yet."""

    due_at: datetime
    steps: tuple[int, ...] = ()
    """Indices of the missed steps that have been taken."""


class FollowUp(Value, frozen=True, gc=False):
    name: str
    track: str
    stage: str
    started_at: datetime
    next_at: datetime | None
    asked: int = 0
    questions: tuple[Question, ...] = ()
    missed_in_a_row: int = 0
    credit: tuple[int, datetime] | None = None
    """Number and instant of an event that may answer the next question in advance."""


class HandOff(Value, frozen=True, gc=False):
    name: str
    track: str
    stage: str
    visit: int
    nth: int
    """The n-th opening of this hand-off in the case."""
    state: HandOffState
    agency: str | None
    """Who is asked, or who accepted."""
    asked: tuple[str, ...]
    """Agencies asked so far, the present one included."""
    opened_at: datetime
    opened_by: int
    offered_at: datetime
    """When the agency that is asked now was asked."""
    due_at: datetime | None
    lender: str | None = None
    """Who owned the track before the agency that accepted; it gets the work back."""
    reminders: int = 0
    questions: int = 0
    """How often more information was asked for; the first time starts the clock again."""


class Blockage(Value, frozen=True, gc=False):
    name: str
    nth: int
    opened_at: datetime
    opened_by: int
    owner: str
    raised: bool
    """Raised by name, not by its own ``when``."""
    escalations: int = 0
    disputed: str | None = None
    """Why somebody disputes it, in their words; it stays open, and with its owner, all the same."""


class Approval(Value, frozen=True, gc=False):
    """A named officer's act on the gate of a stage, in a role."""

    stage: str
    role: str
    officer: str
    at: datetime
    number: int


class Done(Value, frozen=True, gc=False):
    """When something was last completed or accepted, and by which event."""

    at: datetime
    number: int
    outcome: str | None = None
    agency: str | None = None


class Standstill(Value, frozen=True, gc=False):
    """A pause of clocks: its name in the pathway, its bounds, and the event that began it."""

    name: str
    from_at: datetime
    until_at: datetime | None
    number: int


Fact: TypeAlias = tuple[int, datetime, Scalar | None]
"""Of an event that a condition looks for: its number, when it occurred, and the field looked at."""


class Case(Value, frozen=True, gc=False):
    """One person's episode on one pathway: a fold of its journal."""

    reference: str
    status: CaseStatus = "new"
    silenced: bool = False
    opened_at: datetime | None = None
    events: int = 0
    """How many events have been applied; the number of the last one."""
    clock: datetime | None = None
    """Recorded time as far as it has been lived."""
    swept: bool = False
    """Whether what was due at ``clock`` itself has happened too."""
    changed_at: datetime | None = None
    """When a decision last changed anything; an event that occurred before it is late."""
    wake_at: datetime | None = None
    """The next instant at which the case may change with no event."""
    referral: Mapping[str, Scalar] = field(default_factory=dict)
    tracks: Mapping[str, Visit] = field(default_factory=dict)
    visits: Mapping[str, int] = field(default_factory=dict)
    """By stage (``track.stage``): how often it was entered."""
    entries: Mapping[str, int] = field(default_factory=dict)
    """By stage: the number of the last event at its latest entry; older approvals are spent."""
    tasks: tuple[Task, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    hand_offs: tuple[HandOff, ...] = ()
    """The latest of each name."""
    blockages: tuple[Blockage, ...] = ()
    """Those open."""
    blockage_counts: Mapping[str, int] = field(default_factory=dict)
    approvals: tuple[Approval, ...] = ()
    done: Mapping[str, Done] = field(default_factory=dict)
    """By ``task.NAME``, ``hand_off.NAME`` and ``accepted.NAME``; by ``blockage.NAME``, when it was last cleared."""
    facts: Mapping[str, tuple[Fact, ...]] = field(default_factory=dict)
    """By watch: the events that its conditions look for, in order of recording."""
    pauses: tuple[Standstill, ...] = ()
    notices: int = 0
    """How many notices have been written; the next one's key."""
    reviews: int = 0


ChangeKind: TypeAlias = Literal[
    "case_opened",
    "case_closed",
    "case_reopened",
    "moved",
    "held",
    "owner_changed",
    "stay_overdue",
    "task_opened",
    "task_done",
    "task_overdue",
    "task_cancelled",
    "task_reassigned",
    "follow_up_due",
    "follow_up_answered",
    "follow_up_missed",
    "follow_up_stopped",
    "reminded",
    "escalated",
    "hand_off_offered",
    "hand_off_reminded",
    "hand_off_accepted",
    "hand_off_declined",
    "hand_off_expired",
    "hand_off_asked_back",
    "hand_off_exhausted",
    "hand_off_withdrawn",
    "hand_off_done",
    "hand_off_returned",
    "blockage_opened",
    "blockage_escalated",
    "blockage_reassigned",
    "blockage_disputed",
    "blockage_cleared",
    "gate_proposed",
    "gate_approved",
    "paused",
    "resumed",
    "event_voided",
    "event_refused",
    "review_opened",
]


class Change(Value, frozen=True, gc=False):
    """One thing that a step changed, with the rule that caused it and its evidence."""

    at: datetime
    kind: ChangeKind
    track: str | None = None
    subject: str | None = None
    """The task, follow-up, hand-off, blockage or stage that it is about."""
    from_: str | None = None
    to: str | None = None
    agency: str | None = None
    due_at: datetime | None = None
    because: str = ""
    """A sentence for a person."""
    rule: str = ""
    """Where the rule stands in the pathway file: ``support.offered_support.moves.1``."""
    evidence: tuple[int, ...] = ()
    """Numbers of events."""
    nth: int | None = None


NoticeKind: TypeAlias = Literal[
    "owner_changed",
    "task_opened",
    "task_overdue",
    "hand_off_offered",
    "hand_off_reminder",
    "hand_off_expired",
    "hand_off_declined",
    "hand_off_returned",
    "hand_off_accepted",
    "hand_off_withdrawn",
    "follow_up_due",
    "follow_up_reminder",
    "escalation",
    "stay_overdue",
    "blockage",
    "blockage_cleared",
    "blockage_disputed",
    "review",
    "same_day",
]


class Notice(Value, frozen=True, gc=False):
    """A message to an agency, told by reference only; ``number`` makes its key within the case."""

    number: int
    at: datetime
    kind: NoticeKind
    agency: str
    track: str | None
    subject: str | None
    due_at: datetime | None
    because: str
    urgent: bool


class Reason(Value, frozen=True, gc=False):
    """Whether a condition holds, the sentence that says why or why not, and the events that show it."""

    holds: bool
    sentence: str
    evidence: tuple[int, ...] = ()
    parts: tuple[Reason, ...] = ()


class Decision(Value, frozen=True, gc=False):
    """The new state, what changed in order, what is to be told, and when to look again."""

    case: Case
    changes: tuple[Change, ...]
    notices: tuple[Notice, ...]

    @property
    def wake_at(self) -> datetime | None:
        return self.case.wake_at
