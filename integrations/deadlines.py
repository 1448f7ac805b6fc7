"""A bound on a whole conversation: when its time is over the line is cut, wherever it is stuck.

A socket's time-out bounds one step. A server that says a byte a second keeps within it for ever.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class Deadline:
    """Within ``with``, so many ``seconds`` for all that is said over the sockets it watches."""

    def __init__(self, seconds: float) -> None:
        self._lines: list[socket.socket] = []
        self._lock = threading.Lock()
        self._passed = False
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for line in self._lines:
                line.close()
            self._lines.clear()

    @property
    def passed(self) -> bool:
        """Whether the time is over: then whatever failed, failed for that."""
        return self._passed

    def watch(self, line: socket.socket) -> None:
        """Have ``line`` cut when the time is over; at once if it is."""
        # A second handle of the same line stays good while TLS takes over the first, and after that is closed.
        own = socket.socket(fileno=os.dup(line.fileno()))
        with self._lock:
            self._lines.append(own)
            if self._passed:
                _shut(own)

    def _cut(self) -> None:
        with self._lock:
            self._passed = True
            for line in self._lines:
                _shut(line)


def _shut(line: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other side hung up already
        line.shutdown(socket.SHUT_RDWR)
