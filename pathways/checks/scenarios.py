"""Scenarios: everything they name exists, and what they tell could be recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from pathways.built_in_events import BUILT_IN_EVENTS, NEEDED_FIELDS
from pathways.checks.names import NameKind
from pathways.checks.references import Reference, unknown_name
from pathways.checks.subject import Subject
from pathways.checks.values import fields_of, unknown_field, value_findings
from pathways.declaration import Given, Scenario
from pathways.findings import Finding, described, did_you_mean, listed
from pathways.yaml_text import Path

EXPECTATIONS = ("not_allowed", "owner", "tasks", "hand_offs", "blockages", "held", "closed", "reviews", "refused")
_TASK_STATES = ("open", "done", "none")
_HAND_OFF_STATES = ("offered", "accepted", "exhausted", "withdrawn", "done", "returned", "none")


def scenarios(subject: Subject) -> Iterator[Finding]:
    """Yield what is wrong with the scenarios of a file."""
    names: set[str] = set()
    for index, scenario in enumerate(subject.file.scenarios):
        path: Path = ("scenarios", index)
        if scenario.name in names:
            yield Finding("given-twice", (*path, "name"), "Another scenario has this name.", repr(scenario.name))
        names.add(scenario.name)
        for number, given in enumerate(scenario.given):
            yield from _given(subject, (*path, "given", number), given)
        yield from _order(path, scenario)
        for key, value in scenario.expect.items():
            yield from _expected(subject, (*path, "expect", key), key, value)
        if not scenario.expect:
            yield Finding("empty", (*path, "expect"), "The scenario expects nothing.", expected="at least one")


def _given(subject: Subject, path: Path, given: Given) -> Iterator[Finding]:
    yield from _named(subject, "event", given.event, (*path, "event"))
    if given.by is not None:
        yield from _named(subject, "agency", given.by, (*path, "by"))
        yield from _recorder(subject, path, given.event, given.by)
    yield from _needed(path, given)
    fields = fields_of(subject, given.event)
    if fields is None:
        return
    for name, value in given.fields.items():
        here = (*path, "fields", name)
        if name not in fields:
            yield unknown_field(here, name, given.event, fields, on_key=True)
        else:
            yield from value_findings(subject, here, fields[name], value)


def _needed(path: Path, given: Given) -> Iterator[Finding]:
    """A built-in event has what it is refused without: its fields, and a gate's the officer."""
    for name in NEEDED_FIELDS.get(given.event, ()):
        if name not in given.fields:
            message = f"The event {given.event!r} is refused without this field."
            yield Finding("missing-field", (*path, "event"), message, expected=repr(name))
    if given.event.startswith("gate.") and given.event in BUILT_IN_EVENTS and given.officer is None:
        message = "A decision about a gate has a named officer."
        yield Finding("missing-key", (*path, "event"), message, expected="'officer'")


def _recorder(subject: Subject, path: Path, event: str, by: str) -> Iterator[Finding]:
    declared = subject.file.events.get(event)
    if declared is not None and by in subject.names.agencies and by not in declared.by:
        message = f"The agency {by!r} may not record the event {event!r}."
        yield Finding("unallowed-recorder", (*path, "by"), message, repr(by), listed(declared.by))


def _order(path: Path, scenario: Scenario) -> Iterator[Finding]:
    """What is expected at an instant is told before it, and nothing is recorded before it happened."""
    for index, given in enumerate(scenario.given):
        here = (*path, "given", index)
        if given.recorded is not None and _before(given.recorded, given.at):
            message = "The event is recorded before it happened."
            yield Finding("recorded-before", (*here, "recorded"), message, str(given.recorded), f"{given.at} or later")
        if _before(scenario.at, given.recorded or given.at):
            message = "The event comes after the instant at which the scenario is looked at."
            yield Finding("after-the-end", (*here, "at"), message, str(given.at), f"at most {scenario.at}")


def _before(one: datetime, other: datetime) -> bool:
    if (one.tzinfo is None) != (other.tzinfo is None):
        return False
    return one < other


def _expected(subject: Subject, path: Path, key: str, value: object) -> Iterator[Finding]:
    match key:
        case _ if key in subject.file.tracks:
            yield from _name(subject, "stage", value, path, key)
        case "not_allowed" | "held":
            yield from _each(subject, "stage", value, path)
        case "blockages":
            yield from _each(subject, "blockage", value, path)
        case "owner":
            yield from _by_name(subject, "track", value, path)
        case "tasks":
            yield from _by_name(subject, "task", value, path, _TASK_STATES)
        case "hand_offs":
            yield from _by_name(subject, "hand_off", value, path, _HAND_OFF_STATES)
        case "closed" if not isinstance(value, bool):
            yield _misfit(path, value, "true or false")
        case "reviews" | "refused" if not isinstance(value, int) or isinstance(value, bool):
            yield _misfit(path, value, "a whole number")
        case _ if key not in {*subject.names.tracks, *EXPECTATIONS}:
            known = (*subject.names.tracks, *EXPECTATIONS)
            message, hint = "There is no such track, and nothing else of this name to expect.", did_you_mean(key, known)
            yield Finding("unknown-track", path, message, repr(key), listed(known, 20), hint, on_key=True)


def _each(subject: Subject, kind: NameKind, value: object, path: Path) -> Iterator[Finding]:
    for index, name in enumerate(value if isinstance(value, list | tuple) else [value]):
        yield from _name(subject, kind, name, (*path, index))


def _by_name(
    subject: Subject, kind: NameKind, value: object, path: Path, states: tuple[str, ...] | None = None
) -> Iterator[Finding]:
    """``value`` maps names of one kind to states, or to agencies."""
    if not isinstance(value, Mapping):
        yield _misfit(path, value, "a mapping")
        return
    for name, state in value.items():
        here = (*path, name)
        finding = unknown_name(Reference(kind, name, here, on_key=True), subject)
        if finding is not None:
            yield finding
        if states is None:
            yield from _name(subject, "agency", state, here)
        elif state not in states:
            hint = did_you_mean(state, states) if isinstance(state, str) else None
            yield Finding("unknown-value", here, "There is no such state.", described(state), listed(states), hint)


def _name(subject: Subject, kind: NameKind, value: object, path: Path, track: str | None = None) -> Iterator[Finding]:
    if isinstance(value, str):
        yield from _named(subject, kind, value, path, track)
    else:
        yield _misfit(path, value, "text")


def _named(subject: Subject, kind: NameKind, name: str, path: Path, track: str | None = None) -> Iterator[Finding]:
    finding = unknown_name(Reference(kind, name, path, track), subject)
    if finding is not None and name not in BUILT_IN_EVENTS:
        yield finding


def _misfit(path: Path, value: object, expected: str) -> Finding:
    return Finding("wrong-type", path, "This cannot be expected.", described(value), expected)
