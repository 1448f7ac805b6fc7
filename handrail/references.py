"""References: the public names of cases, made to be read out, written down and typed.

A reference is three groups of letter, digit, letter, such as ``K4T-W9M-P2R``: never a word, nothing of the person,
no sign that looks like another. The last sign checks the others (ISO 7064, hybrid system, modulus 31,30), so that
one wrong sign is always noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from handrail.errors import NotFound

DIGITS = "23456789"
LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ"
SIGNS = DIGITS + LETTERS
LENGTH = 9
GROUP = 3


def make_reference(choose: Callable[[Sequence[str]], str]) -> str:
    """Return a reference of signs that ``choose`` picks, each out of those it is given."""
    signs = "".join(choose(DIGITS if place % GROUP == 1 else LETTERS) for place in range(LENGTH - 1))
    return _grouped(signs + check_sign(signs))


def read_reference(given: str) -> str:
    """Return the reference as it is kept, however it was typed: small letters, blanks, no hyphens.

    Raises:
        NotFound: no case can have this reference; a sign is missing or mistaken.
    """
    signs = "".join(sign for sign in given.upper() if sign.isalnum())
    if len(signs) != LENGTH or any(sign not in SIGNS for sign in signs) or check_sign(signs[:-1]) != signs[-1]:
        message = (
            f"{given[:40]!r} is not a case's reference: a sign is missing or mistaken. "
            "Expected is something like K4T-W9M-P2R."
        )
        raise NotFound(message)
    return _grouped(signs)


def check_sign(signs: str) -> str:
    """Return the sign that makes ``signs`` complete.

    Source: ISO/IEC 7064, hybrid systems (modulus M + 1, M), with M = 30.
    """
    modulus = len(SIGNS)
    carried = modulus
    for sign in signs:
        total = (carried + SIGNS.index(sign)) % modulus or modulus
        carried = total * 2 % (modulus + 1)
    return SIGNS[(modulus + 1 - carried) % modulus]


def _grouped(signs: str) -> str:
    return "-".join(signs[start : start + GROUP] for start in range(0, LENGTH, GROUP))
