"""The outcome table: declared measures, computed from events alone.

Each measure has its own window, unit and scope, and looks no further than the end of its window or the report's
date, whichever comes first: a period that is over gives the same figures whenever it is asked for. Figures
overlap, so none is ever the sum of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from pathways.calendars import Calendar
from pathways.case import Scalar
from pathways.conditions import EventMatch
from pathways.declaration import Measure
from pathways.figures import Figure, suppressed
from pathways.opening_hours import OFFICE
from pathways.watches import compile_where

Scope: TypeAlias = Literal["cohort", "locality"]
LONDON = Calendar(ZoneInfo("Europe/London"), frozenset(), OFFICE)


@dataclass(frozen=True, slots=True)
class MeasureEvent:
    """An event as far as measures look at it; ``occurred_at`` is aware.

    ``scope`` is ``cohort`` for what happened in a case, ``locality`` for what happened to nobody on the programme.
    """

    person: str | None
    case: str | None
    kind: str
    occurred_at: datetime
    fields: Mapping[str, Scalar]
    scope: Scope = "cohort"


def outcome_table(
    measures: Mapping[str, Measure],
    events: Iterable[MeasureEvent],
    as_at: datetime,
    *,
    calendar: Calendar = LONDON,
    suppress_below: int | None = None,
) -> list[Figure]:
    """Return one figure a measure, in the order of ``measures``.

    ``events`` come in order of occurrence; those after ``as_at`` (aware) are not looked at. What is remembered grows
    with the number of people, not of events. The windows' dates are local to ``calendar``. An event without a person
    counts for its case. With ``suppress_below`` (say 5) figures that are small, or from which a small one could be
    worked out, are not shown.

    Raises:
        ValueError: an event occurred before the one in front of it, or measures are parts of each other in a circle.
    """
    tallies = {name: _Tally(measure, as_at, calendar) for name, measure in measures.items()}
    _count(tallies, events, as_at)
    found: dict[str, _Found] = {}
    for name in measures:
        _find(name, measures, tallies, found, ())
    figures = [_figure(name, measures, found, tallies[name]) for name in measures]
    if suppress_below is None:
        return figures
    return suppressed(figures, {name: found[name].people for name in measures}, suppress_below)


def _count(tallies: Mapping[str, _Tally], events: Iterable[MeasureEvent], as_at: datetime) -> None:
    interested: dict[str, list[_Tally]] = {}
    for tally in tallies.values():
        for kind in tally.kinds:
            interested.setdefault(kind, []).append(tally)
    latest: datetime | None = None
    for event in events:
        if latest is not None and event.occurred_at < latest:
            raise ValueError(
                f"An event of {event.occurred_at.isoformat()} came after one of {latest.isoformat()}. "
                "Expected events in order of occurrence."
            )
        latest = event.occurred_at
        if event.occurred_at > as_at:
            return
        for tally in interested.get(event.kind, ()):
            tally.take(event)


class _Match:
    """Events of one kind whose fields pass the tests."""

    __slots__ = ("kind", "test")

    def __init__(self, declared: EventMatch) -> None:
        self.kind, self.test = declared.kind, compile_where(declared.where)

    def __call__(self, event: MeasureEvent) -> bool:
        return event.kind == self.kind and (self.test is None or self.test(event.fields))


class _Tally:
    """What one measure remembers of each person; nobody in particular is ``None``."""

    __slots__ = (
        "after",
        "calendar",
        "counts",
        "end",
        "event",
        "first_after",
        "horizon",
        "kinds",
        "last_day",
        "measure",
        "missing",
        "since",
        "start",
        "sums",
        "until",
    )

    def __init__(self, measure: Measure, as_at: datetime, calendar: Calendar) -> None:
        self.measure, self.calendar = measure, calendar
        first, last = measure.window.from_.date(), measure.window.to.date()
        self.start, self.end = _midnight(first, calendar), _midnight(last + timedelta(days=1), calendar)
        self.horizon = min(as_at, self.end)
        self.last_day = min(calendar.local(as_at).date(), last)
        self.event = _Match(measure.event)
        self.after = _Match(measure.after) if measure.after is not None else None
        self.until = _Match(measure.lasting.until) if measure.lasting is not None else None
        self.kinds = {match.kind for match in (self.event, self.after, self.until) if match is not None}
        self.first_after: dict[str | None, datetime] = {}
        self.since: dict[str | None, datetime] = {}
        self.counts: dict[str | None, int] = {}
        self.sums: dict[str | None, float] = {}
        self.missing = 0

    def take(self, event: MeasureEvent) -> None:
        """Count ``event`` if the measure asks for it."""
        if event.occurred_at >= self.end or (self.measure.scope == "cohort" and event.scope != "cohort"):
            return
        who = event.person or event.case
        if self.until is not None and self.until(event):
            self.since.pop(who, None)
        if self.event(event) and event.occurred_at >= self.start and self._came_after(who, event.occurred_at):
            self._add(who, event)
        if self.after is not None and self.after(event):
            self.first_after.setdefault(who, event.occurred_at)

    def _came_after(self, who: str | None, occurred: datetime) -> bool:
        if self.after is None:
            return True
        first = self.first_after.get(who)
        return first is not None and first < occurred

    def _add(self, who: str | None, event: MeasureEvent) -> None:
        self.since.setdefault(who, event.occurred_at)
        self.counts[who] = self.counts.get(who, 0) + 1
        if self.measure.sum is not None:
            value = event.fields.get(self.measure.sum)
            if isinstance(value, int | float) and not isinstance(value, bool):
                self.sums[who] = self.sums.get(who, 0) + value
            else:
                self.missing += 1

    def lasting(self) -> set[str | None]:
        """Return of whom something was counted, and, where a state must last, those in whom it does."""
        lasting = self.measure.lasting
        if lasting is None:
            return set(self.counts)
        if lasting.at_least is None:
            return set(self.since)
        return {who for who, since in self.since.items() if self.calendar.add(since, lasting.at_least) <= self.horizon}


@dataclass(frozen=True, slots=True)
class _Found:
    value: int | float
    people: frozenset[str]


def _find(
    name: str,
    measures: Mapping[str, Measure],
    tallies: Mapping[str, _Tally],
    found: dict[str, _Found],
    parts: tuple[str, ...],
) -> _Found:
    """Return what ``name`` amounts to; the measure that it is part of is found first."""
    if name in found:
        return found[name]
    if name in parts:
        raise ValueError(f"Measures are parts of each other in a circle: {', '.join((*parts, name))}.")
    measure, tally = measures[name], tallies[name]
    who = tally.lasting()
    if measure.of is not None:
        who &= _find(measure.of, measures, tallies, found, (*parts, name)).people
    match measure.unit:
        case "people":
            value: int | float = len(who - {None})
        case "events":
            value = sum(tally.counts[one] for one in who)
        case "months":
            value = sum(tally.sums.get(one, 0) for one in who)
    found[name] = _Found(value, frozenset(one for one in who if one is not None))
    return found[name]


def _figure(name: str, measures: Mapping[str, Measure], found: Mapping[str, _Found], tally: _Tally) -> Figure:
    measure = measures[name]
    here, whole = found[name], found[measure.of] if measure.of is not None else None
    share = None
    if whole is not None and whole.value and measures[measure.of or name].unit == measure.unit:
        share = here.value / whole.value
    return Figure(
        name=name,
        title=measure.title,
        value=here.value,
        unit=measure.unit,
        window=(measure.window.from_.date(), measure.window.to.date()),
        scope=measure.scope,
        as_at=tally.last_day,
        of=measure.of,
        share=share,
        missing=tally.missing,
    )


def _midnight(day: date, calendar: Calendar) -> datetime:
    """Return the instant at which ``day`` begins."""
    return calendar.resolve(datetime.combine(day, time()))
