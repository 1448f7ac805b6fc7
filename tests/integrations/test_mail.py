"""E-mail against a real SMTP server."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from integrations.errors import AdapterNotReady, Delayed, Refused
from integrations.mail import Mail, MailServer, message_id
from integrations.messages import Address, Message

SENDER = "handrail@council.example"

At = Callable[[str], Message]
Silent = Callable[[BaseException], bool]


@dataclass
class Postbox:
    """What a real SMTP server does, and what it was sent. Empty answers mean: take it."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    connections: list[object] = field(default_factory=list)
    to_recipient: list[str] = field(default_factory=list)
    to_letter: list[str] = field(default_factory=list)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        answer = self.to_recipient.pop(0) if self.to_recipient else ""
        if not answer:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        answer = self.to_letter.pop(0) if self.to_letter else ""
        if not answer:
            letter = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(letter, EmailMessage)
            self.letters.append(letter)
            self.recipients += envelope.rcpt_tos
            if session not in self.connections:
                self.connections.append(session)
        return answer or "250 OK"


def check_login(*told: Any) -> AuthResult:
    given = told[-1]
    right = isinstance(given, LoginPassword) and given.password == b"right"
    return AuthResult(success=right, handled=False)


@pytest.fixture
def postbox(free_port: int) -> Iterator[Postbox]:
    """A real SMTP server in clear."""
    postbox = Postbox(free_port)
    server = Controller(postbox, hostname="127.0.0.1", port=free_port, ready_timeout=10)
    server.start()
    yield postbox
    server.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.fromtimestamp(time.time(), UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def guarded(free_port: int, certificate: Path) -> Iterator[Postbox]:
    """A real SMTP server that demands STARTTLS and a login."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    postbox = Postbox(free_port)
    server = Controller(
        postbox,
        hostname="127.0.0.1",
        port=free_port,
        ready_timeout=10,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=check_login,
    )
    server.start()
    yield postbox
    server.stop()


def at_port(port: int, timeout: float = 10.0) -> MailServer:
    return MailServer("127.0.0.1", port, SENDER, protection="none", timeout=timeout)


def test_a_notice_arrives_as_a_proper_mail(postbox: Postbox, message: Message) -> None:
    receipt = Mail(at_port(postbox.port)).send(message)

    [letter] = postbox.letters
    assert postbox.recipients == [message.to.value]
    assert letter["Subject"] == message.subject
    assert letter["From"] == SENDER
    assert letter["Message-ID"] == receipt.reference
    assert letter["Date"].datetime == message.sent_for
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().replace("\r\n", "\n") == message.body


def test_a_second_delivery_can_be_recognised_by_its_message_id(postbox: Postbox, message: Message) -> None:
    postbox.to_letter = ["451 busy"]

    with pytest.raises(Delayed):
        Mail(at_port(postbox.port)).send(message)
    Mail(at_port(postbox.port)).send(message)
    Mail(at_port(postbox.port)).send(message)
    Mail(at_port(postbox.port)).send(replace(message, key="another"))

    identifiers = [letter["Message-ID"] for letter in postbox.letters]
    assert len(identifiers) == 3
    assert len(set(identifiers)) == 2
    assert message.key not in message_id(message.key, SENDER)


def test_a_batch_needs_one_connection_even_if_some_recipients_are_refused(postbox: Postbox, at: At) -> None:
    postbox.to_recipient = ["", "550 no such user Jane", "", "452 mailbox full", ""]
    sent, faults = [], []

    with Mail(at_port(postbox.port)) as mail:
        for number in range(5):
            try:
                sent.append(mail.send(at(f"worker{number}@agency.example")))
            except (Delayed, Refused) as error:
                faults.append((type(error), error.code))

    assert postbox.recipients == [f"worker{number}@agency.example" for number in (0, 2, 4)]
    assert faults == [(Refused, 550), (Delayed, 452)]
    assert len(sent) == 3
    assert len(postbox.connections) == 1


def test_a_batch_goes_on_over_a_new_connection_when_the_server_hung_up(postbox: Postbox, message: Message) -> None:
    postbox.to_letter = ["", "421 too many messages, closing", ""]

    with Mail(at_port(postbox.port)) as mail:
        mail.send(message)
        with pytest.raises(Delayed):
            mail.send(message)
        mail.send(message)

    assert len(postbox.letters) == 2
    assert len(postbox.connections) == 2


@pytest.mark.parametrize("code", [421, 450, 451, 452])
def test_a_server_that_asks_to_come_again_delays_the_notice(
    postbox: Postbox, message: Message, code: int, tells_nothing: Silent
) -> None:
    postbox.to_letter = [f"{code} not now, Jane"]

    with pytest.raises(Delayed) as caught:
        Mail(at_port(postbox.port)).send(message)

    assert caught.value.code == code
    assert tells_nothing(caught.value)


@pytest.mark.parametrize("code", [550, 552, 554])
@pytest.mark.parametrize("step", ["to_recipient", "to_letter"])
def test_a_server_that_will_not_take_it_refuses_the_notice(
    postbox: Postbox, message: Message, code: int, step: str, tells_nothing: Silent
) -> None:
    setattr(postbox, step, [f"{code} never, Jane Sorrow"])

    with pytest.raises(Refused) as caught:
        Mail(at_port(postbox.port)).send(message)

    assert caught.value.code == code
    assert tells_nothing(caught.value)


def test_nobody_listening_delays_the_notice(free_port: int, message: Message) -> None:
    with pytest.raises(Delayed, match="ConnectionRefusedError"):
        Mail(at_port(free_port)).send(message)


@pytest.mark.parametrize("words", [b"", b"\x00\xff garbage\r\n", b"HTTP/1.1 200 OK\r\n", b"220 hello\r\n"])
def test_a_server_that_stalls_or_talks_nonsense_delays_the_notice_in_time(
    chatter: Callable[[bytes], int], message: Message, words: bytes
) -> None:
    begun = time.monotonic()

    with pytest.raises(Delayed), Mail(at_port(chatter(words), timeout=0.5)) as mail:
        mail.send(message)

    assert time.monotonic() - begun < 3


def test_a_server_that_is_closing_at_once_delays_the_notice(chatter: Callable[[bytes], int], message: Message) -> None:
    with pytest.raises(Delayed) as caught:
        Mail(at_port(chatter(b"421 closing\r\n"))).send(message)

    assert caught.value.code == 421


@pytest.mark.parametrize(
    "address",
    [
        "",
        "Jane",
        "Jane@",
        "Jane@a.example, b@c.example",
        "Jane@a.example\r\nBcc: x@y",
        "<Jane@a.b>",
        "jäne@a.example",
        "Jane <a@b.c>",
    ],
)
def test_an_address_that_is_none_is_refused_before_anything_is_sent(
    postbox: Postbox, at: At, address: str, tells_nothing: Silent
) -> None:
    with pytest.raises(Refused) as caught:
        Mail(at_port(postbox.port)).send(at(address))

    assert postbox.letters == []
    assert tells_nothing(caught.value)


def test_a_subject_cannot_smuggle_a_header(postbox: Postbox, message: Message) -> None:
    with pytest.raises(Refused):
        Mail(at_port(postbox.port)).send(replace(message, subject="a\r\nBcc: x@y.example"))

    assert postbox.letters == []


def test_a_login_over_starttls_is_accepted(guarded: Postbox, certificate: Path, message: Message) -> None:
    Mail(at_guarded(guarded, certificate)).send(message)

    assert len(guarded.letters) == 1


def test_a_wrong_password_is_told_without_being_repeated(guarded: Postbox, certificate: Path, message: Message) -> None:
    server = replace(at_guarded(guarded, certificate), password="hunter2")

    with pytest.raises(AdapterNotReady, match="username and password") as caught:
        Mail(server).send(message)

    assert "hunter2" not in str(caught.value) + repr(server)


def test_a_certificate_that_nobody_signed_is_not_trusted(guarded: Postbox, certificate: Path, message: Message) -> None:
    with pytest.raises(AdapterNotReady, match="not trusted"):
        Mail(replace(at_guarded(guarded, certificate), trust=None)).send(message)

    assert guarded.letters == []


def test_a_server_without_encryption_is_not_used_where_encryption_was_asked_for(
    postbox: Postbox, message: Message
) -> None:
    with pytest.raises(AdapterNotReady, match="no encryption"):
        Mail(replace(at_port(postbox.port), protection="starttls")).send(message)

    assert postbox.letters == []


def test_a_password_never_goes_over_the_network_in_clear(message: Message) -> None:
    server = MailServer("mail.council.example", 25, SENDER, "none", "handrail", "right")

    with pytest.raises(AdapterNotReady, match="in clear"):
        Mail(server).send(message)


def test_a_message_shows_neither_address_nor_words_when_printed(message: Message) -> None:
    shown = repr(message) + repr(Address("jane@agency.example"))

    assert not any(word in shown for word in ("Jane", "jane", "Sorrow"))


def at_guarded(postbox: Postbox, certificate: Path) -> MailServer:
    return replace(
        at_port(postbox.port),
        protection="starttls",
        username="handrail",
        password="right",
        timeout=5.0,
        trust=ssl.create_default_context(cafile=str(certificate)),
    )
