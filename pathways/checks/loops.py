"""Cycles of moves that could turn for ever at one instant, because none of them waits for anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import combinations

from pathways.checks.contradictions import contradict
from pathways.checks.subject import Subject
from pathways.checks.walk import stages
from pathways.clocks import Duration
from pathways.conditions import AbsentLeaf, Condition, CountLeaf, OpenLeaf, WaitedFor
from pathways.declaration import Track
from pathways.findings import Finding
from pathways.yaml_text import Path

_MOST_STEPS = 2_000
_LONGEST = 20
"""How far the search goes in a file that is a thicket of moves."""


@dataclass(frozen=True, slots=True)
class _Edge:
    path: Path
    begin: str
    to: str
    conditions: tuple[Condition, ...]
    """What must hold at once: the move's own condition and the target's gate."""


def loops_without_wait(subject: Subject) -> Iterator[Finding]:
    """In every cycle of moves at least one waits for an event or for time, or two of them exclude each other."""
    for name, track in subject.file.tracks.items():
        elsewhere = _work_elsewhere(subject, name)
        edges = [
            edge
            for edge in _edges(subject, name, track, elsewhere)
            if not any(waits(condition, elsewhere) for condition in edge.conditions)
        ]
        told: set[frozenset[str]] = set()
        for cycle in _cycles(edges):
            members = frozenset(edge.begin for edge in cycle)
            if members not in told:
                told.add(members)
                way = " to ".join(repr(stage) for stage in [*(edge.begin for edge in cycle), cycle[0].begin])
                yield Finding("loop-with-no-wait", cycle[0].path, f"A case could move from {way} without end.")


def waits(condition: Condition, elsewhere: AbstractSet[str]) -> bool:
    """Whether ``condition`` cannot hold at the very instant of entry, whatever happened before.

    ``elsewhere`` are tasks and hand-offs of other tracks: those do not end when the case leaves a stage of this one.
    """
    if condition.all is not None:
        return any(waits(part, elsewhere) for part in condition.all)
    if condition.any is not None:
        return all(waits(part, elsewhere) for part in condition.any)
    asks_about_this_visit = (condition.event, condition.accepted, condition.approved)
    return any(part is not None for part in asks_about_this_visit) or _needs_time(condition, elsewhere)


def _work_elsewhere(subject: Subject, track: str) -> frozenset[str]:
    """Return the tasks and hand-offs that other tracks declare."""
    others = [place.stage for place in stages(subject.file) if place.track != track]
    return frozenset(name for stage in others for name in (*stage.tasks, *stage.hand_offs))


def _at_once(condition: Condition, elsewhere: AbstractSet[str]) -> Condition:
    """Return ``condition`` without those parts of an ``any`` that cannot hold at the instant of entry."""
    if condition.all is not None:
        return Condition(all=tuple(_at_once(part, elsewhere) for part in condition.all))
    if condition.any is not None:
        parts = tuple(_at_once(part, elsewhere) for part in condition.any if not waits(part, elsewhere))
        return Condition(any=parts) if parts else condition
    return condition


def _needs_time(leaf: Condition, elsewhere: AbstractSet[str]) -> bool:
    match leaf:
        case Condition(waited=Duration() as waited):
            return waited.amount > 0
        case Condition(waited=WaitedFor() as waited):
            return waited.for_.amount > 0
        case Condition(count=CountLeaf() as count):
            return count.since == "stage" and bool(count.at_least)
        case Condition(absent=AbsentLeaf() as absent):
            return absent.since == "stage" and absent.for_.amount > 0
        case Condition(open=OpenLeaf() as held):
            named = held.task or held.hand_off
            return held.for_ is not None and named is not None and named not in elsewhere
        case _:
            return False


def _edges(subject: Subject, name: str, track: Track, elsewhere: AbstractSet[str]) -> Iterator[_Edge]:
    for place in stages(subject.file):
        if place.track != name:
            continue
        for index, move in enumerate(place.stage.moves):
            target = track.stages.get(move.to)
            if move.when is not None and target is not None:
                gate = () if target.gate is None else (target.gate,)
                conditions = tuple(_at_once(condition, elsewhere) for condition in (move.when, *gate))
                yield _Edge((*place.path, "moves", index), place.name, move.to, conditions)


def _cycles(edges: Sequence[_Edge]) -> Iterator[tuple[_Edge, ...]]:
    """Yield cycles whose conditions can hold together, each from its first edge in the file."""
    leaving: dict[str, list[_Edge]] = {}
    for edge in edges:
        leaving.setdefault(edge.begin, []).append(edge)
    order = {stage: number for number, stage in enumerate(leaving)}
    steps = 0
    for first, edges_of_first in leaving.items():
        ways: list[tuple[_Edge, ...]] = [(edge,) for edge in reversed(edges_of_first)]
        while ways and steps < _MOST_STEPS:
            steps += 1
            way = ways.pop()
            if not _possible(way):
                continue
            if way[-1].to == first:
                yield way
                continue
            if len(way) >= _LONGEST:
                continue
            visited = {edge.begin for edge in way}
            ways += [
                (*way, edge)
                for edge in reversed(leaving.get(way[-1].to, []))
                if edge.begin not in visited and order[edge.begin] > order[first]
            ]


def _possible(way: tuple[_Edge, ...]) -> bool:
    """Whether no condition of the newest edge contradicts one that stands before it."""
    newest = way[-1].conditions
    earlier = [condition for edge in way[:-1] for condition in edge.conditions]
    return not any(contradict(one, other) for one in earlier for other in newest) and not any(
        contradict(one, other) for one, other in combinations(newest, 2)
    )
