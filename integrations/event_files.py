"""Event logs as streams: which kind of file it is, and its events one after the other.

``LogUnreadable`` is raised for a log of which nothing can be read; a single wrong line is a ``BadLine``
among the events and never ends the reading.
"""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from integrations.event_csv import read_csv
from integrations.event_json_lines import read_json_lines
from integrations.event_lines import (
    BadLine,
    LogEvent,
    LogUnreadable,
    Scalar,
)
from integrations.event_xes import read_xes
from integrations.packed_files import beginning_of, refuse_wide_text, unpacked

__all__ = ["BadLine", "LogEvent", "LogUnreadable", "Scalar", "read_log"]

_Reader = Callable[[io.BufferedIOBase, Path, ZoneInfo], Iterator[LogEvent | BadLine]]

_READERS: dict[str, _Reader] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".json": read_json_lines,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".xes": read_xes,
}


def read_log(path: Path, zone: ZoneInfo) -> Iterator[LogEvent | BadLine]:
    """Yield what the log holds in the file's order, each line either as an event or as a refusal.

    The suffix chooses the format (``.csv``, ``.tsv``, ``.jsonl``, ``.ndjson``, ``.json``, ``.xes``, each with
    ``.gz`` or without); any other suffix, and the beginning of the file does. Gzip is known by its content.
    ``zone`` is the zone of times without an offset. Memory is bounded by one line of at most 1 MiB.

    A fault that makes the rest unreadable (broken gzip, broken XML) is a last ``BadLine`` that says so.

    Raises:
        LogUnreadable: at the first item, when nothing can be read at all.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        message = f"{path} cannot be opened: {error.strerror}. Give the path of a log."
        raise LogUnreadable(message) from error
    with raw:
        stream = unpacked(raw)
        beginning = beginning_of(stream, path)
        reader = _READERS.get(_suffix(path)) or _reader_by(beginning)
        if reader is not read_xes:
            refuse_wide_text(beginning, path)
        yield from reader(stream, path, zone)


def _suffix(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def _reader_by(beginning: bytes) -> _Reader:
    match beginning.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]:
        case b"<":
            return read_xes
        case b"{" | b"[":
            return read_json_lines
        case _:
            return read_csv
