"""A night as it opens: who is expected, and for whom a place is kept until the cut-off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from handrail.errors import NotFound
from handrail.housing.kinds import KnownKind, known_kinds
from handrail.housing.night_times import DAY, night_of, night_on
from handrail.steps import Scene, scene_of, transaction
from handrail.wiring import Store
from models import nights
from models.cases import StoredCase, get_cases, lock_cases
from models.database import RawConnection, raw
from models.database import now as database_now
from models.nights import Night
from models.place_uses import (
    NewUse,
    find_persons,
    list_elsewhere,
    list_uses_of_night,
    start_uses,
    tell_places,
)
from models.places_in_service import list_free, list_in_service, lock_kind
from pathways.case import Case
from pathways.chart import Pathway
from pathways.matching import Place, Waiter, allocate, misfits, needs_of

ReadCases = Callable[[RawConnection, Sequence[int]], list[StoredCase]]


@dataclass(frozen=True, slots=True)
class NightOpened:
    """What the opening of a night came to. ``held`` are references for whom a place is kept from now on."""

    night: Night
    held: tuple[str, ...]
    without: tuple[str, ...]
    """References of people who are expected and for whom there is no place that fits."""
    repeated: bool


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who is expected, with what the person asks of a place."""

    scene: Scene
    person: int
    waiter: Waiter


def get_nightly(store: Store, connection: Connection, kind: str) -> KnownKind:
    """Return the kind of places that are given for a night at a time.

    Raises:
        NotFound: no pathway in force declares it.
    """
    kinds = {name: known for name, known in known_kinds(store, connection).items() if known.chart.nightly is not None}
    if kind not in kinds:
        known = ", ".join(kinds) or "none"
        message = f"There are no places of the kind {kind!r} that are given for a night. Declared: {known}."
        raise NotFound(message)
    return kinds[kind]


def nightly_kinds(store: Store) -> list[str]:
    """Return the kinds of places that are given for a night at a time, by name."""
    with transaction(store) as connection:
        return sorted(name for name, known in known_kinds(store, connection).items() if known.chart.nightly)


def open_night(store: Store, kind: str, day: date | None = None) -> NightOpened:
    """Have a place be kept until the cut-off for everybody who is expected, as far as there are any.

    Expected is whose open case is in a stage of the declared guests, unless its clocks stand still (custody,
    hospital), it is silenced, or the person stays elsewhere. Everybody is kept last night's place if it is free and
    fits; the others are given theirs in the declared order. Asked again before the cut-off, it keeps places for who
    is expected since; who was kept one tonight is not kept another. ``day`` left out is the night that goes on.

    Raises:
        NotFound: there are no such places.
        Delayed: the store is away, or somebody holds a case for too long.
    """
    with transaction(store) as connection:
        known = get_nightly(store, connection, kind)
        now = database_now(connection)
        given = night_of(known, now) if day is None else night_on(known, day)
        return ensure_open(store, connection, known, given)


def ensure_open(store: Store, connection: Connection, known: KnownKind, given: Night) -> NightOpened:
    """Have the night be open, and held until the transaction ends; places are kept as ``open_night`` says."""
    below, name = raw(connection), given.kind
    added = nights.add_night(below, given)
    night = nights.lock_night(below, name, given.night)
    assert night is not None  # noqa: S101 - it was added just now
    if night.closed_at is not None or database_now(connection) > night.cut_off_at:
        return NightOpened(night, (), (), repeated=not added)
    guests = _without_a_place(store, connection, known, night, lock_cases)
    lock_kind(below, name)
    free = list_free(below, name, night.night, night.ends_at)
    given_places = _places_for(guests, free, _last_night(below, night))
    new = [NewUse(place.id, guest.scene.stored.id, guest.person) for guest, place in given_places]
    started = start_uses(below, (name, "hold"), new, night.cut_off_at, night.night) if new else {}
    kept = {guest.scene.stored.reference for guest, place in given_places if place.id in started}
    if added or kept:
        tell_places(below)
    without = [guest.scene.stored.reference for guest in guests if guest.scene.stored.reference not in kept]
    return NightOpened(night, tuple(sorted(kept)), tuple(sorted(without)), repeated=not added)


def wants_opening(store: Store, kind: str) -> bool:
    """Whether the night that goes on is not open yet, or somebody is expected since for whom there is a place."""
    with transaction(store) as connection:
        known, below = get_nightly(store, connection, kind), raw(connection)
        now = database_now(connection)
        computed = night_of(known, now)
        night = nights.find_night(below, kind, computed.night)
        if night is None:
            return bool(list_in_service(below, kind, computed.night))
        if night.closed_at is not None or now > night.cut_off_at:
            return False
        free = list_free(below, kind, night.night, night.ends_at)
        return bool(free) and bool(_places_for(_without_a_place(store, connection, known, night, get_cases), free, {}))


def is_expected(case: Case, pathway: Pathway, guests: Sequence[str]) -> bool:
    """Whether somebody comes tonight, as far as the case says."""
    if case.status != "open" or case.silenced or stands_still(case):
        return False
    return any(f"{track}.{visit.stage}" in guests for track, visit in case.tracks.items() if track in pathway.tracks)


def stands_still(case: Case) -> bool:
    """Whether the person cannot come: in custody or in hospital, by any of the pathway's pauses."""
    return any(pause.until_at is None for pause in case.pauses)


def _without_a_place(
    store: Store, connection: Connection, known: KnownKind, night: Night, read: ReadCases
) -> list[Guest]:
    """Return who is expected, has been kept no place tonight and has not come; ``read`` may hold their cases."""
    assert known.chart.nightly is not None  # noqa: S101 - asked by who knows
    below, stages = raw(connection), known.chart.nightly.guests
    ids = nights.list_in_stages(below, known.pathway.key, stages)
    seen = {use.case_id for use in list_uses_of_night(below, night.kind, night.night)}
    seen |= {arrival.case_id for arrival in nights.list_arrivals(below, night)}
    persons = find_persons(below, [case_id for case_id in ids if case_id not in seen])
    elsewhere = list_elsewhere(below, list(persons.values()), night.kind)
    ids = [case_id for case_id in ids if case_id in persons and persons[case_id] not in elsewhere]
    found = [scene_of(store, connection, stored) for stored in read(below, ids)]
    return [
        Guest(scene, persons[scene.stored.id], waiter)
        for scene in found
        if (waiter := _waiter(scene, night.kind, stages)) is not None
    ]


def _waiter(scene: Scene, kind: str, guests: Sequence[str]) -> Waiter | None:
    """Return the person as one who waits since the present stage was entered; None if nobody is expected."""
    pathway, case = scene.rules.pathway, scene.case
    chart = pathway.places.get(kind)
    if chart is None or not is_expected(case, pathway, guests):
        return None
    since = min(v.entered_at for track, v in case.tracks.items() if f"{track}.{v.stage}" in guests)
    return Waiter(scene.stored.reference, since, needs_of(case, pathway, chart))


def _places_for(guests: Sequence[Guest], free: Sequence[Place], last: dict[int, int]) -> list[tuple[Guest, Place]]:
    """Return who is kept which place: last night's, if it is free and fits; then in the declared order."""
    by_id, by_reference = {place.id: place for place in free}, {g.waiter.reference: g for g in guests}
    again = [
        (guest, place)
        for guest in guests
        if (place := by_id.get(last.get(guest.scene.stored.id, 0))) is not None
        and not misfits(place, guest.waiter.needs)
    ]
    settled = {guest.waiter.reference for guest, _ in again}
    left = [place for place in free if place.id not in {given.id for _, given in again}]
    others = allocate([g.waiter for g in guests if g.waiter.reference not in settled], left)
    return again + [(by_reference[waiter.reference], place) for waiter, place in others]


def _last_night(below: RawConnection, night: Night) -> dict[int, int]:
    """Return by case in which place it was last night."""
    uses = list_uses_of_night(below, night.kind, night.night - DAY)
    return {use.case_id: use.place_id for use in uses if use.use == "stay" and use.case_id is not None}
