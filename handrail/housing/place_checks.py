"""What a project and a place must be before they come into the registry; each refusal says what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from handrail.housing.sentences import place_name, use_told, way_out
from models.place_uses import list_uses
from models.places import NO_END, PlaceFacts, PlaceKey, Project, Service, lock_places

if TYPE_CHECKING:
    from handrail.housing.kinds import KnownKind
    from handrail.housing.registry import PlaceGiven, ProjectGiven
    from models.database import RawConnection

Refuse = Callable[[int, str], None]
KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
"""What a void's reason must look like: told to everybody, it is no place for what somebody did."""
LONGEST_NAME, LONGEST_CODE, LONGEST_TITLE = 40, 120, 200
MOST_TURNAROUND_DAYS = 365
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)


def check_projects(
    given: Sequence[ProjectGiven],
    places: Sequence[PlaceGiven],
    known: Mapping[str, Project],
    kinds: Mapping[str, KnownKind],
    refuse: Refuse,
) -> dict[str, Project]:
    """Return the projects as they will be, by key; those that cannot be are told to ``refuse``, with their places."""
    wanted = dict(known)
    faults: dict[str, tuple[int, str]] = {}
    for one in given:
        merged, fault = _merged(one, wanted.get(one.key))
        fault = fault or _kind_fault(merged, kinds)
        if fault:
            faults.setdefault(one.key, (one.number, fault))
        else:
            wanted[one.key] = merged
    for one in given:
        wanted.pop(one.key if one.key in faults else "", None)
    for place in places:
        key = place.facts.project
        if key not in faults and key not in wanted:
            faults[key] = (place.number, _unknown(key))
    _tell(faults, places, refuse)
    return wanted


def _tell(faults: Mapping[str, tuple[int, str]], places: Sequence[PlaceGiven], refuse: Refuse) -> None:
    """Tell each line of a project that cannot be why, and the project itself where it has none."""
    numbers: dict[str, list[int]] = {key: [] for key in faults}
    for place in places:
        if place.facts.project in faults:
            numbers[place.facts.project].append(place.number)
    told = [(number, faults[key][1]) for key, lines in numbers.items() for number in lines or [faults[key][0]]]
    for number, sentence in sorted(set(told)):
        refuse(number, sentence)


def _merged(given: ProjectGiven, known: Project | None) -> tuple[Project, str | None]:
    base = known or Project(given.key, "", given.key.replace("_", " ").replace("-", " ").capitalize(), "")
    said = {
        name: value
        for name in ("kind", "title", "provider", "turnaround_days")
        if (value := getattr(given, name)) is not None
    }
    merged = replace(base, **said)
    if known is not None and merged.kind != known.kind:
        told = f"The project {given.key!r} is of kind {known.kind!r} and stays so."
        return merged, f"{told} Places of kind {_shown(merged.kind)} need a project with another key."
    return merged, _project_fault(merged)


def _project_fault(one: Project) -> str | None:
    if not KEY.fullmatch(one.key):
        return f"{_shown(one.key)} cannot be a project's key. Expected small letters, digits, _ and -."
    missing = [name for name in ("kind", "provider") if not getattr(one, name)]
    if missing:
        return f"The project {one.key!r} is new here and nothing says its {' and '.join(missing)}. Expected both."
    if not _is_text(one.title, LONGEST_TITLE):
        return f"The title of {one.key!r} cannot be shown. Expected up to {LONGEST_TITLE} signs that can be printed."
    if one.turnaround_days is not None and not 0 <= one.turnaround_days <= MOST_TURNAROUND_DAYS:
        return f"{one.turnaround_days} days of turnaround for {one.key!r}; expected 0 to {MOST_TURNAROUND_DAYS}."
    return None


def _kind_fault(one: Project, kinds: Mapping[str, KnownKind]) -> str | None:
    kind = kinds.get(one.kind)
    if kind is None:
        declared = ", ".join(sorted(kinds)) or "none yet; publish a pathway with 'places'"
        return f"No published pathway declares places of kind {_shown(one.kind)}. Declared: {declared}."
    if one.provider not in kind.pathway.agencies:
        agencies = ", ".join(sorted(kind.pathway.agencies))
        return f"{_shown(one.provider)} is no agency of the pathway {kind.pathway.key}. Its agencies: {agencies}."
    return None


def _unknown(key: str) -> str:
    return (
        f"There is no project {_shown(key)} here, and nothing says its kind and provider. Expected both with a new one."
    )


def check_places(
    connection: RawConnection,
    given: Sequence[PlaceGiven],
    projects: Mapping[str, Project],
    kinds: Mapping[str, KnownKind],
    refuse: Refuse,
) -> list[PlaceFacts]:
    """Return the places that may be as they are told, held by now; the others are told to ``refuse``."""
    sound = list(_sound(given, refuse))
    known = lock_places(connection, [one.facts.key for one in sound])
    ending = {one.facts.key: one for one in sound if _ends_earlier(one.facts, known.get(one.facts.key))}
    lock_places(connection, list(ending), against_uses=True)
    faults = _used_later(connection, ending, projects, kinds)
    for one in sound:
        fault = _order_fault(one.facts, known.get(one.facts.key))
        if fault:
            faults.setdefault(one.facts.key, fault)
    for one in sound:
        if one.facts.key in faults:
            refuse(one.number, faults[one.facts.key])
    return [one.facts for one in sound if one.facts.key not in faults]


def _sound(given: Sequence[PlaceGiven], refuse: Refuse) -> Iterable[PlaceGiven]:
    seen: dict[PlaceKey, int] = {}
    for one in given:
        fault = _place_fault(one.facts)
        before = seen.setdefault(one.facts.key, one.number)
        if fault is None and before != one.number:
            fault = f"{place_name(one.facts.key)} was told before, in line {before}. Expected each place once."
        if fault is None:
            yield one
        else:
            refuse(one.number, fault)


def _place_fault(facts: PlaceFacts) -> str | None:
    if not _is_text(facts.name, LONGEST_NAME) or "/" in facts.name:
        expected = f"Expected up to {LONGEST_NAME} signs that can be printed, and no '/'"
        return f"{_shown(facts.name)} cannot be the name of a place. {expected}, such as 07."
    codes = [*(facts.risks_not_accepted or ()), *([facts.only_while] if facts.only_while else [])]
    bad = next((code for code in sorted(codes) if not _is_text(code, LONGEST_CODE)), None)
    if bad is not None:
        return (
            f"{_shown(bad)} cannot be a code. Expected up to {LONGEST_CODE} signs that can be printed, such as arson."
        )
    days = [day for day in (facts.in_service_from, facts.in_service_until) if day is not None and day != NO_END]
    wild = next((day for day in days if not FIRST_DAY <= day <= LAST_DAY), None)
    if wild is not None:
        return f"{place_name(facts.key)}: {wild} is no day of service. Expected one from {FIRST_DAY} to {LAST_DAY}."
    return None


def _ends_earlier(facts: PlaceFacts, known: Service | None) -> bool:
    until = facts.in_service_until
    return known is not None and until is not None and until < (known.ends or NO_END)


def _used_later(
    connection: RawConnection,
    ending: Mapping[PlaceKey, PlaceGiven],
    projects: Mapping[str, Project],
    kinds: Mapping[str, KnownKind],
) -> dict[PlaceKey, str]:
    since = {
        key: kinds[projects[key[0]].kind].begin_of(one.facts.in_service_until)
        for key, one in ending.items()
        if one.facts.in_service_until is not None
    }
    found = {}
    for use in list_uses(connection, since, ("hold", "stay")):
        zone = kinds[projects[use.place[0]].kind].pathway.zone
        until = ending[use.place].facts.in_service_until
        told = f"{place_name(use.place)} cannot go out of service from {until} on: it {use_told(use, zone)}."
        found[use.place] = f"{told} {way_out(use)}, or give a later day."
    return found


def _order_fault(facts: PlaceFacts, known: Service | None) -> str | None:
    begins = facts.in_service_from or (known.begins if known is not None else None)
    until = facts.in_service_until or (known.ends if known is not None else None)
    if begins is None or until is None or begins <= until:
        return None
    return (
        f"{place_name(facts.key)} would be in service from {begins} until {until}. Expected an end after the beginning."
    )


def _is_text(text: str, longest: int) -> bool:
    return bool(text.strip()) and text == text.strip() and text.isprintable() and len(text) <= longest


def _shown(text: str) -> str:
    told = repr(text)
    return told if len(told) <= LONGEST_NAME + 20 else f"{told[:50]}… ({len(told)} characters)"
