"""The recent history as values: who waited, who stayed, and where. It names nobody.

All instants are days from the instant at which the history ends: what was before is below zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from handrail.whatif.curves import Span
from pathways.clocks import Duration, Unit
from pathways.matching import Needs, Place
from pathways.place_charts import PlaceKindChart

FED_WITHIN = 7.0
"""Who begins to wait while they stay elsewhere, or up to so many days later, came from there."""
MOVED_WITHIN = 2.0
"""A stay that ends within so many days of the beginning of one of another kind ended because of it."""
BARRED = "declined_by_"
"""A provider that declined somebody stands as a risk of this name among those that it does not accept."""
_DAYS = {Unit.MINUTES: 1 / 1440, Unit.HOURS: 1 / 24, Unit.DAYS: 1.0, Unit.WEEKS: 7.0}
_WORKING_DAY = 7 / 5
_WORKING_HOURS_A_DAY = 8


@dataclass(frozen=True, slots=True)
class Bed:
    """A place, and from when until when it is in service."""

    place: Place
    opens: float
    closes: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Somebody waited for a place of a kind; ``ended`` is ``None`` while they wait.

    ``after`` is the kind of places in which they stayed when it began, or shortly before.
    """

    person: int
    began: float
    ended: float | None
    placed: bool
    needs: Needs
    after: str | None = None
    again: bool = False
    """They wait for what they did not come to before: no new arrival."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody used a place; of a nightly kind, came night after night and ``place`` is ``None``.

    ``ended`` is ``None`` while it goes on. ``moved_to`` is the kind of places to which it was left.
    """

    person: int | None
    place: int | None
    began: float
    ended: float | None
    moved_to: str | None = None

    def span(self, since: float) -> Span:
        """Return the stay as it was watched from ``since`` on; if it was left for another kind, it could have lasted.

        A stay before ``since`` gives no span that counts: it is entered after it was left.
        """
        left = (0.0 if self.ended is None else self.ended) - self.began
        return Span(max(0.0, since - self.began), left, self.ended is not None and self.moved_to is None)


@dataclass(frozen=True, slots=True)
class Void:
    """A place could not be used; ``ended`` is ``None`` while that goes on."""

    place: int
    project: str
    began: float
    ended: float | None

    def span(self, since: float) -> Span:
        left = (0.0 if self.ended is None else self.ended) - self.began
        return Span(max(0.0, since - self.began), left, self.ended is not None)


@dataclass(frozen=True, slots=True)
class Nights:
    """Of the nights on which a nightly place was wanted: how many nobody came, and how many were refused, by reason."""

    wanted: int
    missed: int
    refused: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class KindHistory:
    """What happened around one kind of places. ``lapsed`` holds were kept for somebody who did not come."""

    chart: PlaceKindChart
    beds: tuple[Bed, ...]
    waits: tuple[Wait, ...]
    stays: tuple[Stay, ...]
    voids: tuple[Void, ...]
    lapsed: int = 0
    nights: Nights | None = None
    cut_off: float = 0.0
    """Of a nightly kind: when, in the first day, its places are given out."""

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(bed.place for bed in self.beds)

    @property
    def projects(self) -> tuple[str, ...]:
        return tuple(sorted({bed.place.project for bed in self.beds}))

    def ended_since(self, since: float) -> int:
        """Return how many stays came to their own end since then."""
        return sum(stay.ended is not None and stay.moved_to is None and stay.ended > since for stay in self.stays)


@dataclass(frozen=True, slots=True)
class History:
    """What happened in the ``weeks`` before ``as_at`` (UTC), by kind of places in the order of the file."""

    as_at: datetime
    weeks: int
    kinds: Mapping[str, KindHistory]
    reasons: frozenset[str] = frozenset()
    """Every coded reason that the pathway declares."""

    @property
    def since(self) -> float:
        return -7.0 * self.weeks


def in_days(duration: Duration) -> float:
    """Return about how many days ``duration`` is; a working day is 7/5 of a day, and has eight working hours."""
    match duration.unit:
        case Unit.MINUTES | Unit.HOURS | Unit.DAYS | Unit.WEEKS as unit:
            return duration.amount * _DAYS[unit]
        case Unit.WORKING_DAYS:
            return duration.amount * _WORKING_DAY
        case Unit.WORKING_HOURS:
            return duration.amount / _WORKING_HOURS_A_DAY * _WORKING_DAY
        case _:
            assert_never(duration.unit)
