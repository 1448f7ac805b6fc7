"""Being on duty for places: nights opened and cut off, lapsed holds settled, and what falls free offered.

It is done beside the sweep of the hand-offs, and it must not hold that up: what fails here leaves an incident.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from handrail.errors import Delayed
from handrail.housing.cut_off import CutOff, cut_off
from handrail.housing.kinds import KnownKind, known_kinds
from handrail.housing.night_times import DAY
from handrail.housing.nights import nightly_kinds, open_night, wants_opening
from handrail.housing.offering import end_offers_not_taken, offer_freed, settle_lapses
from handrail.steps import transaction
from handrail.sweeps import Act, WakeBatch, next_due, wake_due
from handrail.wiring import Store
from models import faults
from models.attempts import open_incident
from models.database import RawConnection, raw
from models.database import now as database_now
from models.nights import find_next_cut_off, find_night
from models.place_uses import find_next_lapse
from models.places_in_service import list_in_service
from models.waiters import has_places
from pathways.wall_clock import MOMENT

Part = Callable[[Store], list[Act]]


def wake_hand_offs_and_places(store: Store, limit: int = 500) -> WakeBatch:
    """Wake up to ``limit`` cases whose hand-offs are due, then do all that is due with places.

    Raises:
        Delayed: the store is away or busy; what was due still is.
    """
    woken = wake_due(store, "hand_offs", limit)
    acts = see_to_places(store)
    counts = woken.changes + Counter(act.kind for act in acts)
    told = [act for act in acts if act.reference]  # a night is counted: it is of no one case
    return WakeBatch(woken.cases + len(acts), counts, (*woken.acts, *told), woken.stuck)


def next_hand_off_or_place(store: Store) -> datetime | None:
    """Return when the next hand-off or place is due, by the database's clock; it may be past."""
    return min((at for at in (next_due(store, "hand_offs"), next_place_due(store)) if at is not None), default=None)


def see_to_places(store: Store) -> list[Act]:
    """Have all that is due with places be done, and return it by reference; nothing, where there are no places."""
    with transaction(store) as connection:
        if not has_places(raw(connection)):
            return []
    parts: tuple[tuple[str, Part], ...] = (
        ("cut_off", _cut_off),
        ("open_night", _open),
        ("settle_lapses", _settle),
        ("offer_freed", _offer),
    )
    return [act for name, part in parts for act in _guarded(store, name, part)]


def next_place_due(store: Store) -> datetime | None:
    """Return when the next night begins or is cut off, or the next hold lapses, by the database's clock."""
    with transaction(store) as connection:
        below = raw(connection)
        if not has_places(below):
            return None
        now = database_now(connection)
        ends = [find_next_cut_off(connection), find_next_lapse(connection)]
        nightly = {name: known for name, known in known_kinds(store, connection).items() if known.chart.nightly}
        begins = [_next_begin(below, name, known, now) for name, known in nightly.items()]
    # What is kept until an instant is kept at that instant too: it is over just behind it.
    return min([*begins, *(at + MOMENT for at in ends if at is not None)], default=None)


def _next_begin(below: RawConnection, name: str, known: KnownKind, now: datetime) -> datetime:
    """Return when the next night begins that is to be opened: the one that goes on, if nobody has opened it."""
    day = known.day_of(now)
    missing = find_night(below, name, day) is None and bool(list_in_service(below, name, day))
    return known.begin_of(day if missing else day + DAY)


def _cut_off(store: Store) -> list[Act]:
    acts: list[Act] = []
    while (done := cut_off(store)) is not None:
        acts += _cut_off_acts(done)
    return acts


def _cut_off_acts(done: CutOff) -> Iterable[Act]:
    kind = done.night.kind
    told = (("place_missed", done.missed), ("place_given", done.given), ("place_refused", done.refused))
    yield Act("", "", "night_cut_off", kind)
    for what, people in told:
        yield from (Act(each.reference or "", each.agency, what, each.reason or kind) for each in people)


def _open(store: Store) -> list[Act]:
    acts: list[Act] = []
    for kind in nightly_kinds(store):
        if not wants_opening(store, kind):
            continue
        done = open_night(store, kind)
        acts += [] if done.repeated else [Act("", "", "night_opened", kind)]
        acts += [Act(reference, "", "place_held", kind) for reference in done.held]
    return acts


def _settle(store: Store) -> list[Act]:
    lapsed = [Act(use.reference or "", use.provider, "hold_lapsed", use.kind) for use in settle_lapses(store)]
    ended = [Act(one.reference, one.provider, "hold_given_up", one.kind) for one in end_offers_not_taken(store)]
    return lapsed + ended


def _offer(store: Store) -> list[Act]:
    return [Act(one.reference, one.provider, "place_offered", one.hand_off) for one in offer_freed(store)]


def _guarded(store: Store, name: str, part: Part) -> list[Act]:
    """Return what ``part`` did; what it could not do is left to the next time, and to an incident if it is a fault."""
    try:
        return part(store)
    except Delayed:
        return []
    except Exception as error:  # noqa: BLE001 - the cases' own sweep goes on whatever happens to places
        details = "".join(traceback.format_exception(error))
        with transaction(store) as connection:
            number = faults.record(connection, "places", type(error).__name__, details)
            sentence = f"Places could not be seen to ({type(error).__name__}, recorded as fault {number})."
            open_incident(connection, "places_stuck", name, None, sentence)
        return []
