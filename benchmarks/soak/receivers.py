"""Who takes the notices: a web server and a mail server on loopback, which count what came under each key."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

from handrail.prefect_server import free_port
from integrations.mail import message_id

SENDER = "handrail@example.org"
MAILBOX = "agency@agency.example"


@dataclass
class Receivers:
    """What came: ``posted`` by message key, ``mailed`` by Message-ID."""

    url: str = ""
    mail_port: int = 0
    posted: Counter[str] = field(default_factory=Counter)
    mailed: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def contacts(self) -> dict[str, str]:
        """The ways to reach an agency here, as ``agencies.yaml`` names them."""
        return {"webhook": self.url, "email": MAILBOX}

    def count_of(self, key: str) -> int:
        """How often a message came under its key, whichever way."""
        return self.posted[key] + self.mailed[message_id(key, SENDER)]

    def post(self, key: str) -> None:
        """Note a message that came by webhook."""
        with self._lock:
            self.posted[key] += 1

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Take every mail."""
        with self._lock:
            self.mailed[str(message_from_bytes(envelope.content)["Message-ID"])] += 1
        return "250 taken"


@contextmanager
def receivers() -> Iterator[Receivers]:
    """Give both, listening; they are closed with the block."""
    found = Receivers(mail_port=free_port())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            found.post(self.headers["webhook-id"])
            self.send_response(204)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's name
            del format, arguments

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_address[1]}/notices"
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    mail = Controller(found, hostname="127.0.0.1", port=found.mail_port)
    mail.start()
    try:
        yield found
    finally:
        mail.stop()
        server.shutdown()
        server.server_close()
        serving.join()
