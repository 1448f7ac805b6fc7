"""What a check found, by the path in the file; ``pathways.loading`` gives it its line and column."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice

from pathways.yaml_text import Path

LONGEST_SHOWN = 60
MOST_FINDINGS = 200
"""How many faults of a kind are looked for in one file."""


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


MOST_COMPARED = 300
"""Names that a misspelt one is compared with; comparing is slow, and a file may hold thousands."""


def did_you_mean(given: str, known: Iterable[str], most: int = MOST_COMPARED) -> str | None:
    """Return a question that names the likeliest known name, if one is likely."""
    by_folded = {name.casefold(): name for name in islice(known, most)}
    close = get_close_matches(given.casefold()[:LONGEST_SHOWN], list(by_folded), n=1, cutoff=0.6)
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


def repeats(names: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the index and the name of every item that stands further up already."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield index, name
        seen.add(name)


def circles(following: Mapping[str, str | None]) -> Iterator[str]:
    """Yield one name of every circle in ``following``."""
    done: set[str] = set()
    for name in following:
        way: dict[str, None] = {}
        here: str | None = name
        while here is not None and here not in done and here not in way:
            way[here] = None
            here = following.get(here)
        if here is not None and here in way:
            yield here
        done.update(way)
