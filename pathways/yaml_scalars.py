"""Plain YAML scalars as the core schema of YAML 1.2 reads them: ``no``, ``on`` and ``10:00`` are text."""

from __future__ import annotations

import re
from typing import TypeAlias

Scalar: TypeAlias = str | bool | int | float | None

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LONGEST_NUMBER = 18
"""Digits that every reader of JSON and every database column keeps."""


class InexactNumberError(ValueError):
    """A number that cannot be kept exactly, or that is none."""


def plain_scalar(text: str) -> Scalar:
    """Return the value of an unquoted scalar.

    Raises:
        InexactNumberError: more than 18 characters, infinite, or not a number.
    """
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text[0] not in "+-.0123456789":
        return text
    return _number(text)


def _number(text: str) -> Scalar:
    for pattern, base in ((_DECIMAL, 10), (_OCTAL, 8), (_HEXADECIMAL, 16)):
        if pattern.fullmatch(text):
            _bound(text)
            return int(text.removeprefix("0o").removeprefix("0x"), base)
    if _NOT_FINITE.fullmatch(text):
        raise InexactNumberError(text)
    if not _FLOAT.fullmatch(text):
        return text
    _bound(text)
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise InexactNumberError(text)
    return value


def _bound(text: str) -> None:
    if len(text) > _LONGEST_NUMBER:
        raise InexactNumberError(text)
