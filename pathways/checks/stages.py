"""The stages as a map: every one can be reached, left, and come back from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pathways.checks.subject import Subject
from pathways.checks.walk import stages
from pathways.declaration import Track
from pathways.findings import Finding, repeats
from pathways.yaml_text import Path


def starts(subject: Subject) -> Iterator[Finding]:
    """A case can begin: its starts have no gate, and are not all final."""
    beginnings = []
    for name, track in subject.file.tracks.items():
        start = track.stages.get(track.start)
        if start is None:
            return
        beginnings.append(start)
        if start.gate is not None:
            path = ("tracks", name, "stages", track.start, "gate")
            yield Finding("gated-start", path, f"Track {name!r} starts in a stage with a gate.", on_key=True)
    if all(start.final for start in beginnings):
        yield Finding("closed-at-once", ("tracks",), "Every track starts in a final stage.", on_key=True)


def reachable(subject: Subject) -> Iterator[Finding]:
    """Every stage can be reached from the start of its track."""
    for name, track in subject.file.tracks.items():
        if track.start not in track.stages or _names_unknown_stages(track):
            continue
        reached = _reached({track.start}, _edges(track))
        for stage in track.stages:
            if stage not in reached:
                message = f"No move leads from {track.start!r} to stage {stage!r}."
                yield Finding("unreachable-stage", _path(name, stage), message, on_key=True)


def dead_ends(subject: Subject) -> Iterator[Finding]:
    """Every stage that is not final can be left; a final one has what a final stage needs."""
    for place in stages(subject.file):
        if not place.stage.final and not place.stage.moves:
            message = f"Stage {place.name!r} is not final and has no move."
            yield Finding("dead-end", place.path, message, on_key=True)
        if place.stage.outcome is not None and not place.stage.final:
            message = f"Stage {place.name!r} has an outcome and is not final."
            yield Finding("outcome-before-end", (*place.path, "outcome"), message, on_key=True)


def ways_back(subject: Subject) -> Iterator[Finding]:
    """From every stage that is not final a person can come back to the start, or to what follows it."""
    for name, track in subject.file.tracks.items():
        if track.start not in track.stages:
            continue
        edges = _edges(track)
        from_start = _reached({track.start}, edges)
        support = {track.start, *(to for to in edges[track.start] if not track.stages[to].final)}
        returning = _reached(support, _reversed(edges))
        for stage, declared in track.stages.items():
            if declared.final or not declared.moves or stage in support or stage not in from_start:
                continue
            if stage not in returning:
                message = f"From stage {stage!r} no moves lead back to {' or '.join(map(repr, sorted(support)))}."
                yield Finding("no-way-back-to-support", _path(name, stage), message, on_key=True)


def repeated_moves(subject: Subject) -> Iterator[Finding]:
    """No move stands behind another with the same target and the same condition."""
    for place in stages(subject.file):
        for index, _ in repeats(move.model_dump_json(exclude={"title"}) for move in place.stage.moves):
            path = (*place.path, "moves", index)
            yield Finding("given-twice", path, f"The move to {place.stage.moves[index].to!r} stands above already.")


def _names_unknown_stages(track: Track) -> bool:
    """Whether a misspelt target may be what makes a stage look unreachable."""
    return any(move.to not in track.stages for stage in track.stages.values() for move in stage.moves)


def _reversed(edges: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    turned: dict[str, tuple[str, ...]] = dict.fromkeys(edges, ())
    for begin, targets in edges.items():
        for to in targets:
            turned[to] += (begin,)
    return turned


def _edges(track: Track) -> Mapping[str, tuple[str, ...]]:
    return {
        name: tuple(move.to for move in stage.moves if move.to in track.stages) for name, stage in track.stages.items()
    }


def _reached(begin: set[str], edges: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Return the stages that moves reach from ``begin``, itself included."""
    reached, waiting = set(begin), list(begin)
    while waiting:
        for to in edges[waiting.pop()]:
            if to not in reached:
                reached.add(to)
                waiting.append(to)
    return reached


def _path(track: str, stage: str) -> Path:
    return ("tracks", track, "stages", stage)
