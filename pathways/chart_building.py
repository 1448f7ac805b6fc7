"""From a checked pathway file to a ``Pathway`` that is ready to run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pathways.answers import Answer, AskedTogether, compile_condition
from pathways.calendars import Calendar
from pathways.chart import (
    Agency,
    BlockageChart,
    ClosingChart,
    Evidence,
    FollowUpChart,
    HandOffChart,
    MoveChart,
    Pathway,
    PauseChart,
    StageChart,
    TaskChart,
    TrackChart,
)
from pathways.conditions import Condition, EventMatch
from pathways.declaration import (
    AgenciesFile,
    AgencyEntry,
    ClockGroup,
    ExpectedStay,
    FollowUp,
    HandOff,
    PathwayFile,
    Stage,
    Task,
)
from pathways.housing_charts import place_kind, shared_blockage
from pathways.opening_hours import OFFICE, OpeningHours, parse_opening_hours
from pathways.watches import Watches, compile_where

ALL_CLOCKS: frozenset[ClockGroup] = frozenset(("tasks", "follow_ups", "hand_offs", "stays", "waits", "blockages"))


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
        blockages = tuple(self._blockage(name) for name, one in file.blockages.items() if not one.is_shared)
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
        # Before the watches are gathered: a case remembers what the rules of places look for, too.
        places = {name: place_kind(name, kind, file, self._answer) for name, kind in file.places.items()}
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
            asked_by_blockages=AskedTogether(answer for one in blockages for answer in (one.when, one.clears_when)),
            pauses=pauses,
            closings=closings,
            opens_on=frozenset(file.opens_on),
            common_kinds=_common_kinds(tracks, blockages, pauses, closings),
            places=MappingProxyType(places),
            shared_blockages=tuple(shared_blockage(name, one) for name, one in file.blockages.items() if one.is_shared),
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
            asked=AskedTogether(answer for answer, _ in asked),
            timed=tuple((answer, rule) for answer, rule in asked if answer is not None and answer.timed),
        )

    def _task(self, stage: str, name: str, task: Task) -> TaskChart:
        rule = f"{stage}.tasks.{name}"
        return TaskChart(
            name=name,
            rule=rule,
            declared=task,
            when=self._answer(task.when),
            reopened_by=self._reopening(task.when),
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
            reopened_by=self._reopening(declared.open_when),
            done_by=self._maybe(declared.done_by),
        )

    def _blockage(self, name: str) -> BlockageChart:
        declared = self.file.blockages[name]
        return BlockageChart(
            name=name,
            rule=f"blockages.{name}",
            title=declared.title or _words(name),
            theme=declared.theme,
            attributable_to=declared.attributable_to or "system",
            owner=declared.owner,
            when=self._answer(declared.when),
            clears_when=self._answer(declared.clears_when),
            escalate=tuple((step.after, step.to) for step in declared.escalate),
        )

    def _answer(self, condition: Condition | None) -> Answer | None:
        return None if condition is None else compile_condition(condition, self.watches)

    def _reopening(self, condition: Condition | None) -> tuple[Evidence, ...]:
        return () if condition is None else tuple(self._evidence(match) for match in _events_named(condition))

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


def _events_named(condition: Condition) -> Iterator[EventMatch]:
    """Give the ``event`` leaves that must or may hold for ``condition`` (not those under ``none``)."""
    if condition.event is not None:
        yield condition.event
    for part in [*(condition.all or ()), *(condition.any or ())]:
        yield from _events_named(part)


def _words(name: str) -> str:
    return name.replace("_", " ")
