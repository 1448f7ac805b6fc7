"""Event logs as JSON lines: one object a line."""

import io
import json
import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from integrations.event_instants import InstantError, read_instant
from integrations.event_lines import (
    LARGEST_WHOLE,
    OPTIONAL,
    REQUIRED,
    BadLine,
    LogEvent,
    LogUnreadable,
    Scalar,
    did_you_mean,
    numbered_lines,
    shown,
)

_KEYS = (*REQUIRED, *OPTIONAL, "fields")
_KNOWN = frozenset(_KEYS)
_EXAMPLE = '{"case": "A1", "event": "offer.made", "occurred_at": "2026-03-21T10:00:00Z"}'

# The decoder hands over whatever JSON holds; `_event` is the border behind which types are known.
JsonObject = dict[str, Any]


class _LineError(ValueError):
    """The line is no event; the message is its ``BadLine``."""


def read_json_lines(stream: io.BufferedIOBase, path: Path, zone: ZoneInfo) -> Iterator[LogEvent | BadLine]:
    """Yield an event or a refusal for every line, in the file's order; blank lines are passed over.

    ``null`` for an optional key or a field means that it is absent.

    Raises:
        LogUnreadable: the file is one JSON array instead of lines.
    """
    begun = False
    for line in numbered_lines(stream):
        if isinstance(line, BadLine):
            yield line
            continue
        number, text = line
        bare = text.strip()
        if not bare:
            continue
        if not begun and bare[0] == "[":
            message = f"{path} holds one JSON array. Expected one object a line, such as {_EXAMPLE}."
            raise LogUnreadable(message)
        begun = True
        yield _read_line(number, bare, zone)


def _read_line(number: int, text: str, zone: ZoneInfo) -> LogEvent | BadLine:
    try:
        event = _event(number, _DECODER.decode(text), zone)
        if "\\u" in text:
            _refuse_unstorable_text(event)
    except json.JSONDecodeError as error:
        return BadLine(
            number,
            f"The line is not JSON: {error.msg} at column {error.colno}. Expected an object such as {_EXAMPLE}.",
        )
    except RecursionError:
        return BadLine(
            number,
            "The JSON is nested too deeply. Expected an object whose fields are single values.",
        )
    except ValueError as error:
        return BadLine(number, str(error))
    return event


def _event(number: int, found: object, zone: ZoneInfo) -> LogEvent:
    if not isinstance(found, dict):
        message = f"Found {_kind(found)}, expected an object such as {_EXAMPLE}."
        raise _LineError(message)
    if not found.keys() <= _KNOWN:
        raise _LineError(_unknown_key(found))
    recorded = _optional_text(found, "recorded_at")
    return LogEvent(
        number,
        _text(found, "case"),
        _text(found, "event"),
        _instant(_text(found, "occurred_at"), "occurred_at", zone),
        _instant(recorded, "recorded_at", zone) if recorded is not None else None,
        _optional_text(found, "agency"),
        _optional_text(found, "external_id"),
        _fields(found.get("fields")),
        False,
    )


def _unknown_key(found: JsonObject) -> str:
    name = next(key for key in found if key not in _KNOWN)
    hint = did_you_mean(name, _KEYS) or " Further values belong under 'fields'."
    return f"Found the key {shown(name)}, expected only {', '.join(_KEYS)}.{hint}"


def _text(found: JsonObject, key: str) -> str:
    if key not in found:
        message = f"The key {key!r} is missing. Expected an object such as {_EXAMPLE}."
        raise _LineError(message)
    value = found[key]
    text = value.strip() if isinstance(value, str) else ""
    if not text:
        what = "an empty text" if isinstance(value, str) else _kind(value)
        message = f"{key}: found {what}, expected a text in quotes that is not empty."
        raise _LineError(message)
    return text


def _optional_text(found: JsonObject, key: str) -> str | None:
    return None if found.get(key) is None else _text(found, key)


def _instant(text: str, key: str, zone: ZoneInfo) -> datetime:
    try:
        return read_instant(text, zone)
    except InstantError as error:
        message = f"{key}: {error}"
        raise _LineError(message) from error


def _fields(found: object) -> dict[str, Scalar]:
    if found is None:
        return {}
    if not isinstance(found, dict):
        message = f"fields: found {_kind(found)}, expected an object of texts, numbers and true or false."
        raise _LineError(message)
    for name, value in found.items():
        if isinstance(value, (dict, list)):
            message = f"fields: found {_kind(value)} in {shown(name)}, expected a text, a number, true or false."
            raise _LineError(message)
    return {name: value for name, value in found.items() if value is not None}


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return "a text"
        case dict():
            return "an object"
        case list():
            return "an array"
        case _:
            return f"the number {shown(value)}"


def _object_without_doubles(pairs: list[tuple[str, Any]]) -> JsonObject:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    doubled = next(name for name in names if names.count(name) > 1)
    message = f"The key {shown(doubled)} stands there twice, expected it once."
    raise _LineError(message)


def _finite(text: str) -> float:
    number = float(text)
    if math.isfinite(number):
        return number
    message = f"Found {shown(text)}, expected a number that is not infinite."
    raise _LineError(message)


def _refuse_constant(text: str) -> float:
    message = f"Found {text}, which is no JSON value. Expected a number, or leave the key out."
    raise _LineError(message)


def _whole(text: str) -> int:
    # The length first: turning a very long text into a number takes very long.
    if len(text) <= len(str(-LARGEST_WHOLE)) and abs(number := int(text)) <= LARGEST_WHOLE:
        return number
    message = f"Found the number {shown(text)}, expected a whole number of at most 64 bits."
    raise _LineError(message)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object_without_doubles,
    parse_float=_finite,
    parse_int=_whole,
    parse_constant=_refuse_constant,
)


def _refuse_unstorable_text(event: LogEvent) -> None:
    """Refuse what JSON can escape and no database can hold: null characters and halves of a pair."""
    texts = [
        event.case,
        event.event,
        event.agency or "",
        event.external_id or "",
        *event.fields,
    ]
    joined = "".join(texts + [value for value in event.fields.values() if isinstance(value, str)])
    if "\0" in joined or any("\ud800" <= letter <= "\udfff" for letter in joined):
        message = "An escaped character (\\u0000 or half a surrogate pair) stands for no text. Expected it left out."
        raise _LineError(message)
