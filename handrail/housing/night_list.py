"""The nightly list: who is expected and for whom a place is kept; who came, who did not, and what is free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection

from handrail.housing.kinds import KnownKind
from handrail.housing.night_times import night_of, night_on
from handrail.housing.nights import get_nightly, is_expected
from handrail.steps import scene_of, transaction
from handrail.wiring import Store
from models import nights
from models.cases import get_cases
from models.database import now as database_now
from models.database import raw
from models.nights import Arrival, Night
from models.place_uses import Use, find_persons, list_elsewhere, list_uses_of_night, list_voids
from models.places_in_service import list_free, list_in_service
from pathways.chart import Pathway

GuestState = Literal["expected", "held", "waiting", "arrived", "left", "refused", "missed"]
"""``expected``: no place could be kept. ``waiting``: came, and has none yet. ``held``: has not come yet."""


@dataclass(frozen=True, slots=True)
class GuestLine:
    """A line of the list. ``reference`` of None: somebody who is not known here."""

    reference: str | None
    state: GuestState
    walk_up: bool
    where: str | None
    since: datetime | None
    reason: str | None = None
    attributable_to: str | None = None


@dataclass(frozen=True, slots=True)
class Tonight:
    """The list of one night, with how many places are free, held, taken and void: together, those in service."""

    pathway: Pathway
    title: str
    night: Night
    opened: bool
    guests: tuple[GuestLine, ...]
    free: tuple[str, ...]
    held: int
    taken: int
    void: int


def tonight(store: Store, kind: str, day: date | None = None) -> Tonight:
    """Return the list of the night that goes on, or of the one that begins on ``day``; nothing is changed.

    Raises:
        NotFound: there are no such places.
    """
    with transaction(store) as connection:
        known, below = get_nightly(store, connection, kind), raw(connection)
        now = database_now(connection)
        computed = night_of(known, now) if day is None else night_on(known, day)
        kept = nights.find_night(below, kind, computed.night)
        night = kept or computed
        uses, arrivals = list_uses_of_night(below, kind, night.night), nights.list_arrivals(below, night)
        expected = _expected_now(store, connection, known) if night.ends_at > now else {}
        places = list_in_service(below, kind, night.night)
        voids = {use.place_id for use in list_voids(below, kind, max(now, night.opened_at), night.ends_at)}
        free = list_free(below, kind, night.night, night.ends_at) if night.ends_at > now else []
    running = [use for use in uses if use.ended is None and (use.use == "stay" or (use.until or now) >= now)]
    held, void = sum(use.use == "hold" for use in running), sum(place.id in voids for place in places)
    return Tonight(
        known.pathway,
        known.chart.title,
        night,
        kept is not None,
        tuple(_lines(uses, arrivals, expected, now)),
        tuple(place.where for place in free),
        held,
        len(places) - len(free) - held - void,
        void,
    )


def _expected_now(store: Store, connection: Connection, known: KnownKind) -> dict[int, str]:
    """Return the references of who is expected, by case; nobody is held."""
    assert known.chart.nightly is not None  # noqa: S101 - asked by who knows
    guests = known.chart.nightly.guests
    found = get_cases(raw(connection), nights.list_in_stages(raw(connection), known.pathway.key, guests))
    persons = find_persons(raw(connection), [stored.id for stored in found])
    elsewhere = list_elsewhere(raw(connection), list(persons.values()), known.chart.name)
    scenes = [scene_of(store, connection, stored) for stored in found if persons.get(stored.id) not in elsewhere]
    return {
        scene.stored.id: scene.stored.reference
        for scene in scenes
        if is_expected(scene.case, scene.rules.pathway, guests)
    }


def _lines(
    uses: Sequence[Use], arrivals: Sequence[Arrival], expected: dict[int, str], now: datetime
) -> list[GuestLine]:
    came = {arrival.case_id: arrival for arrival in arrivals}
    by_use = {use.id: use for use in uses}
    lines = [_arrival_line(arrival, by_use) for arrival in arrivals]
    for use in uses:
        if use.case_id is None:
            lines.append(GuestLine(None, "arrived", walk_up=True, where=use.where, since=use.since))
        elif use.case_id not in came and use.ended != "given_up":
            missed = use.use == "hold" and (use.ended is not None or (use.until or now) < now)
            state: GuestState = "missed" if missed else "held" if use.use == "hold" else "arrived"
            lines.append(GuestLine(use.reference, state, walk_up=False, where=use.where, since=use.since))
    listed = {line.reference for line in lines}
    lines += [
        GuestLine(reference, "expected", walk_up=False, where=None, since=None)
        for reference in sorted(expected.values())
        if reference not in listed
    ]
    return sorted(lines, key=lambda line: (line.where is None, line.where or "", line.reference or ""))


def _arrival_line(arrival: Arrival, by_use: dict[int, Use]) -> GuestLine:
    use = by_use.get(arrival.use_id) if arrival.use_id is not None else None
    has_left = use is not None and use.ended is not None
    state: GuestState = ("left" if has_left else "arrived") if arrival.state == "allocated" else arrival.state
    where = use.where if use is not None else None
    walk_up = not arrival.expected
    return GuestLine(
        arrival.reference, state, walk_up, where, arrival.presented_at, arrival.reason, arrival.attributable_to
    )
