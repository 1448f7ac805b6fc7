"""What keeps somebody from a place, in sentences: by reference only, until when, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from handrail.errors import NotFound, NotPossible
from models.place_uses import Use
from pathways.matching import Misfit

PlaceKey = tuple[str, str]


def read_place(text: str) -> PlaceKey:
    """Return project and name of a place that is named like ``milestone/07``.

    Raises:
        NotPossible: it is named otherwise.
    """
    project, slash, name = text.partition("/")
    if not (slash and project.strip() and name.strip()):
        raise NotPossible(f"{text[:60]!r} is not the name of a place. Expected project and name, such as milestone/07.")
    return project.strip(), name.strip()


def no_such_place(key: PlaceKey) -> NotFound:
    return NotFound(f"There is no place {'/'.join(key)}. Check the project and the name.")


def shown(instant: datetime, zone: ZoneInfo) -> str:
    """Return an instant as a person reads it: ``2026-03-29 16:00``."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


def user_told(use: Use, zone: ZoneInfo) -> str:
    """Return who has a place and until when, as the end of a sentence."""
    until = "no end is known" if use.until is None else f"until {shown(use.until, zone)}"
    who = use.reference or "somebody who is not known here"
    match use.use:
        case "void":
            return f"is void since {shown(use.since, zone)} ({use.reason}): {until}"
        case "hold":
            return f"is held for {who} {until}"
        case _:
            return f"is occupied by {who} since {shown(use.since, zone)}: {until}"


def taken(where: str, use: Use | None, zone: ZoneInfo) -> NotPossible:
    """Return what to say to who asks for a place that is in use."""
    if use is None:  # it was over by the time we looked
        return NotPossible(f"{where} was in use just now. Repeat it.")
    way = "Have it turned round first" if use.use == "void" else "Have it given up or left first"
    return NotPossible(f"{where} {user_told(use, zone)}. {way}, or take another place.")


def has_one(reference: str, use: Use | None, zone: ZoneInfo) -> NotPossible:
    """Return what to say of a person who is to get a second place of a kind."""
    if use is None:
        return NotPossible(f"{reference} had another place of this kind just now. Repeat it.")
    until = "" if use.until is None else f" until {shown(use.until, zone)}"
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
