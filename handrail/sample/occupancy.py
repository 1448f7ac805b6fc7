"""How full the sample's places are today: full houses, rooms that are being repaired, and rooms that nobody may have.

Whoever is in them is not known here: they are people of other programmes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from handrail.sample.chance import between
from handrail.sample.places import HOSTEL, PROJECTS, SampleProject
from handrail.sample.story import DAY
from integrations.place_lines import VacancyLine

IN_REPAIR = {"milestone": {17: 24, 31: 5}, "castle_court": {9: 3}}
"""By project: which rooms cannot be used, and since how many days."""
EMPTY = {"milestone": (5,), "padley_house": (2,)}
"""Rooms for women that have been free for weeks while men wait."""
NIGHTLY_TAKEN = {"winter_shelter": 31, "nsno": 9}
"""How many of the first beds for the night are given to people of other programmes for the whole winter."""
LONGEST_STAY = 60


def vacancies(now: datetime) -> Iterator[VacancyLine]:
    """Yield what each place's provider says of it today."""
    for one in PROJECTS:
        for number in range(1, one.places + 1):
            line = _line(one, number, now)
            if line is not None:
                yield line


def _line(one: SampleProject, number: int, now: datetime) -> VacancyLine | None:
    key, name = one.project.key, f"{number:02d}"
    repaired_for = IN_REPAIR.get(key, {}).get(number)
    if repaired_for is not None:
        return VacancyLine(number, key, name, "void", "void_repair", now - repaired_for * DAY)
    if one.project.kind != HOSTEL:
        taken = number <= NIGHTLY_TAKEN[key]
        return VacancyLine(number, key, name, "taken", since=now - LONGEST_STAY * DAY) if taken else None
    if number in EMPTY.get(key, ()):
        return None
    days = between(1, LONGEST_STAY, key, "stay", number)
    return VacancyLine(number, key, name, "taken", since=now - days * DAY)
