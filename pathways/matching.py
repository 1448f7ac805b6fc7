"""Who may have which place, who comes first, and why not: for the night's list, for a place that falls free, and for
the simulation alike.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pathways.blockage_forms import Attribution
from pathways.case import Case
from pathways.chart import Pathway
from pathways.draft import Draft
from pathways.place_charts import FitChart, PlaceKindChart
from pathways.place_forms import PlaceTest


@dataclass(frozen=True, slots=True)
class Place:
    """A bed space as far as anybody's needs concern it."""

    id: int
    project: str
    name: str
    provider: str
    single: bool = True
    accessible: bool = False
    women_only: bool = False
    dogs: bool = False
    couples: bool = False
    risks_not_accepted: frozenset[str] = frozenset()

    @property
    def where(self) -> str:
        """The place as people name it: its project and its name there."""
        return f"{self.project}/{self.name}"


@dataclass(frozen=True, slots=True)
class Needs:
    """What a person asks of a place, and where the person comes in the declared order."""

    fits: tuple[FitChart, ...] = ()
    """The rules that concern this person."""
    rank: tuple[bool, ...] = ()
    """A line of the declared order each: ``False`` comes before ``True``."""
    because: tuple[str, ...] = ()
    """The titles of the lines that put this person in front of others."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """One reason why a place does not fit, in the words of its rule."""

    rule: str
    title: str
    reason: str
    attributable_to: Attribution


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody who waits for a place since ``since``."""

    reference: str
    since: datetime
    needs: Needs


def needs_of(case: Case, pathway: Pathway, kind: PlaceKindChart) -> Needs:
    """Return what the person of ``case`` asks of such a place, as at the case's own clock.

    Raises:
        ValueError: the case has no event yet.
    """
    if case.clock is None:
        raise ValueError(f"Case {case.reference} has no event yet: nobody waits in it.")
    view = Draft(case, pathway, case.clock).case_view()
    preferred = [line.when.holds(view) for line in kind.order]
    return Needs(
        tuple(rule for rule in kind.fits if rule.when is None or rule.when.holds(view)),
        tuple(not holds for holds in preferred),
        tuple(line.title for line, holds in zip(kind.order, preferred, strict=True) if holds),
    )


def misfits(place: Place, needs: Needs) -> tuple[Misfit, ...]:
    """Return every reason why ``place`` does not fit, in the order of the file; none means that it fits."""
    return tuple(
        Misfit(rule.name, rule.title, rule.reason, rule.attributable_to)
        for rule in needs.fits
        if not _passes(place, rule.test)
    )


def in_order(waiters: Iterable[Waiter]) -> list[Waiter]:
    """Return who comes first in front: by the declared order, then by how long they have waited."""
    return sorted(waiters, key=lambda each: (each.needs.rank, each.since, each.reference))


def allocate(
    waiters: Iterable[Waiter], free: Collection[Place], may: Callable[[Waiter, Place], bool] | None = None
) -> list[tuple[Waiter, Place]]:
    """Return who gets which place: one after the other in order, each the fitting place that fits fewest others.

    ``may`` says who may be asked for which place besides; left out, everybody for each.
    """
    left, given = sorted(free, key=lambda place: (place.project, place.name, place.id)), []
    queue = in_order(waiters)
    for turn, waiter in enumerate(queue, 1):
        if not left:
            break
        fitting = [place for place in left if not misfits(place, waiter.needs) and (may is None or may(waiter, place))]
        if not fitting:
            continue
        others = queue[turn:] if len(fitting) > 1 else ()
        chosen = min(fitting, key=lambda place: _wanted(place, others))
        left.remove(chosen)
        given.append((waiter, chosen))
    return given


def _wanted(place: Place, others: Sequence[Waiter]) -> int:
    return sum(not misfits(place, other.needs) for other in others)


def _passes(place: Place, test: PlaceTest) -> bool:
    wanted = ((name, getattr(test, name)) for name in ("single", "accessible", "women_only", "dogs", "couples"))
    if any(value is not None and getattr(place, name) is not value for name, value in wanted):
        return False
    return test.accepts is None or test.accepts not in place.risks_not_accepted
