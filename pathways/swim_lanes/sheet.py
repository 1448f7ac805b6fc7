"""What stands where on the sheet, in points of which 1,123 make the long side of A4."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pathways.swim_lanes.plan import Box, Plan, Wire

A4_WIDTH = 1123.0
A4_HEIGHT = 794.0
MARGIN = 18.0
HEADER = 104.0
"""The width of a lane's name."""
TITLE = 17.0
BOX_TEXT = 10.5
SMALL_TEXT = 9.5
LINE = 1.2
"""The height of a line of text, in sizes of its letters."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def overlaps(self, other: Rectangle) -> bool:
        """Return whether the two share more than an edge."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Text:
    """Lines of text of one size; ``place`` is what they cover."""

    lines: tuple[str, ...]
    size: float
    place: Rectangle
    bold: bool = False
    align: Literal["left", "centre", "right"] = "left"


@dataclass(frozen=True, slots=True)
class PlacedBox:
    box: Box
    place: Rectangle
    title: Text
    caption: Text | None


Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PlacedWire:
    """A wire as one line for each target; every line ends in an arrow's tip."""

    wire: Wire
    lines: tuple[tuple[Point, ...], ...]
    label: Text | None


@dataclass(frozen=True, slots=True)
class PlacedLane:
    place: Rectangle
    name: Text


@dataclass(frozen=True, slots=True)
class Sheet:
    """A finished drawing, ready to be written down; nothing on it overlaps."""

    plan: Plan
    width: float
    height: float
    lanes: tuple[PlacedLane, ...]
    boxes: tuple[PlacedBox, ...]
    wires: tuple[PlacedWire, ...]
    legend_top: float


def shrinking(sheet: Sheet) -> float:
    """Return by how much the sheet must shrink to fit A4 landscape, at least 1."""
    return max(1.0, sheet.width / A4_WIDTH, sheet.height / A4_HEIGHT)
