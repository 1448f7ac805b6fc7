"""A mail server that is in trouble at one stage of the conversation, and in order at all others."""

from __future__ import annotations

import ssl
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Literal

from misbehaving.listening import Line, Trouble

Stage = Literal["banner", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "dot", "rset", "noop", "quit"]
END = b"\r\n.\r\n"
USUAL: dict[str, bytes] = {
    "banner": b"220 ready\r\n",
    "ehlo": b"250 here\r\n",
    "helo": b"250 here\r\n",
    "starttls": b"220 go ahead\r\n",
    "auth": b"235 welcome\r\n",
    "mail": b"250 yes\r\n",
    "rcpt": b"250 yes\r\n",
    "data": b"354 go on\r\n",
    "dot": b"250 taken\r\n",
    "rset": b"250 yes\r\n",
    "noop": b"250 yes\r\n",
    "quit": b"221 goodbye\r\n",
}


@dataclass
class MailTrouble:
    """``troubles`` by stage take the place of the usual answers; a line that is still open goes on after them.

    ``offers`` are the extensions named after EHLO. ``letters`` are what came whole, whatever was answered then.
    """

    troubles: dict[str, Trouble] = field(default_factory=dict)
    offers: tuple[bytes, ...] = ()
    trust: ssl.SSLContext | None = None
    guarded: bool = False
    letters: list[EmailMessage] = field(default_factory=list)
    heard: Counter[str] = field(default_factory=Counter)
    said: list[bytes] = field(default_factory=list)
    """The commands, as they came."""

    def __call__(self, line: Line) -> None:
        """Hold one conversation."""
        if self.guarded and self.trust is not None:
            line.guard(self.trust)
        self._answer(line, "banner")
        while True:
            command = line.hear(b"\r\n")
            self.said.append(command)
            stage = command[:4].decode("ascii", "replace").lower()
            stage = {"star": "starttls"}.get(stage, stage)
            self._answer(line, stage)
            if stage == "starttls" and self.trust is not None and stage not in self.troubles:
                line.guard(self.trust)
            if stage == "data" and stage not in self.troubles:
                self._take(line)
            if stage == "quit":
                return

    def _take(self, line: Line) -> None:
        letter = message_from_bytes(line.hear(END).removesuffix(END), policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self._answer(line, "dot")

    def _answer(self, line: Line, stage: str) -> None:
        self.heard[stage] += 1
        trouble = self.troubles.get(stage)
        if trouble is not None:
            trouble(line)
        elif stage == "ehlo" and self.offers:
            more = b"".join(b"250-" + offer + b"\r\n" for offer in self.offers)
            line.say(b"250-here\r\n" + more + b"250 OK\r\n")
        else:
            line.say(USUAL.get(stage, b"334 \r\n"))
