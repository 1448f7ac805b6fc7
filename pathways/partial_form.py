"""What is left of a file when everything that is not of the right form is cut out.

The names in the rest can then be checked, so that a writer learns of a misspelt key and of a misspelt
agency at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from pathways.declaration import PathwayFile
from pathways.findings import Finding
from pathways.form_faults import form_findings
from pathways.yaml_text import Path, Plain

_SECTIONS = frozenset(
    {
        "agencies",
        "blockages",
        "closes",
        "events",
        "fits",
        "follow_ups",
        "hand_offs",
        "late",
        "measures",
        "missed",
        "moves",
        "pauses",
        "places",
        "reasons",
        "scenarios",
        "stages",
        "tasks",
        "tracks",
    }
)
"""Keys under which one item can be left out and the others still mean what they meant."""

_OPTIONAL_IN_STAGE = frozenset({"gate", "due", "outcome", "title", "description", "final"})
_MOST_ROUNDS = 4
"""Cutting may uncover a fault that another one hid, for instance a mapping that is empty now."""

_STEP = {"after": "1 day", "remind": "owner"}
_SCENARIO = {
    "given": [{"event": "case.closed", "at": "2026-01-01", "fields": {"reason": "none"}}],
    "at": "2026-01-01",
    "expect": {"closed": False},
}


def well_formed_part(plain: Plain, findings: Iterable[Finding], agency: str) -> PathwayFile | None:
    """Return the file without its faulty parts, ``None`` if nothing is left that could be checked.

    What cannot be left out gets a value that no check minds; ``agency`` is a known one. Every part that
    remains keeps its path.
    """
    if not isinstance(plain, dict):
        return None
    fixed = {"pathway": "unnamed", "version": 1, "title": "Untitled", "coordinator": agency}
    rest: dict[str, Any] = {**fixed, **deepcopy(plain)}
    found = list(findings)
    for _ in range(_MOST_ROUNDS):
        for finding in found:
            if finding.path and finding.path[0] in fixed:
                rest[str(finding.path[0])] = fixed[str(finding.path[0])]
            elif finding.path:
                _cut(rest, finding.path, agency)
        try:
            return PathwayFile.model_validate(rest, by_alias=True, by_name=False)
        except ValidationError as error:
            found = form_findings(error, PathwayFile, rest)
    return None


def _cut(rest: dict[str, Any], path: Path, agency: str) -> None:
    """Take the smallest part that can be missed and holds ``path`` out of ``rest``."""
    match path:
        case ("tracks", _, "stages", _, "owner", *_) | ("tracks", _, "stages", _):
            stage = _at(rest, path[:4])
            if isinstance(stage, dict) and "owner" in {*path, *({"owner"} - stage.keys())}:
                stage["owner"] = agency
                return
        case ("tracks", _, "start"):
            track = _at(rest, path[:2])
            if isinstance(track, dict) and isinstance(track.get("stages"), dict) and track["stages"]:
                track["start"] = next(iter(track["stages"]))
                return
    _take_out(rest, _item(path))


def _take_out(rest: dict[str, Any], item: Path) -> None:
    """Remove a named item; an item of a list gives its place to one of no meaning, so that the others keep theirs."""
    holder, last = _at(rest, item[:-1]), item[-1]
    if isinstance(holder, dict):
        holder.pop(str(last), None)
    elif isinstance(holder, list) and isinstance(last, int) and last < len(holder):
        match item[-2]:
            case "moves":
                holder[last] = {"to": item[3], "by_hand": True}
            case "scenarios":
                holder[last] = {"name": f"unnamed {last}", **_SCENARIO}
            case _:
                holder[last] = dict(_STEP)


def _item(path: Path) -> Path:
    """Return the path of what is taken out: a key of a stage, a named or numbered item, or a key at the top."""
    if len(path) > 4 and path[2] == "stages" and path[4] in _OPTIONAL_IN_STAGE:  # noqa: PLR2004 - a key of a stage
        return path[:5]
    ends = [index + 2 for index, step in enumerate(path[:-1]) if step in _SECTIONS]
    return path[: max(ends)] if ends else path[:1]


def _at(rest: Any, path: Path) -> Any:
    """Return what stands at ``path``, ``None`` if it was taken out already."""
    for step in path:
        if isinstance(rest, dict):
            rest = rest.get(str(step))
        elif isinstance(rest, list) and isinstance(step, int) and step < len(rest):
            rest = rest[step]
        else:
            return None
    return rest
