"""The registry of places: brought in, taken out of service, and how full they are.

The same again changes nothing. A kind of places and its provider must be known to a published pathway, and nobody is
left without the place that they hold or sleep in: a place goes out of service after them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from handrail.errors import NotFound, NotPossible
from handrail.housing.kinds import KnownKind, days_of_service, known_kinds
from handrail.housing.place_checks import Refuse, check_places, check_projects
from handrail.housing.sentences import no_such_place, place_name, use_told, way_out
from handrail.recording import Speaker
from handrail.steps import transaction
from handrail.wiring import Store
from models.database import PLACES_CHANNEL, RawConnection, raw, tell
from models.database import now as database_now
from models.place_uses import list_uses
from models.places import (
    PlaceFacts,
    PlaceKey,
    Project,
    bring_places,
    bring_projects,
    list_projects,
    lock_places,
    lock_projects,
)
from models.places_in_service import Capacity, PlaceNow, count_capacity, list_places


@dataclass(frozen=True, slots=True)
class ProjectGiven:
    """What is said of a project; ``None`` says nothing. ``number`` tells where it was said."""

    key: str
    kind: str | None = None
    title: str | None = None
    provider: str | None = None
    turnaround_days: int | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class PlaceGiven:
    facts: PlaceFacts
    number: int = 0


@dataclass(slots=True)
class Tally:
    new: int = 0
    changed: int = 0
    same: int = 0

    @classmethod
    def of(cls, given: int, new: int, changed: int) -> Tally:
        return cls(new, changed, given - new - changed)


@dataclass(slots=True)
class Registered:
    """What bringing projects and places came to. ``refused`` counts what was told to the caller one by one."""

    projects: Tally = field(default_factory=Tally)
    places: Tally = field(default_factory=Tally)
    refused: int = 0


def never(_number: int, sentence: str) -> None:
    """Refuse the whole act for one part of it.

    Raises:
        NotPossible: always.
    """
    raise NotPossible(sentence)


def bring(
    store: Store,
    projects: Sequence[ProjectGiven],
    places: Sequence[PlaceGiven],
    refuse: Refuse = never,
    *,
    dry_run: bool = False,
) -> Registered:
    """Have the projects and places in the registry, as one transaction; what cannot be is told to ``refuse``.

    A project or a place that is there is changed where something else is said of it. ``dry_run`` only tells.

    Raises:
        NotPossible: something cannot be, and ``refuse`` was left out; nothing was changed.
        Delayed: the store is busy or away.
    """
    with transaction(store) as connection:
        done = bring_within(store, connection, projects, places, refuse)
        if dry_run:
            connection.rollback()
    return done


def bring_within(
    store: Store,
    connection: Connection,
    projects: Sequence[ProjectGiven],
    places: Sequence[PlaceGiven],
    refuse: Refuse = never,
) -> Registered:
    """Do what ``bring`` does within the caller's transaction."""
    below, kinds = raw(connection), known_kinds(store, connection)
    counted = _Counting(refuse)
    known = lock_projects(below, {one.key for one in projects} | {one.facts.project for one in places})
    wanted = check_projects(projects, places, known, kinds, counted)
    added = bring_projects(below, [wanted[one] for one in sorted({each.key for each in projects} & set(wanted))])
    taken = check_places(below, [one for one in places if one.facts.project in wanted], wanted, kinds, counted)
    days = days_of_service(kinds, database_now(connection))
    changed = bring_places(below, sorted(taken, key=lambda facts: facts.key), days)
    if any((*added, *changed)):
        tell(connection, PLACES_CHANNEL)
    asked = len({one.key for one in projects} & set(wanted))
    return Registered(Tally.of(asked, *added), Tally.of(len(taken), *changed), counted.count)


class _Counting:
    def __init__(self, refuse: Refuse) -> None:
        self.count = 0
        self._refuse = refuse

    def __call__(self, number: int, sentence: str) -> None:
        self.count += 1
        self._refuse(number, sentence)


def retire(store: Store, place: PlaceKey, speaker: Speaker, day: date | None = None) -> date:
    """Have the place out of service from ``day`` on, from today if left out, and return that day.

    Raises:
        NotPossible: somebody holds or occupies it later than that; who, and until when, is told.
        NotFound: there is no such place.
        NotYours: it is neither the provider who says so nor the coordinator.
    """
    with transaction(store) as connection:
        kind = kind_of(store, connection, place, speaker, "take this place out of service")
        now, below = database_now(connection), raw(connection)
        service = lock_places(below, [place], against_uses=True)[place]
        from_day = kind.day_of(now) if day is None else day
        check_unused(below, place, kind, from_day)
        if service.begins > from_day:
            raise NotPossible(
                f"{place_name(place)} is in service only from {service.begins} on. Give a day after that."
            )
        bring_places(below, [PlaceFacts(*place, in_service_until=from_day)], {})
        if service.ends != from_day:
            tell(connection, PLACES_CHANNEL)
    return from_day


def check_unused(connection: RawConnection, place: PlaceKey, kind: KnownKind, day: date) -> None:
    """Make sure that nobody holds or occupies the place, which the caller holds, once ``day`` has begun.

    Raises:
        NotPossible: somebody does.
    """
    uses = list_uses(connection, {place: kind.begin_of(day)}, ("hold", "stay"))
    if uses:
        told = use_told(uses[-1], kind.pathway.zone)
        advice = f"{way_out(uses[-1])}, or take it out of service later."
        raise NotPossible(f"{place_name(place)} cannot go out of service from {day} on: it {told}. {advice}")


def kind_of(store: Store, connection: Connection, place: PlaceKey, speaker: Speaker, what: str) -> KnownKind:
    """Return the kind of a place, and see that ``speaker`` may do ``what`` with it.

    Raises:
        NotFound: there is no such place.
        NotYours: it is neither the provider who says so nor the coordinator.
        NotPossible: no published pathway declares its kind any more.
    """
    below = raw(connection)
    project = next(iter(list_projects(below, key=place[0])), None)
    if project is None or place not in lock_places(below, [place]):
        raise no_such_place(place)
    kind = known_kinds(store, connection).get(project.kind)
    if kind is None:
        raise NotPossible(
            f"No published pathway declares places of kind {project.kind!r}. Publish the one that does, then repeat."
        )
    kind.check_speaker(speaker, project.provider, database_now(connection), what)
    return kind


def capacity(
    store: Store, *, kind: str | None = None, project: str | None = None, at: datetime | None = None
) -> list[Capacity]:
    """Return how full each project is, now or at ``at``, by kind and key.

    Raises:
        NotFound: a project or a kind was asked for that is not there.
    """
    with transaction(store) as connection:
        kinds, below = known_kinds(store, connection), raw(connection)
        moment = at or database_now(connection)
        found = count_capacity(below, moment, days_of_service(kinds, moment), kind=kind, key=project)
        if not found and project is not None:
            raise _no_such_project(below, project)
        if not found and kind is not None and kind not in kinds:
            raise NotFound(f"There are no places of kind {kind!r}. Declared: {', '.join(sorted(kinds)) or 'none'}.")
    return found


def places_of(store: Store, project: str, at: datetime | None = None) -> tuple[Capacity, list[PlaceNow]]:
    """Return how full the project is, now or at ``at``, and each of its places by name.

    Raises:
        NotFound: there is no such project.
    """
    with transaction(store) as connection:
        kinds, below = known_kinds(store, connection), raw(connection)
        moment = at or database_now(connection)
        days = days_of_service(kinds, moment)
        found = count_capacity(below, moment, days, key=project)
        if not found:
            raise _no_such_project(below, project)
        return found[0], list_places(below, moment, days, key=project)


def local_zone(store: Store) -> ZoneInfo:
    """Return the zone of the pathway that declares places; of several the first by key, of none UTC."""
    with transaction(store) as connection:
        return next((kind.pathway.zone for kind in known_kinds(store, connection).values()), ZoneInfo("UTC"))


def _no_such_project(connection: RawConnection, key: str) -> NotFound:
    known: Iterable[Project] = list_projects(connection)
    names = ", ".join(one.key for one in known) or "none; bring some with: handrail places import FILE"
    return NotFound(f"There is no project {key!r}. Known: {names}.")
