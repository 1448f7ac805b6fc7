"""Places that somebody keeps until they leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import timedelta
from math import inf
from typing import cast

import simpy

from handrail.whatif.curves import Span, constant
from handrail.whatif.desks import DAY_NOUGHT, Desk, Life, Seeking
from handrail.whatif.history import Bed
from handrail.whatif.people import Newcomer, void_after
from handrail.whatif.worlds import House, Lived, World
from pathways.matching import Place, Waiter, allocate

NO_VOIDS = (0.0, constant(inf))


@dataclass(slots=True)
class _Turn:
    one: Newcomer
    waiter: Waiter
    given: simpy.Event


class StayDesk(Desk):
    """Places that are given until somebody leaves: whoever is first in the declared order and fits."""

    def __init__(self, env: simpy.Environment, house: House, world: World) -> None:
        super().__init__(env, house, world)
        self.free: dict[int, Place] = {}
        self.queue: dict[str, _Turn] = {}
        self.waiting_since: dict[str, float] = {}
        self.beds = {bed.place.id: bed for bed in house.beds}
        self.used: Counter[str] = Counter()
        self.usable: Counter[str] = Counter()
        self.last = 0.0
        self.gathering = True

    def open(self, taken: AbstractSet[int]) -> None:
        for bed in self.house.beds:
            self.env.process(self._serve(bed, taken=bed.place.id in taken))
        self.env.process(self._begin())

    def seek(self, one: Newcomer) -> Seeking:
        if one.place is not None:
            self._tick()
            self.used[self.beds[one.place].place.project] += 1
            return self.beds[one.place].place
        began = min(one.began, self.env.now)
        ends = self.env.now + one.patience
        self.waiting_since[one.name] = began
        for _ in range(one.missed):
            place = yield from self._wait(one, began, ends)
            if place is None:
                return None
            yield self.env.timeout(self.house.hold)
            self._release(place)
        return (yield from self._wait(one, began, ends))

    def leave(self, one: Newcomer, place: Place) -> Life:
        void = self._at_most(void_after(one, self.house.voids.get(place.project, NO_VOIDS)), place)
        if void:
            self._tick()
            self.used[place.project] -= 1
            self.usable[place.project] -= 1
            yield self.env.timeout(void)
            self._tick()
            self.used[place.project] += 1
            self.usable[place.project] += 1
        self._release(place)

    def close(self) -> Lived:
        self._tick()
        for began in self.waiting_since.values():
            self._note(began, over=False)
        return self.lived

    def _wait(self, one: Newcomer, began: float, ends: float) -> Seeking:
        given = self.env.event()
        since = DAY_NOUGHT + timedelta(days=began)
        turn = _Turn(one, Waiter(one.name, since, self.needs(one)), given)
        self._tick()
        self.queue[one.name] = turn
        self._give([turn], self.free.values())
        if ends < self.world.ends:
            yield given | self.env.timeout(max(0.0, ends - self.env.now))
        else:
            yield given
        if not given.triggered:
            self._tick()
            del self.queue[one.name]
            self.lived.gave_up += self.counts
            self._note(self.waiting_since.pop(one.name, None), over=False)
            return None
        self._note(self.waiting_since.pop(one.name, None), over=True)
        return cast("Place", given.value)

    def _give(self, turns: Iterable[_Turn], places: Iterable[Place]) -> None:
        """Allocate what fits; between acts nobody waits whom a free place fits, so the others need not be asked."""
        if self.gathering:
            return
        for waiter, place in allocate([turn.waiter for turn in turns], list(places)):
            given = self.queue.pop(waiter.reference).given
            del self.free[place.id]
            self.used[place.project] += 1
            self.lived.placed += self.counts
            given.succeed(place)

    def _release(self, place: Place) -> None:
        """Give the place to who is next, or keep it free; one that goes out of service is gone."""
        self._tick()
        self.used[place.project] -= 1
        self._offer(place)

    def _offer(self, place: Place) -> None:
        if self.beds[place.id].closes <= self.env.now:
            self.usable[place.project] -= 1
            return
        self.free[place.id] = place
        self._give(self.queue.values(), [place])

    def _serve(self, bed: Bed, *, taken: bool) -> Life:
        """Bring a place into service, and take it out again when its day has come and nobody is there."""
        place = bed.place
        if bed.opens > 0:
            yield self.env.timeout(bed.opens)
        void = self._at_most(self.house.still_void.get(place.id, 0.0), place)
        if void and not taken:
            yield self.env.timeout(void)
        self._tick()
        self.usable[place.project] += 1
        if not taken:
            self._offer(place)
        if bed.closes < self.world.ends:
            yield self.env.timeout(max(0.0, bed.closes - self.env.now))
            self._tick()
            if self.free.pop(place.id, None) is not None:
                self.usable[place.project] -= 1

    def _begin(self) -> Life:
        """Let everybody of the first instant arrive before the first place is given; at the change, look anew."""
        yield self.env.timeout(0)
        yield self.env.timeout(0)
        self.gathering = False
        self._give(self.queue.values(), self.free.values())
        if self.world.dropped and self.world.begins > self.env.now:
            yield self.env.timeout(self.world.begins - self.env.now)
            self._tick()
            for turn in self.queue.values():
                turn.waiter = replace(turn.waiter, needs=self.needs(turn.one))
            self._give(self.queue.values(), self.free.values())

    def _at_most(self, void: float, place: Place) -> float:
        bound = self.house.at_most.get(place.project, inf)
        return min(void, max(0.0, self.world.begins - self.env.now) + bound)

    def _note(self, began: float | None, *, over: bool) -> None:
        if began is not None and began >= self.world.begins and self.env.now > began - 1e-9:
            self.lived.waits.append(Span(0.0, max(self.env.now - began, 0.0), over))

    def _tick(self) -> None:
        """Count what went on since the last time something changed."""
        first, self.last = max(self.last, self.world.begins), self.env.now
        days = self.last - first
        if days <= 0:
            return
        self.lived.waited += days * len(self.queue)
        for project, number in self.usable.items():
            self.lived.usable[project] = self.lived.usable.get(project, 0.0) + days * number
            self.lived.used[project] = self.lived.used.get(project, 0.0) + days * self.used[project]
        if self.free:
            for turn in self.queue.values():
                self.keep_out(turn.waiter.needs, self.free.values(), days)
