"""Which points are chosen: the same seed chooses the same ones of the same boundaries."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, cycle, islice, zip_longest
from typing import Literal

from kill_points.acts import ACTS
from kill_points.relay import POSITIONS, Position

Victim = Literal["recorder", "worker", "postgresql"]
Place = Position | Literal["taken"]
LONGEST_WAIT = 0.003  # seconds between a statement's leaving and the server's death
ROLES = {act.name: act.role for act in ACTS}


@dataclass(frozen=True, slots=True)
class Known:
    """What was seen of an act that nobody interrupted: its boundaries in order, and how many messages it sent."""

    labels: Sequence[str]
    messages: int


@dataclass(frozen=True, slots=True)
class Point:
    """A victim, the act, which of its boundaries, and where in it. ``taken``: an agency has it, and has not said so."""

    victim: Victim
    act: str
    index: int
    label: str
    position: Place
    wait: float = 0.0

    def __str__(self) -> str:
        return f"{self.victim} killed in {self.act}, boundary {self.index} ({self.label}), {self.position}"


def choose(known: Mapping[str, Known], seed: int, *, processes: int, crashes: int) -> list[Point]:
    """Return so many points at which the process is killed, and so many at which PostgreSQL is, in random order.

    Acts take turns. First comes each boundary once and, in turns with it, what is committed or taken and never heard
    of; then any boundary in any position. PostgreSQL is killed at each kind of statement before it is at one again.
    """
    chance = random.Random(seed)  # noqa: S311 - chosen by seed
    chosen = [*_share(known, chance, processes, crash=False), *_share(known, chance, crashes, crash=True)]
    chance.shuffle(chosen)
    return chosen


def _share(known: Mapping[str, Known], chance: random.Random, count: int, *, crash: bool) -> Iterator[Point]:
    acts = [(act, "postgresql" if crash else ROLES[act], each) for act, each in known.items()]
    chance.shuffle(acts)
    first = [_first(act, victim, each, chance) for act, victim, each in acts]
    further = [_endless(act, victim, each, chance) for act, victim, each in acts]
    once = _each_statement_first(_in_turn(first)) if crash else _in_turn(first)
    return islice(chain(once, (next(each) for each in cycle(further))), count)


def _each_statement_first(points: Sequence[Point]) -> list[Point]:
    """Return the points with the first of each statement in front; where an agency has it is one of its own."""
    seen: set[str] = set()
    new: list[Point] = []
    known: list[Point] = []
    for point in points:
        (known if point.label in seen else new).append(point)
        seen.add(point.label)
    return new + known


def _first(act: str, victim: Victim, known: Known, chance: random.Random) -> list[Point]:
    places = [*enumerate(known.labels)]
    unheard = [_point(victim, act, place, "answered", chance) for place in places if place[1] == "COMMIT"]
    unheard += [Point(victim, act, index, "POST", "taken") for index in range(known.messages)]
    once = [_point(victim, act, place, chance.choice(POSITIONS), chance) for place in places]
    for part in (unheard, once):
        chance.shuffle(part)
    return _in_turn([unheard, once])


def _endless(act: str, victim: Victim, known: Known, chance: random.Random) -> Iterator[Point]:
    while True:
        places = [*enumerate(known.labels)]
        points = [_point(victim, act, place, position, chance) for place in places for position in POSITIONS]
        chance.shuffle(points)
        yield from points


def _in_turn(several: Sequence[Sequence[Point]]) -> list[Point]:
    return [each for turn in zip_longest(*several) for each in turn if each is not None]


def _point(victim: Victim, act: str, place: tuple[int, str], position: Position, chance: random.Random) -> Point:
    wait = chance.uniform(0, LONGEST_WAIT) if victim == "postgresql" and position == "sent" else 0.0
    return Point(victim, act, *place, position, wait)
