"""Notices as e-mail over SMTP.

Message-ID comes from the message's key, so a second delivery of one notice can be recognised by any
mailbox. Inside ``with`` one connection serves many messages.
"""

from __future__ import annotations

import hashlib
import re
import smtplib
from contextlib import ExitStack
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from queue import Empty, LifoQueue
from typing import TYPE_CHECKING, Literal, Self

from integrations.deadlines import Deadline
from integrations.errors import AdapterNotReady, Delayed, Refused
from integrations.mail_lines import NEVER, MailLine, broken_off, dial, senseless
from integrations.messages import Receipt

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

    from integrations.messages import Message

TOO_LARGE = 552  # the one "never" at the sender's name that is about the message
# Letters of other alphabets need SMTPUTF8, which few servers take; quoting and comments hide a second address.
ONE_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


@dataclass(frozen=True)
class MailServer:
    """How to reach the SMTP server that takes our mail.

    ``protection`` is ``starttls`` (usual, port 587), ``tls`` (port 465) or ``none`` (a server of our own network).
    ``timeout`` is in seconds, for each step and for all that one message takes.
    """

    host: str
    port: int
    sender: str
    protection: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 15.0
    trust: ssl.SSLContext | None = field(default=None, repr=False)


class Mail:
    """A channel of e-mail. One object serves one thread."""

    def __init__(self, server: MailServer) -> None:
        """Check the sender; nothing is sent or connected yet.

        Raises:
            AdapterNotReady: the sender is not one plain e-mail address.
        """
        if ONE_ADDRESS.fullmatch(server.sender) is None:
            sentence = f"The sender {server.sender!r} is not one plain e-mail address. Give name@domain."
            raise AdapterNotReady(sentence)
        self._server = server
        self._line: MailLine | None = None
        self._kept = False

    def __enter__(self) -> Self:
        self._kept = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._kept = False
        self._hang_up()

    def send(self, message: Message) -> Receipt:
        """Mail ``message``; the receipt is its Message-ID.

        Raises:
            Delayed: no connection, no answer in time, or the server asked us to come again (4xx).
            Refused: the server will not take it (5xx), or it is no proper mail.
            AdapterNotReady: the server does not want us, whatever the letter.
        """
        mail = _letter(message, self._server.sender)
        with Deadline(self._server.timeout) as deadline:
            try:
                line = self._ready_line(deadline)
                line.send_message(mail, from_addr=self._server.sender, to_addrs=[message.to.value])
            except smtplib.SMTPRecipientsRefused as error:
                code, _ = next(iter(error.recipients.values()))
                raise self._fault(code, "the recipient") from error
            except smtplib.SMTPSenderRefused as error:
                raise self._sender_fault(error.smtp_code) from error
            except smtplib.SMTPResponseException as error:
                raise self._fault(error.smtp_code, "the message") from error
            except (smtplib.SMTPException, OSError) as error:
                self._drop()  # nobody knows what the server expects next; a new connection does
                raise broken_off(error, deadline) from error
            except BaseException:
                self._drop()
                raise
            finally:
                if not self._kept:
                    self._hang_up()
        return Receipt(str(mail["Message-ID"]))

    def _ready_line(self, deadline: Deadline) -> MailLine:
        if self._line is not None:
            self._line.under(deadline)
            if not self._line.is_alive():
                self._drop()
        if self._line is None:
            self._line = dial(self._server, deadline)
        return self._line

    def _fault(self, code: int, what: str) -> Delayed | Refused:
        match code // 100:
            case 5:
                return Refused(f"The mail server answered {code} and will not take {what}.", code=code)
            case 4:
                return Delayed(f"The mail server answered {code}: it may take {what} later.", code=code)
        self._drop()
        return senseless()

    def _sender_fault(self, code: int) -> Delayed | Refused:
        if code // 100 == NEVER and code != TOO_LARGE:
            sentence = (
                f"The mail server answered {code} and takes no mail from our sender. "
                "Set HANDRAIL_MAIL_SENDER to one that it knows, or ask those who run it."
            )
            return AdapterNotReady(sentence, code=code)
        return self._fault(code, "the message")

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.hang_up()
        self._line = None

    def _drop(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line = None


class SharedMail:
    """A channel of e-mail for several threads, over no more than ``lines`` connections: many servers allow few."""

    def __init__(self, server: MailServer, lines: int = 3) -> None:
        self._server = server
        self._idle: LifoQueue[Mail | None] = LifoQueue()
        self._closing = ExitStack()
        for _ in range(lines):
            self._idle.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.close()

    def send(self, message: Message) -> Receipt:
        """Mail ``message`` as soon as a line is free.

        Raises:
            Delayed: as ``Mail.send``, or no line became free in the time that one message may take.
            Refused, AdapterNotReady: as ``Mail.send``.
        """
        try:
            mail = self._idle.get(timeout=self._server.timeout)
        except Empty:
            raise Delayed("The mail server is still busy with our other letters.") from None
        try:
            if mail is None:
                mail = self._closing.enter_context(Mail(self._server))
            return mail.send(message)
        finally:
            self._idle.put(mail)


def message_id(key: str, sender: str) -> str:
    """Return the Message-ID of ``key``: the same for the same key and sender, and it tells nothing of the key."""
    domain = sender.rpartition("@")[2]
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def _letter(message: Message, sender: str) -> EmailMessage:
    if ONE_ADDRESS.fullmatch(message.to.value) is None:
        raise Refused("The agency's address is not one plain e-mail address, name@domain.")
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = sender
        mail["To"] = message.to.value
        mail["Subject"] = message.subject
    except ValueError as error:
        raise Refused("The subject of the notice has a line break.") from error
    mail["Date"] = message.sent_for
    mail["Message-ID"] = message_id(message.key, sender)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: so that no out-of-office answers come back
    if message.urgent:
        mail["Importance"] = "high"
    mail.set_content(message.body)
    return mail
