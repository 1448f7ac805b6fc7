"""From a plan to a sheet: columns first, then the channels, then the rows, then every line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from pathways.swim_lanes.legend import ROW, legend
from pathways.swim_lanes.lettering import broken, width_of
from pathways.swim_lanes.plan import Box, Plan
from pathways.swim_lanes.routes import Asking, Course, Row, Side, Trunk, askings, channel_tracks, courses
from pathways.swim_lanes.sheet import (
    A4_HEIGHT,
    A4_WIDTH,
    BOX_TEXT,
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

TRUNK_ROOM = 9.0
GAP_EDGE = 12.0
PORT_ROOM = 9.0
STEM_INSET = 7.0
LABEL_INSET = 11.0
NARROWEST, WIDEST = 104.0, 240.0
"""Bounds for the width of a box."""
BOX_EDGE = 4.0
TEXT_INSET = 9.0
CHANNEL_EDGE = 3.5
LINE_ROOM = 2.5
"""Between a label and the line below it, and from there to the next label."""
WIDTHS = 8
"""How many are tried."""


@dataclass
class Frame:
    """The places that the parts of a drawing have in common."""

    plan: Plan
    courses: tuple[Course, ...]
    askings: tuple[Asking, ...]
    width: float
    """As wide as the drawing may be."""
    box_width: float = 0.0
    columns: list[float] = field(default_factory=list)
    """The left edge of each column, and that of one more."""
    trunks: dict[Trunk, float] = field(default_factory=dict)
    labels: list[tuple[str, ...]] = field(default_factory=list)
    """The lines of each course's label."""
    tracks: dict[tuple[Row, Side], dict[int, int]] = field(default_factory=dict)
    rows: dict[Row, Rectangle] = field(default_factory=dict)
    ports: dict[tuple[str, str], float] = field(default_factory=dict)
    """The height at which a trunk meets a box, by trunk and box."""
    right: float = 0.0


def lay_out(plan: Plan) -> Sheet:
    """Return the plan as a sheet on which no box, label or lane's name covers another, and no line covers any.

    A drawing that is higher than A4's shape is tried in several greater widths, for then its lines need less
    height: the one whose letters come out largest on A4 is returned.
    """
    first = _laid_out(plan, A4_WIDTH)
    most = max(A4_WIDTH, first.height * A4_WIDTH / A4_HEIGHT)
    wider = (_laid_out(plan, A4_WIDTH + (most - A4_WIDTH) * step / WIDTHS) for step in range(1, WIDTHS + 1))
    return min([first, *wider], key=shrinking) if most > A4_WIDTH else first


def _laid_out(plan: Plan, width: float) -> Sheet:
    frame = Frame(plan, courses(plan), askings(plan), width)
    _set_columns(frame)
    _set_labels(frame)
    _set_tracks(frame)
    lanes = tuple(_stack(frame))
    bottom = lanes[-1].place.bottom if lanes else MARGIN + TITLE * 2
    _set_ports(frame)
    width_used = frame.right + MARGIN
    return Sheet(
        plan=plan,
        width=width_used,
        height=bottom + ROW * len(legend(plan, width_used - 2 * MARGIN)) + MARGIN,
        lanes=lanes,
        boxes=tuple(_placed_box(box, frame) for box in plan.boxes),
        wires=(*_placed_moves(frame), *_placed_askings(frame)),
        legend_top=bottom + 4,
    )


def _set_columns(frame: Frame) -> None:
    count = max((box.column for box in frame.plan.boxes), default=0) + 1
    by_gap: dict[int, set[Trunk]] = defaultdict(set)
    for trunk in [course.trunk for course in frame.courses] + [asking.trunk for asking in frame.askings]:
        by_gap[trunk.gap].add(trunk)
    gaps = [2 * GAP_EDGE + TRUNK_ROOM * max(0, len(by_gap[gap]) - 1) for gap in range(count + 1)]
    room = (frame.width - 2 * MARGIN - HEADER - sum(gaps)) / count
    frame.box_width = min(WIDEST, max(NARROWEST, room))
    left = MARGIN + HEADER
    for gap, width in enumerate(gaps):
        ordered = sorted(by_gap[gap], key=lambda trunk: (trunk.rank, trunk.key))
        for place, trunk in enumerate(ordered):
            frame.trunks[trunk] = left + GAP_EDGE + place * TRUNK_ROOM
        left += width
        frame.columns.append(left)
        left += frame.box_width
    frame.right = left - frame.box_width


def _set_labels(frame: Frame) -> None:
    room = frame.box_width - 2 * LABEL_INSET
    frame.labels = [broken(course.wire.label, SMALL_TEXT, room, 2) for course in frame.courses]


def _set_tracks(frame: Frame) -> None:
    by_channel: dict[tuple[Row, Side], list[tuple[int, float, float]]] = defaultdict(list)
    for number, course in enumerate(frame.courses):
        ends = (_stem(course, frame), frame.trunks[course.trunk])
        by_channel[course.channel].append((number, min(ends), max(ends)))
    frame.tracks = {channel: channel_tracks(spans, TRUNK_ROOM) for channel, spans in by_channel.items()}


def _stem(course: Course, frame: Frame) -> float:
    left = frame.columns[course.source.column]
    return left + STEM_INSET if course.to_right else left + frame.box_width - STEM_INSET


def _stack(frame: Frame) -> Iterator[PlacedLane]:
    """Give the lanes from the top, and set the place of every row on the way."""
    top = MARGIN + TITLE * 1.3
    for lane, title in frame.plan.lanes.items():
        lane_top = top
        top += CHANNEL_EDGE
        for row in sorted({box.row for box in frame.plan.boxes if box.lane == lane}):
            key = (lane, row)
            top += _depth((key, "top"), frame)
            frame.rows[key] = Rectangle(MARGIN + HEADER, top, frame.right - MARGIN - HEADER, _row_height(key, frame))
            top = frame.rows[key].bottom + _depth((key, "bottom"), frame) + CHANNEL_EDGE
        lines = broken(title, BOX_TEXT, HEADER - 14, 4, bold=True)
        top = max(top, lane_top + len(lines) * BOX_TEXT * LINE + 8)
        place = Rectangle(MARGIN, lane_top, frame.right - MARGIN, top - lane_top)
        height = len(lines) * BOX_TEXT * LINE
        middle = lane_top + (place.height - height) / 2
        yield PlacedLane(place, Text(lines, BOX_TEXT, Rectangle(MARGIN + 7, middle, HEADER - 14, height), bold=True))


def _track_heights(channel: tuple[Row, Side], frame: Frame) -> list[float]:
    tracks = frame.tracks.get(channel, {})
    return [
        max(len(frame.labels[number]) for number, track in tracks.items() if track == wanted) * SMALL_TEXT * LINE
        + LINE_ROOM
        for wanted in range(max(tracks.values(), default=-1) + 1)
    ]


def _depth(channel: tuple[Row, Side], frame: Frame) -> float:
    heights = _track_heights(channel, frame)
    return sum(heights) + CHANNEL_EDGE if heights else 0.0


def _row_height(row: Row, frame: Frame) -> float:
    boxes = [box for box in frame.plan.boxes if (box.lane, box.row) == row]
    text = max(_text_height(box, frame) for box in boxes) + 2 * BOX_EDGE
    most_ports = max((len(ports) for ports in _row_ports(row, frame).values()), default=0)
    return max(text, (most_ports + 1) * PORT_ROOM)


def _title_lines(box: Box, frame: Frame) -> tuple[str, ...]:
    size = SMALL_TEXT if box.asks else BOX_TEXT
    return broken(box.title, size, frame.box_width - 2 * TEXT_INSET, 2, bold=not box.asks)


def _caption_lines(box: Box, frame: Frame) -> tuple[str, ...]:
    marks = [*(["gate"] if box.gate else []), *([box.caption] if box.caption else [])]
    return broken(" · ".join(marks), SMALL_TEXT, frame.box_width - 2 * TEXT_INSET, 1) if marks else ()


def _text_height(box: Box, frame: Frame) -> float:
    size = SMALL_TEXT if box.asks else BOX_TEXT
    return (len(_title_lines(box, frame)) * size + len(_caption_lines(box, frame)) * SMALL_TEXT) * LINE


def _row_ports(row: Row, frame: Frame) -> dict[int, list[tuple[str, str]]]:
    """Return, by gap, the meetings of trunks and boxes of a row: each needs a height of its own there."""
    ports: dict[int, list[tuple[str, str]]] = defaultdict(list)

    def meet(trunk: Trunk, box: Box) -> None:
        if (box.lane, box.row) == row and (trunk.key, box.key) not in ports[trunk.gap]:
            ports[trunk.gap].append((trunk.key, box.key))

    for course in frame.courses:
        meet(course.trunk, course.target)
    for asking in frame.askings:
        for box in (asking.source, *asking.targets):
            meet(asking.trunk, box)
    return ports


def _set_ports(frame: Frame) -> None:
    for row, place in frame.rows.items():
        for ports in _row_ports(row, frame).values():
            step = place.height / (len(ports) + 1)
            for number, port in enumerate(ports, start=1):
                frame.ports[port] = place.top + number * step


def _place(box: Box, frame: Frame) -> Rectangle:
    row = frame.rows[box.lane, box.row]
    return Rectangle(frame.columns[box.column], row.top, frame.box_width, row.height)


def _placed_box(box: Box, frame: Frame) -> PlacedBox:
    place = _place(box, frame)
    size = SMALL_TEXT if box.asks else BOX_TEXT
    top = place.top + (place.height - _text_height(box, frame)) / 2
    left, width = place.left + TEXT_INSET, place.width - 2 * TEXT_INSET
    lines, caption = _title_lines(box, frame), _caption_lines(box, frame)
    title = Text(lines, size, Rectangle(left, top, width, len(lines) * size * LINE), bold=not box.asks, align="centre")
    below = Rectangle(left, title.place.bottom, width, len(caption) * SMALL_TEXT * LINE)
    return PlacedBox(box, place, title, Text(caption, SMALL_TEXT, below, align="centre") if caption else None)


def _placed_moves(frame: Frame) -> Iterator[PlacedWire]:
    for number, course in enumerate(frame.courses):
        source, target = _place(course.source, frame), _place(course.target, frame)
        across, stem, trunk = _across(number, course, frame), _stem(course, frame), frame.trunks[course.trunk]
        port = frame.ports[course.trunk.key, course.target.key]
        start = source.top if course.side == "top" else source.bottom
        end = target.left if course.enters_left else target.right
        line: tuple[Point, ...] = ((stem, start), (stem, across), (trunk, across), (trunk, port), (end, port))
        yield PlacedWire(course.wire, (line,), _label(frame.labels[number], course, stem, across))


def _across(number: int, course: Course, frame: Frame) -> float:
    """Return the height of the line on which a move runs across, with its label above it."""
    place = _place(course.source, frame)
    heights = _track_heights(course.channel, frame)
    track = frame.tracks[course.channel][number]
    if course.side == "top":
        return place.top - CHANNEL_EDGE - sum(heights[:track])
    return place.bottom + sum(heights[: track + 1])


def _label(lines: tuple[str, ...], course: Course, stem: float, across: float) -> Text | None:
    if not lines:
        return None
    width = max(width_of(line, SMALL_TEXT) for line in lines)
    height = len(lines) * SMALL_TEXT * LINE
    room = LABEL_INSET - STEM_INSET
    left = stem + room if course.to_right else stem - room - width
    place = Rectangle(left, across - height - LINE_ROOM / 2, width, height)
    return Text(lines, SMALL_TEXT, place, align="left" if course.to_right else "right")


def _placed_askings(frame: Frame) -> Iterator[PlacedWire]:
    for asking in frame.askings:
        source, trunk = _place(asking.source, frame), frame.trunks[asking.trunk]
        start = frame.ports[asking.trunk.key, asking.source.key]
        lines = []
        for box in asking.targets:
            place, port = _place(box, frame), frame.ports[asking.trunk.key, box.key]
            end = place.left if box.column == asking.trunk.gap else place.right
            lines.append(((source.right, start), (trunk, start), (trunk, port), (end, port)))
        yield PlacedWire(asking.wire, tuple(lines), None)
