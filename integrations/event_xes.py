"""Event logs as XES (IEEE 1849), read tag by tag."""

import io
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.parsers import expat
from zoneinfo import ZoneInfo

from integrations.event_instants import read_instant
from integrations.event_lines import (
    LARGEST_WHOLE,
    LINE_LIMIT,
    READING_FAULTS,
    BadLine,
    LogEvent,
    LogUnreadable,
    Scalar,
    shown,
    stopped_here,
)

_CHUNK = 1 << 16
_DEPTH_LIMIT = 100
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)


class _RefusedError(ValueError):
    """The document holds what this reader never follows; the message ends the reading."""


def read_xes(stream: io.BufferedIOBase, path: Path, zone: ZoneInfo) -> Iterator[LogEvent | BadLine]:
    """Yield an event or a refusal for every ``<event>``, in the file's order.

    Attributes of an event become fields named by their key; dates stay text, lists and nested attributes
    are passed over. A document type declaration, broken XML or a fault of the stream ends the reading
    with a last ``BadLine``. Memory is bounded by one tag of at most 1 MiB and one chunk's events.

    Raises:
        LogUnreadable: the outermost element is not ``<log>``.
    """
    document = _Document(path, zone)
    while True:
        try:
            chunk = stream.read1(_CHUNK)  # read() would lose what came before a fault
            more = document.feed(chunk)
        except READING_FAULTS as error:
            message = stopped_here(error)
        except expat.ExpatError as error:
            message = f"Broken XML at line {error.lineno}: {expat.ErrorString(error.code)}. The rest cannot be read."
        except _RefusedError as error:
            message = str(error)
        except (LookupError, ValueError):  # what Python says to the parser of an encoding that it cannot give it
            message = "The encoding that the first line names cannot be read. Save the log as UTF-8, and name that."
        else:
            yield from document.take()
            if more:
                continue
            return
        yield from document.take()
        yield BadLine(document.next_ordinal, message)
        return


class _Document:
    """Listens to the XML parser and collects what the events say."""

    def __init__(self, path: Path, zone: ZoneInfo) -> None:
        self._ordinal = 0
        self._path = path
        self._zone = zone
        self._done: list[LogEvent | BadLine] = []
        self._fed = 0
        self._depth = 0
        self._in_trace = False
        self._case: str | None = None
        self._event: _OpenEvent | None = None
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype

    def feed(self, chunk: bytes) -> bool:
        """Read on; False when the document has ended."""
        self._parser.Parse(chunk, not chunk)
        self._fed += len(chunk)
        if self._fed - max(self._parser.CurrentByteIndex, 0) > LINE_LIMIT + _CHUNK:
            message = f"Line {self._line} begins a tag of more than {LINE_LIMIT:,} bytes. The rest cannot be read."
            raise _RefusedError(message)
        return bool(chunk)

    def take(self) -> list[LogEvent | BadLine]:
        done, self._done = self._done, []
        return done

    @property
    def next_ordinal(self) -> int:
        """The ordinal of the event that is open, or of the one that would have come."""
        return self._ordinal if self._event is not None else self._ordinal + 1

    @property
    def _line(self) -> int:
        return self._parser.CurrentLineNumber

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        # Prefixes are dropped unresolved: many logs use xes: without declaring it.
        name = tag.rpartition(":")[2]
        self._depth += 1
        if self._event is not None and self._depth <= _DEPTH_LIMIT:
            if self._depth == self._event.depth + 1:
                self._event.add(name, attributes)
        elif name == "event" and self._depth in (_DEPTH_OF_TRACE, _DEPTH_OF_TRACE + 1):
            self._ordinal += 1
            self._event = _OpenEvent(self._depth)
        else:
            self._start_outside_event(name, attributes)

    def _start_outside_event(self, name: str, attributes: dict[str, str]) -> None:
        if self._depth == 1 and name != "log":
            message = f"Found <{name[:40]}> as the outermost element of {self._path}, expected <log> as XES has it."
            raise LogUnreadable(message)
        if self._depth == _DEPTH_OF_TRACE:
            self._in_trace = name == "trace"
            self._case = None
        elif self._in_trace and self._depth == _DEPTH_OF_TRACE + 1 and attributes.get("key") == "concept:name":
            self._case = attributes.get("value", "").strip() or None
        elif self._depth > _DEPTH_LIMIT:
            message = f"Line {self._line} is nested deeper than {_DEPTH_LIMIT} elements. The rest cannot be read."
            raise _RefusedError(message)

    def _end(self, _tag: str) -> None:
        if self._event is not None and self._depth == self._event.depth:
            self._done.append(self._finished(self._event))
            self._event = None
        if self._depth == _DEPTH_OF_TRACE:
            self._in_trace = False
            self._case = None
        self._depth -= 1

    def _finished(self, event: "_OpenEvent") -> LogEvent | BadLine:
        try:
            return event.finished(self._ordinal, self._case, self._zone)
        except ValueError as error:
            return BadLine(
                self._ordinal,
                f"{error} The event ends at line {self._line} of the file.",
            )

    def _refuse_doctype(self, *_: object) -> None:
        message = f"Line {self._line} declares a document type, which may hide entity bombs. Remove it and try again."
        raise _RefusedError(message)


class _OpenEvent:
    """The attributes of one event while its element is open, and the first thing wrong with them."""

    __slots__ = ("_fields", "_room", "_wrong", "depth", "name", "occurred")

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.name = ""
        self.occurred = ""
        self._fields: dict[str, Scalar] = {}
        self._room = LINE_LIMIT
        self._wrong: ValueError | None = None

    def add(self, kind: str, attributes: dict[str, str]) -> None:
        if kind not in _READERS or self._wrong:
            return
        try:
            self._add(kind, attributes.get("key", ""), attributes.get("value", ""))
        except ValueError as error:
            self._wrong = error

    def _add(self, kind: str, key: str, value: str) -> None:
        self._room -= len(key) + len(value)
        if self._room < 0:
            message = f"The attributes of the event hold more than {LINE_LIMIT:,} characters."
            raise ValueError(message)
        if key == "concept:name" and not self.name:
            self.name = value.strip()
        elif key == "time:timestamp" and not self.occurred:
            self.occurred = value.strip()
        elif not key or key in self._fields or key in _NAMED:
            found = f"stands there twice: {shown(key)}" if key else f"has no key: <{kind}>"
            message = f"An attribute {found}. Expected each with a key of its own."
            raise ValueError(message)
        elif value:
            self._fields[key] = _typed(kind, key, value)

    def finished(self, ordinal: int, case: str | None, zone: ZoneInfo) -> LogEvent:
        """Return the event; a ``ValueError`` says what it lacks or where it is wrong."""
        if self._wrong:
            raise self._wrong
        if not case:
            message = "The event has no case. Expected it inside a <trace> with a concept:name before its events."
            raise ValueError(message)
        if not (self.name and self.occurred):
            missing = "time:timestamp" if self.name else "concept:name"
            message = f"The event has no {missing}. Expected both a concept:name and a time:timestamp."
            raise ValueError(message)
        occurred_at = read_instant(self.occurred, zone)
        return LogEvent(ordinal, case, self.name, occurred_at, None, None, None, self._fields, False)


def _typed(kind: str, key: str, value: str) -> Scalar:
    read, expected = _READERS[kind]
    try:
        return read(value)
    except ValueError as error:
        message = f"Found {shown(value)} in <{kind}> {shown(key)}, expected {expected}."
        raise ValueError(message) from error


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text) or abs(number := int(text)) > LARGEST_WHOLE:
        raise ValueError(text)
    return number


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _truth(text: str) -> bool:
    if text not in _TRUTHS:
        raise ValueError(text)
    return _TRUTHS[text]


def _dated(text: str) -> str:
    """Keep the text, whose own offset tells the local day; only slashes become hyphens."""
    read_instant(text, _ANY_ZONE)
    return text.replace("/", "-", 2)


_ANY_ZONE = ZoneInfo("UTC")
_DEPTH_OF_TRACE = 2
_NAMED = frozenset({"concept:name", "time:timestamp"})
_TRUTHS = {
    "true": True,
    "false": False,
    "True": True,
    "False": False,
    "1": True,
    "0": False,
}
_READERS: dict[str, tuple[Callable[[str], Scalar], str]] = {
    "string": (str, "a text"),
    "id": (str, "a text"),
    "date": (_dated, "a date and time such as 2026-03-21T10:00:00+00:00"),
    "int": (_whole, "a whole number of at most 64 bits"),
    "float": (_finite, "a finite number"),
    "boolean": (_truth, "true or false"),
}
