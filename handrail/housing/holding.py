"""Holding and occupying places for people with a case. What happens to the place and the case is one transaction.

Nobody has to look first whether a place is free: the constraints of the store refuse what is used twice, and the
refusal says who has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import psycopg

from handrail.errors import NotPossible
from handrail.housing import sentences
from handrail.housing.kinds import KnownKind, known_kinds
from handrail.housing.night_times import night_of
from handrail.housing.saying import chart_of, check_open, sayings
from handrail.recording import Speaker
from handrail.references import read_reference
from handrail.steps import Outcome, Saying, Scene, act, transaction
from handrail.wiring import Store
from models.cases import get_case
from models.database import raw
from models.nights import find_night
from models.place_uses import (
    ONE_AT_A_TIME,
    Ending,
    NewUse,
    Use,
    become_stay,
    end_use,
    find_persons,
    find_user,
    list_running,
    start_uses,
    tell_places,
)
from models.places import lock_places
from models.places_in_service import KeptPlace, find_place, list_in_service
from pathways.matching import misfits, needs_of


@dataclass(frozen=True, slots=True)
class PlaceUsed:
    """What an act on a place came to. ``until`` of None: no end is known. ``ended`` are places it gave free."""

    reference: str
    where: str
    kind: str
    use: str
    until: datetime | None
    ended: tuple[str, ...]
    outcome: Outcome
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Taking:
    """Who is to have which place, and who says so."""

    scene: Scene
    kept: KeptPlace
    speaker: Speaker
    person: int
    running: tuple[Use, ...]


def hold(store: Store, reference: str, place: str, speaker: Speaker, *, hand_off: str | None = None) -> PlaceUsed:
    """Have the place be kept for the person: for as long as its kind declares, or until tonight's cut-off.

    ``hand_off`` names the offer for which it is kept, if it is one: the hold is over when that is declined.

    Raises:
        NotPossible: somebody has the place, it does not fit, or the person has one of its kind.
        NotYours: it is another provider's place.
        NotFound, Delayed: as ``handrail.steps.act``; also if there is no such place.
    """
    known, kept = _known(store, place)

    def take(taking: Taking) -> tuple[PlaceUsedSoFar, list[Saying]]:
        mine = next((use for use in taking.running if use.place_id == kept.place.id), None)
        if mine is not None and mine.use == "hold":
            return PlaceUsedSoFar("hold", mine.until, (), repeated=True), []
        until, night = _held_until(taking, known)
        new = NewUse(kept.place.id, taking.scene.stored.id, taking.person)
        below = taking.scene.connection
        day = known.day_of(until) if night else None
        if not start_uses(below, (kept.kind, "hold"), [new], until, day, hand_off):
            raise NotPossible(
                f"The cut-off of {sentences.instant_told(until, known.pathway.zone)} has passed: nothing is held for "
                "tonight any more. Have the person come, and say so with: handrail bed present"
            )
        return PlaceUsedSoFar("hold", until, ()), []

    return _take(store, reference, known, kept, speaker, take)


def occupy(store: Store, reference: str, place: str, speaker: Speaker, *, moving: bool = False) -> PlaceUsed:
    """Have the person stay in the place: a running hold becomes the stay, or a free place is taken directly.

    What else the person holds, tonight's bed above all, is given up by it, and a stay in a place of another kind is
    over. With ``moving`` so is a stay in another place of the same kind: that is how somebody moves.

    Raises:
        As ``hold``; also NotPossible if the places are nightly ones: there people arrive.
    """
    known, kept = _known(store, place)
    if known.chart.nightly is not None:
        raise NotPossible(f"{place} is given for a night at a time. Say who came with: handrail bed present")

    def take(taking: Taking) -> tuple[PlaceUsedSoFar, list[Saying]]:
        below, scene = taking.scene.connection, taking.scene
        mine = next((use for use in taking.running if use.place_id == kept.place.id), None)
        if mine is not None and mine.use == "stay":
            return PlaceUsedSoFar("stay", mine.until, (), repeated=True), []
        others = [use for use in taking.running if use is not mine and (moving or use.kind != kept.kind)]
        for use in others:
            ended: Ending = "left" if use.use == "stay" else "given_up"
            end_use(below, use.id, ended, "moved")
        if mine is None or not become_stay(below, mine.id, None):
            new = NewUse(kept.place.id, scene.stored.id, taking.person)
            start_uses(below, (kept.kind, "stay"), [new], None)
        said = sayings(scene, "moved_in", kept.place, speaker, kind=kept.kind)
        return PlaceUsedSoFar("stay", None, tuple(use.where for use in others)), said

    return _take(store, reference, known, kept, speaker, take)


@dataclass(frozen=True, slots=True)
class PlaceUsedSoFar:
    use: str
    until: datetime | None
    ended: tuple[str, ...]
    repeated: bool = False


Take = Callable[[Taking], tuple[PlaceUsedSoFar, list[Saying]]]


def _take(store: Store, reference: str, known: KnownKind, kept: KeptPlace, speaker: Speaker, take: Take) -> PlaceUsed:
    """Have ``take`` do its work for the case and the place, both held; what is used twice is refused in words."""
    given, zone = read_reference(reference), known.pathway.zone
    where, so_far = kept.place.where, list[PlaceUsedSoFar]()

    def plan(scene: Scene) -> Sequence[Saying]:
        taking = _taking(scene, known, kept, speaker)
        done, said = take(taking)
        so_far[:] = [done]
        tell_places(scene.connection)
        return said

    try:
        outcome = act(store, given, plan)
    except psycopg.errors.ExclusionViolation as error:
        raise _in_use(store, given, kept, zone, error) from error
    done = so_far[0]
    return PlaceUsed(given, where, kept.kind, done.use, done.until, done.ended, outcome, done.repeated)


def _taking(scene: Scene, known: KnownKind, kept: KeptPlace, speaker: Speaker) -> Taking:
    known.check_speaker(speaker, kept.place.provider, scene.now, f"give {kept.place.where}")
    check_open(scene)
    chart, where = chart_of(scene, kept.kind), kept.place.where
    person = find_persons(scene.connection, [scene.stored.id]).get(scene.stored.id)
    if person is None:
        raise NotPossible(f"{scene.stored.reference} is about nobody known: it was imported. Refer the person first.")
    lock_places(scene.connection, [(kept.place.project, kept.place.name)])
    day = known.day_of(scene.now)
    if not any(one.id == kept.place.id for one in list_in_service(scene.connection, kept.kind, day)):
        raise NotPossible(f"{where} is not in service on {day.isoformat()}. Take another place.")
    wrong = misfits(kept.place, needs_of(scene.case, scene.rules.pathway, chart))
    if wrong:
        raise sentences.unfit(where, wrong)
    return Taking(scene, kept, speaker, person, tuple(list_running(scene.connection, scene.stored.id)))


def _held_until(taking: Taking, known: KnownKind) -> tuple[datetime, bool]:
    """Return until when a hold runs, and whether it is for a night."""
    scene, kept = taking.scene, taking.kept
    if known.chart.nightly is not None:
        elsewhere = next((use for use in taking.running if use.use == "stay" and use.kind != kept.kind), None)
        if elsewhere is not None:
            raise sentences.has_one(scene.stored.reference, elsewhere, known.pathway.zone)
        computed = night_of(known, scene.now)
        night = find_night(scene.connection, kept.kind, computed.night) or computed
        return night.cut_off_at, True
    due = known.pathway.due(kept.place.provider, scene.now, chart_of(scene, kept.kind).hold, ())
    assert due is not None  # noqa: S101 - nothing stands still
    return due, False


def _known(store: Store, place: str) -> tuple[KnownKind, KeptPlace]:
    key = sentences.read_place(place)
    with transaction(store) as connection:
        kept = find_place(raw(connection), *key)
        kinds = known_kinds(store, connection)
    if kept is None:
        raise sentences.no_such_place(key)
    if kept.kind not in kinds:
        raise NotPossible(
            f"{place} is of the kind {kept.kind!r}, which no pathway in force declares. "
            f"Declared: {', '.join(sorted(kinds)) or 'none'}."
        )
    return kinds[kept.kind], kept


def _in_use(
    store: Store, reference: str, kept: KeptPlace, zone: ZoneInfo, error: psycopg.errors.ExclusionViolation
) -> NotPossible:
    where = kept.place.where
    with transaction(store) as connection:
        if error.diag.constraint_name == ONE_AT_A_TIME:
            return sentences.taken(where, find_user(raw(connection), kept.place.id), zone)
        stored = get_case(connection, reference)
        running = [use for use in list_running(raw(connection), stored.id) if use.kind == kept.kind]
    return sentences.has_one(reference, running[0] if running else None, zone)
