"""Event logs as streams: which kind of file it is, and its events one after the other.

``LogUnreadable`` is raised for a log of which nothing can be read; a single wrong line is a ``BadLine``
among the events and never ends the reading.
"""

import gzip
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from integrations.event_csv import read_csv
from integrations.event_json_lines import read_json_lines
from integrations.event_lines import (
    READING_FAULTS,
    BadLine,
    LogEvent,
    LogUnreadable,
    Scalar,
)
from integrations.event_xes import read_xes

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["BadLine", "LogEvent", "LogUnreadable", "Scalar", "read_log"]

_Reader = Callable[[io.BufferedIOBase, Path, ZoneInfo], Iterator[LogEvent | BadLine]]

_BUFFER = 1 << 18
_GZIP_MAGIC = b"\x1f\x8b"
_READERS: dict[str, _Reader] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".json": read_json_lines,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".xes": read_xes,
}
_FOREIGN_BEGINNINGS = {
    b"PK\x03\x04": "a zip archive or an Excel workbook. Save the sheet as CSV (UTF-8), or unpack the archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook. Save the sheet as CSV (UTF-8)",
    b"BZh": "packed with bzip2. Unpack it, or pack it with gzip",
    b"\xfd7zXZ": "packed with xz. Unpack it, or pack it with gzip",
    b"\x28\xb5\x2f\xfd": "packed with zstd. Unpack it, or pack it with gzip",
    b"SQLite format 3": "an SQLite database. Export its events as CSV or JSON lines",
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
        stream = _unpacked(raw)
        beginning = _beginning(stream, path)
        reader = _READERS.get(_suffix(path)) or _reader_by(beginning)
        if beginning.startswith((b"\xff\xfe", b"\xfe\xff")) and reader is not read_xes:
            message = f'{path} is UTF-16, as Excel\'s "Unicode text" is. Save it as CSV (UTF-8).'
            raise LogUnreadable(message)
        yield from reader(stream, path, zone)


def _unpacked(raw: io.BufferedReader) -> io.BufferedReader:
    if raw.peek(2)[:2] != _GZIP_MAGIC:
        return raw
    return io.BufferedReader(_Unpacked(gzip.GzipFile(fileobj=raw)), _BUFFER)


class _Unpacked(io.RawIOBase):
    """Gives what can still be unpacked of a broken file, where ``GzipFile.readinto`` loses a whole buffer of it."""

    def __init__(self, packed: gzip.GzipFile) -> None:
        super().__init__()
        self._packed = packed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        found = self._packed.read1(len(view))
        view[: len(found)] = found
        return len(found)


def _beginning(stream: io.BufferedReader, path: Path) -> bytes:
    try:
        beginning = stream.peek(512)[:512]
    except READING_FAULTS as error:
        message = f"{path} cannot be read from its first byte on: {error}. Fetch the file again."
        raise LogUnreadable(message) from error
    for magic, what in _FOREIGN_BEGINNINGS.items():
        if beginning.startswith(magic):
            message = f"{path} is {what}."
            raise LogUnreadable(message)
    return beginning


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
