"""Rows of the store sorted into waits, stays and voids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from handrail.whatif.history import FED_WITHIN, MOVED_WITHIN, Stay, Void, Wait
from models.recent_history import UseRow, WaitRow
from pathways.matching import Needs

DAY = timedelta(days=1)
SAME_WAIT = 1.0
"""Who waits again within so many days after a wait that came to nothing has never ceased to wait."""
AGAIN_WITHIN = 7.0
"""Who waits again within so many days after a hold that lapsed waits for what they did not come to."""
_NOBODY = Needs()


def merged(
    waits: Sequence[WaitRow], uses: Iterable[UseRow], needs: Mapping[int, Needs], as_at: datetime
) -> tuple[Wait, ...]:
    """Return each person's waits, those that go on from one hand-off to the next as one, by when they began."""
    lapsed: dict[int, list[float]] = {}
    for use in uses:
        if use.case_id is not None and use.until is not None and use.lapsed(as_at):
            lapsed.setdefault(use.case_id, []).append((use.until - as_at) / DAY)
    found: list[Wait] = []
    ordered = sorted(waits, key=lambda row: (row.case_id, row.opened_at))
    for person, theirs in groupby(ordered, key=lambda row: row.case_id):
        own: list[Wait] = []
        for row in theirs:
            _add(own, _wait(row, needs.get(person, _NOBODY), as_at), lapsed.get(person, ()))
        found += own
    return tuple(sorted(found, key=lambda wait: (wait.began, wait.person)))


def stays_of(uses: Iterable[UseRow], as_at: datetime) -> tuple[Stay, ...]:
    """Return the stays and the holds that run, by when they began."""
    found = [
        Stay(row.case_id, row.place_id, (row.since - as_at) / DAY, _past(row.until, as_at))
        for row in uses
        if row.use == "stay" or (row.use == "hold" and (row.until is None or row.until > as_at))
    ]
    return tuple(sorted(found, key=lambda stay: (stay.began, stay.place or 0)))


def voids_of(uses: Iterable[UseRow], as_at: datetime) -> tuple[Void, ...]:
    """Return the voids, by when they began."""
    found = [
        Void(row.place_id, row.project, (row.since - as_at) / DAY, _past(row.until, as_at))
        for row in uses
        if row.use == "void"
    ]
    return tuple(sorted(found, key=lambda void: (void.began, void.place)))


def fed(waits: Iterable[Wait], others: Mapping[str, Sequence[Stay]]) -> tuple[Wait, ...]:
    """Return the waits, those that began out of a stay in another kind of places with its name."""
    stays = _by_person(others)

    def source(wait: Wait) -> str | None:
        for kind, stay in stays.get(wait.person, ()):
            if stay.began <= wait.began <= (0.0 if stay.ended is None else stay.ended + FED_WITHIN):
                return kind
        return None

    return tuple(replace(wait, after=source(wait)) for wait in waits)


def linked(stays: Iterable[Stay], others: Mapping[str, Sequence[Stay]]) -> tuple[Stay, ...]:
    """Return the stays, those that ended because another kind of places was to be had with its name."""
    theirs = _by_person(others)

    def target(stay: Stay) -> str | None:
        if stay.person is None or stay.ended is None:
            return None
        for kind, other in theirs.get(stay.person, ()):
            if other.began > stay.began and abs(other.began - stay.ended) <= MOVED_WITHIN:
                return kind
        return None

    return tuple(replace(stay, moved_to=target(stay)) for stay in stays)


def _add(own: list[Wait], wait: Wait, lapsed: Sequence[float]) -> None:
    last = own[-1] if own else None
    if last is not None and (last.ended is None or wait.began <= last.ended + (0.0 if last.placed else SAME_WAIT)):
        if not last.placed and last.ended is not None:
            own[-1] = replace(last, ended=wait.ended, placed=wait.placed)
        return
    again = any(0 <= wait.began - end <= AGAIN_WITHIN for end in lapsed)
    own.append(replace(wait, again=again))


def _wait(row: WaitRow, needs: Needs, as_at: datetime) -> Wait:
    placed, closed = _past(row.placed_at, as_at), _past(row.closed_at, as_at)
    is_placed = placed is not None and (closed is None or placed <= closed)
    began = (row.opened_at - as_at) / DAY
    return Wait(row.case_id, began, placed if is_placed else closed, is_placed, needs)


def _past(instant: datetime | None, as_at: datetime) -> float | None:
    """Return how long ago it was, below zero; ``None`` of what had not come yet."""
    return None if instant is None or instant > as_at else (instant - as_at) / DAY


def _by_person(others: Mapping[str, Sequence[Stay]]) -> dict[int, list[tuple[str, Stay]]]:
    found: dict[int, list[tuple[str, Stay]]] = {}
    for kind, stays in others.items():
        for stay in stays:
            if stay.person is not None:
                found.setdefault(stay.person, []).append((kind, stay))
    return found
