"""The page of the figures: its table and its pictures are made of ``results.json``, all else is written by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import installed, plots

HOUSE = Path(__file__).parents[1]
PAGE = HOUSE / "docs/benchmarks.md"
BEGIN, END = "<!-- figures: made by make bench -->", "<!-- end of the figures -->"
BEGIN_PLOTS, END_PLOTS = "<!-- plots: made by make bench -->", "<!-- end of the plots -->"
COMMAND = "make bench"
Entry = Mapping[str, Any]


class MarkerMissing(Exception):
    """The page no longer says where the figures stand."""

    def __init__(self, marker: str) -> None:
        super().__init__(f"{PAGE.relative_to(HOUSE)} has no line {marker!r}. Put it back where the figures belong.")


def write(results: Path) -> list[Path]:
    """Have the page and its pictures show ``results``; return what was written, from the checkout on.

    Raises:
        MarkerMissing: the page does not say where.
    """
    entries = json.loads(results.read_text("utf-8"))
    drawn = plots.write(entries, HOUSE / plots.FOLDER)
    text = PAGE.read_text("utf-8")
    text = replaced(text, (BEGIN, END), f"{surroundings()}\n\n{table(entries)}")
    text = replaced(text, (BEGIN_PLOTS, END_PLOTS), "\n\n".join(map(embedded, drawn)))
    PAGE.write_text(text, "utf-8")
    return [path.relative_to(HOUSE) for path in (results, PAGE, *(HOUSE / plots.FOLDER / each.file for each in drawn))]


def surroundings() -> str:
    """Return on what, with what, when and how the figures were measured."""
    when = f"{datetime.now(UTC):%-d %B %Y}"
    return (
        f"Measured on {when} with `{COMMAND}` on {installed.machine()}, doing nothing else.\n"
        f"Versions: {installed.versions()}."
    )


def table(entries: Sequence[Entry]) -> str:
    """Return the figures as a table of Markdown."""
    head = ("figure", "value", "beside it", "", "ratio", "target", "met")
    rows = [head, tuple("---" for _ in head), *map(_row, entries)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def embedded(plot: plots.Plot) -> str:
    """Return the picture as Markdown, with what it shows in words."""
    return f"![{plot.told}](plots/{plot.file})"


def replaced(text: str, markers: tuple[str, str], inner: str) -> str:
    """Return ``text`` with ``inner`` between the two lines of ``markers``.

    Raises:
        MarkerMissing: one of them is not there.
    """
    for marker in markers:
        if marker not in text:
            raise MarkerMissing(marker)
    before, rest = text.split(markers[0], 1)
    _, after = rest.split(markers[1], 1)
    return f"{before}{markers[0]}\n\n{inner}\n\n{markers[1]}{after}"


def _row(entry: Entry) -> tuple[str, ...]:
    unit = entry["unit"]
    return (
        entry["name"],
        f"{number(entry['value'])} {unit}",
        f"{number(entry['beside_value'])} {unit}",
        entry["beside"],
        number(entry["ratio"]),
        entry["target"] or "",
        {True: "yes", False: "**no**", None: ""}[entry["met"]],
    )


def number(value: float) -> str:
    """Return a figure as people read it, with four digits that count."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
