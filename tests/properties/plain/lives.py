"""One case, lived through by the engine and by the plain model at once, and compared after every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

from comparisons import changes_of_engine, changes_of_model, differences, of_engine, of_model
from hypothesis import note
from made_histories import Step, event_of, instant_of, opening
from made_words import HOLIDAYS, HOURS, Tree
from naive_acts import ACTS
from naive_cases import NaiveCase
from naive_clocks import NaiveClocks
from ruamel.yaml import YAML

from pathways.case import Case, Change, Decision, Event, Notice
from pathways.chart import Pathway
from pathways.chart_building import build
from pathways.declaration import PathwayFile
from pathways.engine import advance

AFTERWARDS = timedelta(days=4)
TOLD_OF_A_PATHWAY = ("timezone", "pauses", "closes", "tracks", "blockages")


def as_yaml(tree: Tree) -> str:
    """Return the text of a pathway file."""
    yaml, out = YAML(), StringIO()
    yaml.representer.ignore_aliases = lambda *_: True
    yaml.dump(tree, out)
    return out.getvalue()


def compiled(tree: Tree) -> Pathway:
    return build(PathwayFile.model_validate(tree), None, HOLIDAYS)


def plain(tree: Tree) -> NaiveCase:
    """Return the plain model of a new case."""
    assert ACTS
    return NaiveCase(tree, NaiveClocks(tree["timezone"], HOLIDAYS, HOURS))


class Lives:
    """The engine's case and the plain model's, and all that was recorded."""

    def __init__(self, tree: Tree, *, compared: bool = True) -> None:
        note(as_yaml({key: tree[key] for key in TOLD_OF_A_PATHWAY if key in tree}))
        self.tree, self.pathway, self.model, self.compared = tree, compiled(tree), plain(tree), compared
        self.case = Case("A")
        self.journal: list[Event] = []
        self.changes: list[Change] = []
        self.notices: list[Notice] = []
        self.wakes: list[tuple[int, datetime]] = []

    def live(self, history: tuple[datetime, Sequence[Step]]) -> None:
        start, steps = history
        self.record(opening(start, self.model.clocks))
        for step in steps:
            if step.what == "wake":
                self.wake(instant_of(self.model, step.when))
            elif (event := event_of(self.model, step)) is not None:
                self.record(event)
        self.wake(self.model.now + AFTERWARDS)

    def record(self, event: Event) -> None:
        note(
            f"#{event.number} {event.kind} {dict(event.fields)} by {event.agency}, {event.officer}: "
            f"{event.occurred_at:%F %R} > {event.recorded_at:%F %R}"
        )
        known = len(self.model.changes)
        self.model.record(event)
        decision = advance(self.case, (event,), event.recorded_at, self.pathway, tuple(self.journal))
        self.journal.append(event)
        self._take(decision, known)

    def wake(self, now: datetime) -> None:
        note(f"woken at {now:%F %R}")
        known = len(self.model.changes)
        self.model.run(now, inclusive=True)
        self.wakes.append((len(self.journal), now))
        self._take(advance(self.case, (), now, self.pathway), known)

    def _take(self, decision: Decision, known: int) -> None:
        self.case = decision.case
        self.changes.extend(decision.changes)
        self.notices.extend(decision.notices)
        if not self.compared:
            return
        wrong = differences(of_model(self.model), of_engine(self.case))
        expected, found = changes_of_model(self.model, known), changes_of_engine(decision.changes)
        wrong += [f"not changed: {one}" for one in _told(expected - found)]
        wrong += [f"changed besides: {one}" for one in _told(found - expected)]
        if wrong:
            for change in decision.changes:
                note(f"  {change.at:%F %R} {change.kind} {change.track} {change.subject} {change.because}")
        assert not wrong, "\n".join(wrong)


def _told(changes: Counter[Any]) -> list[str]:
    return [f"{at:%F %R} {' '.join(str(word) for word in rest)}" for at, *rest in changes.elements()]
