"""The line to a mail server: dialled, protected and logged in, with a bound on time and on what is listened to.

What a server says before it hears of any letter is about us, so its "never" there is a setting to be mended and
no fault of the letter.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from integrations.deadlines import Deadline
from integrations.errors import AdapterNotReady, Delayed, Refused

if TYPE_CHECKING:
    import socket

    from integrations.mail import MailServer

FINE = 250
NEVER = 5  # the first digit of an answer that will stay the same
LATER = 4
LONGEST_ANSWER = 65_536  # bytes; a mail server's whole answer to one command
GOODBYE_SECONDS = 1.0
ANSWER = re.compile(rb"[2-5][0-9]{2}([ -].*)?\r?\n", re.DOTALL)
NO_CODE = -1


class NotSmtp(OSError):
    """What a mail server says is no answer of SMTP, or does not end."""


class _Listened:
    """What a mail server says, as smtplib reads it, up to a length for each answer."""

    def __init__(self, said: Any) -> None:
        self._said = said
        self._left = LONGEST_ANSWER

    def next_answer(self) -> None:
        self._left = LONGEST_ANSWER

    def readline(self, size: int) -> bytes:
        line: bytes = self._said.readline(size)
        self._left -= len(line)
        if self._left < 0 or len(line) == size:
            raise NotSmtp
        if line and not line.endswith(b"\n"):
            raise ConnectionError  # cut in the middle of a word: half a yes is none
        if line and ANSWER.fullmatch(line) is None:
            raise NotSmtp
        return line

    def close(self) -> None:
        self._said.close()


class MailLine(smtplib.SMTP):
    """A connection to a mail server. Each message has a ``deadline`` of its own, see ``under``."""

    def __init__(self, server: MailServer, deadline: Deadline) -> None:
        self._deadline: Deadline | None = deadline
        self._server = server
        self._trust = server.trust or ssl.create_default_context()
        super().__init__(server.host, server.port, timeout=server.timeout)

    def under(self, deadline: Deadline) -> None:
        """Have what comes be over with ``deadline``."""
        self._deadline = deadline

    def getreply(self) -> tuple[int, bytes]:
        """Return the next answer, as smtplib does, but watched by the deadline and of a bounded length."""
        if self._deadline is not None and self.sock is not None:
            self._deadline.watch(self.sock)
            self._deadline = None
        if self.file is None and self.sock is not None:
            self.file = _Listened(self.sock.makefile("rb"))
        if self.file is not None:
            self.file.next_answer()
        try:
            return super().getreply()
        except smtplib.SMTPServerDisconnected as error:
            if isinstance(error.__context__, NotSmtp):
                raise smtplib.SMTPResponseException(NO_CODE, b"") from error
            raise

    def introduce(self) -> None:
        """Greet the server, and protect the line and log in as is set.

        Raises:
            AdapterNotReady: the server does not want us, or offers no encryption or no login that we know.
            smtplib.SMTPException, OSError: it broke off, asked us to come again, or talks no SMTP.
        """
        try:
            self.ehlo_or_helo_if_needed()
            if self._server.protection == "starttls":
                self.starttls(context=self._trust)
        except smtplib.SMTPNotSupportedError as error:
            sentence = "The mail server offers no encryption. See the settings of the mail server."
            raise AdapterNotReady(sentence) from error
        if self._server.username:
            self._log_in(self._server.username, self._server.password or "")

    def hang_up(self) -> None:
        """Say goodbye if the server listens, and close the line."""
        # A server that is gone already is what we want.
        with Deadline(GOODBYE_SECONDS) as deadline, contextlib.suppress(smtplib.SMTPException, OSError):
            self.under(deadline)
            self.quit()
        self.close()

    def is_alive(self) -> bool:
        """Say whether the server still answers over this line."""
        try:
            code, _ = self.noop()
        except (smtplib.SMTPException, OSError):
            return False
        return code == FINE

    def _log_in(self, username: str, password: str) -> None:
        try:
            username.encode("ascii")
            password.encode("ascii")
        except UnicodeError:
            sentence = "The mail server's username or password has letters beyond ASCII. Set them anew."
            raise AdapterNotReady(sentence) from None  # the error's text holds the password
        try:
            self.login(username, password)
        except smtplib.SMTPAuthenticationError as error:
            if error.smtp_code // 100 == NEVER:
                sentence = "The mail server does not accept our username and password. Set them anew."
                raise AdapterNotReady(sentence, code=error.smtp_code) from error
            raise
        except smtplib.SMTPNotSupportedError as error:
            sentence = "The mail server offers no login. See the settings of the mail server."
            raise AdapterNotReady(sentence) from error
        except ValueError as error:  # a challenge that is not base64
            raise smtplib.SMTPResponseException(NO_CODE, b"") from error
        except smtplib.SMTPException as error:
            if type(error) is smtplib.SMTPException:  # smtplib knows none of the ways that are offered, or no end
                sentence = "The mail server offers no login that is known here. See the settings of the mail server."
                raise AdapterNotReady(sentence) from error
            raise


class _GuardedLine(MailLine):
    """A line that is encrypted before the first word (port 465)."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]  # smtplib's own hook
        if self._deadline is not None:
            self._deadline.watch(plain)
        return self._trust.wrap_socket(plain, server_hostname=host)


def dial(server: MailServer, deadline: Deadline) -> MailLine:
    """Return a line to the server that is ready for letters.

    Raises:
        AdapterNotReady: a setting must be mended first.
        Delayed: the server is not there, broke off, asked us to come again, or talks no SMTP.
    """
    if server.username and server.protection == "none" and not _is_loopback(server.host):
        sentence = "A password would go to the mail server in clear. Set its protection to starttls or tls."
        raise AdapterNotReady(sentence)
    line: MailLine | None = None
    try:
        line = (_GuardedLine if server.protection == "tls" else MailLine)(server, deadline)
        line.introduce()
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        if line is not None:
            line.close()
        raise _not_let_in(error, deadline) from error
    except BaseException:
        if line is not None:
            line.close()
        raise
    return line


def broken_off(error: Exception, deadline: Deadline) -> Delayed | Refused:
    """Return what it means that the line failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        sentence = "The mail server's certificate is not trusted. See to its name, its dates and who signed it."
        return AdapterNotReady(sentence)
    if deadline.passed or isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return Delayed("The mail server did not answer in time.")
    return Delayed(f"The mail server could not be reached, or broke off ({type(error).__name__}).")


def senseless() -> Delayed:
    """Return what it means that a server's answer has no sense where it stands."""
    return Delayed("The mail server answered something that is not SMTP.")


def _not_let_in(error: Exception, deadline: Deadline) -> Delayed | Refused:
    if isinstance(error, UnicodeError) and not isinstance(error, OSError):
        return AdapterNotReady("The mail server's name is none that can exist. Set HANDRAIL_MAIL_HOST anew.")
    if not isinstance(error, smtplib.SMTPResponseException):
        return broken_off(error, deadline)
    match error.smtp_code // 100:
        case 5:
            sentence = (
                f"The mail server answered {error.smtp_code} before it heard of any letter: it does not want us. "
                "See the settings of the mail server, or ask those who run it."
            )
            return AdapterNotReady(sentence, code=error.smtp_code)
        case 4:
            sentence = f"The mail server answered {error.smtp_code}: it may let us in later."
            return Delayed(sentence, code=error.smtp_code)
    return senseless()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
