"""The drawing of a pathway: nothing covers anything, and nobody is left out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from pathways.declaration import AgenciesFile, PathwayFile
from pathways.swim_lanes import draw, lay_out, plan
from pathways.swim_lanes.lettering import broken, cut, width_of
from pathways.swim_lanes.sheet import SMALL_TEXT, Rectangle, Sheet, Text, shrinking
from pathways.yaml_text import read_yaml

SVG = "{http://www.w3.org/2000/svg}"
HERE = Path(__file__).parent
EVERY_KEY = PathwayFile.model_validate(YAML(typ="safe", pure=True).load(HERE / "every_key.yaml"))
DECLARED = HERE.parents[1] / "pathways"
AGENCIES = ["alpha", "bravo", "charlie", "delta"]


def declared(name: str) -> tuple[PathwayFile, AgenciesFile | None]:
    """Return a pathway of the house with its agencies, as it stands."""

    def read(file: str) -> Any:
        yaml, _ = read_yaml((DECLARED / file).read_bytes())
        assert yaml is not None
        return yaml.value

    pathway = PathwayFile.model_validate(read(name), by_alias=True, by_name=False)
    if pathway.agencies is not None:
        return pathway, None
    return pathway, AgenciesFile.model_validate(read("agencies.yaml"), by_alias=True, by_name=False)


def test_the_texts_and_boxes_of_peep_never_meet() -> None:
    sheet = lay_out(plan(*declared("peep.yaml")))

    assert list(faults(sheet)) == []


def test_peep_can_be_read_on_a4() -> None:
    sheet = lay_out(plan(*declared("peep.yaml")))

    points = SMALL_TEXT * 0.75 / shrinking(sheet)
    assert points > 5.4, "the smallest letters are under 5.4 typographic points on paper"


@st.composite
def pathways(draw_from: st.DrawFn) -> PathwayFile:
    """Return pathways with stages, moves and hand-offs at random, back and forth, doubled and to themselves."""
    agencies = st.sampled_from(AGENCIES)
    titles = st.sampled_from(["Go", "A label of some length that must be broken", "W" * 60, "ends"])
    tracks = {}
    for number in range(draw_from(st.integers(1, 3))):
        names = [f"stage_{number}_{place}" for place in range(draw_from(st.integers(1, 7)))]
        stages = {}
        for name in names:
            moves = [
                {"to": draw_from(st.sampled_from(names)), "by_hand": True, "title": draw_from(titles)}
                for _ in range(draw_from(st.integers(0, 4)))
            ]
            asked = draw_from(st.lists(agencies, min_size=1, max_size=4, unique=True))
            hand_offs = {f"offer_{name}_{n}": {"to": asked} for n in range(draw_from(st.integers(0, 2)))}
            stages[name] = {
                "title": draw_from(titles),
                "owner": draw_from(agencies),
                "moves": moves,
                "hand_offs": hand_offs,
            }
        tracks[f"track_{number}"] = {"start": names[0], "stages": stages}
    tree = {"pathway": "any", "version": 1, "title": "Any", "coordinator": "alpha", "tracks": tracks}
    return PathwayFile.model_validate(tree | {"events": {"seen": {"by": ["alpha"]}}})


@settings(max_examples=30, deadline=None)
@given(pathways())
def test_nothing_ever_covers_anything(file: PathwayFile) -> None:
    sheet = lay_out(plan(file))

    assert list(faults(sheet)) == []


def faults(sheet: Sheet) -> Iterator[str]:
    """Give a sentence for each pair of things that cover each other."""
    labels = [wire.label for wire in sheet.wires if wire.label is not None]
    solid = [(placed.box.key, placed.place) for placed in sheet.boxes]
    solid += [(str(label.lines), label.place) for label in labels]
    solid += [(str(lane.name.lines), lane.name.place) for lane in sheet.lanes]
    for (one, place), (other, other_place) in combinations(solid, 2):
        if place.overlaps(other_place):
            yield f"{one} and {other} overlap"
    for text in [*labels, *(placed.title for placed in sheet.boxes), *(lane.name for lane in sheet.lanes)]:
        yield from _too_wide(text)
    for wire in sheet.wires:
        for line in wire.lines:
            for stretch in pairwise(line):
                for name, place in solid:
                    if _crosses(stretch, place):
                        yield f"a line from {wire.wire.source} to {wire.wire.targets} runs through {name}"
    yield from _shared_lines(sheet)


def _too_wide(text: Text) -> Iterator[str]:
    for line in text.lines:
        if width_of(line, text.size, bold=text.bold) > text.place.width + 0.01:
            yield f"{line!r} is wider than its place"


def _crosses(stretch: tuple[tuple[float, float], tuple[float, float]], place: Rectangle) -> bool:
    (x1, y1), (x2, y2) = stretch
    line = Rectangle(min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2))
    return (
        line.left < place.right - 0.01
        and place.left + 0.01 < line.right + 0.001
        and line.top < place.bottom - 0.01
        and place.top + 0.01 < line.bottom + 0.001
    )


def _shared_lines(sheet: Sheet) -> Iterator[str]:
    """Give pairs of wires that run on one another though they have neither source nor target in common."""
    stretches = [
        (wire.wire, target, stretch)
        for wire in sheet.wires
        for target, line in zip(wire.wire.targets, wire.lines, strict=True)
        for stretch in pairwise(line)
    ]
    for (one, to, first), (other, other_to, second) in combinations(stretches, 2):
        if one.source == other.source or to == other_to:
            continue
        for axis in (0, 1):
            same = all(abs(point[axis] - first[0][axis]) < 0.01 for point in (*first, *second))
            low = max(min(p[1 - axis] for p in first), min(p[1 - axis] for p in second))
            high = min(max(p[1 - axis] for p in first), max(p[1 - axis] for p in second))
            if same and high - low > 0.01:
                yield f"{one.source} to {to} runs on {other.source} to {other_to}"


def test_every_stage_move_and_agency_that_is_asked_is_drawn() -> None:
    planned = plan(EVERY_KEY)
    stages = [(track, stage) for track in EVERY_KEY.tracks.values() for stage in track.stages.values()]

    assert len([box for box in planned.boxes if not box.asks]) == len(stages)
    assert len([wire for wire in planned.wires if not wire.dashed]) == sum(len(stage.moves) for _, stage in stages)
    assert {box.lane for box in planned.boxes if box.asks} == {"mission", "riverside", "treatment", "probation"}


def test_a_stage_stands_in_the_lane_of_its_owner() -> None:
    planned = plan(EVERY_KEY)

    lanes = {box.title: planned.lanes[box.lane] for box in planned.boxes if not box.asks}
    assert lanes["Offered support"] == "Outreach team"
    assert lanes["No Second Night Out"] == "Derby City Mission", "whoever accepts; otherwise the mission"


def test_the_drawing_is_told_in_words_for_those_who_cannot_see_it() -> None:
    root = ET.fromstring(draw(EVERY_KEY))  # noqa: S314 (our own text)
    title, told = root.find(f"{SVG}title"), root.find(f"{SVG}desc")

    assert title is not None
    assert title.text == "Shelter and enforcement programme"
    assert told is not None
    assert told.text is not None
    assert "Offered support, owned by Outreach team, leads to No Second Night Out (NSNO bed accepted)" in told.text
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {told.get('id')}"


def test_tracks_differ_by_the_shape_of_their_boxes_and_by_their_lines() -> None:
    grey = draw(EVERY_KEY)
    for colour in ("#1d3f78", "#8a2f14"):
        grey = grey.replace(colour, "#000000")
    root = ET.fromstring(grey)  # noqa: S314 (our own text)

    widths = {line.get("stroke-width") for line in root.iter(f"{SVG}polyline") if line.get("stroke-dasharray") is None}
    assert widths == {"1.3", "2.1"}


def test_hand_offs_are_dashed() -> None:
    root = ET.fromstring(draw(EVERY_KEY))  # noqa: S314 (our own text)

    dashed = [line for line in root.iter(f"{SVG}polyline") if line.get("stroke-dasharray") == "5 3"]
    asked = [box for box in plan(EVERY_KEY).boxes if box.asks]
    assert len(dashed) == len(asked) + 1, "one for each agency that is asked, and one in the legend"


def test_text_of_a_pathway_cannot_break_the_drawing() -> None:
    named = EVERY_KEY.model_copy(update={"title": 'A <b>&"bold"</b> one'})

    root = ET.fromstring(draw(named))  # noqa: S314 (our own text)

    assert root.findtext(f"{SVG}title") == 'A <b>&"bold"</b> one'


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("short", ("short",), id="fits"),
        pytest.param("two words", ("two", "words"), id="breaks between words"),
        pytest.param("Donaudampfschiff", ("Donau…",), id="one long word is cut"),
        pytest.param("one two three four five", ("one two", "three f…"), id="what is left over is cut"),
    ],
)
def test_a_text_is_broken_or_cut_to_its_room(text: str, lines: tuple[str, ...]) -> None:
    assert broken(text, 10, 40, 2) == lines


def test_a_cut_text_fits_its_room() -> None:
    assert width_of(cut("W" * 40, 9, 100), 9) <= 100
