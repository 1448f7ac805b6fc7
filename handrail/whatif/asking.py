"""From a question to its answer: both worlds lived by the same people, seed by seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from random import Random

from handrail.whatif.assumptions import assumptions
from handrail.whatif.city import live
from handrail.whatif.curves import median_of
from handrail.whatif.estimates import Estimate, estimate
from handrail.whatif.history import Bed, History, KindHistory, in_days
from handrail.whatif.people import People, people
from handrail.whatif.question import Question, check_thickness, concerned, thinness
from handrail.whatif.redrawing import Habits, redraw
from handrail.whatif.worlds import House, Lived, World
from pathways.matching import Place

Advance = Callable[[int], None]
HARDLY = 0.5
"""Fewer person-days than these are no blockage."""
A_CASTING = 2
"""How many seeds share one drawing of the history: what differs between them is chance."""


@dataclass(frozen=True, slots=True)
class Side:
    """One kind of places in one world, on average over all seeds.

    ``median`` is the wait in days of those who begin to wait in these weeks; ``None`` if more than half wait still,
    or places are given by the night. ``full`` is which share of its place-days each project used.
    """

    median: float | None
    placed: float
    gave_up: float
    full: Mapping[str, float]
    kept_out: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class KindAnswer:
    kind: str
    title: str
    nightly: bool
    person_days: Estimate
    as_is: Side
    changed: Side


@dataclass(frozen=True, slots=True)
class Blockage:
    """Where people wait most once the change is made. ``reason`` keeps them out where places are free, if one does."""

    kind: str
    title: str
    person_days: float
    project: str | None
    full: float
    reason: str | None
    reason_days: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What the change would bring in the weeks asked for. ``growing``: kinds where people would surely wait more."""

    as_at: datetime
    question: Question
    person_days: Estimate
    kinds: tuple[KindAnswer, ...]
    next: Blockage | None
    growing: tuple[str, ...]
    assumptions: tuple[str, ...]


def ask(history: History, question: Question, advance: Advance = lambda _: None) -> Answer:
    """Return what the change would bring, with what it assumes.

    Raises:
        NotFound: the question names a project, a kind or a reason that there is none of.
        HistoryTooThin: too little is known of what it is about.
    """
    touched = concerned(question, history)
    check_thickness(history, touched)
    history, left_out = _known_enough(history, question.kinds, touched)
    lives = _lives(history, question, advance)
    kinds = tuple(_kind_answer(kind, lives) for kind in history.kinds.values())
    return Answer(
        history.as_at,
        question,
        _person_days(lives, tuple(history.kinds)),
        kinds,
        _next_blockage(kinds),
        tuple(one.kind for one in kinds if one.person_days.interval.high < -HARDLY),
        (*assumptions(history, question), *left_out),
    )


@dataclass(frozen=True, slots=True)
class _Lives:
    """One seed: what came of each kind in both worlds."""

    as_is: Mapping[str, Lived]
    changed: Mapping[str, Lived]


def _known_enough(history: History, kinds: frozenset[str] | None, touched: frozenset[str]) -> tuple[History, list[str]]:
    """Return the history without the kinds that nobody asked for and of which too little is known, and say so."""
    asked = kinds | touched if kinds else frozenset(history.kinds)
    lacking = {name: thinness(history, kind) for name, kind in history.kinds.items() if name in asked}
    kept = {name: history.kinds[name] for name, lack in lacking.items() if lack is None}
    left_out = [f"Left out: {history.kinds[name].chart.title}. {lack}" for name, lack in lacking.items() if lack]
    return replace(history, kinds=kept), left_out


def _lives(history: History, question: Question, advance: Advance) -> list[_Lives]:
    lives = []
    for seed in range(question.seeds):
        habits = redraw(history, Random(f"history {seed // A_CASTING}"))  # noqa: S311 (no secret)
        cast = people(history, habits, question.ends, Random(f"people {seed}"))  # noqa: S311
        as_is = live(_as_is(history, question, habits, cast), cast.newcomers)
        changed = live(_changed(history, question, habits, cast), cast.newcomers)
        lives.append(_Lives(as_is, changed))
        advance(1)
    return lives


def _as_is(history: History, question: Question, habits: Mapping[str, Habits], cast: People) -> World:
    houses = {
        name: House(
            kind.beds,
            in_days(kind.chart.hold),
            habits[name].voids,
            {bed.place.id: cast.still_void[bed.place.id] for bed in kind.beds if bed.place.id in cast.still_void},
            cut_off=kind.cut_off if kind.chart.nightly is not None else None,
        )
        for name, kind in history.kinds.items()
    }
    return World(houses, question.begins, question.ends)


def _changed(history: History, question: Question, habits: Mapping[str, Habits], cast: People) -> World:
    world = _as_is(history, question, habits, cast)
    houses = {
        name: replace(
            house,
            beds=(*house.beds, *added_beds(history.kinds[name], question)),
            at_most={project: float(days) for project, days in question.turnaround.items()},
        )
        for name, house in world.houses.items()
    }
    return replace(world, houses=houses, dropped=question.drop_reasons)


def added_beds(kind: KindHistory, question: Question) -> list[Bed]:
    """Return the places that are added to a kind: each like the commonest of what was named."""
    added: list[Bed] = []
    for subject, number in question.add_places.items():
        alike = [bed.place for bed in kind.beds if subject in {bed.place.project, kind.chart.name}]
        if alike:
            model = commonest(alike)
            first = -1 - len(added)
            added += [Bed(replace(model, id=first - nth, name=""), question.begins, inf) for nth in range(number)]
    return added


def commonest(places: Sequence[Place]) -> Place:
    """Return a place like most of these; of several as common, like the first."""
    plain = [replace(place, id=0, name="") for place in places]
    return Counter(plain).most_common(1)[0][0]


def _person_days(lives: Sequence[_Lives], kinds: Sequence[str]) -> Estimate:
    return estimate(
        [sum(one.as_is[kind].waited for kind in kinds) for one in lives],
        [sum(one.changed[kind].waited for kind in kinds) for one in lives],
    )


def _kind_answer(kind: KindHistory, lives: Sequence[_Lives]) -> KindAnswer:
    name = kind.chart.name
    return KindAnswer(
        name,
        kind.chart.title,
        kind.chart.nightly is not None,
        _person_days(lives, (name,)),
        _side([one.as_is[name] for one in lives]),
        _side([one.changed[name] for one in lives]),
    )


def _side(lived: Sequence[Lived]) -> Side:
    usable, used = _sum([one.usable for one in lived]), _sum([one.used for one in lived])
    return Side(
        median_of(span for one in lived for span in one.waits),
        sum(one.placed for one in lived) / len(lived),
        sum(one.gave_up for one in lived) / len(lived),
        {project: used.get(project, 0.0) / days for project, days in sorted(usable.items()) if days > 0},
        {reason: days / len(lived) for reason, days in sorted(_sum([one.kept_out for one in lived]).items())},
    )


def _sum(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for part in parts:
        for name, days in part.items():
            total[name] = total.get(name, 0.0) + days
    return total


def _next_blockage(kinds: Sequence[KindAnswer]) -> Blockage | None:
    """Return where people wait most once the change is made, if they wait at all."""
    worst = max(kinds, key=lambda one: one.person_days.changed, default=None)
    if worst is None or worst.person_days.changed < HARDLY:
        return None
    full, kept_out = worst.changed.full, worst.changed.kept_out
    fullest = max(full, key=lambda project: full[project], default=None)
    reason = max(kept_out, key=lambda code: kept_out[code], default=None)
    return Blockage(
        worst.kind,
        worst.title,
        worst.person_days.changed,
        fullest,
        full[fullest] if fullest is not None else 0.0,
        reason,
        kept_out[reason] if reason is not None else 0.0,
    )
