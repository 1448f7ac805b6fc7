"""Nights on which somebody wanted a nightly place, put together: who came night after night, and since when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from handrail.whatif.history import FED_WITHIN, Nights, Stay, Wait
from models.recent_history import NightRow, UseRow
from pathways.matching import Needs

GAP = 3
"""Who does not come for so many nights no longer wants a place."""
_NOBODY = Needs()


@dataclass(frozen=True, slots=True)
class NightLog:
    """The nights of one kind. A stay is one stretch of somebody's nights; ``cut_off`` is that of today, in days."""

    stays: tuple[Stay, ...]
    nights: Nights
    cut_off: float

    @property
    def people(self) -> frozenset[int]:
        return frozenset(stay.person for stay in self.stays if stay.person is not None)

    def waits(self, hand_offs: Sequence[Wait], needs: Mapping[int, Needs]) -> tuple[Wait, ...]:
        """Return who came to want a place: by their first night, or by a hand-off after which they never came."""
        firsts = [
            Wait(stay.person, stay.began, stay.began, True, needs.get(stay.person, _NOBODY))
            for stay in self.stays
            if stay.person is not None
        ]
        never = [wait for wait in hand_offs if not any(_belongs(wait, stay) for stay in self.stays)]
        return tuple(sorted([*firsts, *never], key=lambda wait: (wait.began, wait.person)))


def night_log(came: Iterable[NightRow], uses: Iterable[UseRow], today: date, cut_off: float) -> NightLog:
    """Return the nights before ``today`` (a local date), put together; tonight's ``cut_off`` is in days from now."""
    present: dict[int, set[date]] = {}
    wanted: dict[int, set[date]] = {}
    refused: Counter[str] = Counter()
    for row in came:
        wanted.setdefault(row.case_id, set()).add(row.night)
        if row.state == "refused" and row.attributable_to != "system":
            refused[row.reason or ""] += 1
        else:
            present.setdefault(row.case_id, set()).add(row.night)
    for use in uses:
        if use.case_id is not None and use.night is not None and use.night < today and use.use != "void":
            wanted.setdefault(use.case_id, set()).add(use.night)
            if use.use == "stay":
                present.setdefault(use.case_id, set()).add(use.night)
    stretches = [(person, first, last) for person in sorted(wanted) for first, last in _stretches(wanted[person])]
    asked = sum((last - first).days + 1 for _, first, last in stretches)
    there = sum(map(len, present.values())) + refused.total()
    stays = [
        Stay(
            person,
            None,
            (first - today).days + cut_off,
            None if (today - last).days <= GAP else (last - today).days + 1 + cut_off,
        )
        for person, first, last in stretches
    ]
    stays.sort(key=lambda stay: (stay.began, stay.person))
    return NightLog(tuple(stays), Nights(asked, max(0, asked - there), dict(refused)), cut_off % 1)


def _stretches(nights: Iterable[date]) -> list[tuple[date, date]]:
    found: list[tuple[date, date]] = []
    for night in sorted(nights):
        if found and (night - found[-1][1]).days <= GAP:
            found[-1] = found[-1][0], night
        else:
            found.append((night, night))
    return found


def _belongs(wait: Wait, stay: Stay) -> bool:
    if wait.person != stay.person:
        return False
    until = 0.0 if wait.ended is None else wait.ended + FED_WITHIN
    return stay.began <= until and (stay.ended is None or stay.ended >= wait.began)
