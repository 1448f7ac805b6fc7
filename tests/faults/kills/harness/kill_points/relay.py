"""A relay between processes and PostgreSQL that sees every statement pass, and strikes at the one it was told.

One thread, one loop: while it strikes nothing else moves.
"""

from __future__ import annotations

import selectors
import shutil
import socket
import struct
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

from kill_points.wire import FLUSH, Pending, Statements, split

Position = Literal["unsent", "torn", "sent", "answered"]
"""Where a statement stands when the blow falls: not sent, half of it sent, sent but not awaited, carried out and
answered by the server with nobody there to hear it."""
POSITIONS: tuple[Position, ...] = ("unsent", "torn", "sent", "answered")
SOCKET = ".s.PGSQL.5432"
CREDENTIALS = struct.Struct("3i")
CHUNK = 1 << 16
PATIENCE = 2.0  # seconds: what the server has not answered by then (it passes some messages over) never will be

Strike = Callable[[int], None]
"""What is done at the boundary, to the process of that number."""


@dataclass(frozen=True, slots=True)
class Aim:
    """The boundary, counted from 0, and where in it the blow falls; ``wait`` seconds after a statement was sent."""

    index: int
    position: Position
    wait: float = 0.0


@dataclass
class _Link:
    """One connection, both its sides."""

    client: socket.socket
    server: socket.socket
    process: int
    sent: bytearray = field(default_factory=bytearray)
    answers: bytearray = field(default_factory=bytearray)
    opening: bool = True
    deadline: float | None = None
    """Set while an answer is awaited that nobody will hear."""
    statements: Statements = field(default_factory=Statements)
    pending: Pending = field(default_factory=Pending)


class Relay:
    """Stands before the server whose socket is ``target``; processes reach it by ``folder``."""

    def __init__(self, target: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="relay-"))
        self.seen: list[str] = []
        """The labels of the boundaries that passed since it was armed."""
        self.struck: str | None = None
        self._target = str(target)
        self._aim: Aim | None = None
        self._strike: Strike = lambda _: None
        self._links: dict[socket.socket, _Link] = {}
        self._selector = selectors.DefaultSelector()
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(self.folder / SOCKET))
        self._door.listen(64)
        self._selector.register(self._door, selectors.EVENT_READ, self._welcome)

    def close(self) -> None:
        """Cut all connections and leave nothing behind."""
        self.cut()
        self._selector.close()
        self._door.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def watch(self, file: IO[bytes], heard: Callable[[], None]) -> None:
        """Call ``heard`` whenever there is something to be read from ``file``."""
        self._selector.register(file, selectors.EVENT_READ, heard)

    def unwatch(self, file: IO[bytes]) -> None:
        """Listen to ``file`` no more."""
        self._selector.unregister(file)

    def arm(self, aim: Aim | None, strike: Strike = lambda _: None) -> None:
        """Count from 0 again, and strike at ``aim``; with None only count."""
        self.seen, self.struck = [], None
        self._aim, self._strike = aim, strike

    def serve(self, until: Callable[[], bool], seconds: float = 60) -> None:
        """Carry on until ``until`` holds.

        Raises:
            TimeoutError: it did not within ``seconds``.
        """
        end = time.monotonic() + seconds
        while not until():
            if time.monotonic() > end:
                raise TimeoutError("What the relay waits for did not come. See which process hangs.")
            for key, _ in self._selector.select(0.1):
                key.data()
            for link in [each for each in self._links.values() if each.deadline is not None]:
                if link.deadline is not None and time.monotonic() > link.deadline:
                    self._hit(link)

    def cut(self, process: int | None = None) -> None:
        """Cut the connections of one process, or of all."""
        for link in list(self._links.values()):
            if process in {None, link.process}:
                self._drop(link)

    def _welcome(self) -> None:
        client, _ = self._door.accept()
        process = CREDENTIALS.unpack(client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size))[0]
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self._target)
        except OSError:  # the server is down, and so are we to whoever asks
            client.close()
            server.close()
            return
        link = _Link(client, server, process)
        self._links[client] = link
        self._selector.register(client, selectors.EVENT_READ, lambda: self._from_client(link))
        self._selector.register(server, selectors.EVENT_READ, lambda: self._from_server(link))

    def _from_client(self, link: _Link) -> None:
        if not _read(link.client, link.sent):
            self._drop(link)
        elif link.deadline is None:
            for message in split(link.sent, opening=link.opening):
                if not self._pass_on(link, message):
                    return

    def _pass_on(self, link: _Link, message: bytes) -> bool:
        """Send ``message`` to the server; False if the blow has fallen, or is about to."""
        opening, link.opening = link.opening, False
        label = None if opening else link.statements.label(message)
        if label is None:
            return self._send(link, link.server, message)
        self.seen.append(label)
        if self._aim is None or self._aim.index != len(self.seen) - 1:
            link.pending.sent(message)
            return self._send(link, link.server, message)
        self._aimed(link, message, self._aim)
        return False

    def _aimed(self, link: _Link, message: bytes, aim: Aim) -> None:
        if aim.position == "torn":
            self._send(link, link.server, message[: max(len(message) // 2, 1)])
        elif aim.position != "unsent":
            link.pending.sent(message)
            self._send(link, link.server, message + FLUSH if message[:1] == b"E" else message)
        if aim.position == "answered" and len(link.pending):
            link.deadline = time.monotonic() + PATIENCE
            return
        time.sleep(aim.wait)
        self._hit(link)

    def _from_server(self, link: _Link) -> None:
        start = len(link.answers)
        if not _read(link.server, link.answers):
            self._drop(link)
            return
        news = bytes(link.answers[start:])
        for message in split(link.answers):
            link.pending.answered(message)
        if link.deadline is None:
            self._send(link, link.client, news)
        elif not len(link.pending):
            self._hit(link)

    def _hit(self, link: _Link) -> None:
        self.struck = self.seen[-1]
        self._aim = link.deadline = None
        self._strike(link.process)
        self.cut(link.process)

    def _send(self, link: _Link, to: socket.socket, content: bytes) -> bool:
        try:
            to.sendall(content)
        except OSError:
            self._drop(link)
            return False
        return True

    def _drop(self, link: _Link) -> None:
        if self._links.pop(link.client, None) is None:
            return
        for side in (link.client, link.server):
            with suppress(KeyError):
                self._selector.unregister(side)
            side.close()


def _read(side: socket.socket, buffer: bytearray) -> bool:
    """Add what has come to ``buffer``; False at the end."""
    try:
        news = side.recv(CHUNK)
    except OSError:
        return False
    buffer += news
    return bool(news)
