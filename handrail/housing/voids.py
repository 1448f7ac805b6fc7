"""Voids: a place that nobody can have for a while, for a coded reason, until it is turned round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from sqlalchemy import Connection

from handrail.errors import NotPossible
from handrail.housing.kinds import KnownKind
from handrail.housing.place_checks import CODE
from handrail.housing.registry import kind_of
from handrail.housing.sentences import place_name, use_told, way_out
from handrail.recording import Speaker
from handrail.steps import transaction
from handrail.wiring import Store
from models.database import PLACES_CHANNEL, raw, tell
from models.database import now as database_now
from models.place_uses import ONE_AT_A_TIME, Use, list_uses
from models.places import PlaceKey
from models.voids import UseWithoutCase, end_uses, record_uses, take_back_void


@dataclass(frozen=True, slots=True)
class Void:
    """A place that nobody can have; ``until`` is ``None`` while it lasts."""

    place: PlaceKey
    reason: str
    since: datetime
    until: datetime | None = None


def open_void(store: Store, place: PlaceKey, reason: str, speaker: Speaker, since: datetime | None = None) -> Void:
    """Have the place be void from now or ``since`` on, until it is turned round.

    Raises:
        NotPossible: somebody holds or occupies it then, or it is void already; nothing was changed.
        NotFound: there is no such place.
        NotYours: it is neither the provider who says so nor the coordinator.
    """
    if not CODE.fullmatch(reason):
        raise NotPossible("A void needs a coded reason of small letters, digits, _ and -, such as void_repair.")
    try:
        with transaction(store) as connection:
            kind_of(store, connection, place, speaker, "open a void on this place")
            new = UseWithoutCase(place, "void", since, reason, speaker.agency, speaker.officer)
            [begun] = record_uses(raw(connection), [new])
            tell(connection, PLACES_CHANNEL)
    except psycopg.errors.ExclusionViolation as error:
        if error.diag.constraint_name != ONE_AT_A_TIME:
            raise
        raise _in_the_way(store, place, speaker, since) from error
    return Void(place, reason, begun)


def turned_round(store: Store, place: PlaceKey, speaker: Speaker) -> Void:
    """Have the place's void be over now; one that was only to begin is taken back.

    Raises:
        NotPossible: the place is not void.
        NotFound, NotYours: as ``open_void``.
    """
    with transaction(store) as connection:
        kind = kind_of(store, connection, place, speaker, "say that this place is turned round")
        below, now = raw(connection), database_now(connection)
        running = list_uses(below, {place: now})
        if running and running[0].use != "void" and running[0].since <= now:
            raise _not_void(place, kind, running[0])
        ended = end_uses(below, [(place, "turned_round")]) or take_back_void(below, place)
        if not ended:
            raise _not_void(place, kind, None)
        tell(connection, PLACES_CHANNEL)
    return Void(place, str(ended[0].reason), ended[0].since, ended[0].until)


def _not_void(place: PlaceKey, kind: KnownKind, use: Use | None) -> NotPossible:
    state = "free" if use is None else use_told(use, kind.pathway.zone).removeprefix("is ")
    return NotPossible(f"{place_name(place)} is not void, so it cannot be turned round. It is {state}.")


def _in_the_way(store: Store, place: PlaceKey, speaker: Speaker, since: datetime | None) -> NotPossible:
    """Return what to say of a place whose void met another use; it may be over by the time that we look."""
    with transaction(store) as connection:
        kind = kind_of(store, connection, place, speaker, "open a void on this place")
        uses = _uses_since(connection, place, since)
    if not uses:
        return NotPossible(f"{place_name(place)} was in use a moment ago and is free now. Open the void again.")
    use = uses[0]
    told = f"{place_name(place)} cannot become void: it {use_told(use, kind.pathway.zone)}."
    return NotPossible(f"{told} {way_out(use)}, or open the void from later on.")


def _uses_since(connection: Connection, place: PlaceKey, since: datetime | None) -> list[Use]:
    return list_uses(raw(connection), {place: since or database_now(connection)})
