"""What is asked, checked against what there is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from handrail.errors import NotFound, Refused
from handrail.whatif.history import History, KindHistory
from handrail.whatif.redrawing import LEAST_STAYS

LEAST_WEEKS = 4
LEAST_WAITS = 20


@dataclass(frozen=True, slots=True)
class Question:
    """What changes ``begins`` days after the history ends, looked at for so many ``weeks``.

    ``add_places``: how many by project, or by kind of places. ``turnaround``: at most how many days by project.
    ``kinds`` left out, all of them.
    """

    begins: float
    weeks: int
    add_places: Mapping[str, int] = field(default_factory=dict)
    drop_reasons: frozenset[str] = frozenset()
    turnaround: Mapping[str, int] = field(default_factory=dict)
    kinds: frozenset[str] | None = None
    seeds: int = 200

    @property
    def ends(self) -> float:
        return self.begins + 7 * self.weeks


class HistoryTooThin(Refused):
    """Too little is known of what the question is about; the sentence says how much, and how much is needed."""


def concerned(question: Question, history: History) -> frozenset[str]:
    """Return the kinds of places that the question is about.

    Raises:
        NotFound: it names a project, a kind or a reason that there is none of.
    """
    projects = {project: name for name, kind in history.kinds.items() for project in kind.projects}
    by_name = {name: name for name in history.kinds}
    for reason in sorted(question.drop_reasons - history.reasons):
        raise NotFound(_unknown("reason", reason, history.reasons))
    touched = {_known("project or kind of places", name, projects | by_name) for name in question.add_places}
    touched |= {_known("project", name, projects) for name in question.turnaround}
    touched |= {_known("kind of places", name, by_name) for name in question.kinds or ()}
    touched |= {name for name, kind in history.kinds.items() if question.drop_reasons & set(_in_the_way(kind))}
    return frozenset(touched)


def check_thickness(history: History, kinds: Collection[str]) -> None:
    """Refuse if one of ``kinds`` has too short a history.

    Raises:
        HistoryTooThin: of one of them.
    """
    for name in history.kinds:
        if name in kinds and (lacking := thinness(history, history.kinds[name])):
            raise HistoryTooThin(lacking)


def thinness(history: History, kind: KindHistory) -> str | None:
    """Return what is lacking in the history of a kind, as a sentence; ``None`` if there is enough."""
    waits = sum(wait.began > history.since for wait in kind.waits)
    ended = kind.ended_since(history.since)
    lengths = ended >= LEAST_STAYS or kind.chart.stay_aim is not None
    if history.weeks >= LEAST_WEEKS and waits >= LEAST_WAITS and lengths and kind.beds:
        return None
    aim = "" if lengths else f" and no aim is declared in their place (at least {LEAST_STAYS} stays are needed)"
    return (
        f"The history of {kind.chart.title} is too thin to answer from: {history.weeks} weeks are recorded (at least "
        f"{LEAST_WEEKS} are needed), {waits} people began to wait in them (at least {LEAST_WAITS} are needed), "
        f"{ended} stays came to an end{aim}, and there are {len(kind.beds)} places (at least 1 is needed). "
        "Ask again when more is recorded, or import what is on paper."
    )


def _in_the_way(kind: KindHistory) -> Iterator[str]:
    """Give every reason that may keep somebody out of these places."""
    yield from (rule.reason for rule in kind.chart.fits)
    yield from (rule.reason for wait in kind.waits for rule in wait.needs.fits)
    if kind.nights is not None:
        yield from kind.nights.refused


def _known(what: str, name: str, known: Mapping[str, str]) -> str:
    if name not in known:
        raise NotFound(_unknown(what, name, known))
    return known[name]


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, sorted(known), n=1)
    meant = f" Did you mean {near[0]!r}?" if near else ""
    listed = ", ".join(sorted(known)) or "none"
    return f"There is no {what} {name!r}.{meant} Known: {listed}."
