"""What every reader of place files gives back; nothing about it has met the registry yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, TypeAlias

from integrations.errors import IntegrationError

PLACES_LIMIT = 100_000
"""Lines that one file may hold: more than any country has."""
NO_END = date.max
"""Of ``in_service_until``: the file says that the place serves without an end."""
VacancyState: TypeAlias = Literal["free", "void", "taken"]


class PlacesUnreadable(IntegrationError):
    """Nothing in the file can be read; the message says what was found and what to do."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a file says of places; ``None`` where it says nothing. Empty, ``only_while`` says: always."""

    single: bool | None = None
    accessible: bool | None = None
    women_only: bool | None = None
    dogs: bool | None = None
    couples: bool | None = None
    risks_not_accepted: frozenset[str] | None = None
    only_while: str | None = None


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """What a file says of a project; ``None`` where it says nothing."""

    key: str
    kind: str | None = None
    title: str | None = None
    provider: str | None = None
    turnaround_days: int | None = None


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """One place. ``number`` is the line where it begins (header: 1)."""

    number: int
    project: ProjectLine
    name: str
    traits: Traits
    in_service_from: date | None = None
    in_service_until: date | None = None


@dataclass(frozen=True, slots=True)
class VacancyLine:
    """What a provider says of a place today; ``reason`` goes with a void. ``since`` is in UTC."""

    number: int
    project: str
    name: str
    state: VacancyState
    reason: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class CapacityLine:
    """How many places a service has. ``number`` counts the services of the file from 1.

    ``organization`` is the provider as the file calls it; ``project.provider`` as a pathway does, where the file
    says so. ``available`` is how many are free by the file.
    """

    number: int
    project: ProjectLine
    maximum: int
    available: int | None = None
    organization: str | None = None
    traits: Traits = field(default_factory=Traits)
