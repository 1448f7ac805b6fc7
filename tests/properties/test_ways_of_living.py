"""However a made case is lived through, it ends alike; and what it says of itself is what a plain reading says.

One case: event by event with wakes at random; in batches with as few wakes as can be; woken at every due instant
and stored as JSON between any two steps; and the whole journal folded at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from hypothesis import given
from lives import Lives
from made_histories import Step, histories
from made_pathways import pathway_trees
from made_words import Tree
from naive_cases import NaiveCase
from naive_conditions import View, holds, instants
from trying import tried

from pathways.case import Case, Change, Decision, Event, Notice, Reason
from pathways.case_json import from_json, to_json
from pathways.chart import Pathway
from pathways.engine import advance, fold
from pathways.explanations import explain

History = tuple[datetime, list[Step]]
MINUTE = timedelta(minutes=1)
LOOKED_AHEAD = timedelta(days=10)


class Way:
    """One way to live through a journal."""

    def __init__(self, pathway: Pathway, journal: Sequence[Event]) -> None:
        self.pathway, self.journal = pathway, tuple(journal)
        self.case = Case("A")
        self.changes: list[Change] = []
        self.notices: list[Notice] = []

    def take(self, events: Sequence[Event], now: datetime) -> None:
        before = self.journal[: self.case.events]
        self._keep(advance(self.case, events, now, self.pathway, before))

    def _keep(self, decision: Decision) -> None:
        self.case = decision.case
        self.changes.extend(decision.changes)
        self.notices.extend(decision.notices)

    def store(self) -> None:
        stored = from_json(to_json(self.case))
        assert stored == self.case
        assert to_json(stored) == to_json(self.case)
        self.case = stored

    def wake_at_every_due_instant(self, before: datetime) -> None:
        while (due := self.case.wake_at) is not None and due < before:
            self.take((), due)
            self.store()

    def same_as(self, other: Lives) -> None:
        assert to_json(self.case) == to_json(other.case)
        assert self.changes == other.changes
        assert self.notices == other.notices


@tried(50)
@given(tree=pathway_trees(), history=histories)
def test_batches_wakes_stored_steps_and_the_whole_journal_at_once_end_alike(tree: Tree, history: History) -> None:
    lived = Lives(tree, compared=False)
    lived.live(history)
    journal, end = tuple(lived.journal), lived.model.now

    in_batches = Way(lived.pathway, journal)
    for _, batch in groupby(journal, key=lambda event: sum(event.number > woken for woken, _ in lived.wakes)):
        events = list(batch)
        in_batches.take(events, events[-1].recorded_at)
    in_batches.take((), end)
    in_batches.same_as(lived)

    stored = Way(lived.pathway, journal)
    for event in journal:
        stored.wake_at_every_due_instant(event.recorded_at)
        stored.take((event,), event.recorded_at)
        stored.store()
    stored.wake_at_every_due_instant(end + MINUTE)
    stored.take((), end)
    stored.same_as(lived)

    folded = fold("A", journal, lived.pathway, end)
    assert to_json(folded.case) == to_json(lived.case)
    assert list(folded.changes) == lived.changes
    assert list(folded.notices) == lived.notices


@tried(40)
@given(tree=pathway_trees(), history=histories)
def test_what_was_decided_stays_decided_whatever_is_recorded_later(tree: Tree, history: History) -> None:
    lived = Lives(tree, compared=False)
    lived.live(history)

    for known in range(1, len(lived.journal), 4):
        then = fold("A", lived.journal[:known], lived.pathway)
        assert lived.changes[: len(then.changes)] == list(then.changes)
        assert lived.notices[: len(then.notices)] == list(then.notices)


@tried(40)
@given(tree=pathway_trees(), history=histories)
def test_a_case_explains_itself_as_a_plain_reading_does_and_says_when_time_alone_changes_that(
    tree: Tree, history: History
) -> None:
    lived = Explaining(tree)
    lived.live(history)


class Explaining(Lives):
    """Holds every explanation against the plain model after every step."""

    def _take(self, decision: Decision, known: int) -> None:
        super()._take(decision, known)
        if self.case.status != "open":
            return
        explained = explain(self.case, self.pathway)
        assert explained.changes_at == self.case.wake_at
        for track in explained.tracks:
            declared = self.model.stage(track.track).get("moves", [])
            for move, told in zip(declared, track.moves, strict=True):
                gate = self.tree["tracks"][track.track]["stages"][move["to"]].get("gate")
                at_gate = View(track.track, gate=f"{track.track}.{move['to']}")
                asked = [(move["when"], View(track.track), told.asked)] if "when" in move else []
                if gate is not None and told.gate is not None:
                    asked.append((gate, at_gate, told.gate))
                for condition, view, reason in asked:
                    for part, of_part in parts(condition, reason):
                        assert of_part.holds is holds(self.model, part, view), (part, of_part.sentence)
                        assert of_part.sentence
                    stays_so(self.model, condition, view, told.changes_at)


def parts(condition: Tree, reason: Reason) -> Iterator[tuple[Tree, Reason]]:
    """Yield a condition and all that it is made of, each with its own reason."""
    yield condition, reason
    ((word, body),) = condition.items()
    if word in {"all", "any", "none"}:
        for part, of_part in zip(body, reason.parts, strict=True):
            yield from parts(part, of_part)


def stays_so(case: NaiveCase, condition: Tree, view: View, until: datetime | None) -> None:
    """Check that time alone changes no answer before ``until``, at all instants at which it plainly might."""
    now, held = case.now, holds(case, condition, view)
    limit = min(until or now + LOOKED_AHEAD, now + LOOKED_AHEAD)
    might = {at + minutes * MINUTE for at in instants(case, condition) for minutes in (-1, 0, 1)}
    try:
        for at in sorted(at for at in might if now < at < limit):
            case.now = at
            assert holds(case, condition, view) is held, f"{condition} changed at {at}, and {until} was told"
    finally:
        case.now = now
