"""What a blockage has cost: the days that people waited within it, all of them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from models.blocked_places import Stretch
from models.waiting_spells import CountedSpell

DAY = timedelta(days=1)
Between = tuple[datetime, datetime]


def days_behind(waits: Iterable[CountedSpell], places: Iterable[Stretch], between: Between) -> float:
    """Return the days between two instants for which people waited behind blocked places.

    A blocked place keeps no more than one person waiting: at each instant as many count as wait, or as there are
    blocked places, if those are fewer.
    """
    steps: dict[datetime, Counter[str]] = {}

    def count(which: str, began: datetime, ended: datetime | None, number: int) -> None:
        first, last = max(began, between[0]), min(ended or between[1], between[1])
        if first < last:
            steps.setdefault(first, Counter())[which] += number
            steps.setdefault(last, Counter())[which] -= number

    for wait in waits:
        count("people", wait.began, wait.ended, wait.people)
    for place in places:
        count("places", place.began, place.ended, 1)
    return _area(steps)


def _area(steps: dict[datetime, Counter[str]]) -> float:
    total, people, places, before = timedelta(0), 0, 0, None
    for instant in sorted(steps):
        if before is not None:
            total += (instant - before) * min(people, places)
        people += steps[instant]["people"]
        places += steps[instant]["places"]
        before = instant
    return total / DAY
