"""Figures as they are told: with their window, unit, scope and date, and small ones held back when asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeAlias

Unit: TypeAlias = Literal["people", "events", "months"]
Withheld: TypeAlias = Literal["small", "would tell a small one"]
MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the outcome table.

    ``window`` holds local dates, both included. ``as_at`` is the last local date looked at. ``of`` names the measure
    that this one is part of, and ``share`` is the part of it, from 0 to 1. ``missing`` counts events whose summed
    field said nothing. ``value`` is ``None`` when the figure is withheld.
    """

    name: str
    title: str
    value: int | float | None
    unit: Unit
    window: tuple[date, date]
    scope: Literal["cohort", "locality"]
    as_at: date
    of: str | None = None
    share: float | None = None
    missing: int = 0
    withheld: Withheld | None = None
    below: int = 0
    """With ``withheld``: the least figure that would have been shown."""

    @property
    def told(self) -> str:
        """The figure as a person reads it."""
        if self.value is not None:
            return in_years(self.value) if self.unit == "months" else f"{self.value:,}"
        if self.withheld == "small":
            return (
                f"fewer than {self.below}" if self.unit != "months" else f"not shown (fewer than {self.below} people)"
            )
        return "not shown"


def in_years(months: float) -> str:
    """Return a number of months as years and months: ``18 years 10 months``."""
    years, rest = divmod(months, MONTHS_A_YEAR)
    told = [_several(years, "year")] if years else []
    if rest or not told:
        told.append(_several(rest, "month"))
    return " ".join(told)


def suppressed(figures: Sequence[Figure], people: Mapping[str, AbstractSet[str]], below: int) -> list[Figure]:
    """Return ``figures`` with those withheld that are from 1 to ``below`` - 1, or from which such a one follows.

    ``people`` are those behind each figure, by its name. What could be worked out: a whole less its part, a whole
    less parts that do not overlap, and the time of so few people that it is theirs. Nought is shown.
    """
    shown = {figure.name: _withhold_small(figure, people[figure.name], below) for figure in figures}
    while (telling := _telling(shown, people, below)) is not None:
        shown[telling] = _withhold(shown[telling], "would tell a small one", below)
    return [_without_share(shown[figure.name], shown) for figure in figures]


def _withhold_small(figure: Figure, people: AbstractSet[str], below: int) -> Figure:
    number = len(people) if figure.unit == "months" and people else figure.value or 0
    return _withhold(figure, "small", below) if 0 < number < below else figure


def _telling(shown: Mapping[str, Figure], people: Mapping[str, AbstractSet[str]], below: int) -> str | None:
    """Return the figure to withhold next, or ``None`` when nothing small can be worked out any more."""
    for whole in shown.values():
        parts = [part for part in shown.values() if part.of == whole.name and part.unit == "people" and part.value]
        if whole.unit != "people" or whole.value is None or not parts:
            continue
        for part in parts:
            if 0 < len(people[whole.name]) - len(people[part.name]) < below:
                return part.name
        together = frozenset[str]().union(*(people[part.name] for part in parts))
        apart = len(together) == sum(len(people[part.name]) for part in parts)
        if apart and 0 < len(people[whole.name]) - len(together) < below:
            return min(parts, key=lambda part: (len(people[part.name]), part.name)).name
    return None


def _withhold(figure: Figure, why: Withheld, below: int) -> Figure:
    return replace(figure, value=None, share=None, missing=0, withheld=why, below=below)


def _without_share(figure: Figure, shown: Mapping[str, Figure]) -> Figure:
    """A share tells the whole from the part, so it goes where either is withheld."""
    whole = shown.get(figure.of) if figure.of is not None else None
    return replace(figure, share=None) if whole is not None and whole.value is None else figure


def _several(number: float, word: str) -> str:
    told = f"{number:g}"
    return f"{told} {word}" if told == "1" else f"{told} {word}s"
