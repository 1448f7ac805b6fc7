"""Files of places, vacancies and capacities, brought into the registry: the same again changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from handrail.errors import NotPossible
from handrail.housing.capacities import Usual, facts_of, place_capacities, usual_problem
from handrail.housing.place_checks import Refuse
from handrail.housing.registry import PlaceGiven, ProjectGiven, Registered, Tally, bring_within
from handrail.housing.vacancies import bring_vacancies
from handrail.steps import transaction
from handrail.wiring import Store
from integrations.event_lines import BadLine
from integrations.place_lines import CapacityLine, PlaceLine, ProjectLine, VacancyLine
from models.database import raw
from models.places import list_projects

Line = PlaceLine | VacancyLine | CapacityLine | BadLine


@dataclass(slots=True)
class PlacesImported:
    """What a file came to. ``refused`` counts the lines that were told to the caller one by one.

    ``notes`` are told to a person, each with its number; nothing of them was refused.
    """

    projects: Tally = field(default_factory=Tally)
    places: Tally = field(default_factory=Tally)
    vacancies: Tally = field(default_factory=Tally)
    retired: int = 0
    refused: int = 0
    notes: list[tuple[int, str]] = field(default_factory=list)


def import_places(
    store: Store, lines: Iterable[Line], refuse: Refuse, usual: Usual | None = None, *, dry_run: bool = False
) -> PlacesImported:
    """Have what the lines say in the registry, as one transaction; ``dry_run`` only tells what would come of it.

    ``refuse`` is told the number and the sentence of every line that cannot be taken; the others are. ``usual`` is for
    files that say neither kind nor provider.

    Raises:
        NotPossible: the usual kind is not declared.
        Delayed: the store is busy or away; nothing was changed.
        PlacesUnreadable, LogUnreadable: whatever ``lines`` raises.
    """
    told, usual = PlacesImported(), usual or Usual()
    counted = _counting(told, refuse)
    sorted_ = _Sorted.out_of(lines, counted)
    with transaction(store) as connection:
        problem = usual_problem(store, connection, usual)
        if problem is not None:
            raise NotPossible(problem)
        placed = place_capacities(store, connection, sorted_.capacities, usual, counted)
        known = {one.key for one in list_projects(raw(connection))}
        projects = [*_projects(sorted_.places, usual, known), *placed.projects]
        places = [*map(_given, sorted_.places), *placed.places]
        done: Registered = bring_within(store, connection, projects, places, counted)
        told.projects, told.places = done.projects, done.places
        told.retired, told.notes = placed.retired, placed.notes
        told.vacancies = bring_vacancies(store, connection, sorted_.vacancies, counted)
        if dry_run:
            connection.rollback()
    return told


def _counting(told: PlacesImported, refuse: Refuse) -> Refuse:
    def count(number: int, sentence: str) -> None:
        told.refused += 1
        refuse(number, sentence)

    return count


@dataclass(frozen=True, slots=True)
class _Sorted:
    """A file's lines by what they tell; those that disagree with an earlier one of their project are refused."""

    places: list[PlaceLine] = field(default_factory=list)
    vacancies: list[VacancyLine] = field(default_factory=list)
    capacities: list[CapacityLine] = field(default_factory=list)

    @classmethod
    def out_of(cls, lines: Iterable[Line], refuse: Refuse) -> _Sorted:
        found, said = cls(), dict[str, tuple[int, ProjectLine]]()
        for line in lines:
            match line:
                case BadLine(number, message):
                    refuse(number, message)
                case VacancyLine():
                    found.vacancies.append(line)
                case CapacityLine():
                    found.capacities.append(line)
                case PlaceLine():
                    fault = _disagreement(line, said)
                    if fault is None:
                        found.places.append(line)
                    else:
                        refuse(line.number, fault)
        return found


_PARTS = ("kind", "title", "provider", "turnaround_days")


def _disagreement(line: PlaceLine, said: dict[str, tuple[int, ProjectLine]]) -> str | None:
    """Return where the line says something else of its project than those before it; remember what it says."""
    number, before = said.setdefault(line.project.key, (line.number, line.project))
    news = {part: value for part in _PARTS if (value := getattr(line.project, part)) is not None}
    for part, value in news.items():
        was = getattr(before, part)
        if was not in {None, value}:
            return (
                f"{part}: found {value!r} for the project {line.project.key!r}, but line {number} says {was!r}. "
                "Expected the same in every row of a project."
            )
    said[line.project.key] = (number, replace(before, **news))
    return None


def _projects(lines: Iterable[PlaceLine], usual: Usual, known: Collection[str]) -> Iterator[ProjectGiven]:
    merged: dict[str, ProjectGiven] = {}
    for line in lines:
        said = line.project
        before = merged.setdefault(said.key, ProjectGiven(said.key, number=line.number))
        news = {part: value for part in _PARTS if (value := getattr(said, part)) is not None}
        merged[said.key] = replace(before, **news)
    for one in merged.values():
        if one.key not in known:
            yield replace(one, kind=one.kind or usual.kind, provider=one.provider or usual.provider)
        else:
            yield one


def _given(line: PlaceLine) -> PlaceGiven:
    facts = facts_of(line.project, line.name, line.traits)
    facts = replace(facts, in_service_from=line.in_service_from, in_service_until=line.in_service_until)
    return PlaceGiven(facts, line.number)
