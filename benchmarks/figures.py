"""Figures: what was measured, what was measured beside it, and whether the target was met."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure, or its ratio to what was measured beside it, should come to."""

    of: Literal["value", "ratio"]
    at_least: float | None = None
    at_most: float | None = None

    def __str__(self) -> str:
        sign, bound = ("<=", self.at_most) if self.at_least is None else (">=", self.at_least)
        return f"{self.of} {sign} {bound:,.10g}"

    def met(self, found: float) -> bool:
        low, high = self.at_least, self.at_most
        return (low is None or found >= low) and (high is None or found <= high)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the results. ``spread`` tells how far the rounds lay apart, in per cent of their median."""

    name: str
    value: float
    unit: str
    beside: str
    beside_value: float
    target: Target | None = None
    spread: float | None = None

    @property
    def ratio(self) -> float:
        return self.value / self.beside_value

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        return self.target.met(self.value if self.target.of == "value" else self.ratio)

    def entry(self) -> dict[str, object]:
        """Return the figure as it stands in ``results.json``."""
        return {
            "name": self.name,
            "value": _short(self.value),
            "unit": self.unit,
            "beside": self.beside,
            "beside_value": _short(self.beside_value),
            "ratio": _short(self.ratio),
            "target": None if self.target is None else str(self.target),
            "met": self.met,
        }


def write_results(figures: Sequence[Figure], path: Path) -> None:
    path.write_text(json.dumps([figure.entry() for figure in figures], indent=2) + "\n", "utf-8")


def replace_results(figures: Sequence[Figure], path: Path) -> None:
    """Have ``figures`` stand in the place of those of the same names; what is new comes last."""
    former = {entry["name"]: entry for entry in json.loads(path.read_text("utf-8"))}
    kept = former | {figure.name: figure.entry() for figure in figures}
    path.write_text(json.dumps(list(kept.values()), indent=2) + "\n", "utf-8")


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as lines of text, a column each."""
    rows = [("what", "figure", "beside it", "ratio", "spread", "target", "met"), *map(_row, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    beside = [f"  {figure.name}: beside {figure.beside}" for figure in figures]
    return "\n".join([*lines, "", *beside])


def _row(figure: Figure) -> tuple[str, ...]:
    return (
        figure.name,
        f"{_told(figure.value)} {figure.unit}",
        f"{_told(figure.beside_value)} {figure.unit}",
        f"{figure.ratio:.3g}",
        "" if figure.spread is None else f"±{figure.spread:.0f} %",
        "" if figure.target is None else str(figure.target),
        {True: "yes", False: "NO", None: ""}[figure.met],
    )


def _told(number: float) -> str:
    return f"{number:,.0f}" if number >= 1000 else f"{number:.3g}"


def _short(number: float) -> float:
    """Return the number with four digits that count: more would be noise."""
    return float(f"{number:.4g}")
