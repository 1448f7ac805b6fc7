"""Places and who is in them, as the command tells them: by reference only."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from models.place_uses import Use
    from models.places import PlaceFacts
    from models.places_in_service import Capacity, PlaceNow

FLAGS = ("accessible", "women_only", "dogs", "couples")


def capacity_told(one: Capacity) -> dict[str, Any]:
    """Return how full a project is, for JSON."""
    project = one.project
    return {
        "kind": project.kind,
        "project": project.key,
        "title": project.title,
        "provider": project.provider,
        "turnaround_days": project.turnaround_days,
        "in_service": one.in_service,
        "held": one.held,
        "occupied": one.occupied,
        "void": one.void,
        "free": one.free,
    }


def capacity_row(one: Capacity) -> tuple[object, ...]:
    """Return how full a project is, as a row of a table."""
    project = one.project
    counts = (one.in_service, one.held, one.occupied, one.void, one.free)
    return project.kind, project.key, project.provider, *counts


def place_told(one: PlaceNow, zone: ZoneInfo) -> dict[str, Any]:
    """Return a place and its state, for JSON."""
    facts = one.facts
    return {
        "place": "/".join(facts.key),
        "state": one.state,
        "reference": one.reference,
        "since": _iso(one.since, zone),
        "until": _iso(one.until, zone),
        "reason": one.reason,
        "single": facts.single,
        **{name: getattr(facts, name) for name in FLAGS},
        "risks_not_accepted": sorted(facts.risks_not_accepted or ()),
        "only_while": facts.only_while,
        "in_service_from": None if facts.in_service_from is None else facts.in_service_from.isoformat(),
        "in_service_until": None if facts.in_service_until is None else facts.in_service_until.isoformat(),
    }


def place_row(one: PlaceNow, zone: ZoneInfo) -> tuple[object, ...]:
    """Return a place and its state, as a row of a table."""
    since, until = _short(one.since, zone), _short(one.until, zone)
    return "/".join(one.facts.key), one.state.replace("_", " "), one.reference, since, until, one.reason, _is(one.facts)


def use_told(one: Use, zone: ZoneInfo) -> dict[str, Any]:
    """Return who is in a place, for JSON."""
    return {
        "place": "/".join(one.place),
        "use": one.use,
        "reference": one.reference,
        "since": _iso(one.since, zone),
        "until": _iso(one.until, zone),
    }


def _is(facts: PlaceFacts) -> str:
    words = [
        "single" if facts.single else "shared",
        *(name.replace("_", " ") for name in FLAGS if getattr(facts, name)),
    ]
    if facts.risks_not_accepted:
        words.append(f"no {', '.join(sorted(facts.risks_not_accepted))}")
    if facts.only_while:
        words.append(f"only while {facts.only_while}")
    if facts.in_service_until is not None:
        words.append(f"until {facts.in_service_until}")
    return "; ".join(words)


def _iso(at: datetime | None, zone: ZoneInfo) -> str | None:
    return None if at is None else at.astimezone(zone).isoformat()


def _short(at: datetime | None, zone: ZoneInfo) -> str | None:
    return None if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
