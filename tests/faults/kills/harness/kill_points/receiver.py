"""A web server that takes notices, keeps their keys, and may be told to strike when one has come."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "whsec_" + base64.b64encode(b"a secret of the kill points only").decode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of whoever was killed before the answer."""


class Receiver:
    """Listens on loopback until it is closed."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, str]] = []
        """Of each message in order: the agency, the key, and what it said."""
        self._lock = threading.Lock()
        self._strikes: dict[int, Callable[[], None]] = {}
        self._since = 0
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def arm(self, index: int | None = None, strike: Callable[[], None] = lambda: None) -> None:
        """Count messages from 0 again; call ``strike`` when number ``index`` has been taken and not been answered."""
        with self._lock:
            self._since = len(self.taken)
            self._strikes = {} if index is None else {index: strike}

    @property
    def seen(self) -> int:
        """How many messages have come since it was armed."""
        return len(self.taken) - self._since

    def take(self, agency: str, key: str, body: bytes) -> None:
        """Keep a message; the blow may fall before it is answered."""
        content = json.loads(body)
        with self._lock:
            index = self.seen
            self.taken.append((agency, key, json.dumps(content["data"], sort_keys=True)))
            strike = self._strikes.pop(index, None)
        if strike is not None:
            strike()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.take(self.path.strip("/"), self.headers["webhook-id"], body)
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                pass

        return Handler
