"""A text as headings and nested points, and its plain rendering for a screen or a sheet of paper."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """A sentence, or the beginning of one whose ``parts`` go on below it."""

    text: str
    parts: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading over points and smaller sections."""

    heading: str
    points: tuple[Point, ...] = ()
    sections: tuple[Section, ...] = ()


RULES = ("=", "-", "~")
"""What underlines a heading, by depth; deeper headings stand alone."""


def render(section: Section, width: int = 96) -> str:
    """Return the whole text, wrapped at ``width`` characters where words allow it."""
    return "\n".join(_section(section, 0, width)).strip() + "\n"


def inline(point: Point) -> str:
    """Return a point and its parts as one sentence, with parentheses where they nest."""
    if not point.parts:
        return point.text
    parts = "; ".join(inline(part) for part in point.parts)
    return f"{point.text.removesuffix(':')} ({parts})"


def _section(section: Section, depth: int, width: int) -> Iterator[str]:
    yield ""
    yield section.heading
    if depth < len(RULES):
        yield RULES[depth] * min(len(section.heading), width)
    yield from _points(section.points, 0, width)
    for inner in section.sections:
        yield from _section(inner, depth + 1, width)


def _points(points: Sequence[Point], depth: int, width: int) -> Iterator[str]:
    indent = "  " * depth
    for point in points:
        yield from textwrap.wrap(
            point.text,
            width=max(width, 40),
            initial_indent=f"{indent}- ",
            subsequent_indent=f"{indent}  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        yield from _points(point.parts, depth + 1, width)
