"""Real servers on loopback that do what a test tells them: accept, refuse, stall, talk nonsense."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from integrations.messages import Address, Message

SECRET_WORDS = ("Jane", "Sorrow", "wound")  # planted in what is sent; no error text may repeat them


@pytest.fixture
def message() -> Message:
    """A notice with planted words that must not come back in an error."""
    return Message(
        key="notice-42.riverside",
        agency="riverside",
        to=Address("Jane.Sorrow@agency.example"),
        subject="DRB-7K2: please accept or decline — Jane",
        body="Accept a bed for Sorrow (wound).\n\nhttps://handrail.example/a/1\n",
        kind="hand_off_offered",
        case="DRB-7K2",
        sent_for=datetime(2026, 3, 20, 16, 0, tzinfo=UTC),
        urgent=True,
        data={"hand_off": "nsno_bed"},
    )


@pytest.fixture
def tells_nothing() -> Callable[[BaseException], bool]:
    """Say whether an error's text keeps what was sent to itself."""
    return lambda error: not any(word.lower() in str(error).lower() for word in SECRET_WORDS)


@pytest.fixture
def free_port() -> int:
    """A port of loopback that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Answer:
    """What the web server does with one request."""

    code: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    stalls: bool = False


@dataclass(frozen=True)
class Request:
    """What the web server was asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Web:
    """A real HTTP server: ``answers`` are used up in turn, the last one stays."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [Answer()]
        self.requests: list[Request] = []
        self.over = threading.Event()
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                web.serve(self)

            def do_GET(self) -> None:
                web.serve(self)

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.requests.append(Request(handler.command, handler.path, headers, body))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer.stalls:
            self.over.wait(30)
            return
        if answer.raw is not None:
            handler.wfile.write(answer.raw)
            handler.close_connection = True
            return
        handler.send_response(answer.code)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(answer.body)))
        handler.end_headers()
        handler.wfile.write(answer.body)


@pytest.fixture
def web() -> Iterator[Web]:
    """A real HTTP server on loopback."""
    web = Web()
    thread = threading.Thread(target=web.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield web
    web.over.set()
    web.server.shutdown()
    thread.join()
    web.server.server_close()


@pytest.fixture
def answer() -> Callable[..., Answer]:
    """Make an answer for the web server."""
    return Answer


@pytest.fixture
def at(message: Message) -> Callable[[str], Message]:
    """The same notice, addressed elsewhere."""
    return lambda where: replace(message, to=Address(where))


@pytest.fixture
def chatter() -> Iterator[Callable[[bytes], int]]:
    """Start a TCP server that says the given bytes to everybody and then nothing; return its port."""
    opened: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def talk(listener: socket.socket, words: bytes) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = listener.accept()
                opened.append(line)
                line.sendall(words)

    def begin(words: bytes) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        opened.append(listener)
        threads.append(threading.Thread(target=talk, args=(listener, words)))
        threads[-1].start()
        return int(listener.getsockname()[1])

    yield begin
    for one in opened:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
    for thread in threads:
        thread.join()
