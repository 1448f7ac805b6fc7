"""How many places a service has, made into places: named by numbers, the surplus of them out of service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import count, islice

from sqlalchemy import Connection

from handrail.housing.kinds import KnownKind, days_of_service, known_kinds
from handrail.housing.place_checks import Refuse
from handrail.housing.registry import PlaceGiven, ProjectGiven
from handrail.wiring import Store
from integrations.place_lines import CapacityLine, ProjectLine, Traits
from models.database import now as database_now
from models.database import raw
from models.places import NO_END, PlaceFacts, Project, list_projects, lock_projects
from models.places_in_service import PlaceNow, list_places


@dataclass(frozen=True, slots=True)
class Usual:
    """The kind and the provider of projects of which a file says none."""

    kind: str | None = None
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """Capacities as projects and places; ``notes`` are told to a person, with their numbers."""

    projects: list[ProjectGiven]
    places: list[PlaceGiven]
    retired: int
    notes: list[tuple[int, str]]


def place_capacities(
    store: Store, connection: Connection, lines: Sequence[CapacityLine], usual: Usual, refuse: Refuse
) -> Placed:
    """Return what the registry is to be told so that each service has as many places as it says.

    Missing ones are named ``01``, ``02`` and so on, or come into service again; of a surplus the free ones go out of
    service, the highest numbers in front. A surplus that is in use stays, and is told to ``refuse``.
    """
    below, kinds = raw(connection), known_kinds(store, connection)
    known = lock_projects(below, {line.project.key for line in lines})
    now = database_now(connection)
    days = days_of_service(kinds, now)
    there: dict[str, list[PlaceNow]] = {}
    for place in list_places(below, now, days):
        there.setdefault(place.facts.project, []).append(place)
    placed = Placed([], [], 0, [])
    for line in lines:
        project = _project(line, known.get(line.project.key), kinds, usual)
        placed.projects.append(project)
        today = days.get(project.kind or "", now.date())
        placed = _place(line, there.get(project.key, []), today, placed, refuse)
    return placed


def usual_problem(store: Store, connection: Connection, usual: Usual) -> str | None:
    """Return what is wrong with the usual kind, or ``None``."""
    kinds = known_kinds(store, connection)
    if (
        usual.kind is None
        or usual.kind in kinds
        or any(one.kind == usual.kind for one in list_projects(raw(connection)))
    ):
        return None
    return (
        f"No published pathway declares places of kind {usual.kind!r}. Declared: {', '.join(sorted(kinds)) or 'none'}."
    )


def _project(line: CapacityLine, known: Project | None, kinds: Mapping[str, KnownKind], usual: Usual) -> ProjectGiven:
    said = line.project
    kind = said.kind or (known.kind if known is not None else usual.kind)
    provider = said.provider or _agency(line.organization, kinds.get(kind or ""))
    if provider is None and known is None:
        provider = usual.provider
    return ProjectGiven(said.key, kind, said.title, provider, said.turnaround_days, line.number)


def _agency(organization: str | None, kind: KnownKind | None) -> str | None:
    """Return the agency that goes by the name of the organization."""
    if organization is None or kind is None:
        return None
    name = organization.strip().casefold()
    agencies = kind.pathway.agencies.values()
    return next((one.key for one in agencies if name in {one.title.casefold(), one.key}), None)


def _place(line: CapacityLine, there: list[PlaceNow], today: date, placed: Placed, refuse: Refuse) -> Placed:
    serving = [one for one in there if _serves(one.facts, line, today)]
    surplus = _surplus(serving, len(serving) - line.maximum)
    gone = {one.facts.name for one in surplus}
    staying = [one for one in serving if one.facts.name not in gone]
    if len(staying) > line.maximum:
        used = f"{len(staying) - line.maximum} more than that are in use and stay in service"
        refuse(
            line.number, f"{line.project.key!r} has {line.maximum} places by the file; {used}. Bring it in again later."
        )
    new = list(islice(_names({one.facts.name for one in staying}), max(line.maximum - len(staying), 0)))
    facts = [
        *(PlaceFacts(line.project.key, one.facts.name, in_service_until=today) for one in surplus),
        *(facts_of(line.project, one.facts.name, line.traits) for one in staying),
        *(replace(facts_of(line.project, name, line.traits), in_service_until=NO_END) for name in new),
    ]
    free = sum(one.state == "free" for one in staying) + len(new)
    if line.available is not None and free != line.available:
        told = f"{line.project.key!r} has {line.available} places free by the file and {free} here."
        placed.notes.append((line.number, f"{told} A table of vacancies can tell which."))
    places = [*placed.places, *(PlaceGiven(one, line.number) for one in facts)]
    return replace(placed, places=places, retired=placed.retired + len(surplus))


def _serves(facts: PlaceFacts, line: CapacityLine, today: date) -> bool:
    """Whether the service counts this place: those that depend on another switch are beside it."""
    until = facts.in_service_until
    return (until is None or until > today) and (facts.only_while or None) == (line.traits.only_while or None)


def _surplus(serving: Sequence[PlaceNow], too_many: int) -> list[PlaceNow]:
    unused = [one for one in serving if one.state not in {"held", "occupied"}]
    unused.sort(key=lambda one: (len(one.facts.name), one.facts.name), reverse=True)
    return unused[: max(too_many, 0)]


def _names(taken: set[str]) -> Iterator[str]:
    return (name for name in (f"{number:02d}" for number in count(1)) if name not in taken)


def facts_of(project: ProjectLine, name: str, traits: Traits) -> PlaceFacts:
    """Return what a file says of a place, its days of service aside."""
    return PlaceFacts(
        project.key,
        name,
        traits.single,
        traits.accessible,
        traits.women_only,
        traits.dogs,
        traits.couples,
        traits.risks_not_accepted,
        traits.only_while,
    )
