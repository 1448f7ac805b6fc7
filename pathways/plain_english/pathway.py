"""The parts of a pathway that stand around its tracks: what it is, who takes part, what may be recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pathways.blockage_forms import Blockage
from pathways.declaration import AgenciesFile, AgencyEntry, Closing, EventKind, PathwayFile, Pause
from pathways.plain_english.conditions import lead, match_text
from pathways.plain_english.housing import begun, place_point, shared_points
from pathways.plain_english.names import Names, day, either, plain, quoted, weekdays
from pathways.plain_english.outline import Point, Section
from pathways.plain_english.results import measure_points, scenario_points
from pathways.plain_english.stages import track_section

KINDS: Mapping[str, str] = {
    "boolean": "yes or no",
    "text": "text",
    "integer": "a whole number",
    "number": "a number",
    "date": "a date",
    "instant": "a date and a time",
    "months": "a number of months",
    "area": "an area",
}
ATTRIBUTIONS: Mapping[str, str] = {
    "system": "the system",
    "provider": "a provider",
    "person": "the person",
    "law": "the law",
}
CALENDARS: Mapping[str, str] = {"england-and-wales": "England and Wales"}
CLOCKS: Mapping[str, str] = {
    "tasks": "tasks",
    "follow_ups": "follow-ups",
    "hand_offs": "hand-offs",
    "stays": "expected stays",
    "waits": "waiting times",
    "blockages": "blockages",
}


def pathway_section(file: PathwayFile, names: Names, agencies: AgenciesFile | None = None) -> Section:
    """Return the whole pathway as headings and points, in the order of the file."""
    shown = file.agencies if file.agencies is not None else _named(file, agencies)
    sections = [
        Section("Agencies", tuple(_agency(name, entry, names) for name, entry in shown.items())),
        Section("Who may come onto it", tuple(_entry(file, names))),
        *(track_section(name, track, names) for name, track in file.tracks.items()),
        Section("When clocks stand still", tuple(_pause(*item, names) for item in file.pauses.items())),
        Section("What ends a case at once", tuple(_closing(*item, names) for item in file.closes.items())),
        Section("Places", tuple(place_point(*item, names) for item in file.places.items())),
        Section("What keeps people waiting", tuple(_blockage(*item, names) for item in file.blockages.items())),
        Section("What may be recorded", tuple(_event(*item, names) for item in file.events.items())),
        Section("Coded reasons", tuple(_reasons(*item) for item in file.reasons.items())),
        Section("What is counted", tuple(measure_points(file.measures, names))),
        Section("Stories that it must get right", tuple(scenario_points(file, names))),
    ]
    filled = tuple(section for section in sections if section.points)
    return Section(file.title, tuple(_about(file, names)), filled)


def _about(file: PathwayFile, names: Names) -> Iterator[Point]:
    if file.description:
        yield Point(file.description)
    yield Point(f"This is version {file.version} of the pathway {quoted(file.pathway)}.")
    yield Point(f"It is coordinated by {names.agency(file.coordinator)}.")
    if file.calendar is not None:
        yield Point(f"Working days leave out the bank holidays of {CALENDARS[file.calendar]}.")
    yield Point(f"Days and times of day are those of {file.timezone}.")
    if file.roles:
        yield Point(f"Named officers decide as {either((plain(role) for role in file.roles), 'and')}.")


def _entry(file: PathwayFile, names: Names) -> Iterator[Point]:
    if file.eligibility is not None:
        yield lead("A person may be referred when", file.eligibility, names)
    if file.opens_on:
        yield Point(f"A case opens with {either(names.event(event) for event in file.opens_on)}.")
    else:
        yield Point("A case opens with the first event that is recorded of it.")


def _named(file: PathwayFile, agencies: AgenciesFile | None) -> Mapping[str, AgencyEntry]:
    """Return the entries of ``agencies`` that this pathway names, in the order of that file."""
    if agencies is None:
        return {}
    text = set(_words(file.model_dump(mode="python")))
    return {name: entry for name, entry in agencies.agencies.items() if name in text}


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _words(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _words(inner)


def _agency(name: str, entry: AgencyEntry, names: Names) -> Point:
    parts = [Point(f"Named {quoted(name)} in the rules.")] if entry.title != name else []
    if entry.hours:
        times = "; ".join(f"{weekdays(days)} {_hours(hours)}" for days, hours in entry.hours.items())
        closed = "also on bank holidays" if entry.open_on_holidays else "closed on bank holidays"
        parts.append(Point(f"Open {times}, {closed}."))
    elif entry.open_on_holidays:
        parts.append(Point("Open on bank holidays."))
    if entry.valid_from is not None:
        parts.append(Point(f"Takes part from {day(entry.valid_from)}."))
    if entry.valid_until is not None:
        parts.append(Point(f"Takes part until {day(entry.valid_until)}."))
    if entry.successor is not None:
        parts.append(Point(f"Its work passes to {names.agency(entry.successor)}."))
    if entry.escalation is not None:
        parts.append(Point(f"What stays undone is taken to {names.agency(entry.escalation)}."))
    if entry.contacts:
        parts.append(Point(f"Is told by {either((plain(way) for way in entry.contacts), 'and')}."))
    if entry.digest_at is not None:
        parts.append(Point(f"What is not urgent comes once a day, at {entry.digest_at:%H:%M}."))
    return Point(entry.title, tuple(parts))


def _hours(hours: str | tuple[str, ...]) -> str:
    return hours if isinstance(hours, str) else either(hours, "and")


def _pause(name: str, pause: Pause, names: Names) -> Point:
    if pause.clocks == "all":
        clocks = "all clocks stand still"
    else:
        clocks = f"the clocks of {either((CLOCKS[clock] for clock in pause.clocks), 'and')} stand still"
    start, end = match_text(pause.from_, names), match_text(pause.until, names)
    return Point(f"{begun(plain(name))}: {clocks} from {start} until {end}.")


def _closing(name: str, closing: Closing, names: Names) -> Point:
    event = match_text(closing.event, names)
    outcome = f" with the outcome {quoted(closing.outcome)}" if closing.outcome else ""
    silence = " Every notice that has not left yet is withdrawn and no other is written." if closing.silence else ""
    return Point(f"{begun(plain(name))}: {event} closes the case{outcome}, wherever it stands.{silence}")


def _due_to(blockage: Blockage) -> str:
    if blockage.attributable_to is None:
        return "Each reason says to what it is due."
    return f"It is due to {ATTRIBUTIONS[blockage.attributable_to]}."


def _blockage(name: str, blockage: Blockage, names: Names) -> Point:
    parts = [
        Point(f"Theme: {blockage.theme}. {_due_to(blockage)}"),
        Point(f"Owner: {names.agency(blockage.owner)}."),
    ]
    parts.extend(shared_points(blockage, names) if blockage.is_shared else _of_a_person(blockage, names))
    parts.extend(
        Point(f"When it is {step.after} old, it is escalated to {names.agency(step.to)}.") for step in blockage.escalate
    )
    return Point(begun(names.blockage(name)) + ":", tuple(parts))


def _of_a_person(blockage: Blockage, names: Names) -> Iterator[Point]:
    if blockage.when is not None:
        yield lead("It opens when", blockage.when, names)
    else:
        yield Point("It opens when a rule above says so.")
    if blockage.clears_when is not None:
        yield lead("It is cleared when", blockage.clears_when, names, "since it opened")
    elif blockage.when is not None:
        yield Point("It is cleared when that holds no more.")
    else:
        yield Point("It is cleared by hand, with a reason.")


def _event(name: str, event: EventKind, names: Names) -> Point:
    parts = [Point(f"{begun(plain(field))}: {_kind(kind)}.") for field, kind in event.fields.items()]
    if event.restricted:
        shown = f", and also {names.agencies(event.shown_to, 'and')}" if event.shown_to else ""
        parts.append(Point(f"Only those who record it and the coordinator may read what it says{shown}."))
    elif event.shown_to:
        parts.append(Point(f"It is shown to {names.agencies(event.shown_to, 'and')}."))
    return Point(f"{names.event(name)}, by {names.agencies(event.by)}{':' if parts else '.'}", tuple(parts))


def _kind(kind: str | tuple[str, ...]) -> str:
    if isinstance(kind, tuple):
        return either(quoted(plain(choice)) for choice in kind)
    return KINDS.get(kind, f"a coded reason from the list {quoted(plain(kind))}")


def _reasons(name: str, reasons: Mapping[str, str]) -> Point:
    parts = (Point(f"{quoted(plain(code))} is due to {ATTRIBUTIONS[to]}.") for code, to in reasons.items())
    return Point(f"{begun(plain(name))}:", tuple(parts))
