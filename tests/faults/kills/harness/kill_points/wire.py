"""As much of PostgreSQL's wire protocol as it takes to count statements and to know when one is answered.

Source: the PostgreSQL documentation, "Frontend/Backend Protocol", version 3.
"""

from __future__ import annotations

import re
import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

HEAD = struct.Struct("!cI")
LENGTH = struct.Struct("!I")
FLUSH = HEAD.pack(b"H", 4)
BOUNDARIES = {b"Q": "query", b"E": "execute", b"S": "sync", b"d": "rows of COPY", b"c": "end of COPY"}
"""The messages that make the server do something; the others only prepare one of them."""
TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|COPY)\s+(?:ONLY\s+)?(?:handrail\.)?\"?(\w+)", re.IGNORECASE)


def split(buffer: bytearray, *, opening: bool = False) -> Iterator[bytes]:
    """Give the whole messages at the front of ``buffer`` and take them off it. ``opening``: the first has no kind."""
    while True:
        if opening:
            size = LENGTH.unpack_from(buffer)[0] if len(buffer) >= LENGTH.size else 0
        else:
            size = HEAD.unpack_from(buffer)[1] + 1 if len(buffer) >= HEAD.size else 0
        if not size or len(buffer) < size:
            return
        message = bytes(buffer[:size])
        del buffer[:size]
        yield message
        if opening:
            return


@dataclass
class Statements:
    """Which text stands behind the names that a connection gives its statements and portals."""

    _texts: dict[bytes, str] = field(default_factory=dict)
    _portals: dict[bytes, str] = field(default_factory=dict)

    def label(self, message: bytes) -> str | None:
        """Keep what ``message`` names, and return in words what it has the server do; None if nothing."""
        kind, body = message[:1], message[HEAD.size :]
        match kind:
            case b"P":
                name, text = body.split(b"\0", 2)[:2]
                self._texts[name] = in_short(text.decode(errors="replace"))
            case b"B":
                portal, name = body.split(b"\0", 2)[:2]
                self._portals[portal] = self._texts.get(name, "a statement")
            case b"Q":
                return in_short(body.rstrip(b"\0").decode(errors="replace"))
            case b"E":
                return self._portals.get(body.split(b"\0", 1)[0], "a statement")
        return BOUNDARIES.get(kind)


def in_short(statement: str) -> str:
    """Return the verb and the first table of ``statement``: ``UPDATE cases``."""
    words = statement.replace(";", " ").split()
    if not words:
        return "ping"
    table = TABLE.search(statement)
    known = [words[0].upper(), *([table[1].lower()] if table else [])]
    if "pg_notify" in statement:
        known.append("pg_notify")
    return " ".join([*known, "FOR UPDATE"] if "FOR UPDATE" in statement else known)


class Pending:
    """What a connection has sent and the server has not answered yet, in order."""

    def __init__(self) -> None:
        self._kinds: deque[bytes] = deque()
        self._taking_rows = False

    def __len__(self) -> int:
        return len(self._kinds)

    def sent(self, message: bytes) -> None:
        """Keep that ``message`` went to the server."""
        kind = message[:1]
        if kind == b"c":
            self._taking_rows = False
        if kind in {b"Q", b"E", b"c"} or (kind == b"S" and not self._taking_rows):
            self._kinds.append(kind)

    def answered(self, message: bytes) -> None:
        """Strike out what ``message`` of the server answers."""
        kind = message[:1]
        if kind == b"Z":
            while self._kinds and self._kinds.popleft() not in {b"Q", b"S"}:
                pass  # after an error the server skips what stands before the next sync
        elif kind == b"G" and self._kinds:
            self._taking_rows = True  # and passes over a sync, this one and others
            self._kinds.popleft()
            if self._kinds and self._kinds[0] == b"S":
                self._kinds.popleft()
        elif kind in {b"C", b"I", b"s"} and self._kinds and self._kinds[0] in {b"E", b"c"}:
            self._kinds.popleft()
