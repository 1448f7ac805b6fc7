"""History drawn anew by a seed: how people come, stay and leave, and how sure we may be of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, inf
from random import Random
from typing import TypeVar

from handrail.whatif.curves import Curve, Span, constant, curve_of
from handrail.whatif.history import FED_WITHIN, History, KindHistory, Stay, Void, Wait, in_days
from pathways.matching import Needs

LEAST_STAYS = 10
"""With fewer stays that came to an end, the aim takes the place of their curve."""
LEAST_VOIDS = 5
"""With fewer voids, a project turns its places round like its whole kind."""
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Habits:
    """How people use one kind of places, as one drawing of its history has it.

    ``weeks`` are those drawn, each with who came from nowhere else; ``began`` counts from the beginning of the week.
    ``fed`` are the needs of those who came from another kind; ``onwards`` tells after how long people begin to wait
    for another kind, ``voids`` how often and how long a project's places are void after a stay.
    """

    stay: Curve
    patience: Curve
    miss: float
    voids: Mapping[str, tuple[float, Curve]]
    onwards: Mapping[str, Curve]
    fed: tuple[Needs, ...]
    weeks: tuple[tuple[Wait, ...], ...]


def redraw(history: History, chance: Random) -> dict[str, Habits]:
    """Return the habits of each kind from its history drawn anew: as many weeks, stays and voids, with replacement."""
    weeks = chance.choices(range(history.weeks), k=history.weeks)
    return {name: _habits(history, kind, weeks, chance) for name, kind in history.kinds.items()}


def _habits(history: History, kind: KindHistory, weeks: Sequence[int], chance: Random) -> Habits:
    since = history.since
    stays = _again([stay for stay in kind.stays if stay.ended is None or stay.ended > since], chance)
    voids = _again([void for void in kind.voids if void.ended is None or void.ended > since], chance)
    waits = _again([wait for wait in kind.waits if wait.ended is None or wait.ended > since], chance)
    begun = sum(stay.began > since for stay in stays)
    by_week = _by_week(kind, history.weeks)
    others = [other for name, other in history.kinds.items() if name != kind.chart.name]
    return Habits(
        stay=_stay_curve(kind, stays, since),
        patience=curve_of([_patience(wait, since) for wait in waits], never=True),
        miss=kind.lapsed / (kind.lapsed + begun) if kind.lapsed else 0.0,
        voids={project: _voids(kind, project, stays, voids, since) for project in kind.projects},
        onwards={other.chart.name: curve for other in others if (curve := _onwards(kind, stays, other, since)).days},
        fed=tuple(wait.needs for wait in kind.waits if wait.after) or tuple(wait.needs for wait in kind.waits),
        weeks=tuple(by_week[week] for week in weeks),
    )


def _again(found: Sequence[_Found], chance: Random) -> list[_Found]:
    return chance.choices(found, k=len(found)) if found else []


def _stay_curve(kind: KindHistory, stays: Sequence[Stay], since: float) -> Curve:
    if kind.ended_since(since) >= LEAST_STAYS or kind.chart.stay_aim is None:
        return curve_of([stay.span(since) for stay in stays])
    return constant(in_days(kind.chart.stay_aim))


def _patience(wait: Wait, since: float) -> Span:
    left = (0.0 if wait.ended is None else wait.ended) - wait.began
    return Span(max(0.0, since - wait.began), left, wait.ended is not None and not wait.placed)


def _voids(
    kind: KindHistory, project: str, stays: Sequence[Stay], voids: Sequence[Void], since: float
) -> tuple[float, Curve]:
    """Return the share of stays that a void follows, and how long it lasts: of the project, or of its whole kind."""
    beds = {bed.place.id for bed in kind.beds if bed.place.project == project}
    mine = [void for void in voids if void.project == project]
    if sum(void.ended is not None for void in mine) < LEAST_VOIDS:
        mine, beds = list(voids), {bed.place.id for bed in kind.beds}
    left = sum(stay.ended is not None and stay.ended > since and stay.place in beds for stay in stays)
    share = min(1.0, sum(void.began > since for void in mine) / left) if left else 0.0
    return share, curve_of([void.span(since) for void in mine])


def _onwards(kind: KindHistory, stays: Sequence[Stay], other: KindHistory, since: float) -> Curve:
    """Return after how long of a stay people begin to wait for the ``other`` kind; many never do."""
    began: dict[int, list[float]] = {}
    for wait in other.waits:
        if wait.after == kind.chart.name:
            began.setdefault(wait.person, []).append(wait.began)
    return curve_of([_until_next(stay, began, since) for stay in stays], never=True)


def _until_next(stay: Stay, began: Mapping[int, Sequence[float]], since: float) -> Span:
    entered, watched = max(0.0, since - stay.began), (inf if stay.ended is None else stay.ended + FED_WITHIN)
    mine = [one for one in began.get(stay.person or 0, ()) if stay.began <= one <= watched]
    if mine:
        return Span(entered, min(mine) - stay.began, over=True)
    return Span(entered, inf if watched < 0 else -stay.began, over=False)


def _by_week(kind: KindHistory, weeks: int) -> list[tuple[Wait, ...]]:
    """Return who came from nowhere else, by how many weeks ago; ``began`` counts from the beginning of the week."""
    found: list[list[Wait]] = [[] for _ in range(weeks)]
    for wait in kind.waits:
        week = ceil(-wait.began / 7) - 1
        if wait.after is None and not wait.again and 0 <= week < weeks:
            found[week].append(replace(wait, began=wait.began + 7.0 * (week + 1)))
    return [tuple(week) for week in found]
