"""Files as streams: packed or not, and known for what they are by how they begin."""

import gzip
import io
from pathlib import Path
from typing import TYPE_CHECKING

from integrations.event_lines import READING_FAULTS, LogUnreadable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER = 1 << 18
_GZIP_MAGIC = b"\x1f\x8b"
_FOREIGN_BEGINNINGS = {
    b"PK\x03\x04": "a zip archive or an Excel workbook. Save the sheet as CSV (UTF-8), or unpack the archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook. Save the sheet as CSV (UTF-8)",
    b"BZh": "packed with bzip2. Unpack it, or pack it with gzip",
    b"\xfd7zXZ": "packed with xz. Unpack it, or pack it with gzip",
    b"\x28\xb5\x2f\xfd": "packed with zstd. Unpack it, or pack it with gzip",
    b"SQLite format 3": "an SQLite database. Export what is in it as CSV",
}


def unpacked(raw: io.BufferedReader) -> io.BufferedReader:
    """Return the stream, unpacked if it is gzip; that is known by its content."""
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


def beginning_of(stream: io.BufferedReader, path: Path) -> bytes:
    """Return the first bytes without taking them.

    Raises:
        LogUnreadable: they cannot be read, or are those of something else than text.
    """
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


def refuse_wide_text(beginning: bytes, path: Path) -> None:
    """Make sure that the text is not UTF-16.

    Raises:
        LogUnreadable: it is.
    """
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff")):
        message = f'{path} is UTF-16, as Excel\'s "Unicode text" is. Save it as CSV (UTF-8).'
        raise LogUnreadable(message)
