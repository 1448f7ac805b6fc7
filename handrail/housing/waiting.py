"""Matching: which places fit a person who waits, and why not; and who waits for a place, in the declared order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from handrail.errors import NotPossible
from handrail.housing import sentences
from handrail.housing.kinds import KnownKind, known_kinds
from handrail.references import read_reference
from handrail.steps import Scene, scene_of, transaction
from handrail.wiring import Store
from models.cases import get_case, get_cases
from models.database import now as database_now
from models.database import raw
from models.place_uses import Use, find_user, list_uses_now
from models.places_in_service import find_place, list_in_service
from models.waiters import list_waiting
from pathways.case import Case, HandOff
from pathways.chart import Pathway
from pathways.matching import Misfit, Waiter, in_order, misfits, needs_of
from pathways.place_charts import PlaceKindChart

PlaceState = Literal["free", "held", "occupied", "void"]


@dataclass(frozen=True, slots=True)
class PlaceMatch:
    """A place as far as one person is concerned; no ``why_not`` means that it fits."""

    where: str
    provider: str
    why_not: tuple[Misfit, ...]
    state: PlaceState
    expected_free: datetime | None
    """When its hold lapses or its stay is meant to be over; it may be past. None: free now, or nobody knows."""


@dataclass(frozen=True, slots=True)
class PersonMatch:
    """What there is for a person of one kind of places. ``nth`` of ``of`` who wait; ``because`` is what is in front."""

    kind: str
    title: str
    waits_since: datetime | None
    nth: int | None
    of: int
    because: tuple[str, ...]
    places: tuple[PlaceMatch, ...]


@dataclass(frozen=True, slots=True)
class WaiterMatch:
    """Somebody who waits, as far as one place is concerned."""

    reference: str
    nth: int
    since: datetime
    because: tuple[str, ...]
    why_not: tuple[Misfit, ...]


@dataclass(frozen=True, slots=True)
class PlaceMatches:
    """Who waits for a place, in the declared order."""

    where: str
    kind: str
    state: PlaceState
    now: str
    waiters: tuple[WaiterMatch, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits, with the case as it stands; nobody is held."""

    scene: Scene
    waiter: Waiter
    hand_off: str
    """The hand-off that has been open longest."""


def match_person(store: Store, reference: str) -> list[PersonMatch]:
    """Return for each kind of places what there is for the person: which fit, which not and why, and when.

    Kinds for which the person waits stand in front; the others are told as well, as if the person did.

    Raises:
        NotFound: no case has this reference.
        NotPossible: the case is closed.
    """
    given = read_reference(reference)
    with transaction(store) as connection:
        scene = scene_of(store, connection, get_case(connection, given))
        if scene.case.status != "open":
            raise NotPossible(f"{given} is {scene.case.status}: nobody waits in it.")
        kinds = known_kinds(store, connection)
        own = [name for name in scene.rules.pathway.places if name in kinds]
        found = [_person_match(store, connection, scene, kinds[name]) for name in own]
    return sorted(found, key=lambda match: (match.waits_since is None, match.kind))


def match_place(store: Store, place: str) -> PlaceMatches:
    """Return who waits for the place in the declared order, with what puts each there, and why it does not fit.

    Raises:
        NotFound: there is no such place, or no pathway in force declares its kind.
        NotPossible: the place is named otherwise than project and name.
    """
    key = sentences.read_place(place)
    with transaction(store) as connection:
        kept, kinds = find_place(raw(connection), *key), known_kinds(store, connection)
        if kept is None or kept.kind not in kinds:
            raise sentences.no_such_place(key)
        known = kinds[kept.kind]
        use = find_user(raw(connection), kept.place.id)
        running = use if use is not None and use.since <= database_now(connection) else None
        waiting = {each.waiter.reference: each for each in waiting_for(store, connection, known)}
    queue = in_order(each.waiter for each in waiting.values())
    lines = [
        WaiterMatch(w.reference, nth, w.since, w.needs.because, misfits(kept.place, w.needs))
        for nth, w in enumerate(queue, 1)
    ]
    told = "is free" if running is None else sentences.use_told(running, known.pathway.zone)
    return PlaceMatches(sentences.place_name(key), kept.kind, _state(running), told, tuple(lines))


def waiting_for(store: Store, connection: Connection, known: KnownKind) -> list[Waiting]:
    """Return who waits for a place of the kind and uses none of it now, each once."""
    below, chart = raw(connection), known.chart
    busy = {use.case_id for use in list_uses_now(below, chart.name)}
    longest = {one.case_id: one for one in reversed(list_waiting(below, chart.waiting, known.pathway.key))}
    found: list[Waiting] = []
    for stored in get_cases(below, [case_id for case_id in longest if case_id not in busy]):
        scene, one = scene_of(store, connection, stored), longest[stored.id]
        own = scene.rules.pathway.places.get(chart.name)
        if own is None or scene.case.silenced:
            continue
        needs = needs_of(scene.case, scene.rules.pathway, own)
        found.append(Waiting(scene, Waiter(stored.reference, one.opened_at, needs), one.hand_off))
    return found


def open_offer(case: Case, pathway: Pathway, chart: PlaceKindChart, provider: str, at: datetime) -> HandOff | None:
    """Return the waiting hand-off in which ``provider`` is asked now, or may be asked because nobody is left."""
    serving = pathway.serving(provider, at)
    for one in case.hand_offs:
        visit = case.tracks.get(one.track)
        if one.name not in chart.waiting or visit is None or (visit.stage, visit.nth) != (one.stage, one.visit):
            continue
        if one.state == "offered" and one.agency is not None and pathway.serving(one.agency, at) == serving:
            return one
        if one.state == "exhausted" and serving in _asked_in(pathway, one, at):
            return one
    return None


def _asked_in(pathway: Pathway, hand_off: HandOff, at: datetime) -> set[str]:
    stage = pathway.tracks[hand_off.track].stages[hand_off.stage]
    chart = next(one for one in stage.hand_offs if one.name == hand_off.name)
    return {pathway.serving(agency, at) for agency in chart.to}


def _person_match(store: Store, connection: Connection, scene: Scene, known: KnownKind) -> PersonMatch:
    below, name, now = raw(connection), known.chart.name, database_now(connection)
    own, pathway = scene.rules.pathway.places[name], scene.rules.pathway
    needs = needs_of(scene.case, pathway, own)
    uses = {use.place_id: use for use in list_uses_now(below, name)}
    places = [
        PlaceMatch(
            one.where,
            one.provider,
            misfits(one, needs),
            _state(uses.get(one.id)),
            _expected_free(known, uses.get(one.id)),
        )
        for one in list_in_service(below, name, known.day_of(now))
    ]
    queue = in_order(each.waiter for each in waiting_for(store, connection, known))
    nth = next((n for n, each in enumerate(queue, 1) if each.reference == scene.stored.reference), None)
    since = queue[nth - 1].since if nth is not None else None
    return PersonMatch(name, own.title, since, nth, len(queue), needs.because, tuple(_best_first(places)))


def _best_first(places: Sequence[PlaceMatch]) -> list[PlaceMatch]:
    """What fits stands in front, what is free before what is not, and what is free sooner before the others."""
    return sorted(
        places,
        key=lambda one: (
            bool(one.why_not),
            one.state != "free",
            one.expected_free is None,
            one.expected_free.timestamp() if one.expected_free is not None else 0.0,
            one.where,
        ),
    )


def _state(use: Use | None) -> PlaceState:
    if use is None:
        return "free"
    states: dict[str, PlaceState] = {"hold": "held", "stay": "occupied", "void": "void"}
    return states[use.use]


def _expected_free(known: KnownKind, use: Use | None) -> datetime | None:
    if use is None or use.until is not None:
        return use.until if use is not None else None
    aim = known.chart.stay_aim
    return known.pathway.calendar.add(use.since, aim) if use.use == "stay" and aim is not None else None
