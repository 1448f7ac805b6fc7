"""The leaves of conditions that ask about events and about time, compiled to answers."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from pathways.answers import Answer, latest_fact
from pathways.case import Fact, Reason
from pathways.clocks import Duration
from pathways.conditions import AbsentLeaf, Condition, CountLeaf, EventMatch, LatestLeaf, StageLeaf, WaitedFor
from pathways.leaves_of_work import AcceptedAnswer, ApprovedAnswer, DoneAnswer, OpenAnswer
from pathways.watches import THE_LATEST, Watches, compile_test, describe_test, describe_where

if TYPE_CHECKING:
    from pathways.draft import View

NO_KINDS: frozenset[str] = frozenset()


def compile_leaf(condition: Condition, watches: Watches) -> Answer:  # noqa: PLR0911 - one return a leaf
    """Return the answer to a condition that is a leaf."""
    match condition:
        case Condition(event=EventMatch() as leaf):
            return EventAnswer(leaf, watches)
        case Condition(count=CountLeaf(within=Duration() as window) as leaf):
            return WindowAnswer(leaf, window, watches)
        case Condition(count=CountLeaf() as leaf):
            return CountAnswer(leaf, watches)
        case Condition(absent=AbsentLeaf() as leaf):
            return AbsentAnswer(leaf, watches)
        case Condition(latest=LatestLeaf() as leaf):
            return LatestAnswer(leaf, watches)
        case Condition(stage=StageLeaf() as leaf):
            return StageAnswer(leaf)
        case Condition(waited=WaitedFor() as leaf):
            return WaitedAnswer(leaf.for_, leaf.at)
        case Condition(waited=Duration() as waited):
            return WaitedAnswer(waited, None)
        case Condition(accepted=str() as name):
            return AcceptedAnswer(name)
    return _leaf_of_work(condition)


def _leaf_of_work(condition: Condition) -> Answer:
    if condition.done is not None:
        return DoneAnswer(condition.done)
    if condition.open is not None:
        return OpenAnswer(condition.open)
    if condition.approved is not None:
        return ApprovedAnswer(condition.approved)
    return ReferralAnswer(condition)


class EventAnswer(Answer):
    """Such an event happened in this visit."""

    timed = False

    def __init__(self, leaf: EventMatch, watches: Watches) -> None:
        self.watch = watches.add(leaf.kind, leaf.where, window=THE_LATEST)
        self.kinds = frozenset((leaf.kind,))
        self.text = f"{leaf.kind}{describe_where(leaf.where)}"

    def _found(self, view: View) -> Fact | None:
        facts = view.facts.get(self.watch)
        if facts:
            for fact in reversed(facts):
                if fact[0] <= view.since_number:
                    return None
                if fact[1] >= view.since:
                    return fact
        return None

    def holds(self, view: View) -> bool:
        return self._found(view) is not None

    def explain(self, view: View) -> Reason:
        fact = self._found(view)
        if fact is None:
            return Reason(holds=False, sentence=f"no {self.text} since {view.tell(view.since)}")
        return Reason(holds=True, sentence=f"{self.text} on {view.tell(fact[1])}", evidence=(fact[0],))

    def next_change(self, view: View) -> datetime | None:  # noqa: ARG002 - time alone makes nothing happen
        return None


class CountAnswer(Answer):
    """How many such events there are since the stage or the case began."""

    timed = False

    def __init__(self, leaf: CountLeaf, watches: Watches) -> None:
        self.watch = watches.add(leaf.event, leaf.where)
        self.kinds = frozenset((leaf.event,))
        self.at_least, self.at_most = leaf.at_least, leaf.at_most
        self.in_stage = leaf.since == "stage"
        self.text = f"{leaf.event}{describe_where(leaf.where)}"

    def _counted(self, view: View) -> list[Fact]:
        facts = view.facts.get(self.watch, ())
        if not self.in_stage:
            opened = view.opened_at
            return [fact for fact in facts if fact[1] >= opened]
        return [fact for fact in facts if fact[0] > view.since_number and fact[1] >= view.since]

    def _passes(self, count: int) -> bool:
        return (self.at_least is None or count >= self.at_least) and (self.at_most is None or count <= self.at_most)

    def holds(self, view: View) -> bool:
        return self._passes(len(self._counted(view)))

    def explain(self, view: View) -> Reason:
        counted = self._counted(view)
        since = "the stage" if self.in_stage else "the case"
        sentence = f"{_of(len(counted), self.at_least, self.at_most)} {self.text} since {since} began"
        return Reason(self._passes(len(counted)), sentence, tuple(fact[0] for fact in counted))

    def next_change(self, view: View) -> datetime | None:  # noqa: ARG002
        return None


class WindowAnswer(Answer):
    """How many such events occurred in the half-open window (now - duration, now]."""

    timed = True

    def __init__(self, leaf: CountLeaf, window: Duration, watches: Watches) -> None:
        self.watch = watches.add(leaf.event, leaf.where, window=window)
        self.kinds = frozenset((leaf.event,))
        self.at_least, self.at_most = leaf.at_least, leaf.at_most
        self.window = window
        self.text = f"{leaf.event}{describe_where(leaf.where)}"

    def _counted(self, view: View) -> list[Fact]:
        facts = view.facts.get(self.watch)
        if not facts:
            return []
        start = view.calendar.window_start(view.now, self.window)
        return sorted((fact for fact in facts if fact[1] > start), key=lambda fact: (fact[1], fact[0]))

    def _passes(self, count: int) -> bool:
        return (self.at_least is None or count >= self.at_least) and (self.at_most is None or count <= self.at_most)

    def holds(self, view: View) -> bool:
        facts = view.facts.get(self.watch, ())
        if self.at_most is None and self.at_least is not None and len(facts) < self.at_least:
            return False
        return self._passes(len(self._counted(view)))

    def explain(self, view: View) -> Reason:
        counted = self._counted(view)
        sentence = f"{_of(len(counted), self.at_least, self.at_most)} {self.text} in the last {self.window}"
        change = self._change(view, counted)
        if counted:
            word = "it" if len(counted) == 1 else "the oldest"
            leaving = change or view.calendar.leaves_window(counted[0][1], self.window)
            sentence += f"; {word} leaves the window on {view.tell(leaving)}"
        return Reason(self._passes(len(counted)), sentence, tuple(fact[0] for fact in counted))

    def next_change(self, view: View) -> datetime | None:
        return self._change(view, self._counted(view))

    def _change(self, view: View, counted: list[Fact]) -> datetime | None:
        """Only by leaving the window does time alone change a count: find the event whose leaving matters next."""
        count = len(counted)
        if self.at_most is not None and count > self.at_most:
            return view.calendar.leaves_window(counted[count - self.at_most - 1][1], self.window)
        if self.at_least and count >= self.at_least:
            return view.calendar.leaves_window(counted[count - self.at_least][1], self.window)
        return None


class AbsentAnswer(Answer):
    """No such event for this long."""

    timed = True

    def __init__(self, leaf: AbsentLeaf, watches: Watches) -> None:
        self.watch = watches.add(leaf.event, leaf.where, window=leaf.for_)
        self.kinds = frozenset((leaf.event,))
        self.duration = leaf.for_
        self.from_stage = leaf.since == "stage"
        self.text = f"{leaf.event}{describe_where(leaf.where)}"

    def _since(self, view: View) -> tuple[datetime, int | None]:
        start = view.entered_at if self.from_stage else view.opened_at
        fact = latest_fact(view.facts.get(self.watch, ()))
        if fact is None or fact[1] < start:
            return start, None
        return fact[1], fact[0]

    def _due(self, view: View) -> datetime | None:
        since, _ = self._since(view)
        pauses = view.standstills("waits")
        if pauses:
            return view.calendar.due(since, self.duration, pauses)
        return view.calendar.add(since, self.duration)

    def holds(self, view: View) -> bool:
        due = self._due(view)
        return due is not None and due <= view.now

    def explain(self, view: View) -> Reason:
        since, number = self._since(view)
        last = f"the last one was on {view.tell(since)}" if number else f"none since {view.tell(since)}"
        due = self._due(view)
        holds = due is not None and due <= view.now
        when = "" if holds else f"; {self.duration} without one are over on {view.tell(due)}"
        return Reason(holds, f"{self.text}: {last}{when}", (number,) if number else ())

    def next_change(self, view: View) -> datetime | None:
        due = self._due(view)
        return due if due is not None and due > view.now else None


class LatestAnswer(Answer):
    """A test of one field of the event of a kind that occurred last."""

    timed = False

    def __init__(self, leaf: LatestLeaf, watches: Watches) -> None:
        self.watch = watches.add(leaf.event, {}, field=leaf.field, window=THE_LATEST)
        self.kinds = frozenset((leaf.event,))
        self.passes = compile_test(leaf.is_)
        self.event, self.field = leaf.event, leaf.field
        self.wanted = describe_test(leaf.is_)

    def _latest(self, view: View) -> Fact | None:
        return latest_fact(view.facts.get(self.watch, ()))

    def holds(self, view: View) -> bool:
        fact = self._latest(view)
        return fact is not None and fact[2] is not None and self.passes(fact[2])

    def explain(self, view: View) -> Reason:
        fact = self._latest(view)
        if fact is None:
            sentence = f"no {self.event} yet (asked for: the latest with {self.field} {self.wanted})"
            return Reason(holds=False, sentence=sentence)
        found = "none" if fact[2] is None else describe_test(fact[2])
        told = f"the latest {self.event}, on {view.tell(fact[1])}, has {self.field} {found}"
        return Reason(self.holds(view), f"{told} (asked for: {self.wanted})", (fact[0],))

    def next_change(self, view: View) -> datetime | None:  # noqa: ARG002
        return None


class StageAnswer(Answer):
    """Where another track stands."""

    timed = False
    kinds = frozenset(("stage",))

    def __init__(self, leaf: StageLeaf) -> None:
        named = leaf.is_ if leaf.is_ is not None else leaf.is_not
        self.stages = frozenset((named,) if isinstance(named, str) else named or ())
        self.track, self.wanted = leaf.track, leaf.is_ is not None

    def holds(self, view: View) -> bool:
        visit = view.draft.tracks.get(self.track)
        return visit is not None and (visit.stage in self.stages) is self.wanted

    def explain(self, view: View) -> Reason:
        visit = view.draft.tracks.get(self.track)
        stands = visit.stage if visit else "nowhere"
        wanted = f"{'' if self.wanted else 'not '}{' or '.join(sorted(self.stages))}"
        return Reason(self.holds(view), f"{self.track} is in {stands} (asked for: {wanted})")

    def next_change(self, view: View) -> datetime | None:  # noqa: ARG002
        return None


class WaitedAnswer(Answer):
    """How long this visit has lasted; with ``at``, until the first such wall-clock time at or after that."""

    timed = True
    kinds = NO_KINDS

    def __init__(self, duration: Duration, at: time | None) -> None:
        self.duration, self.at = duration, at
        self.text = f"{duration}" + (f", then {at:%H:%M}" if at else "")

    def _due(self, view: View) -> datetime | None:
        pauses = view.standstills("waits")
        if pauses:
            due = view.calendar.due(view.entered_at, self.duration, pauses)
        else:
            due = view.calendar.add(view.entered_at, self.duration)
        return view.calendar.next_time(due, self.at) if due is not None and self.at is not None else due

    def holds(self, view: View) -> bool:
        due = self._due(view)
        return due is not None and due <= view.now

    def explain(self, view: View) -> Reason:
        due = self._due(view)
        if due is None:
            return Reason(holds=False, sentence=f"waiting {self.text} since {view.tell(view.entered_at)}: paused")
        holds = due <= view.now
        verb = "was over" if holds else "is over"
        return Reason(holds, f"waiting {self.text} since {view.tell(view.entered_at)} {verb} on {view.tell(due)}")

    def next_change(self, view: View) -> datetime | None:
        due = self._due(view)
        return due if due is not None and due > view.now else None


class ReferralAnswer(Answer):
    """What was known at referral: the person's age, and by whom the person was referred."""

    timed = False
    kinds = NO_KINDS

    def __init__(self, condition: Condition) -> None:
        self.age = condition.person.age if condition.person is not None else None
        self.referred_by = condition.referred_by

    def holds(self, view: View) -> bool:
        return self.explain(view).holds

    def explain(self, view: View) -> Reason:
        referral = view.draft.referral
        if self.age is None:
            by = {referral.get("referred_by"), referral.get("agency")}
            return Reason(
                self.referred_by in by, f"referred by {self.referred_by}: {referral.get('referred_by', 'not stated')}"
            )
        age = referral.get("age")
        asked = _of("", self.age.at_least, self.age.at_most).strip()
        if not isinstance(age, int):
            return Reason(holds=False, sentence=f"age {asked}: not evidenced")
        low, high = self.age.at_least, self.age.at_most
        holds = (low is None or age >= low) and (high is None or age <= high)
        return Reason(holds, f"age {asked}: {'met' if holds else 'not met'}")

    def next_change(self, view: View) -> datetime | None:  # noqa: ARG002
        return None


def _of(count: int | str, at_least: int | None, at_most: int | None) -> str:
    if at_least is not None and at_most is not None:
        return f"{count} ({at_least} to {at_most} asked for)"
    if at_least is not None:
        return f"{count} of at least {at_least}"
    return f"{count} of at most {at_most}"
