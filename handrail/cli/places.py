"""``handrail places``: what places there are, what brings them in, and what keeps them from being used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from handrail.cli.errors import WrongUse
from handrail.cli.output import AsJson, counted, say, say_json, table, tell
from handrail.cli.place_options import PlaceArgument, ReasonOption, typed_place
from handrail.cli.place_told import capacity_row, capacity_told, place_row, place_told, use_told
from handrail.cli.progress import progress
from handrail.cli.replaying import Refusals
from handrail.cli.store_access import ByOption, OfficerOption, opened_store
from handrail.cli.typed_values import typed_date, typed_instant, typed_name

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from handrail.housing.place_imports import PlacesImported
    from handrail.wiring import Store

IMPORT_EXAMPLE = "Example: handrail places import beds.csv --dry-run"
LIST_EXAMPLE = "Example: handrail places list --kind hostel"
SHOW_EXAMPLE = "Example: handrail places show milestone"
VOID_EXAMPLE = "Example: handrail places void milestone/07 --reason void_repair --by riverside"
TURNED_ROUND_EXAMPLE = "Example: handrail places turned-round milestone/07 --by riverside"
RETIRE_EXAMPLE = "Example: handrail places retire milestone/07 --from 2027-04-01 --by riverside"
SWITCH_EXAMPLE = (
    'Example: handrail places switch severe_weather --to 2026-12-03 --because "Below zero" --officer "C. Ordinator"'
)
CAPACITY_COLUMNS = ("kind", "project", "provider", "in service", "held", "occupied", "void", "free")
PLACE_COLUMNS = ("place", "state", "case", "since", "until", "reason", "is")
FromOption = Annotated[str | None, typer.Option("--from", help="From which day on. Left out, from now.")]

places = typer.Typer(
    name="places", help="Look after projects, places and voids.", no_args_is_help=True, rich_markup_mode=None
)


@places.command("import", epilog=IMPORT_EXAMPLE)
def import_(
    file: Annotated[Path, typer.Argument(help="CSV of places or vacancies, or Open Referral UK JSON; gzipped or not.")],
    kind: Annotated[str | None, typer.Option("--kind", help="Of new projects of which the file says none.")] = None,
    provider: Annotated[str | None, typer.Option("--provider", help="The same, of their provider.")] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would come of it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring in places, vacancies or capacities from a file; again is harmless."""
    from handrail.housing.capacities import Usual  # noqa: PLC0415 (the store takes time to import)
    from handrail.housing.place_imports import import_places  # noqa: PLC0415
    from integrations.place_files import BadLine, read_places  # noqa: PLC0415

    if not file.is_file():
        raise WrongUse(f"{file} cannot be opened: there is no such file. Give the path of a file of places.")
    refusals = Refusals(file)
    with opened_store() as store, progress("Reading the file") as advance:
        lines = _advancing(read_places(file, _zone(store)), advance)
        usual = Usual(kind, provider)
        done = import_places(store, lines, lambda number, why: refusals(BadLine(number, why)), usual, dry_run=dry_run)
    refusals.end()
    for number, note in done.notes:
        tell(f"{file}:{number}: {note}")
    _say_imported(done, dry_run=dry_run, as_json=as_json)
    raise typer.Exit(1 if done.refused else 0)


def _advancing(lines: Any, advance: Any) -> Any:
    for line in lines:
        advance(1)
        yield line


def _say_imported(done: PlacesImported, *, dry_run: bool, as_json: bool) -> None:
    tallies = {"projects": done.projects, "places": done.places, "vacancies": done.vacancies}
    told = {what: {"new": one.new, "changed": one.changed, "same": one.same} for what, one in tallies.items()}
    if as_json:
        notes = [{"number": number, "note": note} for number, note in done.notes]
        rest = {"retired": done.retired, "refused": done.refused, "notes": notes, "dry_run": dry_run}
        say_json({**told, **rest})
        return
    for what, one in told.items():
        if any(one.values()):
            say(f"{what.capitalize()}: {one['new']} new, {one['changed']} changed, {one['same']} as they were.")
    if done.retired:
        say(f"{counted(done.retired, 'free place')} beyond the maximum out of service.")
    if done.refused:
        say(f"{counted(done.refused, 'line')} refused.")
    if dry_run:
        say("Nothing was changed: this was a dry run.")


@places.command("list", epilog=LIST_EXAMPLE)
def list_(
    kind: Annotated[str | None, typer.Option("--kind", help="Only places of this kind.")] = None,
    project: Annotated[str | None, typer.Option("--project", help="Only this project.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="As at then: 2026-03-21 09:00. Left out, now.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell how full each project is."""
    from handrail.housing.registry import capacity  # noqa: PLC0415 (the store takes time to import)

    with opened_store() as store:
        found = capacity(store, kind=kind, project=project, at=_instant(store, at, "--at"))
    if as_json:
        say_json({"projects": [capacity_told(one) for one in found]})
    elif found:
        say(table(CAPACITY_COLUMNS, [capacity_row(one) for one in found]))
    else:
        say("There are no projects yet. Bring some in with: handrail places import FILE")


@places.command("show", epilog=SHOW_EXAMPLE)
def show(
    project: Annotated[str, typer.Argument(help="The project.")],
    at: Annotated[str | None, typer.Option("--at", help="As at then: 2026-03-21 09:00. Left out, now.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell each place of a project, and who or what is in it, by reference."""
    from handrail.housing.registry import places_of  # noqa: PLC0415 (the store takes time to import)

    with opened_store() as store:
        zone = _zone(store)
        found, there = places_of(store, project, _instant(store, at, "--at"))
    if as_json:
        say_json({**capacity_told(found), "places": [place_told(one, zone) for one in there]})
        return
    about = found.project
    turnaround = "" if about.turnaround_days is None else f", turned round within {about.turnaround_days} days"
    say(f"{about.title} ({about.key}): {about.kind}, run by {about.provider}{turnaround}.")
    counts = f"{found.held} held, {found.occupied} occupied, {found.void} void, {found.free} free"
    say(f"{found.in_service} in service: {counts}.")
    if there:
        say(table(PLACE_COLUMNS, [place_row(one, zone) for one in there]))


@places.command("void", epilog=VOID_EXAMPLE)
def void(
    place: PlaceArgument,
    reason: ReasonOption,
    by: ByOption,
    officer: OfficerOption = None,
    since: FromOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Say that nobody can have a place, until it is turned round."""
    from handrail.casework import Speaker  # noqa: PLC0415 (the store takes time to import)
    from handrail.housing.voids import open_void  # noqa: PLC0415

    key = typed_place(place)
    with opened_store() as store:
        zone = _zone(store)
        done = open_void(store, key, reason, Speaker(by, officer), _instant(store, since, "--from"))
    if as_json:
        say_json({"place": place, "reason": done.reason, "since": done.since.astimezone(zone).isoformat()})
    else:
        say(f"{place} is void from {done.since.astimezone(zone):%Y-%m-%d %H:%M} on: {done.reason}.")


@places.command("turned-round", epilog=TURNED_ROUND_EXAMPLE)
def turned_round(place: PlaceArgument, by: ByOption, officer: OfficerOption = None, *, as_json: AsJson = False) -> None:
    """Say that a void is over, and the place can be had."""
    from handrail.casework import Speaker  # noqa: PLC0415 (the store takes time to import)
    from handrail.housing import voids  # noqa: PLC0415

    key = typed_place(place)
    with opened_store() as store:
        zone = _zone(store)
        done = voids.turned_round(store, key, Speaker(by, officer))
    if as_json:
        until = None if done.until is None else done.until.astimezone(zone).isoformat()
        say_json(
            {"place": place, "reason": done.reason, "since": done.since.astimezone(zone).isoformat(), "until": until}
        )
    elif done.until is None:
        say(f"{place}: the void that was to begin on {done.since.astimezone(zone):%Y-%m-%d %H:%M} is taken back.")
    else:
        say(f"{place} can be had again. It was void for {counted((done.until - done.since).days, 'day')}.")


@places.command("retire", epilog=RETIRE_EXAMPLE)
def retire(
    place: PlaceArgument,
    by: ByOption,
    day: FromOption = None,
    officer: OfficerOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Take a place out of service from a day on; not under somebody who is in it."""
    from handrail.casework import Speaker  # noqa: PLC0415 (the store takes time to import)
    from handrail.housing import registry  # noqa: PLC0415

    key, asked = typed_place(place), typed_date(day, "--from")
    with opened_store() as store:
        done = registry.retire(store, key, Speaker(by, officer), asked)
    if as_json:
        say_json({"place": place, "in_service_until": done.isoformat()})
    else:
        say(f"{place} is out of service from {done} on.")


@places.command("switch", epilog=SWITCH_EXAMPLE)
def switch(
    name: Annotated[str, typer.Argument(help="The switch on which places depend, such as severe_weather.")],
    because: Annotated[str, typer.Option("--because", help="Why.")],
    officer: Annotated[str, typer.Option("--officer", help="Who decides it.")],
    first: Annotated[str | None, typer.Option("--from", help="The first day. Left out, today.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last day. Left out, until it is turned off.")] = None,
    *,
    off: Annotated[bool, typer.Option("--off", help="Turn it off, from --from on.")] = False,
    as_json: AsJson = False,
) -> None:
    """Have extra places serve for some days, or no longer."""
    from handrail.housing.switches import turn_off, turn_on  # noqa: PLC0415 (the store takes time to import)

    begins, ends = typed_date(first, "--from"), typed_date(last, "--to")
    name, officer = typed_name(name, "The switch"), typed_name(officer, "--officer")
    if off and ends is not None:
        raise WrongUse("--off and --to are two acts. Give --from for the first day on which it is off.")
    with opened_store() as store:
        if not off:
            done = turn_on(store, name, begins, ends, because, officer)
            _say_on(done.name, done.begins.isoformat(), None if ends is None else ends.isoformat(), as_json=as_json)
            return
        zone, ended = _zone(store), turn_off(store, name, begins)
    if as_json:
        kept = [use_told(one, zone) for one in ended.kept]
        say_json({"switch": name, "off_from": ended.day.isoformat(), "kept": kept})
        return
    say(f"{name} is off from {ended.day} on.")
    for one in ended.kept:
        until = "they leave" if one.until is None else f"{one.until.astimezone(zone):%Y-%m-%d %H:%M}"
        say(f"  {'/'.join(one.place)} stays with {one.reference or 'whoever is there'} until {until}.")


def _say_on(name: str, first: str, last: str | None, *, as_json: bool) -> None:
    if as_json:
        say_json({"switch": name, "from": first, "to": last})
    else:
        say(f"{name} is on from {first} {'until it is turned off' if last is None else f'to {last}'}.")


def _instant(store: Store, text: str | None, option: str) -> datetime | None:
    return None if text is None else typed_instant(text, _zone(store), option)


def _zone(store: Store) -> ZoneInfo:
    """Return the zone of the places' own pathway; of several, the first by key."""
    from handrail.housing.registry import local_zone  # noqa: PLC0415 (the store takes time to import)

    return local_zone(store)
