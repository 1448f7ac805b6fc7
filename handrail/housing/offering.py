"""Places that fall free: each is kept for the first person who waits and whom it fits, and offered to its provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg

from handrail.errors import Delayed, NotFound, Refused
from handrail.housing.kinds import KnownKind, known_kinds
from handrail.housing.saying import chart_of
from handrail.housing.waiting import Waiting, open_offer, waiting_for
from handrail.recording import Said, Speaker, checked
from handrail.steps import Saying, Scene, act, transaction
from handrail.wiring import Store
from models.cases import lock_cases
from models.database import now as database_now
from models.database import raw
from models.place_uses import (
    NewUse,
    Use,
    claim_lapsed,
    end_use,
    find_persons,
    list_asked_since,
    settle_lapsed,
    start_uses,
    tell_places,
)
from models.places import lock_places
from models.places_in_service import list_free
from models.waiters import KeptOffer, list_offers
from pathways.matching import Place, Waiter, allocate, misfits, needs_of

OFFERED_AGAIN = "hand_off.offered"
PLACE_FREE = "place_free"
NOT_TAKEN = "not_taken"
"""Why a hold is over that was kept for an offer: it was declined, or went on to somebody else."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A place that is kept for somebody from now on, and the hand-off in which its provider is asked."""

    reference: str
    where: str
    provider: str
    hand_off: str
    until: datetime
    again: bool
    """Whether nobody was left to ask in that hand-off, and the provider is asked because of the place."""


def offer_freed(store: Store) -> list[Offered]:
    """Have every free place be kept for the first person who waits for it, and return what was offered.

    First is who comes first in the declared order among those whom the place fits and whose open hand-off asks its
    provider now, or may ask it because nobody is left. Nobody is kept the same place twice in one day. Nightly
    places are given by the night's list instead. Each offer is a transaction of its own; any number of workers may
    do this at once.

    Raises:
        Delayed: the store is away.
    """
    with transaction(store) as connection:
        kinds = [known for known in known_kinds(store, connection).values() if known.chart.nightly is None]
    return [offered for known in kinds for offered in _offer_kind(store, known)]


def end_offers_not_taken(store: Store) -> list[KeptOffer]:
    """Have every hold be over whose offer was declined or has gone on to another agency; return them."""
    with transaction(store) as connection:
        kinds, now = known_kinds(store, connection), database_now(connection)
        found = [one for one in list_offers(raw(connection)) if not _still_asks(kinds, one, now)]
    ended: list[KeptOffer] = []
    for one in found:
        with transaction(store) as connection:
            below = raw(connection)
            lock_cases(below, [one.case_id])
            present = next((each for each in list_offers(below) if each.use_id == one.use_id), None)
            if present is None or _still_asks(kinds, present, now):
                continue
            if end_use(below, one.use_id, "given_up", NOT_TAKEN):
                tell_places(below)
                ended.append(one)
    return ended


def settle_lapses(store: Store, limit: int = 500) -> list[Use]:
    """Have it be known of holds that have lapsed unanswered; their places may be offered to the next. Return them."""
    with transaction(store) as connection:
        below = raw(connection)
        lapsed = claim_lapsed(below, limit)
        if lapsed:
            settle_lapsed(below, [use.id for use in lapsed])
            tell_places(below)
    return lapsed


def _still_asks(kinds: dict[str, KnownKind], offer: KeptOffer, now: datetime) -> bool:
    known = kinds.get(offer.kind)
    if offer.agency is None or known is None:
        return False
    return known.pathway.serving(offer.agency, now) == known.pathway.serving(offer.provider, now)


def _offer_kind(store: Store, known: KnownKind) -> list[Offered]:
    name = known.chart.name
    with transaction(store) as connection:
        below, now = raw(connection), database_now(connection)
        day = known.day_of(now)
        free = list_free(below, name, day, None)
        if not free:
            return []
        asked = list_asked_since(below, name, known.begin_of(day))
        waiting = {each.waiter.reference: each for each in waiting_for(store, connection, known)}

    def may(waiter: Waiter, place: Place) -> bool:
        one = waiting[waiter.reference]
        return (place.id, one.scene.stored.id) not in asked and _asks(one.scene, name, place) is not None

    chosen = allocate([each.waiter for each in waiting.values()], free, may)
    offers = [_offer(store, known, waiting[waiter.reference], place) for waiter, place in chosen]
    return [offered for offered in offers if offered is not None]


def _asks(scene: Scene, kind: str, place: Place) -> tuple[str, bool] | None:
    """Return the hand-off in which the place's provider may be asked, and whether it has to be offered anew."""
    chart = scene.rules.pathway.places[kind]
    found = open_offer(scene.case, scene.rules.pathway, chart, place.provider, scene.now)
    return None if found is None else (found.name, found.state == "exhausted")


def _offer(store: Store, known: KnownKind, waiting: Waiting, place: Place) -> Offered | None:
    """Keep the place and have its provider be asked; None if the case or the place has moved on since."""
    reference, done = waiting.waiter.reference, list[Offered]()

    def plan(scene: Scene) -> list[Saying]:
        chart, asks = chart_of(scene, known.chart.name), _asks(scene, known.chart.name, place)
        persons = find_persons(scene.connection, [scene.stored.id])
        if asks is None or not persons or misfits(place, needs_of(scene.case, scene.rules.pathway, chart)):
            raise Refused("The case has moved on.")
        hand_off, again = asks
        until = known.pathway.due(place.provider, scene.now, chart.hold, ())
        assert until is not None  # noqa: S101 - nothing stands still
        lock_places(scene.connection, [(place.project, place.name)])
        new = NewUse(place.id, scene.stored.id, persons[scene.stored.id])
        start_uses(scene.connection, (known.chart.name, "hold"), [new], until, reason=hand_off)
        tell_places(scene.connection)
        where = place.where
        done[:] = [Offered(reference, where, place.provider, hand_off, until, again)]
        return [_said_again(scene, hand_off, place.provider)] if again else []

    try:
        act(store, reference, plan)
    except (psycopg.errors.ExclusionViolation, Refused, NotFound, Delayed):
        return None  # somebody was quicker; what is still free is offered the next time
    return done[0] if done else None


def _said_again(scene: Scene, hand_off: str, provider: str) -> Saying:
    """Return what has the provider be asked although nobody was left: said by who owns the track."""
    found = next(one for one in scene.case.hand_offs if one.name == hand_off)
    owner = scene.case.tracks[found.track].owner
    fields = {"hand_off": hand_off, "to": scene.rules.pathway.serving(provider, scene.now), "reason": PLACE_FREE}
    return checked(scene, Said(OFFERED_AGAIN, fields, Speaker(owner)))
