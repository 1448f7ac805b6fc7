"""Chance without chance: the same question always falls the same way."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

_Choice = TypeVar("_Choice")


def share(*question: object) -> float:
    """Return a number from 0 up to 1 that depends on ``question`` alone."""
    digest = blake2b("/".join(map(str, question)).encode(), digest_size=6).digest()
    return int.from_bytes(digest) / 2**48


def between(least: int, most: int, *question: object) -> int:
    """Return a whole number from ``least`` to ``most``, both included."""
    return least + int(share(*question) * (most - least + 1))


def pick(choices: Sequence[_Choice], *question: object) -> _Choice:
    return choices[between(0, len(choices) - 1, *question)]
