"""A web server that takes a whole request, remembers it, and then answers as a test says."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field

from misbehaving.listening import Line, Trouble, says


@dataclass(frozen=True)
class Request:
    """What came whole: ``start`` is the first line, header names are in small letters."""

    start: str
    headers: dict[str, str]
    body: bytes


@dataclass
class WebTrouble:
    """``troubles`` are used up in turn, the last one stays. ``requests`` came whole, whatever was answered then."""

    troubles: Sequence[Trouble]
    trust: ssl.SSLContext | None = None
    requests: list[Request] = field(default_factory=list)

    def __call__(self, line: Line) -> None:
        """Hold one conversation."""
        if self.trust is not None:
            line.guard(self.trust)
        while True:
            self.requests.append(_heard(line))
            self.troubles[min(len(self.requests), len(self.troubles)) - 1](line)

    @property
    def keys(self) -> list[str]:
        """The webhook-id of each request."""
        return [request.headers["webhook-id"] for request in self.requests]


def answers(code: int, *headers: str, body: bytes = b"") -> Trouble:
    """Answer with a whole response of HTTP."""
    lines = [f"HTTP/1.1 {code} Whatever", *headers, f"Content-Length: {len(body)}", "", ""]
    return says("\r\n".join(lines).encode() + body)


TAKES = answers(204)


def _heard(line: Line) -> Request:
    head = line.hear(b"\r\n\r\n").decode("latin-1").splitlines()
    headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in head[1:] if each)}
    return Request(head[0], headers, line.hear_length(int(headers.get("content-length", "0"))))
