"""Every place where a pathway asks for events: of which kind, and with which values in their fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pathways.checks.walk import ConditionPlace, follow_ups, hand_offs, leaves, tasks
from pathways.conditions import EventMatch, Test, Where
from pathways.declaration import PathwayFile
from pathways.yaml_text import Path


@dataclass(frozen=True, slots=True)
class EventUse:
    """``path`` is that of the kind's name; ``tests`` are values wanted of fields, each with its path."""

    path: Path
    kind: str
    tests: tuple[tuple[Path, str, Test], ...] = ()
    fields: tuple[tuple[Path, str], ...] = field(default=())
    """Fields that are named without a value."""


def event_uses(file: PathwayFile) -> Iterator[EventUse]:
    """Yield every use of an event; scenarios are not among them."""
    for index, kind in enumerate(file.opens_on):
        yield EventUse(("opens_on", index), kind)
    yield from _of_pauses_and_closings(file)
    for place in leaves(file):
        yield from _of_leaf(place)
    for path, _, _, task in tasks(file):
        if task.done_by is not None:
            yield _of_match((*path, "done_by"), task.done_by)
    for path, _, _, follow_up in follow_ups(file):
        yield from _of_matches((*path, "answered_by"), follow_up.answered_by)
    for path, _, _, hand_off in hand_offs(file):
        if hand_off.done_by is not None:
            yield _of_match((*path, "done_by"), hand_off.done_by)
    yield from _of_places(file)
    yield from _of_measures(file)


def _of_pauses_and_closings(file: PathwayFile) -> Iterator[EventUse]:
    for name, pause in file.pauses.items():
        yield _of_match(("pauses", name, "from"), pause.from_)
        yield _of_match(("pauses", name, "until"), pause.until)
    for name, closing in file.closes.items():
        path = ("closes", name, "event")
        yield EventUse(path, closing.event) if isinstance(closing.event, str) else _of_match(path, closing.event)


def _of_leaf(place: ConditionPlace) -> Iterator[EventUse]:
    leaf, path = place.condition, place.path
    if leaf.event is not None:
        yield _of_match((*path, "event"), leaf.event)
    for key in ("count", "absent"):
        counted = getattr(leaf, key)
        if counted is not None:
            here = (*path, key)
            yield EventUse((*here, "event"), counted.event, _tests((*here, "where"), counted.where))
    if leaf.latest is not None:
        here = (*path, "latest")
        test = ((*here, "is"), leaf.latest.field, leaf.latest.is_)
        yield EventUse((*here, "event"), leaf.latest.event, (test,), (((*here, "field"), leaf.latest.field),))


def _of_places(file: PathwayFile) -> Iterator[EventUse]:
    for name, kind in file.places.items():
        for saying, said in kind.says.items():
            path = ("places", name, "says", saying)
            yield EventUse((*path, "event"), said.event, _tests((*path, "fields"), said.fields))


def _of_measures(file: PathwayFile) -> Iterator[EventUse]:
    for name, measure in file.measures.items():
        path = ("measures", name)
        summed = () if measure.sum is None else (((*path, "sum"), measure.sum),)
        use = _of_match((*path, "event"), measure.event)
        yield EventUse(use.path, use.kind, use.tests, summed)
        if measure.after is not None:
            yield _of_match((*path, "after"), measure.after)
        if measure.lasting is not None:
            yield _of_match((*path, "lasting", "until"), measure.lasting.until)


def _of_matches(path: Path, matches: EventMatch | tuple[EventMatch, ...]) -> Iterator[EventUse]:
    if isinstance(matches, EventMatch):
        yield _of_match(path, matches)
    else:
        for index, match in enumerate(matches):
            yield _of_match((*path, index), match)


def _of_match(path: Path, match: EventMatch) -> EventUse:
    return EventUse((*path, "kind"), match.kind, _tests((*path, "where"), match.where))


def _tests(path: Path, where: Where) -> tuple[tuple[Path, str, Test], ...]:
    return tuple(((*path, field), field, test) for field, test in where.items())
