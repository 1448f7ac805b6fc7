"""Notices as e-mail over SMTP.

Message-ID comes from the message's key, so a second delivery of one notice can be recognised by any
mailbox. Inside ``with`` one connection serves many messages.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from typing import TYPE_CHECKING, Literal, Self

from integrations.errors import AdapterNotReady, Delayed, Refused
from integrations.messages import Receipt

if TYPE_CHECKING:
    from types import TracebackType

    from integrations.messages import Message

FINE = 250
NEVER = 5  # the first digit of an answer that will stay the same
# Letters of other alphabets need SMTPUTF8, which few servers take; quoting and comments hide a second address.
ONE_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


@dataclass(frozen=True)
class MailServer:
    """How to reach the SMTP server that takes our mail.

    ``protection`` is ``starttls`` (usual, port 587), ``tls`` (port 465) or ``none`` (a server of our own network).
    ``timeout`` is in seconds, for each step of the conversation.
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
        self._connection: smtplib.SMTP | None = None
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
        """
        mail = _letter(message, self._server.sender)
        try:
            self._line().send_message(mail, from_addr=self._server.sender, to_addrs=[message.to.value])
        except smtplib.SMTPRecipientsRefused as error:
            code, _ = next(iter(error.recipients.values()))
            raise _fault(code, "the recipient") from error
        except smtplib.SMTPResponseException as error:
            raise _fault(error.smtp_code, "the message") from error
        except (smtplib.SMTPException, OSError) as error:
            self._drop()  # nobody knows what the server expects next; a new connection does
            raise _broken_off(error) from error
        finally:
            if not self._kept:
                self._hang_up()
        return Receipt(str(mail["Message-ID"]))

    def _line(self) -> smtplib.SMTP:
        if self._connection is not None and not _is_alive(self._connection):
            self._drop()
        if self._connection is None:
            self._connection = _connected(self._server)
        return self._connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            # A server that is gone already is what we want.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._connection.quit()
        self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


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


def _connected(server: MailServer) -> smtplib.SMTP:
    if server.username and server.protection == "none" and not _is_loopback(server.host):
        sentence = "A password would go to the mail server in clear. Set its protection to starttls or tls."
        raise AdapterNotReady(sentence)
    trust = server.trust or ssl.create_default_context()
    connection = _dialled(server, trust)
    try:
        _introduced(connection, server, trust)
    except BaseException:
        connection.close()
        raise
    return connection


def _dialled(server: MailServer, trust: ssl.SSLContext) -> smtplib.SMTP:
    if server.protection == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=trust)
    return smtplib.SMTP(server.host, server.port, timeout=server.timeout)


def _introduced(connection: smtplib.SMTP, server: MailServer, trust: ssl.SSLContext) -> None:
    try:
        if server.protection == "starttls":
            connection.starttls(context=trust)
        if server.username:
            connection.login(server.username, server.password or "")
    except smtplib.SMTPNotSupportedError as error:
        sentence = "The mail server offers no encryption, or no login. See the settings of the mail server."
        raise AdapterNotReady(sentence) from error
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code // 100 == NEVER:
            sentence = "The mail server does not accept our username and password. Set them anew."
            raise AdapterNotReady(sentence, code=error.smtp_code) from error
        raise


def _is_alive(connection: smtplib.SMTP) -> bool:
    try:
        code, _ = connection.noop()
    except (smtplib.SMTPException, OSError):
        return False
    return code == FINE


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _fault(code: int, what: str) -> Delayed | Refused:
    match code // 100:
        case 5:
            return Refused(f"The mail server answered {code} and will not take {what}.", code=code)
        case 4:
            return Delayed(f"The mail server answered {code}: it may take {what} later.", code=code)
    return Delayed("The mail server answered something that is not SMTP.")


def _broken_off(error: Exception) -> Delayed | Refused:
    if isinstance(error, ssl.SSLCertVerificationError):
        return AdapterNotReady("The mail server's certificate is not trusted. See its name and who signed it.")
    return Delayed(f"The mail server could not be reached, or broke off ({type(error).__name__}).")
