"""What is said of places and who uses them, in sentences: by reference only, until when, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from handrail.errors import NotFound, NotPossible
from models.place_uses import Use
from models.places import PlaceKey
from pathways.matching import Misfit


def place_name(key: PlaceKey) -> str:
    """Return the place as people name it: ``milestone/07``."""
    return "/".join(key)


def read_place(text: str) -> PlaceKey:
    """Return project and name of a place that is named like ``milestone/07``.

    Raises:
        NotPossible: it is named otherwise.
    """
    project, _, name = (part.strip() for part in text.partition("/"))
    if not (project and name):
        raise NotPossible(f"{text[:60]!r} is not a place. Expected a project and a name, such as milestone/07.")
    return project, name


def no_such_place(key: PlaceKey) -> NotFound:
    """Return what to say of a place that is not in the registry."""
    return NotFound(f"There is no place {place_name(key)}. List the places with: handrail places show {key[0]}")


def instant_told(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant as the wall clock of ``zone`` shows it: ``2026-03-29 16:00``."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def use_told(use: Use, zone: ZoneInfo) -> str:
    """Return who or what is in a place: ``is held for K4T-W9M-P2R until 2026-03-29 16:00``."""
    who = use.reference or "somebody who is not known here"
    since = f"since {instant_told(use.since, zone)}"
    until = "without an end yet" if use.until is None else f"until {instant_told(use.until, zone)}"
    match use.use:
        case "hold":
            return f"is held for {who} {until}"
        case "stay":
            return f"is occupied by {who} {since}, {until}"
        case "void":
            return f"is void {since} ({use.reason}), {until}"
        case _:
            assert_never(use.use)


def way_out(use: Use) -> str:
    """Return what to do about a use that is in the way."""
    match use.use:
        case "hold":
            return "Wait until the hold is over or have it given up"
        case "stay":
            return "Have the person leave or move first"
        case "void":
            return "Have it turned round first"
        case _:
            assert_never(use.use)


def taken(where: str, use: Use | None, zone: ZoneInfo) -> NotPossible:
    """Return what to say to who asks for a place that is in use."""
    if use is None:  # it was over by the time we looked
        return NotPossible(f"{where} was in use just now. Repeat it.")
    return NotPossible(f"{where} {use_told(use, zone)}. {way_out(use)}, or take another place.")


def has_one(reference: str, use: Use | None, zone: ZoneInfo) -> NotPossible:
    """Return what to say of a person who is to get a second place of a kind."""
    if use is None:
        return NotPossible(f"{reference} had another place of this kind just now. Repeat it.")
    until = "" if use.until is None else f" until {instant_told(use.until, zone)}"
    way = (
        "Have that hold given up first" if use.use == "hold" else "Move the person in one act, or have them leave first"
    )
    told = "has a hold on" if use.use == "hold" else "stays in"
    on = "" if use.reference in {None, reference} else f" (case {use.reference})"
    return NotPossible(f"{reference} {told} {use.where}{on}{until}: nobody has two places of a kind. {way}.")


def unfit(where: str, found: Sequence[Misfit]) -> NotPossible:
    """Return what to say of a place that does not fit, each rule in its own words."""
    rules = "; ".join(f"{one.title} ({one.reason})" for one in found)
    return NotPossible(f"{where} does not fit: {rules}. See which places do with: handrail match REFERENCE")
