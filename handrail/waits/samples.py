"""Waits as counts by whole days, with the people who wait still counted.

Who belongs to a sample is decided by the day of arrival alone: everyone who arrived in its window, followed until
it is looked at, however long they wait. Whoever was already there when the window began is not in it. Choosing by
the day of leaving would count long waits only once they are over, and those who are stuck never.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Spell:
    """One stretch of one person's waiting; ``ended`` is None while it goes on. Both are aware."""

    began: datetime
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class Arrivals:
    """So many ``people`` who arrived on one local date and left on another; ``left`` is None while they wait."""

    arrived: date
    left: date | None
    people: int


@dataclass(frozen=True, slots=True)
class Waits:
    """People by how long they waited.

    ``finished[n]`` left on the n-th day, 0 being that of their arrival. ``waiting[n]`` are known to have waited
    n whole days and were still there; nothing is known of them after that.

    Raises:
        ValueError: a number of days or of people is below 0.
    """

    finished: Mapping[int, int]
    waiting: Mapping[int, int]

    def __post_init__(self) -> None:
        for counts in (self.finished, self.waiting):
            for days, people in counts.items():
                if days < 0 or people < 0:
                    raise ValueError(f"{people} people after {days} days were given; expected were counts from 0 up.")

    @property
    def left(self) -> int:
        return sum(self.finished.values())

    @property
    def still_waiting(self) -> int:
        return sum(self.waiting.values())

    @property
    def people(self) -> int:
        return self.left + self.still_waiting

    @property
    def followed(self) -> int:
        """The longest time, in days, for which anything is known."""
        return max((days for counts in (self.finished, self.waiting) for days, n in counts.items() if n), default=0)


def waits_of(spells: Iterable[Spell], as_at: datetime) -> Waits:
    """Return the waits of those who arrived before ``as_at`` (aware), as they were known at that instant.

    Days are stretches of 24 hours since the arrival. An end at or after ``as_at`` is not known yet.
    Whoever is said to have left before they arrived did not wait.
    """
    finished: Counter[int] = Counter()
    waiting: Counter[int] = Counter()
    for spell in spells:
        if spell.began >= as_at:
            continue
        if spell.ended is None or spell.ended >= as_at:
            waiting[(as_at - spell.began) // DAY] += 1
        else:
            finished[max(0, -((spell.began - spell.ended) // DAY))] += 1
    return Waits(finished, waiting)


def waits_from_counts(arrivals: Iterable[Arrivals], since: date, as_at: date) -> Waits:
    """Return the waits of those who arrived from ``since`` on, as they were known when the day ``as_at`` began.

    ``as_at`` itself is not counted, for it may not be over: give today. Whoever is said to have left before they
    arrived did not wait.
    """
    finished: Counter[int] = Counter()
    waiting: Counter[int] = Counter()
    for each in arrivals:
        if not since <= each.arrived < as_at:
            continue
        if each.left is None or each.left >= as_at:
            waiting[(as_at - each.arrived).days - 1] += each.people
        else:
            finished[max(0, (each.left - each.arrived).days)] += each.people
    return Waits(finished, waiting)


@dataclass(frozen=True, slots=True)
class Windows:
    """How far back "now" goes, and how far "before" goes back from there; both in days."""

    now: int = 56
    before: int = 182


USUAL_WINDOWS = Windows()


def before_and_now(arrivals: Iterable[Arrivals], as_at: date, windows: Windows = USUAL_WINDOWS) -> tuple[Waits, Waits]:
    """Return the waits of those who arrived before and of those who arrived in the last ``windows.now`` days.

    Those before are taken as they were known when "now" began: what happened to them since belongs to now, and
    would make a new standstill look like an old one.
    """
    counts = tuple(arrivals)
    border = as_at - timedelta(days=windows.now)
    return (
        waits_from_counts(counts, border - timedelta(days=windows.before), border),
        waits_from_counts(counts, border, as_at),
    )
