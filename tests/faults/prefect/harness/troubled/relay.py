"""A relay in front of a server: it passes everything on, or answers errors itself, or takes and never answers."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Literal, Self

Mood = Literal["passing", "failing", "silent"]
FAULT = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
CHUNK = 65536


class Relay:
    """Listens on a free port of loopback in front of ``behind``; a change of mood cuts what is connected."""

    def __init__(self, behind: int) -> None:
        self._behind = behind
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._mood: Mood = "passing"
        self.asked = 0
        """How often somebody asked since the last change of mood."""

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self.be("silent")

    def be(self, mood: Mood) -> None:
        """Pass on, fail or be silent from now on, for those who are connected too."""
        self._mood = mood
        self.asked = 0
        for each in tuple(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        with suppress(OSError):  # it was closed
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=[near], daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        self.asked += 1
        self._open.add(near)
        with near, suppress(OSError):
            match self._mood:
                case "passing":
                    self._pass_on(near)
                case "failing":
                    near.recv(CHUNK)
                    near.sendall(FAULT)
                case "silent":
                    while near.recv(CHUNK):
                        pass
        self._open.discard(near)

    def _pass_on(self, near: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._behind)) as far:
            self._open.add(far)
            back = threading.Thread(target=_pump, args=[far, near], daemon=True)
            back.start()
            _pump(near, far)
            back.join()
            self._open.discard(far)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(CHUNK):
            sink.sendall(chunk)
    for each in (source, sink):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
