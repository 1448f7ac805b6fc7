"""A receiver on loopback that treats everybody who connects as a test says: every trouble is a function of the line."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

LONGEST = 30.0  # seconds; no test lasts so long, and no thread of a test that failed outlives it


class HungUp(Exception):
    """The other side is gone."""


@dataclass
class Line:
    """One connection, as the receiver sees it."""

    socket: socket.socket
    over: threading.Event
    _heard: bytes = b""

    def say(self, words: bytes) -> None:
        """Say ``words``.

        Raises:
            HungUp: nobody listens any more.
        """
        try:
            self.socket.sendall(words)
        except OSError as error:
            raise HungUp from error

    def hear(self, until: bytes) -> bytes:
        """Return what was said up to ``until``, with it.

        Raises:
            HungUp: the other side fell silent before.
        """
        while until not in self._heard:
            self._heard += self._more()
        words, _, self._heard = self._heard.partition(until)
        return words + until

    def hear_length(self, length: int) -> bytes:
        """Return the next ``length`` bytes.

        Raises:
            HungUp: there are not so many.
        """
        while len(self._heard) < length:
            self._heard += self._more()
        words, self._heard = self._heard[:length], self._heard[length:]
        return words

    def guard(self, context: ssl.SSLContext) -> None:
        """Encrypt the line from here on.

        Raises:
            HungUp: the other side does not want to, for instance because of our certificate.
        """
        try:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        except OSError as error:
            raise HungUp from error

    def _more(self) -> bytes:
        try:
            more = self.socket.recv(65_536)
        except OSError as error:
            raise HungUp from error
        if not more:
            raise HungUp
        return more


Trouble = Callable[[Line], None]
"""What a receiver does with a line. When it returns, the line is closed."""


class Receiver:
    """A TCP server. ``connections`` counts who came, ``open_lines`` who is still held."""

    def __init__(self, treat: Trouble) -> None:
        self.treat = treat
        self.connections = 0
        self.over = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = int(self._listener.getsockname()[1])

    @property
    def open_lines(self) -> int:
        """How many are being treated now."""
        return len(self._sockets)

    def serve(self) -> None:
        """Treat everybody, each in a thread, until the listener is closed."""
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._sockets.add(accepted)
            thread = threading.Thread(target=self._treat, args=(accepted,))
            self._threads.append(thread)
            thread.start()

    def _treat(self, accepted: socket.socket) -> None:
        accepted.settimeout(LONGEST)
        line = Line(accepted, self.over)
        with contextlib.suppress(HungUp):
            self.treat(line)
        self._sockets.discard(accepted)
        line.socket.close()
        accepted.close()

    def stop(self) -> None:
        """Hang up on everybody."""
        self.over.set()
        for one in [self._listener, *self._sockets]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(LONGEST)


@contextmanager
def receiving(treat: Trouble) -> Iterator[Receiver]:
    """Give a running receiver; when the block ends, nothing of it is left."""
    receiver = Receiver(treat)
    thread = threading.Thread(target=receiver.serve)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.stop()
        thread.join(LONGEST)


def says(words: bytes) -> Trouble:
    """Say this, and go on or hang up."""
    return lambda line: line.say(words)


def in_turn(*troubles: Trouble) -> Trouble:
    """Do one after the other."""

    def all_of_them(line: Line) -> None:
        for trouble in troubles:
            trouble(line)

    return all_of_them


def stalls(line: Line) -> None:
    """Say nothing for as long as the test lasts."""
    line.over.wait(LONGEST)


def waits(seconds: float) -> Trouble:
    """Take one's time, and go on."""

    def wait(line: Line) -> None:
        line.over.wait(seconds)

    return wait


def hangs_up(_: Line) -> None:
    """Hang up without a word."""
    raise HungUp


def resets(line: Line) -> None:
    """Cut the line so that the other side gets a reset."""
    line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    raise HungUp


def drips(words: bytes, pause: float = 0.05) -> Trouble:
    """Say ``words`` one byte at a time and then again, as long as any test lasts: no single wait is long."""

    def drip(line: Line) -> None:
        ends_at = time.monotonic() + LONGEST
        while time.monotonic() < ends_at:
            for byte in words:
                line.say(bytes([byte]))
                if line.over.wait(pause):
                    return

    return drip


def never_ends(first: bytes, more: bytes) -> Trouble:
    """Say ``first``, and then ``more`` as fast as it goes, as long as any test lasts."""

    def go_on(line: Line) -> None:
        line.say(first)
        block = more * max(1, 65_536 // len(more))
        ends_at = time.monotonic() + LONGEST
        while time.monotonic() < ends_at:
            line.say(block)

    return go_on
