"""The fields and values that conditions want of events: declared, and possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import get_args

from pathways.built_in_events import BUILT_IN_EVENTS
from pathways.checks.event_uses import event_uses
from pathways.checks.references import Reference, unknown_name
from pathways.checks.subject import Subject
from pathways.checks.walk import leaves, tasks
from pathways.conditions import Range, Test
from pathways.declaration import FieldKind
from pathways.findings import Finding, described, did_you_mean, listed, repeats
from pathways.yaml_text import Path

FIELD_KINDS = frozenset(get_args(FieldKind))
NUMBERS = frozenset({"integer", "number", "months"})
_REFERENCES = frozenset({"agency", "task", "hand_off", "role", "track", "stage", "blockage"})

Kind = str | tuple[str, ...]


def fields_of(subject: Subject, event: str) -> Mapping[str, Kind] | None:
    """Return the fields of a declared or built-in event, ``None`` of any other."""
    if event in BUILT_IN_EVENTS:
        return BUILT_IN_EVENTS[event]
    declared = subject.file.events.get(event)
    return None if declared is None else declared.fields


def field_kinds(subject: Subject) -> Iterator[Finding]:
    """A field is of a known kind, one of some choices, or a code of a declared list of reasons."""
    for event, declared in subject.file.events.items():
        for name, kind in declared.fields.items():
            path = ("events", event, "fields", name)
            if isinstance(kind, tuple):
                yield from _choices(kind, path)
            elif kind not in FIELD_KINDS and kind not in subject.names.reasons:
                known = (*sorted(FIELD_KINDS), *subject.names.reasons)
                message = "There is no such kind of field and no such list of reasons."
                yield Finding("unknown-reason", path, message, repr(kind), listed(known, 20), did_you_mean(kind, known))


def _choices(choices: tuple[str, ...], path: Path) -> Iterator[Finding]:
    for index, choice in repeats(choices):
        yield Finding("given-twice", (*path, index), "The choice is given twice.", repr(choice))


def wanted_values(subject: Subject) -> Iterator[Finding]:
    """What a condition wants of a field, the field can hold."""
    for use in event_uses(subject.file):
        fields = fields_of(subject, use.kind)
        if fields is None:
            continue
        for path, name in use.fields:
            if name not in fields:
                yield unknown_field(path, name, use.kind, fields, on_key=False)
        named = {name for _, name in use.fields}
        for path, name, test in use.tests:
            if name in fields:
                yield from _test(subject, path, fields[name], test)
            elif name not in named:
                yield unknown_field(path, name, use.kind, fields, on_key=True)


def unknown_field(path: Path, name: str, event: str, fields: Mapping[str, Kind], *, on_key: bool) -> Finding:
    return Finding(
        "unknown-field",
        path,
        f"The event {event!r} has no such field.",
        repr(name),
        listed(fields),
        did_you_mean(name, list(fields)),
        on_key=on_key,
    )


def _test(subject: Subject, path: Path, kind: Kind, test: Test) -> Iterator[Finding]:
    if isinstance(test, Range):
        if (test.at_least is not None or test.at_most is not None) and kind not in NUMBERS:
            expected = "a value or a list of values"
            yield Finding("unknown-value", path, "The field is no number.", "a range", expected)
        if test.at_least is not None and test.at_most is not None and test.at_least > test.at_most:
            yield Finding("empty-range", path, "No value is in this range.", f"{test.at_least} to {test.at_most}")
        if test.is_not is not None:
            yield from value_findings(subject, (*path, "is_not"), kind, test.is_not)
        return
    for index, value in enumerate(test if isinstance(test, tuple) else (test,)):
        yield from value_findings(subject, (*path, index), kind, value)


def value_findings(subject: Subject, path: Path, kind: Kind, value: object) -> Iterator[Finding]:
    """Yield what is wrong with a value for a field of ``kind``."""
    if isinstance(kind, str) and kind in _REFERENCES and isinstance(value, str):
        finding = unknown_name(Reference(kind, value, path), subject)  # type: ignore[arg-type]
        if finding is not None:
            yield finding
        return
    choices = _codes(subject, kind)
    if choices is not None:
        if value not in choices:
            hint = did_you_mean(value, choices) if isinstance(value, str) else None
            yield Finding(
                "unknown-value", path, "The field has no such value.", described(value), listed(choices), hint
            )
    elif isinstance(kind, str) and (expected := _misfit(kind, value)):
        yield Finding("unknown-value", path, "The field holds another kind of value.", described(value), expected)


def _codes(subject: Subject, kind: Kind) -> tuple[str, ...] | None:
    """The values among which a field must choose; ``None`` if it is free."""
    if isinstance(kind, tuple):
        return kind
    reasons = subject.file.reasons.get(kind)
    return None if reasons is None else tuple(reasons)


_EXPECTED = {
    "boolean": "true or false",
    "integer": "a whole number",
    "months": "a whole number",
    "number": "a number",
    "date": "a date such as '2026-03-21'",
    "instant": "an instant such as '2026-03-21 09:00'",
    "text": "text",
    "area": "text",
}


def _misfit(kind: str, value: object) -> str | None:
    """Return what was expected when ``value`` does not fit a free field."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match kind:
        case "boolean":
            fits = isinstance(value, bool)
        case "integer" | "months":
            fits = number and isinstance(value, int)
        case "number":
            fits = number
        case "date":
            fits = _reads(date.fromisoformat, value)
        case "instant":
            fits = _reads(datetime.fromisoformat, value)
        case _:
            fits = isinstance(value, str)
    return None if fits else _EXPECTED.get(kind)


def _reads(parse: object, value: object) -> bool:
    try:
        return isinstance(value, str) and callable(parse) and bool(parse(value))
    except ValueError:
        return False


def outcomes(subject: Subject) -> Iterator[Finding]:
    """An outcome that a condition asks for is one that the task can have."""
    known: dict[str, list[str]] = {}
    for _, _, name, task in tasks(subject.file):
        known.setdefault(name, []).extend(task.outcomes)
    for place in leaves(subject.file):
        done = place.condition.done
        path = (*place.path, "done", "outcome")
        if done is not None and done.hand_off is not None and done.outcome is not None:
            yield Finding("unknown-value", path, "A hand-off has no outcome.", repr(done.outcome), hint="remove it")
        if done is None or done.outcome is None or done.task not in known:
            continue
        possible = known[done.task]
        if done.outcome not in possible:
            message = f"The task {done.task!r} has no such outcome."
            hint = did_you_mean(done.outcome, possible)
            yield Finding("unknown-value", path, message, repr(done.outcome), listed(possible), hint)
