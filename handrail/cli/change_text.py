"""A change as JSON and as a line of text, the same for every verb that tells of changes."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from pathways.case import Change


def change_told(change: Change, zone: ZoneInfo) -> dict[str, Any]:
    """Return a change by the names of the language; instants carry the offset of ``zone``."""
    return {
        "track": change.track,
        "change": change.kind,
        "from": change.from_,
        "to": change.to,
        "at": change.at.astimezone(zone).isoformat(),
        "because": change.because,
        "subject": change.subject,
        "agency": change.agency,
        "due_at": change.due_at.astimezone(zone).isoformat() if change.due_at is not None else None,
        "rule": change.rule or None,
    }


def change_line(change: Change, zone: ZoneInfo) -> str:
    """Return a change as a person reads it: "moved support: waiting -> sheltered, because a bed was accepted"."""
    words = [change.kind.replace("_", " ")]
    if change.track is not None and change.kind == "moved":
        led = f" -> {change.to}" if change.to is not None else ""  # withheld from who asks
        words.append(f"{change.track}: {change.from_}{led}")
    elif change.subject is not None:
        words.append(change.subject)
    if change.kind != "moved" and change.to is not None:
        words.append(f"-> {change.to}")
    if change.agency is not None:
        words.append(f"({change.agency})")
    if change.due_at is not None:
        words.append(f"due {change.due_at.astimezone(zone):%Y-%m-%d %H:%M}")
    because = f": {change.because}" if change.because else ""
    return f"{' '.join(words)}{because}"
