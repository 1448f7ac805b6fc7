"""Everybody of the coming weeks: who is there, who waits, who will come, and what chance decides of each.

Everything is decided here, before a day is lived, so that both worlds, as it is and changed, meet the same people:
whatever differs between them then comes from the change alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil, inf
from random import Random

from handrail.whatif.curves import Curve
from handrail.whatif.history import History, KindHistory, Wait
from handrail.whatif.redrawing import Habits
from pathways.matching import Needs

MOST_MISSED = 5
"""So often somebody may not come to a place that is held; then they do."""
DEEPEST = 3
"""How many kinds of places somebody is followed through."""
_NOBODY = Needs()


@dataclass(frozen=True, slots=True)
class Onwards:
    """So many days after the stay began, they begin to wait for what is next."""

    after: float
    newcomer: Newcomer


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who will want a place, with all that chance decides of them; instants and lengths in days.

    ``began`` is when they began to wait, below 0 for those who wait already. ``missed`` is how often they do not come
    to a place that is held; ``void``, whether the place is void after them and how long, are chances: see
    ``void_after``. ``comes`` and ``refused`` are for nightly places, a night each. ``place`` is where they
    are already; ``leaves`` names who they are where they stay now.
    """

    name: str
    kind: str
    began: float
    needs: Needs
    patience: float
    missed: int
    stay: float
    void: tuple[float, float]
    comes: tuple[bool, ...] = ()
    refused: tuple[str | None, ...] = ()
    onwards: Onwards | None = None
    place: int | None = None
    leaves: str | None = None


@dataclass(frozen=True, slots=True)
class People:
    """Everybody of the coming weeks, and for how many days more places are void that are void now, by place."""

    newcomers: tuple[Newcomer, ...]
    still_void: Mapping[int, float]


def people(history: History, habits: Mapping[str, Habits], days: float, chance: Random) -> People:
    """Return everybody who is there, who waits, and who will come in so many days; ``chance`` decides the rest."""
    draw = _Drawing(history, habits, days, chance)
    there = draw.everybody_there()
    waiting = [draw.waiting(kind, wait, there) for kind in draw.kinds for wait in kind.waits if wait.ended is None]
    coming = [one for kind in draw.kinds for one in draw.coming(kind)]
    coming.sort(key=lambda one: (one.began, one.name))
    return People((*there.values(), *waiting, *coming), draw.still_void())


class _Drawing:
    """One drawing of everybody. The order of what is asked of ``chance`` is that of the history, so it repeats."""

    def __init__(self, history: History, habits: Mapping[str, Habits], days: float, chance: Random) -> None:
        self.kinds = list(history.kinds.values())
        self.habits = habits
        self.days = days
        self.chance = chance
        self.drawn = 0
        self.waits_for: dict[int, list[str]] = {}
        """For which kinds people wait now: they will not begin to again."""
        for kind in self.kinds:
            for wait in kind.waits:
                if wait.ended is None:
                    self.waits_for.setdefault(wait.person, []).append(kind.chart.name)

    def everybody_there(self) -> dict[tuple[str, int], Newcomer]:
        """Return who stays somewhere now, by kind and person; who is not in any case stands under a number below 0."""
        there: dict[tuple[str, int], Newcomer] = {}
        for kind in self.kinds:
            beds = {bed.place.id for bed in kind.beds}
            for nth, stay in enumerate(kind.stays):
                if stay.ended is None and (stay.place is None or stay.place in beds):
                    key = kind.chart.name, -nth - 1 if stay.person is None else stay.person
                    skip = frozenset(self.waits_for.get(key[1], ()))
                    one = self._one(kind, stay.began, _NOBODY, age=-stay.began, skip=skip)
                    there[key] = replace(one, place=stay.place)
        return there

    def waiting(self, kind: KindHistory, wait: Wait, there: Mapping[tuple[str, int], Newcomer]) -> Newcomer:
        """Return somebody who waits now, and leaves where they are once they are given a place."""
        habits = self.habits[kind.chart.name]
        one = replace(
            self._one(kind, wait.began, wait.needs), patience=habits.patience.length(self._luck(), -wait.began)
        )
        leaves = [there[key].name for key in ((other.chart.name, wait.person) for other in self.kinds) if key in there]
        return replace(one, leaves=leaves[0] if leaves else None)

    def coming(self, kind: KindHistory) -> Iterator[Newcomer]:
        """Give who will begin to wait in the coming weeks, each week one that was."""
        weeks = self.habits[kind.chart.name].weeks
        for nth in range(ceil(self.days / 7)):
            for wait in self.chance.choice(weeks):
                yield self._one(kind, 7.0 * nth + wait.began, wait.needs)

    def still_void(self) -> dict[int, float]:
        """Return for how many days more the places are void that are void now."""
        return {
            void.place: self.habits[kind.chart.name].voids[void.project][1].length(self._luck(), -void.began)
            for kind in self.kinds
            for void in kind.voids
            if void.ended is None and void.project in kind.projects
        }

    def _one(
        self, kind: KindHistory, began: float, needs: Needs, *, age: float = 0.0, skip: frozenset[str] = frozenset(),
        depth: int = 1,
    ) -> Newcomer:  # fmt: skip
        habits = self.habits[kind.chart.name]
        stay = habits.stay.length(self._luck(), age)
        patience = habits.patience.length(self._luck())
        missed, void = self._missed(habits.miss), (self._luck(), self._luck())
        self.drawn += 1
        name = f"{self.drawn:08}"
        comes, refused = self._nights(kind, stay) if kind.nights is not None else ((), ())
        onwards = self._onwards(habits, age, skip, depth)
        return Newcomer(
            name, kind.chart.name, began, needs, patience, missed, stay, void,
            comes=comes, refused=refused, onwards=onwards,
        )  # fmt: skip

    def _onwards(self, habits: Habits, age: float, skip: frozenset[str], depth: int) -> Onwards | None:
        """Return which kind they begin to wait for first, if any."""
        after = {name: curve.length(self._luck(), age) for name, curve in habits.onwards.items() if name not in skip}
        soonest = min(after, key=lambda name: after[name], default=None)
        if soonest is None or after[soonest] > self.days or depth >= DEEPEST:
            return None
        kind = next(kind for kind in self.kinds if kind.chart.name == soonest)
        needs = self.chance.choice(self.habits[soonest].fed)
        return Onwards(after[soonest], self._one(kind, inf, needs, depth=depth + 1))

    def _nights(self, kind: KindHistory, stay: float) -> tuple[tuple[bool, ...], tuple[str | None, ...]]:
        nights = kind.nights
        if nights is None or not nights.wanted:
            return (), ()
        asked = max(1, nights.wanted - nights.missed)
        count = ceil(min(stay, self.days)) + 1
        comes = tuple(self._luck() > nights.missed / nights.wanted for _ in range(count))
        return comes, tuple(self._refusal(nights.refused, asked) for _ in range(count))

    def _refusal(self, refused: Mapping[str, int], asked: int) -> str | None:
        left = self._luck() * asked
        for reason, times in refused.items():
            left -= times
            if left <= 0:
                return reason
        return None

    def _missed(self, share: float) -> int:
        missed = 0
        while missed < MOST_MISSED and self._luck() <= share:
            missed += 1
        return missed

    def _luck(self) -> float:
        """Return a chance above 0 and up to 1."""
        return 1.0 - self.chance.random()


def void_after(one: Newcomer, habits: tuple[float, Curve]) -> float:
    """Return for how many days the place is void after they have left, given how it is where they stayed."""
    share, curve = habits
    happens, lasts = one.void
    return curve.length(lasts) if happens <= share else 0.0
