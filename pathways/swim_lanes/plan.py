"""What a drawing shows, before anything has a place on the sheet: lanes, boxes in a grid, and wires.

A box stands in one lane (its agency), one column (how far along its track) and one row of the lane.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pathways.declaration import AcceptedBy, AgenciesFile, PathwayFile, Stage, Track
from pathways.plain_english import Names, inline
from pathways.plain_english.conditions import lead
from pathways.plain_english.names import plain
from pathways.swim_lanes.short_labels import move_label


@dataclass(frozen=True, slots=True)
class Box:
    """A stage, or (with ``asks``) an agency that is asked to take a hand-off."""

    key: str
    lane: str
    column: int
    row: int
    title: str
    caption: str = ""
    gate: bool = False
    final: bool = False
    track: int = 0
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Wire:
    """A move to one box, or (``dashed``) a hand-off to each agency that is asked."""

    source: str
    targets: tuple[str, ...]
    label: str
    told: str
    """The whole of it, in a sentence."""
    track: int
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is drawn, in a stable order."""

    title: str
    told: str
    tracks: tuple[str, ...]
    lanes: Mapping[str, str]
    """The title of each lane, from the top."""
    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]


@dataclass(slots=True)
class Grid:
    """Which cells of each lane are taken."""

    taken: dict[str, list[set[int]]] = field(default_factory=dict)

    def place(self, lane: str, *columns: int) -> tuple[int, int]:
        """Take and return a free row and column: in the first row with one of ``columns`` free, else a new row."""
        rows = self.taken.setdefault(lane, [])
        for row, taken in enumerate(rows):
            for column in columns:
                if column not in taken:
                    taken.add(column)
                    return row, column
        rows.append({columns[0]})
        return len(rows) - 1, columns[0]


def plan(file: PathwayFile, agencies: AgenciesFile | None = None) -> Plan:
    """Return what a drawing of the pathway shows."""
    names = Names(file, agencies)
    grid = Grid()
    stages = [box for number, track in enumerate(file.tracks.values()) for box in _stages(number, track, grid, names)]
    asked = [box for stage in stages for box in _asked(stage, _stage(file, stage.key), grid, _widest(stages))]
    boxes = (*stages, *asked)
    return Plan(
        title=file.title,
        told=_told(file, names),
        tracks=tuple(names.track(name) for name in file.tracks),
        lanes={box.lane: names.agency(box.lane) for box in boxes},
        boxes=boxes,
        wires=tuple(wire for box in stages for wire in _wires(box, _stage(file, box.key), names)),
    )


def columns_of(track: Track) -> dict[str, int]:
    """Return how far to the right each stage stands: past every stage before it in the file that leads to it."""
    columns: dict[str, int] = {}
    for name in track.stages:
        before = [columns[other] for other in columns if any(move.to == name for move in track.stages[other].moves)]
        columns[name] = max(before, default=-1) + 1
    return columns


def _stages(number: int, track: Track, grid: Grid, names: Names) -> Iterator[Box]:
    columns = columns_of(track)
    for name, stage in track.stages.items():
        lane = _owner(stage)
        row, column = grid.place(lane, columns[name])
        marks = ["start"] if name == track.start else []
        if isinstance(stage.owner, AcceptedBy):
            marks.append("or whoever accepted")
        if stage.final:
            marks.append("may rest")
        yield Box(
            key=f"{number}.{name}",
            lane=lane,
            column=column,
            row=row,
            title=names.stage_title(name),
            caption=" · ".join(marks),
            gate=stage.gate is not None,
            final=stage.final,
            track=number,
        )


def _owner(stage: Stage) -> str:
    return stage.owner.otherwise if isinstance(stage.owner, AcceptedBy) else stage.owner


def _stage(file: PathwayFile, key: str) -> Stage:
    number, _, name = key.partition(".")
    return list(file.tracks.values())[int(number)].stages[name]


def _widest(boxes: list[Box]) -> int:
    return max((box.column for box in boxes), default=0)


def _asked(box: Box, stage: Stage, grid: Grid, last: int) -> Iterator[Box]:
    for name, hand_off in stage.hand_offs.items():
        agencies = (hand_off.to,) if isinstance(hand_off.to, str) else hand_off.to
        for place, agency in enumerate(agencies, start=1):
            nearby = (box.column, box.column + 1) if box.column < last else (box.column,)
            row, column = grid.place(agency, *nearby)
            order = f"{place}. " if len(agencies) > 1 else ""
            yield Box(
                key=f"{box.key}/{name}/{place}",
                lane=agency,
                column=column,
                row=row,
                title=f"{order}{hand_off.title or plain(name)}?",
                track=box.track,
                asks=True,
            )


def _wires(box: Box, stage: Stage, names: Names) -> Iterator[Wire]:
    for move in stage.moves:
        begun = f"From {names.stage_title(box.key.partition('.')[2])} to {names.stage_title(move.to)}"
        told = f"{begun} by hand." if move.when is None else inline(lead(f"{begun} when", move.when, names))
        yield Wire(box.key, (f"{box.track}.{move.to}",), move_label(move, names), told, box.track)
    for name, hand_off in stage.hand_offs.items():
        agencies = (hand_off.to,) if isinstance(hand_off.to, str) else hand_off.to
        targets = tuple(f"{box.key}/{name}/{place}" for place in range(1, len(agencies) + 1))
        told = f"Hand-off {names.hand_off(name)} from {box.title} is offered to {names.agencies(agencies, 'then')}."
        yield Wire(box.key, targets, "", told, box.track, dashed=True)


def _told(file: PathwayFile, names: Names) -> str:
    """Return the whole drawing in words, for those who cannot see it."""
    sentences = [f"Swim-lanes of {file.title}, version {file.version}: one lane an agency, one box a stage."]
    for name, track in file.tracks.items():
        sentences.append(f"Track {names.track(name)} starts at {names.stage_title(track.start)}.")
        for key, stage in track.stages.items():
            on = "; ".join(f"{names.stage_title(move.to)} ({move_label(move, names)})" for move in stage.moves)
            sentences.append(
                f"{names.stage_title(key)}, owned by {names.agency(_owner(stage))}, leads to {on or 'nothing'}."
            )
            for hand_off_name, hand_off in stage.hand_offs.items():
                asked = (hand_off.to,) if isinstance(hand_off.to, str) else hand_off.to
                sentences.append(
                    f"There, {names.hand_off(hand_off_name)} is offered to {names.agencies(asked, 'then')}."
                )
    return " ".join(sentences)
