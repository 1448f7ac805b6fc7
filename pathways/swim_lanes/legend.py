"""What the shapes and lines of a drawing mean, in rows below it."""

from __future__ import annotations

from dataclasses import dataclass

from pathways.swim_lanes.lettering import width_of
from pathways.swim_lanes.plan import Plan
from pathways.swim_lanes.sheet import SMALL_TEXT

SAMPLE = 70.0
"""The width of a small box and a small arrow."""
BETWEEN = 22.0
ROW = 21.0


@dataclass(frozen=True, slots=True)
class Entry:
    """Words beside a sample of a track's look, of the look of hand-offs, or alone."""

    words: str
    track: int | None = None
    asks: bool = False

    @property
    def width(self) -> float:
        sample = SAMPLE if self.asks or self.track is not None else 0.0
        return sample + width_of(self.words, SMALL_TEXT) + BETWEEN


def legend(plan: Plan, width: float) -> tuple[tuple[Entry, ...], ...]:
    """Return the entries in rows of at most ``width``."""
    entries = [Entry(f"{track}: stage and move", number) for number, track in enumerate(plan.tracks)]
    if any(wire.dashed for wire in plan.wires):
        entries.append(Entry("hand-off and agency asked", asks=True))
    if any(box.gate for box in plan.boxes):
        entries.append(Entry("black ends: a gate"))
    if any(box.final for box in plan.boxes):
        entries.append(Entry("second edge: a track may rest here"))
    rows: list[list[Entry]] = [[]]
    for entry in entries:
        if rows[-1] and sum(other.width for other in rows[-1]) + entry.width > width:
            rows.append([])
        rows[-1].append(entry)
    return tuple(tuple(row) for row in rows)
