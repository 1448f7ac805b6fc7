"""Faults of form: what pydantic refuses, told as one finding for one mistake.

Of a value that may have several forms pydantic tells every form that it is not. We keep the form that
the value comes closest to, and only when it is none of them name them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError

from pathways.clocks import Unit
from pathways.findings import MOST_FINDINGS, Finding, described, did_you_mean, listed
from pathways.form_models import keys_at
from pathways.places import mapping_at, part_of, subject_of
from pathways.yaml_text import Path, Plain

_SHAPES = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "tuple_type": "a list",
    "mapping_type": "a mapping",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "duration_type": "a duration such as '28 days' or '4 working hours'",
    "clock_time_type": "a time of day such as '16:00'",
    "instant_type": "an instant such as '2026-03-21 09:00'",
}
"""Errors that say: this is not even the right kind of value."""

_LOWER_CASE = r"^[a-z][a-z0-9_]*$"
_PATTERNS = {
    _LOWER_CASE: "lower-case letters, digits and '_', beginning with a letter",
    r"^\S(.*\S)?$": "text on one line with no space at its ends",
}


_EXPECTED = "expected "
MOST_KEYS = 6


@dataclass(frozen=True, slots=True)
class _Fault:
    """One of pydantic's errors; ``steps`` are keys and indices that exist, or the name of a form in brackets."""

    error: Mapping[str, Any]
    steps: tuple[str | int | tuple[str], ...]
    path: Path


def form_findings(error: ValidationError, root: type[BaseModel], plain: Plain) -> list[Finding]:
    """Return one finding for each mistake that ``error`` tells of in ``plain``."""
    told = (one for one in error.errors(include_url=False) if not _follows_from_others(one))
    faults = [_walked(one, plain) for one in islice(told, MOST_FINDINGS)]
    findings = [finding for finding, _ in _resolve(faults, 0, root)]
    misspelt = {(finding.path[:-1], finding.hint) for finding in findings if finding.rule == "unknown-key"}
    return [finding for finding in findings if (finding.path, _meant(finding)) not in misspelt]


def _follows_from_others(error: Mapping[str, Any]) -> bool:
    """A list whose items were all refused is not empty."""
    return error["type"] == "too_short" and bool(error["input"])


def _meant(finding: Finding) -> str | None:
    """The hint of the misspelt key that would make the missing one good."""
    return f"did you mean {finding.expected}?" if finding.rule == "missing-key" else None


def _walked(error: Mapping[str, Any], plain: Plain) -> _Fault:
    """Part the location into what is written in the file and the names of the forms that were tried."""
    steps: list[str | int | tuple[str]] = []
    path: list[str | int] = []
    here: Any = plain
    for index, step in enumerate(error["loc"]):
        written = _written(here, step)
        if written is not None:
            steps.append(written)
            path.append(written)
            here = here[written]
        elif not (error["type"] == "missing" and index == len(error["loc"]) - 1):
            steps.append((str(step),))
    return _Fault(error, tuple(steps), tuple(path))


def _written(here: Any, step: str | int) -> str | int | None:
    if isinstance(here, dict):
        if step in here:
            return step
        return "event" if step == "kind" and "event" in here else None
    return step if isinstance(here, list) and isinstance(step, int) and step < len(here) else None


def _resolve(faults: Sequence[_Fault], depth: int, root: type[BaseModel]) -> list[tuple[Finding, bool]]:
    """Return findings, each with whether the value is not even of the right kind."""
    ended = [fault for fault in faults if len(fault.steps) == depth]
    inner: dict[str | int, list[_Fault]] = {}
    forms: dict[tuple[str], list[_Fault]] = {}
    for fault in faults:
        if len(fault.steps) > depth:
            step = fault.steps[depth]
            if isinstance(step, tuple):
                forms.setdefault(step, []).append(fault)
            else:
                inner.setdefault(step, []).append(fault)
    found = [(_finding(fault, root), _is_shape(fault.error)) for fault in ended]
    for group in inner.values():
        found += [(finding, False) for finding, _ in _resolve(group, depth + 1, root)]
    if forms:
        found += _closest([_resolve(group, depth + 1, root) for group in forms.values()])
    return found


def _is_shape(error: Mapping[str, Any]) -> bool:
    """Whether the value is not even of the right kind, and another form may have been meant."""
    return error["type"] in _SHAPES or (error["type"] == "literal_error" and not isinstance(error["input"], str))


def _closest(forms: list[list[tuple[Finding, bool]]]) -> list[tuple[Finding, bool]]:
    """Return the findings of the form that the value was meant to have, or of all of them in one."""
    apt = [form for form in forms if not any(shape for _, shape in form)]
    if len(apt) == 1:
        return apt[0]
    deepest = max((max(len(finding.path) for finding, _ in form) for form in apt), default=0)
    deep = [form for form in apt if min(len(finding.path) for finding, _ in form) == deepest]
    candidates = deep or apt or forms
    if len(candidates) == 1 or any(len(form) > 1 for form in candidates):
        return min(candidates, key=len)
    firsts = [form[0] for form in candidates]
    expected = " or ".join(dict.fromkeys(finding.expected for finding, _ in firsts if finding.expected))
    hint = next((finding.hint for finding, _ in firsts if finding.hint), None)
    return [(replace(firsts[0][0], expected=expected or None, hint=hint), firsts[0][1])]


def _finding(fault: _Fault, root: type[BaseModel]) -> Finding:
    error, path = fault.error, fault.path
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(path, keys_at(root, path[:-1]))
    if kind == "missing":
        key = str(error["loc"][-1])
        return Finding("missing-key", path, f"A key is missing in {mapping_at(path)}.", None, repr(key), on_key=True)
    if kind in _SHAPES:
        return _wrong_type(path, error["input"], _SHAPES[kind])
    if kind == "literal_error":
        return _wrong_value(path, error["input"], str(context["expected"]))
    if kind == "value_error":
        return _misfit_keys(path, error["input"], str(context["error"]))
    return _unfit(kind, context, fault)


def _unfit(kind: str, context: Mapping[str, Any], fault: _Fault) -> Finding:
    """A value of the right kind that is not within its bounds."""
    path, given = fault.path, fault.error["input"]
    on_key = bool(fault.steps) and fault.steps[-1] == ("[key]",)
    if path[:1] == ("events",) and path[-1] == "by" and kind == "too_short":
        return Finding("event-nobody-may-record", path, f"Nobody may record the {part_of(path)}.", "an empty list")
    if kind in {"too_short", "string_too_short"}:
        expected = "text" if kind == "string_too_short" else "at least one"
        return Finding("empty", path, f"{subject_of(path)} is empty.", expected=expected, on_key=on_key)
    if kind == "string_pattern_mismatch":
        expected = _PATTERNS.get(context["pattern"], context["pattern"])
        slug = _slug(str(given)) if context["pattern"] == _LOWER_CASE else ""
        hint = f"write {slug!r}" if slug else None
        message = f"{subject_of(path)} is not a name."
        return Finding("bad-name", path, message, described(given), expected, hint, on_key=on_key)
    if kind in {"duration", "clock_time", "instant"}:
        rule = {"duration": "bad-duration", "clock_time": "bad-time", "instant": "bad-instant"}[kind]
        return _unreadable(rule, path, given, str(context["reason"]))
    bounds = {
        "greater_than_equal": "at least {ge}",
        "less_than_equal": "at most {le}",
        "string_too_long": "at most {max_length} characters",
        "too_long": "at most {max_length}",
    }
    if kind in bounds:
        expected = bounds[kind].format(**context)
        return Finding(
            "out-of-range", path, f"{subject_of(path)} is out of range.", described(given), expected, on_key=on_key
        )
    return Finding("bad-form", path, f"{subject_of(path)} cannot be read.", described(given))


def _unknown_key(path: Path, known: tuple[str, ...]) -> Finding:
    key = str(path[-1])
    return Finding(
        "unknown-key",
        path,
        f"There is no such key in {mapping_at(path[:-1])}.",
        repr(key),
        expected=listed(known, 20),
        hint=did_you_mean(key, known),
        on_key=True,
    )


def _wrong_type(path: Path, given: object, expected: str) -> Finding:
    quotes = expected == "text" and isinstance(given, bool | int | float)
    hint = "write it in quotes" if quotes else None
    return Finding(
        "wrong-type", path, f"{subject_of(path)} is not of the right kind.", described(given), expected, hint
    )


def _wrong_value(path: Path, given: object, expected: str) -> Finding:
    known = [part for index, part in enumerate(expected.split("'")) if index % 2]
    hint = did_you_mean(given, known) if isinstance(given, str) else None
    return Finding("wrong-value", path, f"{subject_of(path)} has no such value.", described(given), expected, hint)


def _misfit_keys(path: Path, given: object, reason: str) -> Finding:
    """``reason`` is what a model says of keys that do not go together, or what it expected."""
    if reason.startswith(_EXPECTED):
        message = f"The keys of {mapping_at(path)} do not fit together."
        found = " and ".join(map(repr, islice(given, MOST_KEYS))) if isinstance(given, Mapping) else None
        return Finding("bad-form", path, message, found or "nothing", reason.removeprefix(_EXPECTED), on_key=True)
    return Finding("bad-form", path, f"In {mapping_at(path)}, {reason.rstrip('.')}.", on_key=True)


def _unreadable(rule: str, path: Path, given: object, reason: str) -> Finding:
    """A text that one of our parsers refused with ``reason``: what it is not, and what was expected."""
    message, _, expected = reason.partition(f" {_EXPECTED.capitalize()}")
    hint = None
    if rule == "bad-duration" and isinstance(given, str):
        amount, _, unit = given.strip().partition(" ")
        units = [one.removesuffix("s") if amount == "1" else str(one) for one in Unit]
        meant = get_close_matches(unit.casefold(), units, n=1)
        hint = f"did you mean '{amount} {meant[0]}'?" if amount.isdecimal() and meant and unit != meant[0] else None
    return Finding(rule, path, message, described(given), expected.rstrip(".") or None, hint)


def keys_without_value(plain: Plain, told: Iterable[Finding]) -> list[Finding]:
    """Return a finding for every key with nothing behind it, unless ``told`` blames it already.

    Pydantic takes it for a key that was left out; but an empty ``gate`` would let everybody in.
    What scenarios and contacts hold is free.
    """
    blamed = {finding.path for finding in told}
    free = (path for path in _nothings(plain, ()) if path[0] != "scenarios" and "contacts" not in path)
    found = (path for path in free if not any(path[:end] in blamed for end in range(1, len(path) + 1)))
    hint = "write the value, or leave the key out"
    return [
        Finding("empty", path, f"{subject_of(path)} is empty.", "nothing", hint=hint, on_key=True)
        for path in islice(found, MOST_FINDINGS)
    ]


def _nothings(plain: Plain, path: Path) -> Iterator[Path]:
    if plain is None and path:
        yield path
    elif isinstance(plain, dict):
        for key, value in plain.items():
            yield from _nothings(value, (*path, key))
    elif isinstance(plain, list):
        for index, value in enumerate(plain):
            yield from _nothings(value, (*path, index))


def _slug(text: str) -> str:
    """Return the name that an agency or a pathway with this title would have."""
    return re.sub("[^a-z0-9]+", "_", text.casefold()).strip("_0123456789")
