"""Who comes for a place tonight: let in, kept waiting, or refused for a coded reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

import psycopg

from handrail.errors import Delayed, NotPossible
from handrail.housing import sentences
from handrail.housing.evening import Arrived, Evening, check_reason
from handrail.housing.night_times import night_of
from handrail.housing.nights import get_nightly, open_night
from handrail.housing.saying import check_open
from handrail.recording import Speaker
from handrail.references import read_reference
from handrail.steps import transaction
from handrail.wiring import Store
from models import nights
from models.cases import get_case
from models.database import now as database_now
from models.database import raw
from models.nights import NewArrival
from models.place_uses import (
    NewUse,
    Use,
    become_stay,
    end_use,
    find_persons,
    list_running,
    settle_lapsed,
    start_uses,
    tell_places,
)
from pathways.matching import Needs, Place, misfits

TRIES = 3
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Presented:
    """What came of an arrival, and of others who waited and were given a place by the same act."""

    kind: str
    night: str
    mine: Arrived
    others: tuple[Arrived, ...] = ()


def present(store: Store, kind: str, reference: str, speaker: Speaker, place: str | None = None) -> Presented:
    """Have the person be here tonight: whose hold runs stays in that place; everybody else is a walk-up.

    A walk-up gets a place that nobody has, if one fits, in the declared order among those who wait; else waits for
    the cut-off. After that who comes late gets what is left, or is refused for a coded reason. ``place`` asks for
    one place by name.

    Raises:
        NotPossible: the case is closed, or the person stays elsewhere.
        NotYours: the speaker provides no such places.
        NotFound, Delayed: as ``handrail.steps.act``.
    """
    given = read_reference(reference)

    def come(evening: Evening) -> Presented:
        case_id = _held(evening, given, speaker)
        scene = evening.scenes[case_id]
        check_open(scene)
        use = evening.use_of(case_id)
        if use is not None and use.use == "stay" and use.ended is None:
            return _presented(evening, _stays(evening, given, use, repeated=True))
        _check_elsewhere(evening, case_id)
        expected = use is not None or case_id in _listed(evening, case_id)
        if use is not None and become_stay(raw(evening.connection), use.id, evening.night.ends_at):
            evening.record([NewArrival(case_id, True, "allocated", speaker.agency, speaker.officer, use.id)])
            evening.say(case_id, "came", use, speaker)
            return _presented(evening, _stays(evening, given, use))
        if use is not None:  # came after all, if late: nobody is to be looked for
            settle_lapsed(raw(evening.connection), [use.id], "came_late")
        waited = any(arrival.case_id == case_id for arrival in evening.waiting)
        evening.record([NewArrival(case_id, expected, "waiting", speaker.agency, speaker.officer)])
        mine, *others = _walk_up(evening, case_id, speaker, place)
        return _presented(evening, replace(mine, repeated=waited and mine.state == "waiting"), *others)

    return _tried(store, kind, come)


def present_unknown(store: Store, kind: str, speaker: Speaker, place: str | None = None) -> Presented:
    """Have somebody who is not known here stay for the night, behind all who wait: nobody is recorded.

    A rule that concerns everybody holds for them too. A place that is for women only must be asked for by name.

    Raises:
        NotPossible: no place is left.
        NotYours, NotFound, Delayed: as ``present``.
    """

    def come(evening: Evening) -> Presented:
        now = database_now(evening.connection)
        evening.check_speaker(speaker, now)
        evening.hold_cases(arrival.case_id for arrival in evening.waiting)
        others = evening.give(None)
        fitting = [one for one in evening.free() if _for_anybody(evening, one, place)]
        if not fitting:
            raise NotPossible("No such place is left that fits anybody tonight. See what is: handrail tonight")
        below, chosen = raw(evening.connection), fitting[0]
        new = NewUse(chosen.id, None, None)
        start_uses(below, (kind, "stay"), [new], evening.night.ends_at, evening.night.night)
        where = chosen.where
        mine = Arrived(None, "allocated", where, evening.night.ends_at, agency=chosen.provider)
        return _presented(evening, mine, *others)

    return _tried(store, kind, come)


def refuse(store: Store, kind: str, reference: str, reason: str, speaker: Speaker) -> Presented:
    """Have it be known that the person was refused at the door tonight, for one of the kind's coded reasons.

    Whose doing that is stands in what is returned and is kept. A place that was kept for the person goes to those
    who wait.

    Raises:
        Refused: the reason is none of the kind's.
        NotPossible: the person has been let in already; then leaving is what happened.
        NotYours, NotFound, Delayed: as ``present``.
    """
    given = read_reference(reference)

    def turn_away(evening: Evening) -> Presented:
        whose = check_reason(evening.known, reason)
        case_id = _held(evening, given, speaker)
        check_open(evening.scenes[case_id])
        use = evening.use_of(case_id)
        if use is not None and use.use == "stay" and use.ended is None:
            raise NotPossible(f"{given} is in {use.where} already. Have the person leave: handrail bed leave {given}")
        if use is not None and not end_use(raw(evening.connection), use.id, "given_up", reason):
            settle_lapsed(raw(evening.connection), [use.id], reason)
        expected = use is not None or case_id in _listed(evening, case_id)
        new = NewArrival(case_id, expected, "refused", speaker.agency, speaker.officer, None, reason, whose)
        evening.record([new])
        evening.say(case_id, "refused", use, evening.door(speaker), reason)
        mine = Arrived(given, "refused", None, None, reason, whose, speaker.agency)
        return _presented(evening, mine, *evening.give(None))

    return _tried(store, kind, turn_away)


@contextmanager
def evening_of(store: Store, kind: str) -> Iterator[Evening]:
    """Give the evening of the night that goes on, opened if nobody has, and save what it came to."""
    _see_it_is_open(store, kind)
    with transaction(store) as connection:
        known = get_nightly(store, connection, kind)
        night = nights.lock_night(raw(connection), kind, night_of(known, database_now(connection)).night)
        if night is None:  # the night before is over since we looked
            raise Delayed("A new night has begun just now. Repeat it.")
        evening = Evening(store, connection, known, night)
        yield evening
        evening.save()
        tell_places(raw(connection))


def _see_it_is_open(store: Store, kind: str) -> None:
    """Have the night be open, so that who is expected comes before any walk-up: a transaction of its own."""
    with transaction(store) as connection:
        known = get_nightly(store, connection, kind)
        day = night_of(known, database_now(connection)).night
        found = nights.find_night(raw(connection), kind, day)
    if found is None:
        open_night(store, kind, day)


def _tried(store: Store, kind: str, work: Callable[[Evening], T]) -> T:
    """Return what ``work`` comes to; again if a place was taken at the same instant by an act of another kind."""
    for _ in range(TRIES):
        try:
            with evening_of(store, kind) as evening:
                return work(evening)
        except psycopg.errors.ExclusionViolation:
            continue
    raise Delayed("Places are being taken faster than they can be given. Repeat it in a moment.")


def _held(evening: Evening, reference: str, speaker: Speaker) -> int:
    """Hold the case and those who wait, and return its id; it is the case whose act this is."""
    stored = get_case(evening.connection, reference)
    evening.check_speaker(speaker, stored.read_at)
    if not find_persons(raw(evening.connection), [stored.id]):
        raise NotPossible(f"{reference} is about nobody known: it was imported. Refer the person first.")
    evening.asked = stored.id
    evening.hold_cases([stored.id, *(arrival.case_id for arrival in evening.waiting)])
    return stored.id


def _listed(evening: Evening, case_id: int) -> list[int]:
    """Return the case if the person is expected tonight, place or none."""
    nightly = evening.known.chart.nightly
    assert nightly is not None  # noqa: S101 - only such kinds have evenings
    found = nights.list_in_stages(raw(evening.connection), evening.known.pathway.key, nightly.guests)
    return [each for each in found if each == case_id]


def _check_elsewhere(evening: Evening, case_id: int) -> None:
    """Make sure that the person has no place of another kind: nobody has two beds.

    Raises:
        NotPossible: there is one.
    """
    kind, zone = evening.night.kind, evening.known.pathway.zone
    for use in list_running(raw(evening.connection), case_id):
        if use.use == "stay" and use.kind != kind:
            raise sentences.has_one(evening.scenes[case_id].stored.reference, use, zone)


def _walk_up(evening: Evening, case_id: int, speaker: Speaker, place: str | None) -> list[Arrived]:
    """Give what is free to those who wait; return what became of the case, and the others who got a place."""
    given = evening.give(speaker, wanted=place)
    arrival = next(each for each in evening.arrivals if each.case_id == case_id)
    mine = next((each for each in given if each.reference == arrival.reference), None)
    others = [each for each in given if each is not mine]
    if mine is None and evening.night.closed_at is not None:
        mine = next(iter(evening.turn_away([arrival], evening.free())), None)
    return [mine or Arrived(arrival.reference, "waiting", agency=speaker.agency), *others]


def _stays(evening: Evening, reference: str, use: Use, *, repeated: bool = False) -> Arrived:
    return Arrived(reference, "allocated", use.where, evening.night.ends_at, agency=use.provider, repeated=repeated)


def _presented(evening: Evening, mine: Arrived, *others: Arrived) -> Presented:
    return Presented(evening.night.kind, evening.night.night.isoformat(), mine, others)


def _for_anybody(evening: Evening, place: Place, wanted: str | None) -> bool:
    """Whether somebody of whom nothing is known may have the place."""
    if wanted is not None:
        return wanted == place.where
    return not place.women_only and not _rule_for_all_fails(evening, place)


def _rule_for_all_fails(evening: Evening, place: Place) -> bool:
    rules = tuple(rule for rule in evening.known.chart.fits if rule.when is None)
    return bool(misfits(place, Needs(rules)))
