"""A receiver of webhooks on loopback that notes at which instant it had each message whole."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a sender that was stopped; whoever waits for its message says so."""


class Receiver:
    """A server that takes every message. Instants are ``time.perf_counter``'s."""

    def __init__(self) -> None:
        self._came: dict[str, float] = {}
        self._times: dict[str, int] = {}
        self._changed = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/messages"

    def await_message(self, subject: str, seconds: float) -> float:
        """Return the instant at which the first message about ``subject`` was there whole.

        Raises:
            TimeoutError: none came in time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: subject in self._came, seconds):
                message = f"No message about {subject} within {seconds:.0f} seconds. Look at the incidents."
                raise TimeoutError(message)
            return self._came[subject]

    def count_of(self, subject: str) -> int:
        """Return how many messages about ``subject`` have come."""
        with self._changed:
            return self._times.get(subject, 0)

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _take(self, body: bytes) -> None:
        at = time.perf_counter()
        subject = json.loads(body)["subject"]
        with self._changed:
            self._came.setdefault(subject, at)
            self._times[subject] = self._times.get(subject, 0) + 1
            self._changed.notify_all()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take = self._take

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                take(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(204)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's name
                del format, arguments

        return Handler


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Give a receiver that listens; it is closed with the block."""
    found = Receiver()
    thread = threading.Thread(target=found.serve, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.close()
        thread.join()
