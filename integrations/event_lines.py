"""What every reader of event logs gives back, and the lines that text logs are made of."""

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import NamedTuple

from integrations.errors import IntegrationError

Scalar = str | int | float | bool

LINE_LIMIT = 1 << 20
"""Bytes that one line, one quoted CSV record or one XML tag may hold."""

LARGEST_WHOLE = (1 << 63) - 1

REQUIRED = ("case", "event", "occurred_at")
OPTIONAL = ("recorded_at", "agency", "external_id")

READING_FAULTS = (OSError, EOFError, zlib.error)
"""What reading a file, packed or not, may raise in the middle."""

_BOM = "\ufeff"


class LogUnreadable(IntegrationError):
    """Nothing in the log can be read; the message says what was found and what to do."""


class LogEvent(NamedTuple):
    """One dated event as the log tells it; nothing about it has met a pathway yet.

    ``number`` is the line where it begins (header: 1), or in XES its ordinal among the events.
    Both instants are UTC. ``tabular``: every field is text, still to be typed by the pathway.
    """

    number: int
    case: str
    event: str
    occurred_at: datetime
    recorded_at: datetime | None
    agency: str | None
    external_id: str | None
    fields: dict[str, Scalar]
    tabular: bool


@dataclass(frozen=True, slots=True)
class BadLine:
    """One line that was refused: what was found, then what was expected."""

    number: int
    message: str


def numbered_lines(stream: io.BufferedIOBase) -> Iterator[tuple[int, str] | BadLine]:
    """Yield every line with its number, from 1, keeping line ends; memory stays below two limits.

    A line that is too long, or not UTF-8, or holds a null character is refused by itself.
    A fault of the stream becomes a last ``BadLine``.
    """
    number = 0
    while True:
        number += 1
        try:
            line = stream.readline(LINE_LIMIT + 1)
            complete = len(line) <= LINE_LIMIT or _pass_over_rest(stream, line)
        except READING_FAULTS as error:
            yield BadLine(number, stopped_here(error))
            return
        if not line:
            return
        yield _decoded(number, line) if complete else BadLine(number, _TOO_LONG)


_TOO_LONG = f"The line is longer than {LINE_LIMIT:,} bytes. Expected one event a line; look for a missing line end."


def _pass_over_rest(stream: io.BufferedIOBase, line: bytes) -> bool:
    while line and not line.endswith(b"\n"):
        line = stream.readline(LINE_LIMIT)
    return False


def _decoded(number: int, line: bytes) -> tuple[int, str] | BadLine:
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        found = f"Byte {error.start + 1} of the line (0x{line[error.start]:02X}) is not UTF-8."
        return BadLine(number, f"{found} Save the file as UTF-8 and try again.")
    if "\0" in text:
        return BadLine(
            number,
            "The line holds a null character. Expected text only; export the file again.",
        )
    if number == 1:
        text = text.removeprefix(_BOM)
    return number, text


def stopped_here(error: Exception) -> str:
    """Say that reading ended before the end of the log, and why."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"Reading stopped here: {reason.rstrip('.')}. The rest is lost; fetch the file again."


_SHOWN = 60


def shown(value: object) -> str:
    """Quote a found value, cut to a length that fits a message."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:50]}… ({len(text)} characters)"


_FOREIGN_NAMES = {
    "case": ("case_id", "caseid", "case id", "case:concept:name", "reference", "trace"),
    "event": ("activity", "concept:name", "event_type", "kind", "name"),
    "occurred_at": (
        "timestamp",
        "time:timestamp",
        "time",
        "date",
        "occurred",
        "when",
        "complete timestamp",
    ),
}


def did_you_mean(name: str, known: tuple[str, ...]) -> str:
    """Return a sentence that begins with a blank, or nothing when no known name is near."""
    lower = name.strip().lower()
    near = get_close_matches(lower, known, n=1)
    near += [ours for ours, theirs in _FOREIGN_NAMES.items() if ours in known and lower in theirs]
    return f" Did you mean {near[0]!r} where it says {shown(name)}?" if near else ""
