"""A case as canonical JSON text: the same case gives the same bytes, on every machine.

Keys are sorted, there are no blanks, only ASCII is written, instants are whole microseconds since
1970 in UTC, and what equals its default is left out. The codecs are built once, from the types in
``pathways.case``, so that a field added there needs nothing here.

Mappings come back with their keys sorted: nothing may depend on their order.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, Literal

from pathways import case as values
from pathways.case import Case

Step = Callable[[Any], Any]
"""Turns one value into its JSON form, or back."""
Codec = tuple[Step | None, Step | None]
"""To JSON and from JSON; None where both forms are the same."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000
_NOTHING = object()
_SAME: Codec = (None, None)


class CaseUnreadable(ValueError):
    """A text is not the canonical JSON of a case."""


def to_json(case: Case) -> str:
    """Return the canonical text of ``case``.

    Raises:
        ValueError: a field holds a number that JSON cannot hold (NaN or infinite).
    """
    return _write(_encode_case(case))


def from_json(text: str) -> Case:
    """Return the case that ``text`` stands for; ``to_json`` gives the same text again.

    Raises:
        CaseUnreadable: the text is not JSON, or not that of a case.
    """
    try:
        case: Case = _decode_case(json.loads(text))
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        sentence = (
            "The stored text is not a case as this release writes it. Compare the releases that wrote and read it."
        )
        raise CaseUnreadable(sentence) from error
    return case


def to_microseconds(instant: datetime) -> int:
    """Return whole microseconds since 1970 in UTC."""
    since = instant - _EPOCH
    return since.days * _DAY + since.seconds * 1_000_000 + since.microseconds


def from_microseconds(count: int) -> datetime:
    """Return the instant, in UTC."""
    return _EPOCH + timedelta(0, 0, count)


def _codec(hint: Any) -> Codec:
    hint = getattr(hint, "__value__", hint)
    if hint is datetime:
        return to_microseconds, from_microseconds
    if is_dataclass(hint) and isinstance(hint, type):
        return _object_codec(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal or origin is None:
        return _SAME
    if origin in (typing.Union, types.UnionType):
        return _union_codec(arguments)
    if origin is tuple:
        return _tuple_codec(arguments)
    return _mapping_codec(arguments[1])


def _union_codec(arguments: tuple[Any, ...]) -> Codec:
    others = [each for each in arguments if each is not type(None)]
    if len(others) > 1:
        return _SAME
    encode, decode = _codec(others[0])
    return _unless_none(encode), _unless_none(decode)


def _unless_none(step: Step | None) -> Step | None:
    if step is None:
        return None
    return lambda value: None if value is None else step(value)


def _tuple_codec(arguments: tuple[Any, ...]) -> Codec:
    if arguments[-1] is Ellipsis:
        encode, decode = _codec(arguments[0])
        return _each(encode, list), _each(decode, tuple)
    parts = [_codec(each) for each in arguments]
    return _each_of([part[0] for part in parts], list), _each_of([part[1] for part in parts], tuple)


def _each(step: Step | None, container: type[Any]) -> Step:
    if step is None:
        return container
    return lambda values: container([step(value) for value in values])


def _each_of(steps: list[Step | None], container: type[Any]) -> Step:
    def convert(values: Any) -> Any:
        pairs = zip(steps, values, strict=True)
        return container([value if step is None else step(value) for step, value in pairs])

    return convert


def _mapping_codec(hint: Any) -> Codec:
    encode, decode = _codec(hint)
    return _each_value(encode), _each_value(decode)


def _each_value(step: Step | None) -> Step:
    if step is None:
        return dict
    return lambda mapping: {key: step(value) for key, value in mapping.items()}


def _object_codec(kind: type[Any]) -> Codec:
    hints = typing.get_type_hints(kind, {**vars(typing), **vars(values), "Mapping": Mapping, "datetime": datetime})
    parts = [(each.name, _default(each), *_codec(hints[each.name])) for each in fields(kind)]
    get = attrgetter(*(name for name, *_ in parts))
    writers = [(name, default, encode) for name, default, encode, _ in parts]
    readers = [(name, decode) for name, _, _, decode in parts if decode is not None]

    def encode_object(value: Any) -> dict[str, Any]:
        written = {}
        for (name, default, encode), part in zip(writers, get(value), strict=True):
            if part != default:
                written[name] = part if encode is None else encode(part)
        return written

    def decode_object(raw: dict[str, Any]) -> Any:
        for name, decode in readers:
            if name in raw:
                raw[name] = decode(raw[name])
        return kind(**raw)

    return encode_object, decode_object


def _default(each: Field[Any]) -> Any:
    if each.default is not MISSING:
        return each.default
    if each.default_factory is not MISSING:
        return each.default_factory()
    return _NOTHING


_write = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False).encode
_encode_case, _decode_case = typing.cast("tuple[Step, Step]", _object_codec(Case))
