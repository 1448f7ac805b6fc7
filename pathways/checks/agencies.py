"""The agencies: who follows whom, when, and whether their opening hours can be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from pathways.checks.references import references
from pathways.checks.subject import Subject
from pathways.declaration import AgencyEntry
from pathways.findings import Finding, circles, did_you_mean, listed
from pathways.opening_hours import parse_opening_hours
from pathways.yaml_text import Path

Agencies = Mapping[str, AgencyEntry]


def agency_findings(agencies: Agencies) -> Iterator[Finding]:
    """Yield what is wrong with agencies that stand under the key ``agencies``."""
    if not agencies:
        yield Finding("empty", ("agencies",), "There is no agency.", expected="at least one", on_key=True)
    for name, agency in agencies.items():
        path = ("agencies", name)
        yield from _names(agencies, path, agency)
        yield from _dates(agencies, path, agency)
        yield from _hours(path, agency)
        if name == "owner":
            message = "'owner' means the owner of a stage and cannot name an agency."
            yield Finding("reserved-name", path, message, on_key=True)
    for name in circles({name: agency.successor for name, agency in agencies.items()}):
        message = f"The agency {name!r} comes after itself."
        yield Finding("successor-cycle", ("agencies", name, "successor"), message, repr(agencies[name].successor))


def own_agencies(subject: Subject) -> Iterator[Finding]:
    """The agencies that a pathway declares itself are sound."""
    if subject.file.agencies is not None:
        yield from agency_findings(subject.file.agencies)
    elif not subject.agencies:
        message = "The file declares no agencies, and there are none of agencies.yaml."
        yield Finding("no-agencies", (), message)


def lasting_agencies(subject: Subject) -> Iterator[Finding]:
    """An agency that owes something to a pathway and that ends has a successor."""
    told: set[str] = set()
    for reference in references(subject.file):
        if reference.path[0] == "events":
            continue  # who only records owes nothing
        entry = subject.agencies.get(reference.name) if reference.kind == "agency" else None
        if entry is None or reference.name in told or entry.valid_until is None or entry.successor is not None:
            continue
        told.add(reference.name)
        message = f"The agency {reference.name!r} ends on {entry.valid_until.date()} and has no successor."
        yield Finding("agency-without-successor", reference.path, message)


def _names(agencies: Agencies, path: Path, agency: AgencyEntry) -> Iterator[Finding]:
    for key, name in (("successor", agency.successor), ("escalation", agency.escalation)):
        if name is not None and name not in agencies:
            hint = did_you_mean(name, list(agencies))
            found, expected = repr(name), listed(agencies)
            yield Finding("unknown-agency", (*path, key), "There is no such agency.", found, expected, hint)
    if agency.escalation == path[-1]:
        message = "This escalates to the agency that does not answer itself."
        yield Finding("escalation-to-owner", (*path, "escalation"), message, repr(agency.escalation))


def _dates(agencies: Agencies, path: Path, agency: AgencyEntry) -> Iterator[Finding]:
    begin, end = _plain(agency.valid_from), _plain(agency.valid_until)
    if begin is not None and end is not None and end <= begin:
        found, expected = str(end.date()), f"a date after {begin.date()}"
        yield Finding("window-backwards", (*path, "valid_until"), "The agency ends before it begins.", found, expected)
    following = agencies.get(agency.successor) if agency.successor else None
    if end is None or following is None:
        return
    later_begin, later_end = _plain(following.valid_from), _plain(following.valid_until)
    if (later_begin is not None and later_begin > end) or (later_end is not None and later_end <= end):
        message = f"The successor {agency.successor!r} does not act on {end.date()}, when this agency ends."
        yield Finding("successor-absent", (*path, "successor"), message, repr(agency.successor))


def _plain(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.replace(tzinfo=None)


def _hours(path: Path, agency: AgencyEntry) -> Iterator[Finding]:
    if agency.hours is None:
        return
    plain = {day: [times] if isinstance(times, str) else list(times) for day, times in agency.hours.items()}
    try:
        hours = parse_opening_hours(plain)
    except ValueError as error:
        yield Finding("bad-hours", (*path, "hours"), str(error), on_key=True)
        return
    if hours.never_open:
        yield Finding("bad-hours", (*path, "hours"), "The agency is never open.", on_key=True)
