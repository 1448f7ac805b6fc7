"""When a night begins, when its cut-off is and when it is over, by the wall clock of its pathway's zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from handrail.housing.kinds import KnownKind
from models.nights import Night
from pathways.wall_clock import MOMENT

DAY = timedelta(days=1)


def night_of(known: KnownKind, at: datetime) -> Night:
    """Return the night to which the instant ``at`` belongs: each begins when the one before it is over.

    The cut-off is the declared wall-clock time, also on the days on which clocks change.
    """
    return night_on(known, known.day_of(at))


def night_on(known: KnownKind, day: date) -> Night:
    """Return the night that begins on ``day``.

    Raises:
        ValueError: such places are not given for a night at a time.
    """
    nightly = known.chart.nightly
    if nightly is None:
        raise ValueError(f"Places of the kind {known.chart.name!r} are not given for a night at a time.")
    begins, ends = known.begin_of(day), known.begin_of(day + DAY)
    cut_off = min(known.pathway.calendar.next_time(begins, nightly.cut_off), ends - MOMENT)
    return Night(known.chart.name, day, begins, cut_off, ends)
