"""Where a kind of places is asked for: who waits, which are free, and what is counted of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

import simpy

from handrail.whatif.people import Newcomer
from handrail.whatif.worlds import House, Lived, World
from pathways.matching import Needs, Place, misfits

DAY_NOUGHT = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands for the instant at which the history ends: only the order of instants counts in a queue."""
Life: TypeAlias = Generator[simpy.Event, Any, None]
Seeking: TypeAlias = Generator[simpy.Event, Any, Place | None]


class Desk(ABC):
    """Who waits for a kind of places and which are free, with what is counted of it."""

    def __init__(self, env: simpy.Environment, house: House, world: World) -> None:
        self.env = env
        self.house = house
        self.world = world
        self.lived = Lived()
        self._lighter: dict[int, tuple[Needs, Needs]] = {}
        self._reasons: dict[tuple[int, int], tuple[str, ...]] = {}

    @abstractmethod
    def open(self, taken: AbstractSet[int]) -> None:
        """Begin with all places but those ``taken``."""

    @abstractmethod
    def seek(self, one: Newcomer) -> Seeking:
        """Wait for a place and return it, or ``None`` for who gave up."""

    @abstractmethod
    def leave(self, one: Newcomer, place: Place) -> Life:
        """Give the place up; it may be void for a while."""

    @abstractmethod
    def close(self) -> Lived:
        """Count what is still going on, and return it all."""

    @property
    def counts(self) -> bool:
        return self.env.now >= self.world.begins

    def needs(self, one: Newcomer) -> Needs:
        """Return what they ask of a place now: once the change has begun, without the reasons that were dropped."""
        if not self.world.dropped or not self.counts:
            return one.needs
        known = self._lighter.get(id(one.needs))
        if known is None:
            fits = tuple(rule for rule in one.needs.fits if rule.reason not in self.world.dropped)
            known = self._lighter[id(one.needs)] = one.needs, replace(one.needs, fits=fits)
        return known[1]

    def reasons(self, needs: Needs, place: Place) -> tuple[str, ...]:
        """Return why the place does not fit; nothing means that it does."""
        key = id(needs), place.id  # needs live as long as their newcomers
        known = self._reasons.get(key)
        if known is None:
            known = self._reasons[key] = tuple(misfit.reason for misfit in misfits(place, needs))
        return known

    def keep_out(self, needs: Needs, free: Iterable[Place], days: float) -> None:
        """Count days of waiting to what is in the way of the place that comes nearest to fitting."""
        nearest = min((self.reasons(needs, place) for place in free), key=len, default=())
        for reason in nearest:
            self.lived.kept_out[reason] = self.lived.kept_out.get(reason, 0.0) + days
