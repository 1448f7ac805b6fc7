"""What a check found, by the path in the file; ``pathways.loading`` gives it its line and column."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from pathways.yaml_text import Path

LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule at a path; ``on_key`` when the key is to blame and not its value."""

    rule: str
    path: Path
    message: str
    found: str | None = None
    expected: str | None = None
    hint: str | None = None
    on_key: bool = False


def did_you_mean(given: str, known: Collection[str]) -> str | None:
    """Return a question that names the likeliest known name, if one is likely."""
    by_folded = {name.casefold(): name for name in known}
    close = get_close_matches(given.casefold()[:200], list(by_folded), n=1, cutoff=0.6)
    return f"did you mean {by_folded[close[0]]!r}?" if close else None


def listed(names: Collection[str], most: int = 12) -> str:
    """Return names as ``one of a, b or c``; of many, the first few and how many more there are."""
    shown = [repr(name) for name in list(names)[:most]]
    if not shown:
        return "nothing: none is declared"
    if len(names) > most:
        return f"one of {', '.join(shown)} … and {len(names) - most} more"
    return shown[0] if len(shown) == 1 else f"one of {', '.join(shown[:-1])} or {shown[-1]}"


def shortened(text: str) -> str:
    """Return ``text`` cut to a length that fits a line."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."


def described(value: object) -> str:
    """Return what was found in words, cut to a length that fits a line."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case str():
            return repr(shortened(value))
        case Mapping():
            return "a mapping"
        case _:
            return "a list"
