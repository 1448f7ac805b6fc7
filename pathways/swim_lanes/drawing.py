"""A sheet as SVG text: shapes, lines and words that still tell the tracks apart in black-and-white print."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from pathways.swim_lanes.legend import ROW, SAMPLE, Entry, legend
from pathways.swim_lanes.lettering import broken, width_of
from pathways.swim_lanes.sheet import (
    A4_HEIGHT,
    A4_WIDTH,
    HEADER,
    LINE,
    MARGIN,
    SMALL_TEXT,
    TITLE,
    PlacedBox,
    PlacedLane,
    PlacedWire,
    Point,
    Rectangle,
    Sheet,
    Text,
    shrinking,
)

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
TIP = 7.0
CUT = 7.0
"""How much of a cut corner is gone."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a track looks: by the shape of its boxes and the make of its lines, and by a colour besides."""

    shape: str
    colour: str
    fill: str
    width: float
    dashes: str = ""
    hollow: bool = False


MANNERS = (
    Manner("square", "#1d3f78", "#ffffff", 1.3),
    Manner("cut", "#8a2f14", "#f0ece8", 2.1, hollow=True),
    Manner("round", "#1f5c3a", "#ffffff", 1.6, dashes="1.5 3"),
    Manner("double", "#3a3a3a", "#f4f4f4", 1.4, dashes="9 3 2 3"),
)
ASKS = Manner("pill", "#333333", "#ffffff", 1.1, dashes="5 3")


def svg(sheet: Sheet, name: str) -> str:
    """Return the sheet as one SVG document in A4 landscape; ``name`` makes its ids unique in a page."""
    width, height = _fitted(sheet)
    size = f'width="297mm" height="210mm" viewBox="0 0 {_n(width)} {_n(height)}"'
    told = f'role="img" aria-labelledby="{name}-title {name}-desc"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {told} font-family="{FONT}">',
        f'<title id="{name}-title">{escape(sheet.plan.title)}</title>',
        f'<desc id="{name}-desc">{escape(sheet.plan.told)}</desc>',
        f'<rect width="{_n(width)}" height="{_n(height)}" fill="#ffffff"/>',
        *_heading(sheet, width),
        *(part for place, lane in enumerate(sheet.lanes) for part in _lane(lane, shaded=place % 2 == 0)),
        *(part for wire in sheet.wires for part in _wire(wire)),
        *(part for box in sheet.boxes for part in _box(box)),
        *_legend(sheet),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _fitted(sheet: Sheet) -> tuple[float, float]:
    """Return the size of the smallest sheet of A4's shape that holds the drawing, never less than A4 itself."""
    scale = shrinking(sheet)
    return A4_WIDTH * scale, A4_HEIGHT * scale


def _heading(sheet: Sheet, width: float) -> Iterator[str]:
    lines = broken(sheet.plan.title, TITLE, width - 2 * MARGIN, 1, bold=True)
    place = Rectangle(MARGIN, MARGIN - 4, width - 2 * MARGIN, TITLE * LINE)
    yield from _text(Text(lines, TITLE, place, bold=True))


def _lane(lane: PlacedLane, *, shaded: bool) -> Iterator[str]:
    place = lane.place
    fill = "#f6f6f6" if shaded else "#ffffff"
    yield _rectangle(place, fill=fill, stroke="#777777", width=0.8)
    yield _rectangle(
        Rectangle(place.left, place.top, HEADER, place.height), fill="#e4e4e4", stroke="#777777", width=0.8
    )
    yield from _text(lane.name)


def _wire(placed: PlacedWire) -> Iterator[str]:
    manner = ASKS if placed.wire.dashed else MANNERS[placed.wire.track % len(MANNERS)]
    yield f"<g><title>{escape(placed.wire.told)}</title>"
    for line in placed.lines:
        yield _line(line, manner)
        yield _tip(line, manner)
    if placed.label is not None:
        yield from _text(placed.label)
    yield "</g>"


def _line(line: tuple[Point, ...], manner: Manner) -> str:
    *most, (before, _), (end, height) = line
    back = end - TIP if before < end else end + TIP
    points = " ".join(f"{_n(x)},{_n(y)}" for x, y in (*most, (before, height), (back, height)))
    dashes = f' stroke-dasharray="{manner.dashes}"' if manner.dashes else ""
    return f'<polyline points="{points}" fill="none" stroke="{manner.colour}" stroke-width="{manner.width}"{dashes}/>'


def _tip(line: tuple[Point, ...], manner: Manner) -> str:
    (before, _), (end, y) = line[-2:]
    back = end - TIP if before < end else end + TIP
    fill = "#ffffff" if manner.hollow else manner.colour
    points = f"{_n(end)},{_n(y)} {_n(back)},{_n(y - 3.6)} {_n(back)},{_n(y + 3.6)}"
    return f'<polygon points="{points}" fill="{fill}" stroke="{manner.colour}" stroke-width="1"/>'


def _box(placed: PlacedBox) -> Iterator[str]:
    manner = ASKS if placed.box.asks else MANNERS[placed.box.track % len(MANNERS)]
    yield from _shape(placed.place, manner)
    if placed.box.final:
        yield from _shape(_inset(placed.place, 3), manner, fill="none")
    if placed.box.gate:
        for left in (placed.place.left - 1, placed.place.right - 3):
            yield _rectangle(Rectangle(left, placed.place.top + CUT, 4, placed.place.height - 2 * CUT), fill="#000000")
    yield from _text(placed.title)
    if placed.caption is not None:
        yield from _text(placed.caption)


def _inset(place: Rectangle, by: float) -> Rectangle:
    return Rectangle(place.left + by, place.top + by, place.width - 2 * by, place.height - 2 * by)


def _shape(place: Rectangle, manner: Manner, fill: str | None = None) -> Iterator[str]:
    inside = manner.fill if fill is None else fill
    match manner.shape:
        case "cut":
            yield _cut(place, inside, manner)
        case "pill":
            radius = place.height / 2
            yield _rectangle(place, inside, manner.colour, 1.0, radius=radius, dashes=manner.dashes)
        case "round":
            yield _rectangle(place, inside, manner.colour, manner.width, radius=9)
        case "double":
            yield _rectangle(place, inside, manner.colour, manner.width)
            yield _rectangle(_inset(place, 3), "none", manner.colour, 0.8)
        case _:
            yield _rectangle(place, inside, manner.colour, manner.width)


def _cut(place: Rectangle, fill: str, manner: Manner) -> str:
    by = CUT
    corners = (
        (place.left + by, place.top), (place.right - by, place.top), (place.right, place.top + by),
        (place.right, place.bottom - by), (place.right - by, place.bottom), (place.left + by, place.bottom),
        (place.left, place.bottom - by), (place.left, place.top + by),
    )  # fmt: skip
    points = " ".join(f"{_n(x)},{_n(y)}" for x, y in corners)
    return f'<polygon points="{points}" fill="{fill}" stroke="{manner.colour}" stroke-width="{manner.width}"/>'


def _legend(sheet: Sheet) -> Iterator[str]:
    for number, row in enumerate(legend(sheet.plan, sheet.width - 2 * MARGIN)):
        left, middle = MARGIN, sheet.legend_top + (number + 0.5) * ROW
        for entry in row:
            yield from _entry(entry, left, middle)
            left += entry.width


def _entry(entry: Entry, left: float, middle: float) -> Iterator[str]:
    height = SMALL_TEXT * LINE
    if entry.asks or entry.track is not None:
        manner = ASKS if entry.track is None else MANNERS[entry.track % len(MANNERS)]
        yield from _shape(Rectangle(left, middle - 7, 26, 14), manner)
        line = ((left + 31, middle), (left + 31, middle), (left + SAMPLE - 6, middle))
        yield _line(line, manner)
        yield _tip(line, manner)
        left += SAMPLE
    place = Rectangle(left, middle - height / 2, width_of(entry.words, SMALL_TEXT), height)
    yield from _text(Text((entry.words,), SMALL_TEXT, place))


def _rectangle(
    place: Rectangle, fill: str, stroke: str = "none", width: float = 0, *, radius: float = 0, dashes: str = ""
) -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    rounded = f' rx="{_n(radius)}"' if radius else ""
    return (
        f'<rect x="{_n(place.left)}" y="{_n(place.top)}" width="{_n(place.width)}" height="{_n(place.height)}" '
        f'fill="{fill}" stroke="{stroke}" stroke-width="{width}"{rounded}{dashed}/>'
    )


def _text(text: Text) -> Iterator[str]:
    weight = ' font-weight="bold"' if text.bold else ""
    place = text.place
    x, anchor = {
        "left": (place.left, ""),
        "centre": (place.left + place.width / 2, ' text-anchor="middle"'),
        "right": (place.right, ' text-anchor="end"'),
    }[text.align]
    for number, line in enumerate(text.lines):
        y = place.top + (number + 0.9) * text.size * LINE - text.size * 0.1
        yield f'<text x="{_n(x)}" y="{_n(y)}" font-size="{text.size}"{weight}{anchor}>{escape(line)}</text>'


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
