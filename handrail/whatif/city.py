"""The coming weeks lived by the people that were drawn: who waits, who gets which place by the rules, who leaves.

A discrete-event simulation on SimPy; its clock counts days from where the history ends. There is no chance in it:
the same people in the same world live the same days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

import simpy

from handrail.whatif.desks import Desk, Life
from handrail.whatif.night_desk import NightDesk
from handrail.whatif.people import Newcomer
from handrail.whatif.stay_desk import StayDesk
from handrail.whatif.worlds import Lived, World


def live(world: World, newcomers: Sequence[Newcomer]) -> dict[str, Lived]:
    """Return what comes of each kind of places if these people come."""
    env = simpy.Environment()
    desks: dict[str, Desk] = {}
    for kind, house in world.houses.items():
        desks[kind] = NightDesk(env, house, world) if house.cut_off is not None else StayDesk(env, house, world)
        desks[kind].open({one.place for one in newcomers if one.kind == kind and one.place is not None})
    left = {one.name: env.event() for one in newcomers}
    for one in newcomers:
        former = left[one.leaves] if one.leaves is not None else None
        env.process(_life(env, desks, one, (left[one.name], former)))
    env.run(until=world.ends)
    return {kind: desk.close() for kind, desk in desks.items()}


def _life(
    env: simpy.Environment,
    desks: Mapping[str, Desk],
    one: Newcomer,
    leaving: tuple[simpy.Event, simpy.Event | None],
    after: float = 0.0,
) -> Life:
    """Wait, stay until it is over or somewhere else is better, leave; ``after`` so many days if they come from a stay.

    ``leaving`` is what ends this stay early, and what ends the one before.
    """
    left, former = leaving
    yield env.timeout(after if one.began == inf else max(0.0, one.began))
    place = yield from desks[one.kind].seek(one)
    if place is None:
        return
    if former is not None and not former.triggered:
        former.succeed()
    if one.onwards is not None:
        following = one.onwards.newcomer
        env.process(_life(env, desks, following, (env.event(), left), one.onwards.after))
    yield left if env.now + one.stay > desks[one.kind].world.ends else left | env.timeout(one.stay)
    yield from desks[one.kind].leave(one, place)
