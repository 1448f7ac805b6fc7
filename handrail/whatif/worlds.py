"""What is lived in: the places as they are or as they would be, and what is counted of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from handrail.whatif.curves import Curve, Span
from handrail.whatif.history import Bed


@dataclass(frozen=True, slots=True)
class House:
    """One kind of places in one world: its places, and how they are held and turned round.

    ``cut_off`` is when, in the first day, nightly places are given out; ``None`` of places to stay. ``at_most`` bounds
    the voids of a project, in days, once the change has begun.
    """

    beds: tuple[Bed, ...]
    hold: float
    voids: Mapping[str, tuple[float, Curve]]
    still_void: Mapping[int, float] = field(default_factory=dict)
    """Places that are void at the beginning, and for how many days more."""
    at_most: Mapping[str, float] = field(default_factory=dict)
    cut_off: float | None = None


@dataclass(frozen=True, slots=True)
class World:
    """What is lived in: the houses by kind, the reasons that keep nobody out from ``begins`` on, until ``ends``."""

    houses: Mapping[str, House]
    begins: float
    ends: float
    dropped: frozenset[str] = frozenset()


@dataclass(slots=True)
class Lived:
    """What came of one kind of places between the beginning and the end; days of persons, or of places."""

    waited: float = 0.0
    placed: int = 0
    gave_up: int = 0
    kept_out: dict[str, float] = field(default_factory=dict)
    """Person-days of waiting while a place was free, by the reasons for which none fitted."""
    used: dict[str, float] = field(default_factory=dict)
    """By project, days on which a place was used or held."""
    usable: dict[str, float] = field(default_factory=dict)
    waits: list[Span] = field(default_factory=list)
    """Of those who began to wait after the beginning."""
