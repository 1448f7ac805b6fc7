"""What a pathway is held to: the figures that it counts, and the stories that it must get right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pathways.declaration import Given, Lasting, Measure, PathwayFile, Scenario
from pathways.plain_english.conditions import match_text
from pathways.plain_english.names import Names, day, either, plain, quoted, value
from pathways.plain_english.outline import Point

SCOPES: Mapping[str, str] = {
    "cohort": "of the people on the pathway",
    "locality": "in the whole locality",
}


def measure_points(measures: Mapping[str, Measure], names: Names) -> Iterator[Point]:
    """Give one point a measure: what is counted, over which days, of whom."""
    for measure in measures.values():
        yield Point(f"{measure.title}:", tuple(_measure(measure, measures, names)))


def _measure(measure: Measure, measures: Mapping[str, Measure], names: Names) -> Iterator[Point]:
    counted = match_text(measure.event, names)
    if measure.sum is not None:
        yield Point(f"The {plain(measure.sum)} of {counted} added up, in {measure.unit}, {SCOPES[measure.scope]}.")
    else:
        yield Point(f"A count of {measure.unit} by {counted}, {SCOPES[measure.scope]}.")
    window = measure.window
    yield Point(f"From {day(window.from_)} to {day(window.to)}, both included.")
    if measure.after is not None:
        yield Point(f"Only where {match_text(measure.after, names)} came first.")
    if measure.lasting is not None:
        yield Point(_lasting(measure.lasting, names))
    if measure.of is not None:
        whole = measures.get(measure.of)
        yield Point(f"These are part of {quoted(whole.title if whole else plain(measure.of))}.")


def _lasting(lasting: Lasting, names: Names) -> str:
    until = f"Only while no {match_text(lasting.until, names)} has followed"
    return f"{until}, and that for at least {lasting.at_least}." if lasting.at_least else f"{until}."


def scenario_points(file: PathwayFile, names: Names) -> Iterator[Point]:
    """Give one point a scenario: what happens, and what must then be so."""
    for scenario in file.scenarios:
        yield Point(f"{scenario.name}:", tuple(_scenario(scenario, file, names)))


def _scenario(scenario: Scenario, file: PathwayFile, names: Names) -> Iterator[Point]:
    yield Point("What happens:", tuple(Point(_given(given, names)) for given in scenario.given))
    expected = tuple(
        Point(text) for key, wanted in scenario.expect.items() for text in _expected(key, wanted, file, names)
    )
    yield Point(f"On {day(scenario.at)} it must be so that:", expected)


def _given(given: Given, names: Names) -> str:
    fields = either((f"{plain(name)} {value(of)}" for name, of in given.fields.items()), "and")
    text = f"{day(given.at)}: {names.event(given.event)}{f' with {fields}' if given.fields else ''}"
    if given.by is not None:
        text += f", recorded by {names.agency(given.by)}"
    if given.officer is not None:
        text += f", by the officer {given.officer}"
    if given.recorded is not None:
        text += f", written down on {day(given.recorded)}"
    return f"{text}."


def _expected(key: str, wanted: Any, file: PathwayFile, names: Names) -> Iterator[str]:
    """Give sentences on what a scenario expects; one that is not understood is told as it stands."""
    if key in file.tracks:
        yield f"{names.track(key)} is at {names.stage(str(wanted))}."
    elif isinstance(wanted, Mapping):
        yield from (_of_one(key, name, state, names) for name, state in wanted.items())
    elif isinstance(wanted, list | tuple) or key == "not_allowed":
        yield from _of_several(key, [wanted] if isinstance(wanted, str) else list(wanted), names)
    elif key == "closed":
        yield "The case is closed." if wanted else "The case is open."
    else:
        yield f"The number of {plain(key)} is {wanted}."


def _of_one(key: str, name: str, state: Any, names: Names) -> str:
    match key:
        case "owner":
            return f"{names.track(name)} is owned by {names.agency(str(state))}."
        case "tasks":
            return f"The task {names.task(name)} is {_state(state)}."
        case "hand_offs":
            return f"The hand-off {names.hand_off(name)} is {_state(state)}."
        case _:
            return f"{plain(key)}: {plain(name)} is {_state(state)}."


def _state(state: Any) -> str:
    return "not there" if state == "none" else plain(str(state))


def _of_several(key: str, wanted: list[Any], names: Names) -> Iterator[str]:
    match key:
        case "not_allowed":
            yield f"Nobody may enter {either(names.stage(str(stage)) for stage in wanted)}."
        case "held":
            stages = either((names.stage(str(stage)) for stage in wanted), "and")
            yield f"A gate holds back the way to {stages}." if wanted else "No gate holds anything back."
        case "blockages":
            open_ones = either((names.blockage(str(name)) for name in wanted), "and")
            yield f"Open blockages: {open_ones}." if wanted else "No blockage is open."
        case _:
            yield f"{plain(key)}: {either((plain(str(each)) for each in wanted), 'and')}."
