"""Which way each wire goes, so that no line ever meets a box or a label.

Boxes stand in columns and rows. Lines run up and down only in the gaps between columns, and across only in
the channels above and below each row. All moves that leave a box by one side share a stem; all that enter it
by one side share a trunk in the gap beside it. Labels stand in the column of the box that a move leaves, over
the line of their own, between the stems: there no other line can cross them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from pathways.swim_lanes.plan import Box, Plan, Wire

Side = Literal["top", "bottom"]
Row = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Trunk:
    """A vertical line in the gap left of column ``gap`` that leads to one box, or from one hand-off."""

    gap: int
    rank: int
    """Trunks of lower rank stand further left."""
    key: str


@dataclass(frozen=True, slots=True)
class Course:
    """How a move runs: out of its source by ``side``, across to a trunk, and along that to its target."""

    wire: Wire
    source: Box
    target: Box
    side: Side
    to_right: bool
    trunk: Trunk

    @property
    def channel(self) -> tuple[Row, Side]:
        return ((self.source.lane, self.source.row), self.side)

    @property
    def enters_left(self) -> bool:
        return self.trunk.gap == self.target.column


@dataclass(frozen=True, slots=True)
class Asking:
    """How a hand-off runs: out of its source to the right, along its trunk, and into each box that is asked."""

    wire: Wire
    source: Box
    targets: tuple[Box, ...]
    trunk: Trunk


def courses(plan: Plan) -> tuple[Course, ...]:
    """Return the course of every move, in the order of the plan."""
    boxes = {box.key: box for box in plan.boxes}
    order = {lane: place for place, lane in enumerate(plan.lanes)}
    return tuple(
        _course(wire, boxes[wire.source], boxes[target], order)
        for wire in plan.wires
        if not wire.dashed
        for target in wire.targets
        if target in boxes
    )


def askings(plan: Plan) -> tuple[Asking, ...]:
    """Return the course of every hand-off, in the order of the plan."""
    boxes = {box.key: box for box in plan.boxes}
    found = []
    for wire in plan.wires:
        if wire.dashed:
            source = boxes[wire.source]
            trunk = Trunk(source.column + 1, 0, f"{wire.targets[0]} asked")
            found.append(Asking(wire, source, tuple(boxes[target] for target in wire.targets), trunk))
    return tuple(found)


def _course(wire: Wire, source: Box, target: Box, order: Mapping[str, int]) -> Course:
    forward = source.column < target.column
    gap = target.column if forward else target.column + 1
    trunk = Trunk(gap, 2 if forward else 1, f"{target.key} {'left' if forward else 'right'}")
    here, there = (order[source.lane], source.row), (order[target.lane], target.row)
    up = there < here or (there == here and (forward or source is target))
    return Course(wire, source, target, "top" if up else "bottom", gap > source.column, trunk)


def channel_tracks(spans: Iterable[tuple[int, float, float]], room: float) -> dict[int, int]:
    """Return a track for each numbered span, so that two on one track are at least ``room`` apart.

    Short spans come first, so that they lie nearest to their box.
    """
    tracks: list[list[tuple[float, float]]] = []
    found: dict[int, int] = {}
    for number, left, right in sorted(spans, key=lambda span: (span[2] - span[1], span[0])):
        for track, taken in enumerate(tracks):
            if all(right + room <= other_left or other_right + room <= left for other_left, other_right in taken):
                taken.append((left, right))
                found[number] = track
                break
        else:
            tracks.append([(left, right)])
            found[number] = len(tracks) - 1
    return found
