"""Planted cities: lived by a few lines of their own, with everything about them known."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from random import Random
from types import MappingProxyType
from typing import Any

from handrail.whatif.history import Bed, History, KindHistory, Stay, Wait
from pathways.clocks import Duration, Unit
from pathways.matching import Needs, Place
from pathways.place_charts import FitChart, PlaceKindChart
from pathways.place_forms import PlaceTest

AS_AT = datetime(2026, 3, 2, tzinfo=UTC)
NO_DOGS = FitChart("dog", "brings a dog", None, PlaceTest(dogs=True), "no_dogs", "provider")
WARM = 250.0


@dataclass(frozen=True, slots=True)
class City:
    """``places`` hostel beds; ``comers`` people a day; ``length`` draws how many days a stay lasts."""

    places: int
    comers: float
    length: Callable[[Random], float]
    weeks: int = 26


@dataclass(frozen=True, slots=True)
class Planted:
    """What the city's history shows, and how it stands now: who waits, and since when each stay goes on."""

    history: History
    waiting: int
    ages: tuple[float, ...]


def chart_of(name: str = "hostel", **changed: Any) -> PlaceKindChart:
    given: dict[str, Any] = {
        "title": name.capitalize(),
        "waiting": ("room",),
        "hold": Duration(1, Unit.DAYS),
        "stay_aim": Duration(28, Unit.DAYS),
        "fits": (),
        "order": (),
        "refusals": MappingProxyType({}),
        "nightly": None,
        "says": MappingProxyType({}),
    }
    return PlaceKindChart(name=name, **(given | changed))


def beds_of(number: int, project: str = "milestone", first: int = 1, *, dogs: bool = False) -> tuple[Bed, ...]:
    """Return places that are always in service, numbered from ``first``."""
    return tuple(
        Bed(Place(id_, project, f"room {id_}", "riverside", dogs=dogs), -inf, inf)
        for id_ in range(first, first + number)
    )


def history_of(*kinds: KindHistory, weeks: int = 26) -> History:
    return History(AS_AT, weeks, {kind.chart.name: kind for kind in kinds}, frozenset({"no_dogs", "full"}))


def plant(city: City, seed: int) -> Planted:
    """Live the city for a while, and return its history as it would be recorded."""
    chance, end = Random(seed), WARM + 7 * city.weeks
    free, queue = list(range(1, city.places + 1)), deque[int]()
    begun: dict[int, float] = {}
    given: dict[int, float] = {}
    stays: list[tuple[int, int, float, float]] = []
    coming: list[tuple[float, int, int]] = [(chance.expovariate(city.comers), 0, 0)]
    while coming and coming[0][0] < end:
        now, person, place = heapq.heappop(coming)
        if place:
            free.append(place)
        else:
            begun[person] = now
            queue.append(person)
            heapq.heappush(coming, (now + chance.expovariate(city.comers), person + 1, 0))
        while queue and free:
            first, where = queue.popleft(), free.pop(0)
            lasts = city.length(chance)
            given[first] = now
            stays.append((first, where, now, now + lasts))
            heapq.heappush(coming, (now + lasts, first, where))
    waits = tuple(
        Wait(person, began - end, given[person] - end if person in given else None, person in given, Needs())
        for person, began in begun.items()
    )
    past = tuple(
        Stay(person, place, began - end, ended - end if ended < end else None) for person, place, began, ended in stays
    )
    kind = KindHistory(chart_of(), beds_of(city.places), waits, past, ())
    ages = tuple(-stay.began for stay in past if stay.ended is None)
    return Planted(history_of(kind, weeks=city.weeks), len(queue), ages)
