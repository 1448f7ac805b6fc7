"""What is said of places and who uses them, in sentences: by reference only."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from handrail.errors import NotFound
from models.places import PlaceKey, Use


def place_name(key: PlaceKey) -> str:
    """Return the place as people name it: ``milestone/07``."""
    return "/".join(key)


def no_such_place(key: PlaceKey) -> NotFound:
    """Return what to say of a place that is not in the registry."""
    return NotFound(f"There is no place {place_name(key)}. List the places with: handrail places show {key[0]}")


def use_told(use: Use, zone: ZoneInfo) -> str:
    """Return who or what is in a place: ``is held for K4T-W9M-P2R until 30 November 2026 16:00``."""
    who = "somebody without a case here" if use.reference is None else use.reference
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
            return "Record that they have left, or find them another place, first"
        case "void":
            return "Have it turned round first"
        case _:
            assert_never(use.use)


def instant_told(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant as the wall clock of ``zone`` shows it."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%B %Y %H:%M}"
