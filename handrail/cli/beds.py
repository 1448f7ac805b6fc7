"""``handrail bed``: who comes for a place tonight, and who holds, takes, gives up or leaves one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from handrail.cli.errors import WrongUse
from handrail.cli.output import AsJson, say, say_json
from handrail.cli.place_options import KindOption, PlaceArgument, PlaceOption, ReasonOption
from handrail.cli.store_access import ByOption, OfficerOption, opened_store

if TYPE_CHECKING:
    from handrail.housing.arriving import Presented
    from handrail.housing.evening import Arrived
    from handrail.housing.holding import PlaceUsed
    from handrail.wiring import Store

beds = typer.Typer(
    name="bed", help="Let people in for the night; hold, take, give up and leave places.", no_args_is_help=True
)
PRESENT_EXAMPLE = "Example: handrail bed present K4T-W9M-P2R --by derby_city_mission"
UNKNOWN_EXAMPLE = "Example: handrail bed unknown --by derby_city_mission --place shelter/12"
REFUSE_EXAMPLE = "Example: handrail bed refuse K4T-W9M-P2R --reason full --by derby_city_mission"
HOLD_EXAMPLE = "Example: handrail bed hold K4T-W9M-P2R milestone/07 --by riverside"
OCCUPY_EXAMPLE = "Example: handrail bed occupy K4T-W9M-P2R milestone/07 --by riverside"
GIVE_UP_EXAMPLE = "Example: handrail bed give-up K4T-W9M-P2R --by riverside"
LEAVE_EXAMPLE = "Example: handrail bed leave K4T-W9M-P2R --reason moved_on --by riverside"
Reference = Annotated[str, typer.Argument(help="The case.")]


@beds.command("present", epilog=PRESENT_EXAMPLE)
def present(
    reference: Reference,
    by: ByOption,
    kind: KindOption = None,
    place: PlaceOption = None,
    officer: OfficerOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Record that the person came for a place tonight: let in, kept waiting, or refused for a reason."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    with opened_store() as store:
        speaker = casework.Speaker(by, officer)
        done = casework.present(store, _nightly(store, kind), reference, speaker, place)
    _say_presented(done, as_json=as_json)


@beds.command("unknown", epilog=UNKNOWN_EXAMPLE)
def unknown(by: ByOption, kind: KindOption = None, place: PlaceOption = None, *, as_json: AsJson = False) -> None:
    """Give a place for the night to somebody who is not known here; nobody is recorded."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    with opened_store() as store:
        done = casework.present_unknown(store, _nightly(store, kind), casework.Speaker(by), place)
    _say_presented(done, as_json=as_json)


@beds.command("refuse", epilog=REFUSE_EXAMPLE)
def refuse(
    reference: Reference,
    reason: ReasonOption,
    by: ByOption,
    kind: KindOption = None,
    officer: OfficerOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Record that the person was refused at the door tonight; it is told and kept whose doing that is."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    with opened_store() as store:
        speaker = casework.Speaker(by, officer)
        done = casework.refuse(store, _nightly(store, kind), reference, reason, speaker)
    _say_presented(done, as_json=as_json)


@beds.command("hold", epilog=HOLD_EXAMPLE)
def hold(
    reference: Reference, place: PlaceArgument, by: ByOption, officer: OfficerOption = None, *, as_json: AsJson = False
) -> None:
    """Keep a place for the person, for as long as its kind declares or until tonight's cut-off."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    with opened_store() as store:
        done = casework.hold(store, reference, place, casework.Speaker(by, officer))
        _say_used(store, done, "is held", as_json=as_json)


@beds.command("occupy", epilog=OCCUPY_EXAMPLE)
def occupy(
    reference: Reference,
    place: PlaceArgument,
    by: ByOption,
    officer: OfficerOption = None,
    *,
    moving: Annotated[
        bool, typer.Option("--moving", help="The person moves there out of another place of this kind.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Have the person move in: a hold becomes the stay, or a free place is taken. Tonight's bed is given up by it."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    with opened_store() as store:
        done = casework.occupy(store, reference, place, casework.Speaker(by, officer), moving=moving)
        _say_used(store, done, "is occupied", as_json=as_json)


@beds.command("give-up", epilog=GIVE_UP_EXAMPLE)
def give_up(
    reference: Reference,
    by: ByOption,
    kind: KindOption = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why.")] = None,
    officer: OfficerOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Have the person's hold be over."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    with opened_store() as store:
        done = casework.give_up(store, reference, kind, casework.Speaker(by, officer), reason)
        _say_used(store, done, "is given up", as_json=as_json)


@beds.command("leave", epilog=LEAVE_EXAMPLE)
def leave(
    reference: Reference,
    reason: ReasonOption,
    by: ByOption,
    kind: KindOption = None,
    officer: OfficerOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Have the person's stay be over."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    with opened_store() as store:
        done = casework.leave(store, reference, kind, casework.Speaker(by, officer), reason)
        _say_used(store, done, "is left", as_json=as_json)


def _nightly(store: Store, kind: str | None) -> str:
    """Return the kind that was given, or the only one there is.

    Raises:
        WrongUse: there are none, or several.
    """
    from handrail.casework import nightly_kinds  # noqa: PLC0415 (the store takes time to import)

    if kind is not None:
        return kind
    kinds = nightly_kinds(store)
    if len(kinds) != 1:
        raise WrongUse(f"Say for which kind of places with --kind. There are: {', '.join(kinds) or 'none'}.")
    return kinds[0]


def _say_presented(done: Presented, *, as_json: bool) -> None:
    if as_json:
        others = [_told(each) for each in done.others]
        say_json({"kind": done.kind, "night": done.night, **_told(done.mine), "others": others})
        return
    for each in (done.mine, *done.others):
        say(_sentence(each))


def _told(one: Arrived) -> dict[str, Any]:
    return {
        "reference": one.reference,
        "state": one.state,
        "place": one.where,
        "until": None if one.until is None else one.until.isoformat(),
        "reason": one.reason,
        "attributable_to": one.attributable_to,
        "repeated": one.repeated,
    }


def _sentence(one: Arrived) -> str:
    who = one.reference or "Somebody who is not known here"
    already = " already" if one.repeated else ""
    match one.state:
        case "allocated":
            return f"{who} is{already} in {one.where} tonight."
        case "refused":
            return f"{who} is refused: {one.reason}, which is attributable to: {one.attributable_to}."
        case _:
            return f"{who} waits{already}: no place that fits is free before the cut-off."


def _say_used(store: Store, done: PlaceUsed, what: str, *, as_json: bool) -> None:
    from handrail.casework import view  # noqa: PLC0415 (the store takes time to import)

    zone = view(store, done.reference).rules.pathway.zone
    until = None if done.until is None else done.until.astimezone(zone)
    if as_json:
        told: dict[str, Any] = {
            "reference": done.reference,
            "place": done.where,
            "kind": done.kind,
            "use": done.use,
            "until": None if until is None else until.isoformat(timespec="seconds"),
            "ended": list(done.ended),
            "event": done.outcome.number,
            "repeated": done.repeated,
        }
        say_json(told)
        return
    when = "" if until is None or what in {"is left", "is given up"} else f" until {until:%Y-%m-%d %H:%M}"
    already = " already" if done.repeated else ""
    whose = "for" if what == "is held" else "by"
    say(f"{done.where} {what}{already} {whose} {done.reference}{when}.")
    others = [where for where in done.ended if where != done.where]
    if others:
        say(f"Given up by it: {', '.join(others)}.")
