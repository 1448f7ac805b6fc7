"""A pathway made ready to run: names resolved, conditions compiled, calendars at hand.

``pathways.chart_building`` makes it out of a checked file. The engine reads nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pathways.answers import Answer, Asked
from pathways.calendars import Calendar
from pathways.clocks import Duration, Unit
from pathways.declaration import (
    AcceptedBy,
    ClockGroup,
    FollowUp,
    HandOff,
    LateStep,
    PathwayFile,
    Task,
)
from pathways.forms import Waiting
from pathways.place_charts import PlaceKindChart, SharedBlockageChart
from pathways.watches import Fields, Watch

Pauses = tuple[tuple[datetime, datetime | None], ...]


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency as the engine knows it: its calendar, and who takes over when it ends."""

    key: str
    title: str
    calendar: Calendar
    successor: str | None
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Events of one kind whose fields pass a test."""

    kind: str
    test: Callable[[Fields], bool] | None

    def matches(self, kind: str, fields: Fields) -> bool:
        return kind == self.kind and (self.test is None or self.test(fields))


@dataclass(frozen=True, slots=True)
class TaskChart:
    name: str
    rule: str
    declared: Task
    when: Answer | None
    reopened_by: tuple[Evidence, ...]
    """Events that may open it again in the same visit."""
    done_by: Evidence | None
    late: tuple[LateStep, ...]


@dataclass(frozen=True, slots=True)
class FollowUpChart:
    name: str
    rule: str
    declared: FollowUp
    answered_by: tuple[Evidence, ...]
    until: Answer | None


@dataclass(frozen=True, slots=True)
class HandOffChart:
    name: str
    rule: str
    declared: HandOff
    to: tuple[str, ...]
    open_when: Answer | None
    reopened_by: tuple[Evidence, ...]
    """Events that may open it again in the same visit."""
    done_by: Evidence | None


@dataclass(frozen=True, slots=True)
class MoveChart:
    to: str
    rule: str
    when: Answer | None
    """``None``: only by hand."""


@dataclass(frozen=True, slots=True)
class StageChart:
    key: str
    """``track.stage``."""
    name: str
    title: str
    owner: str | AcceptedBy
    tasks: tuple[TaskChart, ...]
    follow_ups: tuple[FollowUpChart, ...]
    hand_offs: tuple[HandOffChart, ...]
    moves: tuple[MoveChart, ...]
    gate: Answer | None
    stay: Waiting | None
    late: tuple[LateStep, ...]
    final: bool
    outcome: str | None
    kinds: frozenset[str]
    """Event kinds that may change something while a case is here."""
    asked: Asked
    """By all conditions of moves and openings, and those that end follow-ups."""
    timed: tuple[tuple[Answer, str], ...]
    """Conditions whose answer time alone may change, each with its rule; what has opened by a rule asks no more."""


@dataclass(frozen=True, slots=True)
class TrackChart:
    name: str
    title: str
    start: str
    stages: Mapping[str, StageChart]


@dataclass(frozen=True, slots=True)
class BlockageChart:
    name: str
    rule: str
    title: str
    theme: str
    attributable_to: str
    owner: str
    when: Answer | None
    clears_when: Answer | None
    escalate: tuple[tuple[Waiting, str], ...]


@dataclass(frozen=True, slots=True)
class PauseChart:
    name: str
    begins: Evidence
    ends: Evidence
    groups: frozenset[ClockGroup]


@dataclass(frozen=True, slots=True)
class ClosingChart:
    name: str
    evidence: Evidence
    silence: bool
    outcome: str | None


@dataclass(frozen=True, eq=False)
class Pathway:
    """One version of a pathway, ready to run. Compared by identity; immutable."""

    key: str
    version: int
    title: str
    coordinator: str
    zone: ZoneInfo
    calendar: Calendar
    agencies: Mapping[str, Agency]
    tracks: Mapping[str, TrackChart]
    watches: Mapping[str, tuple[Watch, ...]]
    blockages: tuple[BlockageChart, ...]
    asked_by_blockages: Asked
    pauses: tuple[PauseChart, ...]
    closings: tuple[ClosingChart, ...]
    opens_on: frozenset[str]
    eligibility: Answer | None
    common_kinds: frozenset[str]
    """Event kinds that may change something wherever a case is."""
    successions: tuple[datetime, ...]
    """When an agency ends and its successor takes over, in order."""
    places: Mapping[str, PlaceKindChart]
    shared_blockages: tuple[SharedBlockageChart, ...]
    declaration: PathwayFile

    def due(self, agency: str, start: datetime, after: Duration, pauses: Pauses) -> datetime | None:
        """Return when ``after`` is over for an agency; ``None`` while its clock stands still.

        Working hours are the agency's own; working days are those of the pathway's calendar.
        """
        found = self.agencies.get(agency)
        own = found is not None and after.unit is Unit.WORKING_HOURS
        calendar = found.calendar if found is not None and own else self.calendar
        return calendar.due(start, after, pauses)

    def serving(self, agency: str, at: datetime) -> str:
        """Return the agency itself, or the successor that has taken over by ``at``."""
        seen = {agency}
        while True:
            found = self.agencies.get(agency)
            if found is None or found.valid_until is None or at < found.valid_until or found.successor is None:
                return agency
            agency = found.successor
            if agency in seen:
                return agency
            seen.add(agency)

    def agency_title(self, agency: str) -> str:
        found = self.agencies.get(agency)
        return found.title if found is not None else agency

    def stage_of_gate(self, name: str) -> str | None:
        """Return ``track.stage`` for the text by which a person names a stage: whole, or the stage alone if unique."""
        keys = [f"{track}.{stage}" for track, chart in self.tracks.items() for stage in chart.stages]
        found = [key for key in keys if name in {key, key.partition(".")[2]}]
        return found[0] if len(found) == 1 else None
