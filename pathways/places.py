"""Places in a pathway file, in words: ``task 'call' of stage 'offered'``."""

from __future__ import annotations

from itertools import pairwise

from pathways.yaml_text import Path

_PARTS = {
    "agencies": "agency",
    "events": "event",
    "tracks": "track",
    "stages": "stage",
    "tasks": "task",
    "follow_ups": "follow-up",
    "hand_offs": "hand-off",
    "moves": "move",
    "blockages": "blockage",
    "measures": "measure",
    "pauses": "pause",
    "closes": "closing",
    "reasons": "reasons",
    "scenarios": "scenario",
}


def part_of(path: Path) -> str:
    """Return the part of the file that ``path`` lies in, in words: ``task 'call' of stage 'offered'``."""
    words: list[str] = []
    for section, name in pairwise(path):
        if section in _PARTS and not (words and section == "agencies"):
            shown = f"{name + 1}" if isinstance(name, int) else repr(name)
            words.append(f"{_PARTS[str(section)]} {shown}")
    if not words:
        return "the file"
    return " of ".join(reversed(words[-2:])) if words[-1].split(maxsplit=1)[0] in _INNER else words[-1]


_INNER = frozenset({"task", "follow-up", "hand-off", "move"})


def subject_of(path: Path) -> str:
    """What the message is about: a key, or an item of a list, and the part of the file it lies in."""
    if not path:
        return "The file"
    if len(path) > 1 and path[-2] in _PARTS:
        part = part_of(path)
        return f"{part[:1].upper()}{part[1:]}"
    part = part_of(path[:-1])
    last = path[-1]
    named = f"Item {last + 1}" if isinstance(last, int) else f"{last!r}"
    key = next((step for step in reversed(path[:-1]) if isinstance(step, str)), None)
    if isinstance(last, int) and key is not None:
        named = f"{named} of {key!r}"
    return f"{named} in {part}"


def mapping_at(path: Path) -> str:
    """The mapping at ``path`` in words."""
    part = part_of(path)
    if len(path) > 1 and isinstance(path[-1], int) and path[-2] in _PARTS:
        return part
    key = next((step for step in reversed(path) if isinstance(step, str)), None)
    if key is None or part == "the file":
        return f"{key!r}" if key else "the file"
    return part if part.endswith(f"{key!r}") or repr(key) in part else f"{key!r} of {part}"
