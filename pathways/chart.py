"""A pathway made ready to run: names resolved, conditions compiled, calendars at hand.

``build`` turns a checked file into a ``Pathway``. The engine reads nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pathways.answers import Answer, compile_condition
from pathways.calendars import Calendar
from pathways.clocks import Duration, Unit
from pathways.conditions import Condition, EventMatch
from pathways.declaration import (
    AcceptedBy,
    AgenciesFile,
    AgencyEntry,
    ClockGroup,
    ExpectedStay,
    FollowUp,
    HandOff,
    LateStep,
    PathwayFile,
    Stage,
    Task,
)
from pathways.forms import Waiting
from pathways.opening_hours import OFFICE, OpeningHours, parse_opening_hours
from pathways.watches import Fields, Watch, Watches, compile_where

Pauses = tuple[tuple[datetime, datetime | None], ...]
ALL_CLOCKS: frozenset[ClockGroup] = frozenset(("tasks", "follow_ups", "hand_offs", "stays", "waits", "blockages"))


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
    reopened_by: frozenset[str]
    """Kinds of events that may open it again in the same visit."""
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
    reopened_by: frozenset[str]
    """Kinds of events that may open it again in the same visit."""
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
    pauses: tuple[PauseChart, ...]
    closings: tuple[ClosingChart, ...]
    opens_on: frozenset[str]
    eligibility: Answer | None
    common_kinds: frozenset[str]
    """Event kinds that may change something wherever a case is."""
    successions: tuple[datetime, ...]
    """When an agency ends and its successor takes over, in order."""
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


def build(file: PathwayFile, agencies: AgenciesFile | None, holidays: frozenset[date]) -> Pathway:
    """Return ``file`` made ready to run.

    ``file`` has passed ``pathways.loading``; agencies it declares itself come before those of ``agencies``.
    ``holidays`` are local dates and count only if the file names a calendar.
    """
    return _Builder(file, agencies, holidays).build()


class _Builder:
    """Holds what every part of a pathway needs while it is compiled."""

    def __init__(self, file: PathwayFile, agencies: AgenciesFile | None, holidays: frozenset[date]) -> None:
        self.file = file
        self.zone = ZoneInfo(file.timezone)
        self.holidays = holidays if file.calendar is not None else frozenset[date]()
        self.entries = file.agencies if file.agencies is not None else (agencies.agencies if agencies else {})
        self.watches = Watches()

    def build(self) -> Pathway:
        file = self.file
        tracks = {name: self._track(name) for name in file.tracks}
        blockages = tuple(self._blockage(name) for name in file.blockages)
        pauses = tuple(
            PauseChart(
                name,
                self._evidence(pause.from_),
                self._evidence(pause.until),
                ALL_CLOCKS if pause.clocks == "all" else frozenset(pause.clocks),
            )
            for name, pause in file.pauses.items()
        )
        closings = tuple(
            ClosingChart(name, self._evidence(closing.event), closing.silence, closing.outcome)
            for name, closing in file.closes.items()
        )
        agencies = {key: self._agency(key, entry) for key, entry in self.entries.items()}
        return Pathway(
            key=file.pathway,
            version=file.version,
            title=file.title,
            coordinator=file.coordinator,
            zone=self.zone,
            calendar=Calendar(self.zone, self.holidays, OFFICE),
            agencies=MappingProxyType(agencies),
            successions=tuple(
                sorted({one.valid_until for one in agencies.values() if one.valid_until is not None and one.successor})
            ),
            tracks=MappingProxyType(tracks),
            eligibility=self._answer(file.eligibility),
            watches=MappingProxyType(self.watches.by_kind()),
            blockages=blockages,
            pauses=pauses,
            closings=closings,
            opens_on=frozenset(file.opens_on),
            common_kinds=_common_kinds(tracks, blockages, pauses, closings),
            declaration=file,
        )

    def _agency(self, key: str, entry: AgencyEntry) -> Agency:
        hours: OpeningHours = OFFICE
        if entry.hours is not None:
            given = {day: value if isinstance(value, str) else list(value) for day, value in entry.hours.items()}
            hours = replace(parse_opening_hours(given), open_on_holidays=entry.open_on_holidays)
        until = entry.valid_until
        calendar = Calendar(self.zone, self.holidays, hours)
        if until is not None:
            until = calendar.resolve(until) if until.tzinfo is None else until.astimezone(UTC)
        return Agency(key, entry.title, calendar, entry.successor, until)

    def _track(self, name: str) -> TrackChart:
        track = self.file.tracks[name]
        stages = {stage: self._stage(name, stage, declared) for stage, declared in track.stages.items()}
        return TrackChart(name, track.title or _words(name), track.start, MappingProxyType(stages))

    def _stage(self, track: str, name: str, stage: Stage) -> StageChart:
        rule = f"{track}.{name}"
        moves = tuple(
            MoveChart(move.to, f"{rule}.moves.{nth}", self._answer(move.when))
            for nth, move in enumerate(stage.moves, 1)
        )
        gates = [self.file.tracks[track].stages[move.to].gate for move in stage.moves]
        tasks = tuple(self._task(rule, key, task) for key, task in stage.tasks.items())
        follow_ups = tuple(self._follow_up(rule, key, declared) for key, declared in stage.follow_ups.items())
        hand_offs = tuple(self._hand_off(rule, key, declared) for key, declared in stage.hand_offs.items())
        stay = stage.due
        asked = [
            *((move.when, move.rule) for move in moves),
            *((task.when, task.rule) for task in tasks),
            *((follow_up.until, follow_up.rule) for follow_up in follow_ups),
            *((hand_off.open_when, hand_off.rule) for hand_off in hand_offs),
        ]
        answers = [*(answer for answer, _ in asked), *(self._answer(gate) for gate in gates)]
        evidence = [
            *(task.done_by for task in tasks),
            *(hand_off.done_by for hand_off in hand_offs),
            *(one for follow_up in follow_ups for one in follow_up.answered_by),
        ]
        kinds = frozenset(kind for answer in answers if answer is not None for kind in answer.kinds)
        return StageChart(
            key=rule,
            name=name,
            title=stage.title or _words(name),
            owner=stage.owner,
            tasks=tasks,
            follow_ups=follow_ups,
            hand_offs=hand_offs,
            moves=moves,
            gate=self._answer(stage.gate),
            stay=stay.after if isinstance(stay, ExpectedStay) else stay,
            late=stay.late if isinstance(stay, ExpectedStay) else (),
            final=stage.final,
            outcome=stage.outcome,
            kinds=kinds | {one.kind for one in evidence if one is not None},
            timed=tuple((answer, rule) for answer, rule in asked if answer is not None and answer.timed),
        )

    def _task(self, stage: str, name: str, task: Task) -> TaskChart:
        rule = f"{stage}.tasks.{name}"
        return TaskChart(
            name=name,
            rule=rule,
            declared=task,
            when=self._answer(task.when),
            reopened_by=_events_named(task.when),
            done_by=self._maybe(task.done_by),
            late=task.late,
        )

    def _follow_up(self, stage: str, name: str, declared: FollowUp) -> FollowUpChart:
        answered = declared.answered_by
        matches = (answered,) if isinstance(answered, EventMatch) else answered
        evidence = tuple(self._evidence(match) for match in matches)
        return FollowUpChart(name, f"{stage}.follow_ups.{name}", declared, evidence, self._answer(declared.until))

    def _hand_off(self, stage: str, name: str, declared: HandOff) -> HandOffChart:
        return HandOffChart(
            name=name,
            rule=f"{stage}.hand_offs.{name}",
            declared=declared,
            to=(declared.to,) if isinstance(declared.to, str) else declared.to,
            open_when=self._answer(declared.open_when),
            reopened_by=_events_named(declared.open_when),
            done_by=self._maybe(declared.done_by),
        )

    def _blockage(self, name: str) -> BlockageChart:
        declared = self.file.blockages[name]
        return BlockageChart(
            name=name,
            rule=f"blockages.{name}",
            title=declared.title or _words(name),
            theme=declared.theme,
            attributable_to=declared.attributable_to,
            owner=declared.owner,
            when=self._answer(declared.when),
            clears_when=self._answer(declared.clears_when),
            escalate=tuple((step.after, step.to) for step in declared.escalate),
        )

    def _answer(self, condition: Condition | None) -> Answer | None:
        return None if condition is None else compile_condition(condition, self.watches)

    def _maybe(self, match: EventMatch | None) -> Evidence | None:
        return None if match is None else self._evidence(match)

    @staticmethod
    def _evidence(match: EventMatch | str) -> Evidence:
        if isinstance(match, str):
            return Evidence(match, None)
        return Evidence(match.kind, compile_where(match.where))


def _common_kinds(
    tracks: Mapping[str, TrackChart],
    blockages: tuple[BlockageChart, ...],
    pauses: tuple[PauseChart, ...],
    closings: tuple[ClosingChart, ...],
) -> frozenset[str]:
    answers = [answer for one in blockages for answer in (one.when, one.clears_when) if answer is not None]
    kinds = {kind for answer in answers for kind in answer.kinds}
    kinds.update(one.kind for pause in pauses for one in (pause.begins, pause.ends))
    kinds.update(closing.evidence.kind for closing in closings)
    # Accepted work outlives the visit in which it was offered: its evidence counts wherever the case is by then.
    stages = [stage for track in tracks.values() for stage in track.stages.values()]
    evidence = [one.done_by for stage in stages for one in stage.hand_offs]
    kinds.update(one.kind for one in evidence if one is not None)
    return frozenset(kinds)


def _events_named(condition: Condition | None) -> frozenset[str]:
    """Return the kinds of the ``event`` leaves that must or may hold for ``condition`` (not those under ``none``)."""
    if condition is None:
        return frozenset()
    if condition.event is not None:
        return frozenset((condition.event.kind,))
    parts = [*(condition.all or ()), *(condition.any or ())]
    return frozenset[str]().union(*(_events_named(part) for part in parts))


def _words(name: str) -> str:
    return name.replace("_", " ")
