"""The pictures of the figures: which there are, what each shows in words, and the rows it is drawn from.

``python -m benchmarks.plots`` draws them anew from ``results.json``. Each picture says which rows it was drawn from,
so that a stale one is noticed. The colours are told apart by everybody, and by how dark they are.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = "docs/plots"
Entry = Mapping[str, Any]
Row = dict[str, str | float]
OURS, BARE, PEER = "Handrail", "nothing around it", "another engine"
BARE_NAMES = ("bare", "nothing")


@dataclass(frozen=True)
class Plot:
    """A picture: ``told`` says what it shows to those who do not see it. ``kind`` is how it is drawn."""

    name: str
    title: str
    told: str
    kind: str
    measured: str
    rows: tuple[Row, ...]

    @property
    def file(self) -> str:
        return f"{self.name}.svg"

    @property
    def mark(self) -> str:
        """Return the comment by which the picture says what it was drawn from."""
        drawn = json.dumps([self.title, self.kind, self.measured, self.rows], sort_keys=True)
        return f"<!-- drawn from figures {hashlib.sha256(drawn.encode()).hexdigest()[:16]} -->"


def of(entries: Sequence[Entry]) -> list[Plot]:
    """Return the pictures of these figures; one whose figures were not measured is left out."""
    return [plot for make in MAKERS for plot in make(entries) if plot.rows]


def write(entries: Sequence[Entry], folder: Path) -> list[Plot]:
    """Have exactly the pictures of ``entries`` in ``folder``, and return them."""
    from benchmarks.drawing import svg  # noqa: PLC0415 - what draws is not installed everywhere

    plots = of(entries)
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    for plot in plots:
        (folder / plot.file).write_text(f"{svg(plot)}\n{plot.mark}\n", "utf-8")
    return plots


def _durable(entries: Sequence[Entry]) -> Iterator[Plot]:
    for who, name in (("one client", "durable_one"), (r"\d+ clients", "durable_many")):
        found = _beside(entries, rf"(?P<what>.*{who}), beside (?P<peer>.+)", "events/s")
        clients = "one client" if name == "durable_one" else "many clients at once"
        yield Plot(
            name,
            f"Durable transitions, {clients}",
            f"Bars on a logarithmic scale: durable transitions a second with {clients}. {_said(found)}.",
            "bars",
            "events a second, logarithmic",
            found,
        )


def _engine(entries: Sequence[Entry]) -> Iterator[Plot]:
    rows = _beside(entries, r"engine, every event a move, beside (?P<peer>.+)", "events/s")
    yield Plot(
        "engine",
        "The engine alone, every event a move",
        f"Bars on a logarithmic scale: events a second in memory. {_said(rows)}.",
        "bars",
        "events a second, logarithmic",
        rows,
    )


def _timers(entries: Sequence[Entry]) -> Iterator[Plot]:
    rows: list[Row] = []
    for entry in entries:
        found = re.fullmatch(r"timers(?P<where>.*), (?P<due>[\d,]+) due at one instant, (?P<what>[^,]+)", entry["name"])
        if found:
            rows.append(_bar(f"Handrail{found['where']}, {found['due']} due", entry["value"], OURS, found["what"]))
            if "DBOS" in entry["beside"]:
                rows.append(_bar(f"DBOS, {found['due']} sleeps", entry["beside_value"], PEER, found["what"]))
    yield Plot(
        "timers",
        "How late it fires what is due at one instant",
        f"Bars: milliseconds after the due instant. {_said(rows)}.",
        "grouped bars",
        "milliseconds late",
        tuple(rows),
    )


def _notices(entries: Sequence[Entry]) -> Iterator[Plot]:
    rows: list[Row] = []
    for entry in entries:
        found = re.fullmatch(r"from event to notice, (?P<what>median|99th percentile)", entry["name"])
        if found:
            rows.append(_bar("Handrail, all deployments running", entry["value"], OURS, found["what"]))
            rows.append(_bar("one row, NOTIFY and the same POST", entry["beside_value"], BARE, found["what"]))
    yield Plot(
        "notices",
        "From an event to the moment a webhook receiver has the message",
        f"Bars: milliseconds. {_said(rows)}.",
        "grouped bars",
        "milliseconds",
        tuple(rows),
    )


def _workers(entries: Sequence[Entry]) -> Iterator[Plot]:
    found = [
        (match, entry)
        for entry in entries
        if (match := re.fullmatch(r"(?P<workers>\d+) workers sharing a sweep of .+", entry["name"]))
    ]
    rows = [_bar("1 worker", entry["beside_value"], OURS) for _, entry in found[:1]]
    rows += [_bar(f"{match['workers']} workers", entry["value"], OURS) for match, entry in found]
    yield Plot(
        "workers",
        "Worker processes that share one sweep",
        f"Bars: cases woken a second. {_said(rows)}.",
        "plain bars",
        "cases woken a second",
        tuple(rows),
    )


def _growth(entries: Sequence[Entry]) -> Iterator[Plot]:
    among = _lines(entries, r"(?P<what>.+) among (?P<many>[\d,]+) cases", r"the same among (?P<few>[\d,]+)")
    yield Plot(
        "growth",
        "What one more act costs as the store grows",
        f"Lines over the number of cases in the store, nearly level. {_said(among)}.",
        "lines",
        "cases in the store",
        among,
    )
    after = _lines(entries, r"(?P<what>.+) after (?P<many>[\d,]+) events", r"the same after (?P<few>[\d,]+)")
    yield Plot(
        "histories",
        "What a long history costs",
        f"Lines over the number of events a case has. {_said(after)}.",
        "lines",
        "events of the case",
        after,
    )


def _batches(entries: Sequence[Entry]) -> Iterator[Plot]:
    rows: list[Row] = []
    for entry in entries:
        found = re.fullmatch(r"batches, (?P<what>.+)", entry["name"])
        if found:
            rows.append(_bar("Handrail", entry["value"], OURS, found["what"]))
            rows.append(_bar("bare PostgreSQL, the same rows", entry["beside_value"], BARE, found["what"]))
    yield Plot(
        "batches",
        "A city's days in batches",
        f"Bars: events a second. {_said(rows)}.",
        "grouped bars",
        "events a second",
        tuple(rows),
    )


MAKERS: tuple[Callable[[Sequence[Entry]], Iterator[Plot]], ...] = (
    _durable, _engine, _batches, _timers, _growth, _notices, _workers,
)  # fmt: skip


def _beside(entries: Sequence[Entry], pattern: str, unit: str) -> tuple[Row, ...]:
    """Return a bar for us, and one for each peer beside which the figures that match were measured."""
    found = [
        (match, entry)
        for entry in entries
        if entry["unit"] == unit and (match := re.fullmatch(pattern, entry["name"])) is not None
    ]
    ours = sorted(entry["value"] for _, entry in found)
    rows = [_bar("Handrail", ours[len(ours) // 2], OURS)] if ours else []
    for match, entry in found:
        kind = BARE if match["peer"].startswith(BARE_NAMES) else PEER
        rows.append(_bar(match["peer"], entry["beside_value"], kind))
    return tuple(sorted(rows, key=lambda row: -float(row["value"])))


def _lines(entries: Sequence[Entry], pattern: str, beside: str) -> tuple[Row, ...]:
    rows: list[Row] = []
    begun: set[str] = set()
    for entry in entries:
        many, few = re.fullmatch(pattern, entry["name"]), re.fullmatch(beside, entry["beside"])
        if many is None or few is None:
            continue
        line = f"{many['what'].rstrip(',')}, {entry['unit']}"
        if line not in begun:
            begun.add(line)
            rows.append({"line": line, "x": _whole(few["few"]), "value": entry["beside_value"]})
        rows.append({"line": line, "x": _whole(many["many"]), "value": entry["value"]})
    return tuple(rows)


def _bar(label: str, value: float, kind: str, group: str = "") -> Row:
    return {"label": label, "value": value, "kind": kind, "group": group}


def _whole(told: str) -> int:
    return int(told.replace(",", ""))


def _said(rows: Sequence[Row]) -> str:
    """Return the rows in words."""
    return "; ".join(f"{_name(row)}: {number(float(row['value']))}" for row in rows)


def _name(row: Row) -> str:
    if "line" in row:
        return f"{row['line']}, at {row['x']:,}"
    return f"{row['label']}, {row['group']}" if row["group"] else str(row["label"])


def number(value: float) -> str:
    """Return a figure as people read it, with three digits that count."""
    return f"{float(f'{value:.3g}'):,.0f}" if abs(value) >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    from benchmarks.page import HOUSE

    results = json.loads(Path(__file__).with_name("results.json").read_text("utf-8"))
    for drawn in write(results, HOUSE / FOLDER):
        print(f"Drawn: {FOLDER}/{drawn.file}")
