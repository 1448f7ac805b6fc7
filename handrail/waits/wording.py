"""Figures in plain English."""

from __future__ import annotations

SMALLEST = 0.0001


def people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"


def days(number: float) -> str:
    return "1 day" if number == 1 else f"{number:g} days"


def in_a_hundred(share: float) -> str:
    return f"{share * 100:.0f} in 100"


def chance(p: float) -> str:
    """Return how likely chance alone is, with one figure that counts."""
    if p < SMALLEST:
        return f"p < {SMALLEST:.4f}"
    return f"p = {p:.1g}" if p < 0.1 else f"p = {p:.2f}"  # noqa: PLR2004 (two places tell enough above)
