"""How the command speaks: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


def say(text: str) -> None:
    """Print a result, at once: whoever reads a file or a pipe need not wait for the end of a command that stays up."""
    print(text, file=sys.stdout, flush=True)  # noqa: T201 (this is the command's voice)


def tell(text: str) -> None:
    """Print what is not a result: a warning, a refusal, a hint."""
    print(text, file=sys.stderr)  # noqa: T201 (this is the command's voice)


def say_json(value: Any) -> None:
    """Print one JSON object, spread over lines for a person at a terminal."""
    say(json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return rows under headings, aligned with blanks; numbers stand to the right."""
    cells = [[str(column) for column in columns], *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(columns))]
    numeric = [all(isinstance(row[place], int | float) for row in rows) for place in range(len(columns))]

    def line(row: Sequence[str]) -> str:
        parts = (
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, numeric, strict=True)
        )
        return "  ".join(parts).rstrip()

    return "\n".join([line(cells[0]), line(["-" * width for width in widths]), *map(line, cells[1:])])


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return "1 file", "2 files"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
