"""The cut-off: who has not come by then loses the place for tonight, and those who wait get what is free."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from handrail.errors import Delayed
from handrail.housing.evening import Arrived, Evening
from handrail.housing.kinds import known_kinds
from handrail.housing.nights import stands_still
from handrail.recording import Speaker
from handrail.steps import transaction
from handrail.wiring import Store
from models import nights
from models.database import raw
from models.nights import Night
from models.place_uses import Use, find_persons, list_elsewhere, settle_lapsed, tell_places

TRIES = 3


@dataclass(frozen=True, slots=True)
class CutOff:
    """What a cut-off came to."""

    night: Night
    missed: tuple[Arrived, ...]
    given: tuple[Arrived, ...]
    refused: tuple[Arrived, ...]


def cut_off(store: Store, kind: str | None = None) -> CutOff | None:
    """Have one night whose cut-off has passed be dealt with and closed; None: there is none that nobody has at hand.

    Holds have lapsed by themselves. Whoever has not come is recorded as missed, which the pathway turns into work
    for this evening, unless the case is closed or its clocks stand still: who is in custody is not looked for. Those
    who wait get the places that are free, in the declared order; the others are refused for a coded reason.

    Any number of workers may ask at once: each night is closed by one of them, once.

    Raises:
        Delayed: the store is away or busy; what was due still is.
    """
    for _ in range(TRIES):
        try:
            return _close_one(store, kind)
        except psycopg.errors.ExclusionViolation:  # a place was taken at the same instant by an act of another kind
            continue
    raise Delayed("Places are being taken faster than they can be given. Repeat it in a moment.")


def _close_one(store: Store, kind: str | None) -> CutOff | None:
    with transaction(store) as connection:
        below = raw(connection)
        night = nights.claim_due_night(below, kind)
        if night is None:
            return None
        known = known_kinds(store, connection).get(night.kind)
        nights.close_night(below, night)
        if known is None or known.chart.nightly is None:  # no pathway declares it any more
            return CutOff(night, (), (), ())
        evening = Evening(store, connection, known, night)
        holds = [use for use in evening.uses if use.use == "hold" and use.ended is None]
        whose = [use.case_id for use in holds if use.case_id is not None]
        evening.hold_cases([*whose, *(arrival.case_id for arrival in evening.waiting)])
        lapsed = [use for use in evening.uses if use.use == "hold" and use.ended is None]
        missed = _miss(evening, lapsed)
        given = evening.give(None)
        refused = evening.turn_away(evening.waiting, evening.free()) if evening.waiting else []
        evening.save()
        tell_places(below)
    return CutOff(night, tuple(missed), tuple(given), tuple(refused))


def _miss(evening: Evening, lapsed: list[Use]) -> list[Arrived]:
    """Settle the holds that have lapsed; return who has not come and is to be looked for."""
    below = raw(evening.connection)
    came = {arrival.case_id for arrival in evening.arrivals}
    persons = find_persons(below, [use.case_id for use in lapsed if use.case_id is not None])
    elsewhere = list_elsewhere(below, list(persons.values()), evening.night.kind)
    missed: list[Arrived] = []
    for use in lapsed:
        if use.case_id is None or use.case_id in came or persons[use.case_id] in elsewhere:
            continue
        if stands_still(evening.scenes[use.case_id].case):
            continue
        evening.say(use.case_id, "missed", use, Speaker(use.provider))
        missed.append(Arrived(use.reference, "missed", use.where, agency=use.provider))
    settle_lapsed(below, [use.id for use in lapsed])
    return missed
