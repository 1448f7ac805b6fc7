"""``handrail tonight`` and ``handrail match``: the night's list, and who may have which place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from handrail.cli.errors import WrongUse
from handrail.cli.output import AsJson, counted, say, say_json, table
from handrail.cli.store_access import opened_store
from handrail.cli.typed_values import typed_date

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from handrail.housing.night_list import Tonight
    from handrail.housing.waiting import PersonMatch, PlaceMatches
    from pathways.matching import Misfit

TONIGHT_EXAMPLE = "Example: handrail tonight nightly_bed --night 2026-12-01"
MATCH_EXAMPLE = "Example: handrail match K4T-W9M-P2R, or of a place: handrail match milestone/07"


def tonight(
    kind: Annotated[str | None, typer.Argument(help="The kind of places; left out, all that are nightly.")] = None,
    night: Annotated[str | None, typer.Option("--night", help="Another night, by its day: 2026-12-01.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List who is expected, who came, who waits, and which places are free, for tonight or another night."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    day = typed_date(night, "--night")
    with opened_store() as store:
        kinds = [kind] if kind is not None else casework.nightly_kinds(store)
        found = [casework.tonight(store, each, day) for each in kinds]
    if as_json:
        say_json({"nights": [_night_told(each) for each in found]})
    elif not found:
        say("No pathway in force declares places that are given for a night at a time.")
    else:
        say("\n\n".join(_night_text(each) for each in found))


def match(
    what: Annotated[str, typer.Argument(help="A case's reference, or a place as project/name.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Tell which places fit a person and why others do not; or who waits for a place, in the declared order."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    if not what.strip():
        raise WrongUse("Give a case's reference, or a place as project/name, such as milestone/07.")
    with opened_store() as store:
        if "/" in what:
            place = casework.match_place(store, what)
            say_json(_place_told(place)) if as_json else say(_place_text(place))
            return
        zone = casework.view(store, what).rules.pathway.zone
        found = casework.match_person(store, what)
    if as_json:
        say_json({"reference": what, "kinds": [_person_told(each, zone) for each in found]})
    else:
        say("\n\n".join(_person_text(each, zone) for each in found) or "The case's pathway declares no places.")


def _night_told(found: Tonight) -> dict[str, Any]:
    zone = found.pathway.zone
    return {
        "kind": found.night.kind,
        "night": found.night.night.isoformat(),
        "opened": found.opened,
        "cut_off_at": _local(found.night.cut_off_at, zone),
        "ends_at": _local(found.night.ends_at, zone),
        "closed_at": _local(found.night.closed_at, zone),
        "free": list(found.free),
        "held": found.held,
        "taken": found.taken,
        "void": found.void,
        "people": [
            {"reference": line.reference, "state": line.state, "walk_up": line.walk_up, "place": line.where}
            | {"since": _local(line.since, zone), "reason": line.reason, "attributable_to": line.attributable_to}
            for line in found.guests
        ],
    }


def _night_text(found: Tonight) -> str:
    zone = found.pathway.zone
    closed = "" if found.night.closed_at is None else ", closed"
    kept, over = found.night.cut_off_at.astimezone(zone), found.night.ends_at.astimezone(zone)
    title = f"{found.title[:1].upper()}{found.title[1:]}"
    head = f"{title}, {found.night.night}: kept until {kept:%H:%M}{closed}, over at {over:%H:%M}."
    counts = f"{counted(len(found.free), 'place')} free, {found.held} held, {found.taken} taken, {found.void} void."
    rows = [
        (
            line.where,
            line.reference or "not known here",
            f"{line.state}{', walk-up' if line.walk_up else ''}",
            _clock(line.since, zone),
            f"{line.reason} ({line.attributable_to})" if line.reason else "",
        )
        for line in found.guests
    ]
    columns = ("place", "person", "state", "since", "reason")
    listed = table(columns, rows) if rows else "Nobody is expected and nobody came."
    return "\n".join([head, counts, *(["Free: " + ", ".join(found.free)] if found.free else []), "", listed])


def _person_told(found: PersonMatch, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "waits_since": _local(found.waits_since, zone),
        "nth": found.nth,
        "of": found.of,
        "because": list(found.because),
        "places": [
            {"place": one.where, "provider": one.provider, "fits": not one.why_not, "state": one.state}
            | {"expected_free": _local(one.expected_free, zone), "why_not": _reasons_told(one.why_not)}
            for one in found.places
        ],
    }


def _person_text(found: PersonMatch, zone: ZoneInfo) -> str:
    head = f"{found.title[:1].upper()}{found.title[1:]}: "
    if found.nth is None:
        head += f"does not wait; {found.of} do."
    else:
        because = f", in front because: {'; '.join(found.because)}" if found.because else ""
        head += f"waits since {_clock(found.waits_since, zone)}, number {found.nth} of {found.of}{because}."
    rows = [
        (one.where, one.provider, _fits(one.why_not), one.state, _clock(one.expected_free, zone))
        for one in found.places
    ]
    columns = ("place", "provider", "fits", "now", "expected free")
    return "\n".join([head, table(columns, rows) if rows else "There are no such places."])


def _fits(why_not: tuple[Misfit, ...]) -> str:
    return "; ".join(f"{one.title} ({one.reason})" for one in why_not) if why_not else "yes"


def _place_told(found: PlaceMatches) -> dict[str, Any]:
    return {
        "place": found.where,
        "kind": found.kind,
        "state": found.state,
        "waiting": [
            {"nth": one.nth, "reference": one.reference, "since": one.since.isoformat(), "because": list(one.because)}
            | {"fits": not one.why_not, "why_not": _reasons_told(one.why_not)}
            for one in found.waiters
        ],
    }


def _place_text(found: PlaceMatches) -> str:
    rows = [
        (one.nth, one.reference, f"{one.since:%Y-%m-%d}", "; ".join(one.because), _fits(one.why_not))
        for one in found.waiters
    ]
    columns = ("nth", "person", "waits since", "in front because", "fits")
    return "\n".join([f"{found.where} {found.now}.", table(columns, rows) if rows else "Nobody waits for it."])


def _reasons_told(found: tuple[Misfit, ...]) -> list[dict[str, str]]:
    return [{"rule": one.title, "reason": one.reason, "attributable_to": one.attributable_to} for one in found]


def _clock(instant: datetime | None, zone: ZoneInfo) -> str:
    return "" if instant is None else f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


def _local(instant: datetime | None, zone: ZoneInfo) -> str | None:
    return None if instant is None else instant.astimezone(zone).isoformat(timespec="seconds")
