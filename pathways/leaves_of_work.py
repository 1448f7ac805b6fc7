"""The leaves of conditions that ask about tasks, hand-offs, blockages and approvals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from unicodedata import normalize

from pathways.answers import Answer
from pathways.case import Approval, Done, Reason
from pathways.conditions import ApprovedLeaf, DoneLeaf, OpenLeaf

if TYPE_CHECKING:
    from pathways.draft import Draft, View


class DoneAnswer(Answer):
    """A task or a hand-off was completed, within a window if one is given."""

    def __init__(self, leaf: DoneLeaf) -> None:
        self.subject, self.name = ("task", leaf.task) if leaf.task is not None else ("hand_off", leaf.hand_off)
        self.kinds = frozenset((self.subject,))
        self.within, self.outcome = leaf.within, leaf.outcome
        self.timed = leaf.within is not None
        self.key = f"{self.subject}.{self.name}"

    def _done(self, view: View) -> Done | None:
        done = view.draft.done.get(self.key)
        return done if done is not None and self.outcome in {None, done.outcome} else None

    def holds(self, view: View) -> bool:
        done = self._done(view)
        if done is None or self.within is None:
            return done is not None
        return done.at > view.calendar.window_start(view.now, self.within)

    def explain(self, view: View) -> Reason:
        done = self._done(view)
        wanted = f" with outcome {self.outcome}" if self.outcome else ""
        window = f" in the last {self.within}" if self.within else ""
        if done is None:
            return Reason(holds=False, sentence=f"{self.name} has not been done{wanted}{window}")
        holds = self.holds(view)
        told = f"{self.name} was done{wanted} on {view.tell(done.at)}"
        return Reason(holds, told if holds else f"{told}, not{window}", (done.number,) if done.number else ())

    def next_change(self, view: View) -> datetime | None:
        done = self._done(view)
        if done is None or self.within is None:
            return None
        leaves = view.calendar.leaves_window(done.at, self.within)
        return leaves if leaves > view.now else None


class OpenAnswer(Answer):
    """A task, a hand-off or a blockage is open, for at least this long if a duration is given."""

    def __init__(self, leaf: OpenLeaf) -> None:
        named = {"task": leaf.task, "hand_off": leaf.hand_off, "blockage": leaf.blockage}
        self.subject, self.name = next((word, name) for word, name in named.items() if name is not None)
        self.kinds = frozenset((self.subject,))
        self._opened = _OPENED[self.subject]
        self.for_ = leaf.for_
        self.timed = leaf.for_ is not None

    def _since(self, view: View) -> datetime | None:
        return self._opened(view.draft, self.name)

    def _due(self, view: View) -> datetime | None:
        since = self._since(view)
        if since is None or self.for_ is None:
            return since
        return view.calendar.due(since, self.for_, view.standstills("waits"))

    def holds(self, view: View) -> bool:
        due = self._due(view)
        return due is not None and due <= view.now

    def explain(self, view: View) -> Reason:
        since = self._since(view)
        if since is None:
            return Reason(holds=False, sentence=f"{self.subject} {self.name} is not open")
        told = f"{self.subject} {self.name} has been open since {view.tell(since)}"
        due = self._due(view)
        if due is None or due > view.now:
            return Reason(holds=False, sentence=f"{told}, {self.for_} are over on {view.tell(due)}")
        return Reason(holds=True, sentence=told)

    def next_change(self, view: View) -> datetime | None:
        due = self._due(view)
        return due if due is not None and due > view.now else None


class AcceptedAnswer(Answer):
    """A hand-off was accepted in this visit, and the work has not been returned."""

    timed = False
    kinds = frozenset(("hand_off",))

    def __init__(self, name: str) -> None:
        self.name, self.key = name, f"accepted.{name}"

    def holds(self, view: View) -> bool:
        done = view.draft.done.get(self.key)
        return done is not None and done.number > view.since_number

    def explain(self, view: View) -> Reason:
        done = view.draft.done.get(self.key)
        if done is None or done.number <= view.since_number:
            return Reason(holds=False, sentence=f"{self.name} has not been accepted since {view.tell(view.since)}")
        who = view.title(done.agency) if done.agency else "an agency"
        return Reason(
            holds=True, sentence=f"{who} accepted {self.name} on {view.tell(done.at)}", evidence=(done.number,)
        )

    def next_change(self, view: View) -> datetime | None:  # noqa: ARG002
        return None


class ApprovedAnswer(Answer):
    """A named officer approved this entry, after the last one, lately enough, and not their own proposal."""

    timed = True
    kinds = frozenset(("gate",))

    def __init__(self, leaf: ApprovedLeaf) -> None:
        self.role, self.other_than, self.valid_for = leaf.role, leaf.other_than, leaf.valid_for

    def _in_role(self, view: View, role: str) -> list[Approval]:
        spent = view.draft.entries.get(view.gate, 0)
        return [
            one for one in view.draft.approvals if one.stage == view.gate and one.role == role and one.number > spent
        ]

    def _approval(self, view: View) -> tuple[Approval | None, str]:
        """The approval that holds, or why none does."""
        approvals = self._in_role(view, self.role)
        if not approvals:
            return None, f"no {self.role} has approved it"
        approval = approvals[-1]
        if approval.at <= view.calendar.window_start(view.now, self.valid_for):
            return None, f"the approval of {view.tell(approval.at)} was valid for {self.valid_for}"
        if self.other_than is None:
            return approval, ""
        proposals = self._in_role(view, self.other_than)
        if not proposals:
            return None, f"no {self.other_than} has proposed it"
        if _spelt_alike(proposals[-1].officer, approval.officer):
            return None, f"the {self.role} and the {self.other_than} are the same officer"
        return approval, ""

    def holds(self, view: View) -> bool:
        return self._approval(view)[0] is not None

    def explain(self, view: View) -> Reason:
        approval, why_not = self._approval(view)
        if approval is None:
            return Reason(holds=False, sentence=why_not)
        told = f"approved by the {self.role} on {view.tell(approval.at)}, valid for {self.valid_for}"
        return Reason(holds=True, sentence=told, evidence=(approval.number,))

    def next_change(self, view: View) -> datetime | None:
        approval, _ = self._approval(view)
        return None if approval is None else view.calendar.leaves_window(approval.at, self.valid_for)


def _spelt_alike(one: str, other: str) -> bool:
    """Whether two names may be one person's: nobody becomes two officers by a capital letter or a blank."""
    first, second = (normalize("NFKC", name).casefold().split() for name in (one, other))
    return first == second


def _task_opened(draft: Draft, name: str) -> datetime | None:
    return min((task.opened_at for task in draft.tasks if task.name == name), default=None)


def _hand_off_opened(draft: Draft, name: str) -> datetime | None:
    for one in draft.hand_offs:
        if one.name == name and one.state == "offered":
            return one.opened_at
    return None


def _blockage_opened(draft: Draft, name: str) -> datetime | None:
    for one in draft.blockages:
        if one.name == name:
            return one.opened_at
    return None


_OPENED: Mapping[str, Callable[[Draft, str], datetime | None]] = {
    "task": _task_opened,
    "hand_off": _hand_off_opened,
    "blockage": _blockage_opened,
}
