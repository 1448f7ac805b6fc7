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

    Each act gets its share. Of each, first come each boundary once and, in turns with it, what is committed or taken
    and never heard of.
    """
    chance = random.Random(seed)  # noqa: S311 - chosen by seed
    chosen = [*_share(known, chance, processes, crash=False), *_share(known, chance, crashes, crash=True)]
    chance.shuffle(chosen)
    return chosen


def _share(known: Mapping[str, Known], chance: random.Random, count: int, *, crash: bool) -> Iterator[Point]:
    endless = [_endless(act, each, chance, crash=crash) for act, each in known.items()]
    chance.shuffle(endless)
    return islice((next(each) for each in cycle(endless)), count)


def _endless(act: str, known: Known, chance: random.Random, *, crash: bool) -> Iterator[Point]:
    victim: Victim = "postgresql" if crash else ROLES[act]
    places = [*enumerate(known.labels)]
    taken = [Point(victim, act, index, "POST", "taken") for index in range(known.messages)]
    unheard = [_point(victim, act, place, "answered", chance) for place in places if place[1] == "COMMIT"]
    once = [_point(victim, act, place, chance.choice(POSITIONS), chance) for place in places]
    while True:
        rest = [_point(victim, act, place, position, chance) for place in places for position in POSITIONS]
        first = [*taken, *unheard]
        for part in (first, once, rest):
            chance.shuffle(part)
        turns = chain.from_iterable(zip_longest(first, once))
        yield from dict.fromkeys(each for each in chain(turns, rest) if each is not None)
        taken = unheard = once = []


def _point(victim: Victim, act: str, place: tuple[int, str], position: Position, chance: random.Random) -> Point:
    wait = chance.uniform(0, LONGEST_WAIT) if victim == "postgresql" and position == "sent" else 0.0
    return Point(victim, act, *place, position, wait)
