"""Ways through a declaration: every stage, task, condition and duration with its path in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from pydantic import BaseModel

from pathways.clocks import Duration
from pathways.conditions import Condition
from pathways.declaration import AcceptedBy, ExpectedStay, FollowUp, HandOff, PathwayFile, Stage, Step, Task
from pathways.yaml_text import Path

Purpose: TypeAlias = Literal[
    "move", "gate", "task", "hand_off", "until", "blockage", "clears", "eligibility", "fit", "order"
]


@dataclass(frozen=True, slots=True)
class StagePlace:
    path: Path
    track: str
    name: str
    stage: Stage

    @property
    def owner(self) -> str | None:
        """The agency that owns the stage on entry, unless that depends on an answer."""
        return None if isinstance(self.stage.owner, AcceptedBy) else self.stage.owner


@dataclass(frozen=True, slots=True)
class ConditionPlace:
    """A condition, or a part of one; ``stage`` is ``None`` outside the stages."""

    path: Path
    condition: Condition
    purpose: Purpose
    stage: StagePlace | None = None


@dataclass(frozen=True, slots=True)
class StepPlace:
    path: Path
    step: Step
    owner: str | None


def stages(file: PathwayFile) -> Iterator[StagePlace]:
    for track_name, track in file.tracks.items():
        for name, stage in track.stages.items():
            yield StagePlace(("tracks", track_name, "stages", name), track_name, name, stage)


def tasks(file: PathwayFile) -> Iterator[tuple[Path, StagePlace, str, Task]]:
    for place in stages(file):
        for name, task in place.stage.tasks.items():
            yield (*place.path, "tasks", name), place, name, task


def follow_ups(file: PathwayFile) -> Iterator[tuple[Path, StagePlace, str, FollowUp]]:
    for place in stages(file):
        for name, follow_up in place.stage.follow_ups.items():
            yield (*place.path, "follow_ups", name), place, name, follow_up


def hand_offs(file: PathwayFile) -> Iterator[tuple[Path, StagePlace, str, HandOff]]:
    for place in stages(file):
        for name, hand_off in place.stage.hand_offs.items():
            yield (*place.path, "hand_offs", name), place, name, hand_off


def step_lists(file: PathwayFile) -> Iterator[tuple[Path, tuple[Step, ...], str | None]]:
    """Yield the late steps of tasks, stays and follow-ups, each list with the agency that is late."""
    for path, place, _, task in tasks(file):
        yield (*path, "late"), task.late, place.owner if task.owner == "owner" else task.owner
    for path, place, _, follow_up in follow_ups(file):
        yield (*path, "missed"), follow_up.missed, place.owner if follow_up.to == "owner" else follow_up.to
    for place in stages(file):
        if isinstance(place.stage.due, ExpectedStay):
            yield (*place.path, "due", "late"), place.stage.due.late, place.owner


def steps(file: PathwayFile) -> Iterator[StepPlace]:
    for path, listed, owner in step_lists(file):
        for index, step in enumerate(listed):
            yield StepPlace((*path, index), step, owner)


def conditions(file: PathwayFile) -> Iterator[ConditionPlace]:
    """Yield every whole condition of the file."""
    if file.eligibility is not None:
        yield ConditionPlace(("eligibility",), file.eligibility, "eligibility")
    for place in stages(file):
        yield from _of_stage(place)
    for name, blockage in file.blockages.items():
        if blockage.when is not None:
            yield ConditionPlace(("blockages", name, "when"), blockage.when, "blockage")
        if blockage.clears_when is not None:
            yield ConditionPlace(("blockages", name, "clears_when"), blockage.clears_when, "clears")
    yield from _of_places(file)


def _of_places(file: PathwayFile) -> Iterator[ConditionPlace]:
    for name, kind in file.places.items():
        for key, rule in kind.fits.items():
            if rule.when is not None:
                yield ConditionPlace(("places", name, "fits", key, "when"), rule.when, "fit")
        for index, line in enumerate(kind.order):
            yield ConditionPlace(("places", name, "order", index, "when"), line.when, "order")


def _of_stage(place: StagePlace) -> Iterator[ConditionPlace]:
    stage, path = place.stage, place.path
    if stage.gate is not None:
        yield ConditionPlace((*path, "gate"), stage.gate, "gate", place)
    for name, task in stage.tasks.items():
        if task.when is not None:
            yield ConditionPlace((*path, "tasks", name, "when"), task.when, "task", place)
    for name, follow_up in stage.follow_ups.items():
        if follow_up.until is not None:
            yield ConditionPlace((*path, "follow_ups", name, "until"), follow_up.until, "until", place)
    for name, hand_off in stage.hand_offs.items():
        if hand_off.open_when is not None:
            yield ConditionPlace((*path, "hand_offs", name, "open_when"), hand_off.open_when, "hand_off", place)
    for index, move in enumerate(stage.moves):
        if move.when is not None:
            yield ConditionPlace((*path, "moves", index, "when"), move.when, "move", place)


def leaves(file: PathwayFile) -> Iterator[ConditionPlace]:
    """Yield every leaf of every condition."""
    for place in conditions(file):
        yield from leaves_of(place)


def leaves_of(place: ConditionPlace) -> Iterator[ConditionPlace]:
    for key in ("all", "any", "none"):
        parts: tuple[Condition, ...] | None = getattr(place.condition, key)
        if parts is not None:
            for index, part in enumerate(parts):
                yield from leaves_of(replace(place, path=(*place.path, key, index), condition=part))
            return
    yield place


def conjuncts(place: ConditionPlace) -> Iterator[ConditionPlace]:
    """Yield what must hold for the condition to hold."""
    if place.condition.all is None:
        yield place
        return
    for index, part in enumerate(place.condition.all):
        yield from conjuncts(replace(place, path=(*place.path, "all", index), condition=part))


def durations(value: object, path: Path = ()) -> Iterator[tuple[Path, Duration]]:
    """Yield every duration below ``value``, in the order of the file's models."""
    if isinstance(value, Duration):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from durations(getattr(value, name), (*path, field.alias or name))
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from durations(part, (*path, str(key)))
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            yield from durations(part, (*path, index))
