"""Places that are given anew every night."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import timedelta
from math import inf

import simpy

from handrail.whatif.desks import DAY_NOUGHT, Desk, Life, Seeking
from handrail.whatif.history import Bed
from handrail.whatif.people import Newcomer
from handrail.whatif.worlds import House, Lived, World
from pathways.matching import Place, Waiter, allocate

NOWHERE = Place(0, "", "", "")


class NightDesk(Desk):
    """Places that are given anew every night, to those of the guests who come and are not refused."""

    def __init__(self, env: simpy.Environment, house: House, world: World) -> None:
        super().__init__(env, house, world)
        self.guests: dict[str, tuple[Newcomer, float]] = {}

    def open(self, taken: AbstractSet[int]) -> None:  # noqa: ARG002 (nobody has a place before the night)
        self.env.process(self._nights())

    def seek(self, one: Newcomer) -> Seeking:
        self.guests[one.name] = one, self.env.now
        yield from ()
        return NOWHERE

    def leave(self, one: Newcomer, place: Place) -> Life:  # noqa: ARG002 (they have none between the nights)
        del self.guests[one.name]
        yield from ()

    def close(self) -> Lived:
        return self.lived

    def _nights(self) -> Life:
        yield self.env.timeout(self.house.cut_off or 0.0)
        while True:
            if self.counts:
                self._night()
            yield self.env.timeout(1.0)

    def _night(self) -> None:
        free = [bed.place for bed in self.house.beds if self._serves(bed)]
        for place in free:
            self.lived.usable[place.project] = self.lived.usable.get(place.project, 0.0) + 1
        waiters = [waiter for one, since in self.guests.values() if (waiter := self._at_the_door(one, since))]
        given = allocate(waiters, free)
        for _, place in given:
            self.lived.used[place.project] = self.lived.used.get(place.project, 0.0) + 1
        self.lived.placed += len(given)
        self.lived.waited += len(waiters) - len(given)
        with_one, taken = {waiter.reference for waiter, _ in given}, {place.id for _, place in given}
        empty = [place for place in free if place.id not in taken]
        for waiter in waiters:
            if waiter.reference not in with_one:
                self.keep_out(waiter.needs, empty, 1.0)

    def _serves(self, bed: Bed) -> bool:
        void = self.house.still_void.get(bed.place.id, 0.0)
        bound = self.world.begins + self.house.at_most.get(bed.place.project, inf)
        return max(bed.opens, min(void, bound)) <= self.env.now < bed.closes

    def _at_the_door(self, one: Newcomer, since: float) -> Waiter | None:
        """Return who comes tonight, unless they do not, or are refused; a refusal is a night of waiting as well."""
        night = int(self.env.now - since)
        if night < len(one.comes) and not one.comes[night]:
            return None
        reason = one.refused[night] if night < len(one.refused) else None
        if reason is not None and reason not in self.world.dropped:
            self.lived.waited += 1
            self.lived.kept_out[reason] = self.lived.kept_out.get(reason, 0.0) + 1
            return None
        return Waiter(one.name, DAY_NOUGHT + timedelta(days=min(one.began, since)), self.needs(one))
