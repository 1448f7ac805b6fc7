"""Durations, clocks, zones and dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from pathways.checks.subject import Subject
from pathways.checks.walk import durations, follow_ups
from pathways.clocks import Duration, Unit
from pathways.findings import Finding, circles, did_you_mean, shortened
from pathways.yaml_text import Path

_MAY_BE_ZERO = frozenset({"due", "waited", "after", "early"})
"""Keys whose zero means 'at once'."""
_HOURS = {Unit.MINUTES: 1 / 60, Unit.HOURS: 1.0, Unit.DAYS: 24.0, Unit.WEEKS: 168.0}
_LONGEST_YEARS = 20
_HOURS_OF_A_YEAR = 8766.0


def zone(subject: Subject) -> Iterator[Finding]:
    """The time zone exists."""
    name = subject.file.timezone
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        zones = sorted(available_timezones())
        hint = did_you_mean(name, zones, len(zones))
        found, expected = repr(shortened(name)), "a zone such as 'Europe/London'"
        yield Finding("unknown-time-zone", ("timezone",), "There is no such time zone.", found, expected, hint)


def working_clocks(subject: Subject) -> Iterator[Finding]:
    """Who counts in working time says by which calendar."""
    if subject.file.calendar is not None:
        return
    working = [(path, duration) for path, duration in durations(subject.file) if duration.is_working]
    if working:
        path, duration = working[0]
        message = "Working time is counted here, and the file names no calendar of bank holidays."
        more = f" and {len(working) - 1} more" if len(working) > 1 else ""
        expected = "'calendar: england-and-wales'"
        yield Finding("working-clock-without-calendar", path, message, f"{str(duration)!r}{more}", expected)


def lengths(subject: Subject) -> Iterator[Finding]:
    """A duration is neither nothing, where that makes no sense, nor longer than a life on a pathway."""
    for path, duration in durations(subject.file):
        key = next((step for step in reversed(path) if isinstance(step, str) and step != "for"), "")
        if duration.amount == 0 and key not in _MAY_BE_ZERO:
            yield Finding("zero-duration", path, "This lasts no time at all.", repr(str(duration)), "at least 1")
        if hours(duration) > _LONGEST_YEARS * _HOURS_OF_A_YEAR:
            expected = f"at most {_LONGEST_YEARS} years"
            yield Finding("too-long-a-duration", path, "This lasts too long.", repr(str(duration)), expected)


def hours(duration: Duration) -> float:
    """Return about how many hours it lasts; a working hour counts as one, and a working day as a day."""
    return duration.amount * _HOURS.get(duration.unit, 24.0 if duration.unit is Unit.WORKING_DAYS else 1.0)


def early_answers(subject: Subject) -> Iterator[Finding]:
    """An answer comes less early than the question before it."""
    for path, _, _, follow_up in follow_ups(subject.file):
        early, every = follow_up.early, follow_up.every
        if early is not None and hours(early) > hours(every):
            message = f"An answer could come before the last question, as one is asked every {every}."
            yield Finding("early-before-last", (*path, "early"), message, repr(str(early)), f"at most {str(every)!r}")


def measures(subject: Subject) -> Iterator[Finding]:
    """A measure has a window that ends after it begins, and a field to sum if it sums."""
    for name, measure in subject.file.measures.items():
        path = ("measures", name)
        yield from _window(path, measure.window.from_, measure.window.to)
        if measure.unit == "months" and measure.sum is None:
            message = f"The measure {name!r} counts months of no field."
            yield Finding("missing-key", path, message, expected="'sum'", on_key=True)
        if measure.unit != "months" and measure.sum is not None:
            message = f"The measure {name!r} sums a field and counts {measure.unit}."
            yield Finding("bad-form", (*path, "sum"), message, expected="'unit: months'", on_key=True)
        if measure.unit == "months" and measure.sum is not None:
            yield from _summed(subject, (*path, "sum"), measure.event.kind, measure.sum)
    for name in circles({name: measure.of for name, measure in subject.file.measures.items()}):
        found = repr(subject.file.measures[name].of)
        yield Finding("circular", ("measures", name, "of"), f"The measure {name!r} is a part of itself.", found)


def _summed(subject: Subject, path: Path, event: str, field: str) -> Iterator[Finding]:
    declared = subject.file.events.get(event)
    kind = declared.fields.get(field) if declared is not None else None
    if kind is not None and kind not in {"months", "integer"}:
        yield Finding(
            "unknown-field", path, f"The field {field!r} holds no months.", expected="a field of kind 'months'"
        )


def _window(path: Path, begin: datetime, end: datetime) -> Iterator[Finding]:
    if end.replace(tzinfo=None) < begin.replace(tzinfo=None):
        found = f"{begin.date()} to {end.date()}"
        yield Finding("window-backwards", (*path, "window"), "The window ends before it begins.", found, on_key=True)
