"""The fields of an event as its kind declares them, out of what a form, a file or a caller gave.

Text is read as the declared kind; what is typed already must be of it. What comes out is canonical: the same
event gives the same values however it was written down, and the store gives back exactly what it took.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from datetime import date, datetime

from handrail.errors import FieldsRefused
from pathways.built_in_events import BUILT_IN_EVENTS
from pathways.case import Scalar
from pathways.chart import Pathway

LONGEST_TEXT = 2000
LARGEST = 10**15
YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def read_fields(pathway: Pathway, kind: str, given: Mapping[str, object]) -> dict[str, Scalar]:
    """Return the fields of an event of ``kind``, typed; every fault is told at once.

    Raises:
        FieldsRefused: the kind is unknown, a field is unknown, or a value is not of its declared kind.
    """
    declared = declared_fields(pathway, kind)
    faults: list[str] = []
    fields: dict[str, Scalar] = {}
    for name, value in given.items():
        if name not in declared:
            faults.append(_unknown("field", name, list(declared)))
            continue
        try:
            fields[name] = _read(pathway, declared[name], value)
        except ValueError as fault:
            faults.append(f"Field {name!r} is {str(value)[:60]!r}; {fault}.")
    if faults:
        raise FieldsRefused(kind, faults)
    return fields


def declared_fields(pathway: Pathway, kind: str) -> Mapping[str, str | tuple[str, ...]]:
    """Return what each field of ``kind`` may hold: a kind of value, a list of reasons, or its choices.

    Raises:
        FieldsRefused: there is no such event.
    """
    if kind in BUILT_IN_EVENTS:
        return BUILT_IN_EVENTS[kind]
    declared = pathway.declaration.events.get(kind)
    if declared is None:
        known = [*pathway.declaration.events, *BUILT_IN_EVENTS]
        raise FieldsRefused(kind, [_unknown("event", kind, known)])
    return declared.fields


def _read(pathway: Pathway, kind: str | tuple[str, ...], value: object) -> Scalar:
    if isinstance(kind, tuple):
        return _choice(kind, value)
    if kind in pathway.declaration.reasons:
        return _choice(tuple(pathway.declaration.reasons[kind]), value)
    return _READERS.get(kind, _text)(value)


def _choice(choices: tuple[str, ...], value: object) -> str:
    if value not in choices:
        message = f"expected one of {', '.join(choices)}"
        raise ValueError(message)
    return str(value)


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        message = f"expected text of at most {LONGEST_TEXT} characters"
        raise ValueError(message)
    if any(sign == "\x00" or "\ud800" <= sign <= "\udfff" for sign in value):
        raise ValueError("expected text without NUL and half characters")
    return value


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    found = YES_NO.get(str(value).strip().lower())
    if found is None:
        raise ValueError("expected yes or no")
    return found


def _integer(value: object) -> int:
    number = _number(value)
    if isinstance(number, float) and not number.is_integer():
        raise ValueError("expected a whole number")
    return int(number)


def _number(value: object) -> int | float:
    number = _as_number(value)
    if not math.isfinite(number) or abs(number) >= LARGEST:
        raise ValueError("expected a number below a thousand million million")
    return int(number) if float(number).is_integer() else number


def _as_number(value: object) -> int | float:
    match value:
        case bool():
            raise ValueError("expected a number")
        case int() | float():
            return value
        case _:
            try:
                return float(str(value))
            except ValueError:
                raise ValueError("expected a number") from None


def _months(value: object) -> int | float:
    number = _number(value)
    if number < 0:
        raise ValueError("expected a number of months, zero or more")
    return number


def _date(value: object) -> str:
    try:
        return date.fromisoformat(_text(value)).isoformat()
    except ValueError:
        raise ValueError("expected a date such as 2026-03-21") from None


def _instant(value: object) -> str:
    try:
        return datetime.fromisoformat(_text(value)).isoformat()
    except ValueError:
        raise ValueError("expected an instant such as 2026-03-21 09:00") from None


def _unknown(what: str, name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    meant = f" Did you mean {near[0]!r}?" if near else ""
    return f"There is no {what} {name!r}.{meant} Known: {', '.join(known) or 'none'}."


_READERS: Mapping[str, Callable[[object], Scalar]] = {
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "months": _months,
    "date": _date,
    "instant": _instant,
}
