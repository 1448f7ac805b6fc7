"""When a difference is worth reporting: the thresholds, in one place, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caution:
    """What must hold, all of it, before a difference is reported.

    Source: docs/decisions/0022-waits-and-noise.md. How often a healthy year still raises an alarm, and how soon a
    planted fault is found, is shown over many seeds in tests/handrail/waits.
    """

    level: float = 0.0001
    """Reported only if chance alone would make so great a difference less often than this at one look.

    Far below the usual 0.05, for the same weeks are looked at again and again: with a look every day at windows of
    eight weeks, a year is worth some forty looks that share nothing.
    """
    least_people: int = 10
    """Fewer on either side, or a smaller growth, and nothing is said: one person would then tip the scales."""
    least_ratio: float = 1.5
    """Reported only if so many times as long, or as often. With thousands of people a trifle is beyond chance too."""

    def __post_init__(self) -> None:
        if not (0 < self.level < 1 and self.least_people >= 1 and self.least_ratio >= 1):
            raise ValueError(
                f"A level of {self.level:g}, {self.least_people} people and a ratio of {self.least_ratio:g} were "
                "given; expected were a level between 0 and 1, and at least 1 of the others."
            )


USUAL_CAUTION = Caution()
