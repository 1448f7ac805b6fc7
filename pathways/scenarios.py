"""Scenarios: the stories in a pathway file, lived through and compared with their expected end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pathways.case import Case, Decision, Event, Scalar
from pathways.chart import Pathway
from pathways.declaration import Given, Scenario
from pathways.engine import fold
from pathways.explanations import gate_reason


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a scenario ended; ``differences`` are sentences, none if it ended as expected."""

    name: str
    differences: tuple[str, ...]
    decision: Decision


def run_scenario(scenario: Scenario, pathway: Pathway) -> Outcome:
    """Return how ``scenario`` ends on ``pathway``; instants without an offset are local to it."""
    events = journal(scenario.given, pathway)
    decision = fold("SCENARIO", events, pathway, _instant(scenario.at, pathway))
    differences = [
        f"{subject}: expected {wanted!r}, found {found!r}"
        for subject, wanted, found in _compared(scenario.expect, decision, pathway)
        if wanted != found
    ]
    refused = [change.because for change in decision.changes if change.kind == "event_refused"]
    if refused and "refused" not in scenario.expect:
        differences.extend(f"refused: {sentence}" for sentence in refused)
    return Outcome(scenario.name, tuple(differences), decision)


def journal(given: tuple[Given, ...], pathway: Pathway) -> list[Event]:
    """Return the events of a scenario as a journal: in the order of recording, numbered from 1."""
    timed = [(_instant(one.recorded or one.at, pathway), _instant(one.at, pathway), one) for one in given]
    timed.sort(key=lambda each: each[0])
    return [
        Event(number, one.event, occurred, recorded, one.by, one.officer, dict(one.fields))
        for number, (recorded, occurred, one) in enumerate(timed, 1)
    ]


def _instant(value: datetime, pathway: Pathway) -> datetime:
    return pathway.calendar.resolve(value) if value.tzinfo is None else value.astimezone(UTC)


def _compared(expect: Mapping[str, object], decision: Decision, pathway: Pathway) -> list[tuple[str, object, object]]:
    case = decision.case
    rows: list[tuple[str, object, object]] = []
    for subject, wanted in expect.items():
        if subject in pathway.tracks:
            visit = case.tracks.get(subject)
            rows.append((subject, wanted, visit.stage if visit else None))
        elif subject in {"owner", "tasks", "hand_offs"} and isinstance(wanted, Mapping):
            rows.extend((f"{subject} {name}", want, _state(case, subject, name)) for name, want in wanted.items())
        elif subject == "not_allowed":
            rows.extend((f"allowed: {stage}", False, _allowed(case, stage, pathway)) for stage in _several(wanted))
        else:
            rows.append((subject, _comparable(subject, wanted), _summary(decision, subject)))
    return rows


def _state(case: Case, subject: str, name: str) -> str | None:
    if subject == "owner":
        visit = case.tracks.get(name)
        return visit.owner if visit else None
    if subject == "tasks":
        if any(task.name == name for task in case.tasks):
            return "open"
        return "done" if f"task.{name}" in case.done else "none"
    return next((one.state for one in case.hand_offs if one.name == name), "none")


def _allowed(case: Case, stage: str, pathway: Pathway) -> bool:
    """Whether somebody could move the case there now: a gate is what keeps them from it."""
    key = pathway.stage_of_gate(stage)
    if key is None or case.status != "open":
        return False
    return gate_reason(case, key, pathway).holds


def _summary(decision: Decision, subject: str) -> Scalar | list[str]:
    case = decision.case
    match subject:
        case "blockages":
            return sorted(one.name for one in case.blockages)
        case "held":
            return sorted(stage for visit in case.tracks.values() for stage in visit.held)
        case "closed":
            return case.status == "closed"
        case "reviews":
            return case.reviews
        case "refused":
            return sum(change.kind == "event_refused" for change in decision.changes)
        case _:
            return f"{subject} is not something a scenario can expect"


def _several(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def _comparable(subject: str, wanted: object) -> object:
    return sorted(_several(wanted)) if subject in {"blockages", "held"} else wanted
