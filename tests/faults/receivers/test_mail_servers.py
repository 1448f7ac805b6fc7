"""Mail servers that refuse, stall, talk nonsense or never end: a bounded wait, and the right verdict each time."""

from __future__ import annotations

import time
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from misbehaving.certificates import as_server, trusting
from misbehaving.listening import (
    LONGEST,
    Line,
    Receiver,
    Trouble,
    drips,
    hangs_up,
    never_ends,
    receiving,
    resets,
    says,
    stalls,
)
from misbehaving.mail import USUAL, MailTrouble

from integrations.errors import AdapterNotReady, Delayed, Refused
from integrations.mail import Mail, MailServer
from integrations.messages import Message

SHORT = 0.3  # seconds; for receivers that take all the time they get
GENEROUS = 10.0  # seconds; no wait of SHORT should ever come near, on the busiest machine
LARGE = 20_000_000  # bytes; far more than any answer, far less than what an endless one brings
USUAL_STAGES = ("banner", "ehlo", "mail", "rcpt", "data", "dot")
ALL_STAGES = ("banner", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "dot")


def our_server(receiver: Receiver, timeout: float = GENEROUS, **more: Any) -> MailServer:
    return MailServer("127.0.0.1", receiver.port, "handrail@council.example", "none", timeout=timeout, **more)


def with_login(receiver: Receiver, certificate: Path, timeout: float = GENEROUS) -> MailServer:
    server = our_server(receiver, timeout, username="handrail", password="canary-password")
    return replace(server, protection="starttls", trust=trusting(certificate))


def fault_of(server: MailServer, message: Message) -> Delayed | Refused:
    """Send, and return how that failed, in good time, with a sentence that repeats nothing."""
    began = time.monotonic()
    with pytest.raises((Delayed, Refused)) as caught, Mail(server) as mail:
        mail.send(message)
    assert time.monotonic() - began < GENEROUS
    assert "canary" not in str(caught.value)
    error = caught.value
    assert isinstance(error, Delayed | Refused)
    return error


@pytest.mark.parametrize("code", [421, 450, 451, 452])
@pytest.mark.parametrize("stage", USUAL_STAGES)
def test_a_server_that_says_later_delays_the_notice_at_whatever_stage(stage: str, code: int, message: Message) -> None:
    later = says(f"{code} canary, not now\r\n".encode())
    with receiving(MailTrouble({stage: later, "helo": later})) as receiver:
        fault = fault_of(our_server(receiver), message)

    assert (type(fault), fault.code) == (Delayed, code)


@pytest.mark.parametrize("code", [550, 552, 554])
@pytest.mark.parametrize("stage", ["rcpt", "data", "dot"])
def test_a_server_that_will_never_take_this_letter_refuses_it(stage: str, code: int, message: Message) -> None:
    with receiving(MailTrouble({stage: says(f"{code} canary, never\r\n".encode())})) as receiver:
        fault = fault_of(our_server(receiver), message)

    assert (type(fault), fault.code) == (Refused, code)


@pytest.mark.parametrize("code", [530, 550, 554])
@pytest.mark.parametrize("stage", ["banner", "ehlo", "mail"])
def test_a_server_that_does_not_want_us_is_a_setting_to_mend_and_no_letter_dies_of_it(
    stage: str, code: int, message: Message
) -> None:
    never = says(f"{code} canary, go away\r\n".encode())
    with receiving(MailTrouble({stage: never, "helo": never})) as receiver:
        fault = fault_of(our_server(receiver), message)

    assert (type(fault), fault.code) == (AdapterNotReady, code)
    assert "ask those who run it" in str(fault)


def test_a_letter_that_is_too_large_is_refused_for_itself(message: Message) -> None:
    with receiving(MailTrouble({"mail": says(b"552 too large\r\n")})) as receiver:
        fault = fault_of(our_server(receiver), message)

    assert (type(fault), fault.code) == (Refused, 552)


@pytest.mark.parametrize(
    ("stage", "words", "verdict", "code"),
    [
        ("starttls", b"454 no TLS just now\r\n", Delayed, 454),
        ("starttls", b"554 no TLS ever\r\n", AdapterNotReady, 554),
        ("starttls", b"250 yes\r\n", Delayed, None),
        ("auth", b"454 come again\r\n", Delayed, 454),
        ("auth", b"421 closing\r\n", Delayed, 421),
        ("auth", b"535 who are you, canary\r\n", AdapterNotReady, 535),
        ("auth", b"550 never\r\n", AdapterNotReady, 550),
        ("auth", b"334 canary that is no base64\r\n", AdapterNotReady, None),
        ("auth", b"334 \xff\xfe\r\n", AdapterNotReady, None),
        ("auth", b"999 what\r\n", Delayed, None),
    ],
)
def test_encryption_and_login_that_fail_give_nothing_away(
    stage: str, words: bytes, verdict: type, code: int | None, message: Message, certificate: Path
) -> None:
    offers = (b"STARTTLS", b"AUTH PLAIN LOGIN")
    trouble = MailTrouble({stage: says(words)}, offers, as_server(certificate))
    with receiving(trouble) as receiver:
        fault = fault_of(with_login(receiver, certificate), message)

    assert (type(fault), fault.code) == (verdict, code)
    assert not trouble.letters
    if stage == "starttls":
        assert trouble.heard["auth"] == 0, "no password goes over a line that is not encrypted"


def test_a_server_that_challenges_for_ever_delays_the_notice(message: Message, certificate: Path) -> None:
    again = says(b"334 YWdhaW4=\r\n")
    trouble = MailTrouble({"auth": again}, (b"STARTTLS", b"AUTH PLAIN LOGIN CRAM-MD5"), as_server(certificate))
    with receiving(trouble) as receiver:
        fault = fault_of(with_login(receiver, certificate), message)

    assert isinstance(fault, Delayed | AdapterNotReady)
    assert not trouble.letters


@pytest.mark.parametrize("offers", [(), (b"AUTH PLAIN",), (b"STARTTLS",), (b"STARTTLS", b"AUTH X-OURS")])
def test_a_server_that_offers_less_than_we_need_is_a_setting_to_mend(
    offers: tuple[bytes, ...], message: Message, certificate: Path
) -> None:
    trouble = MailTrouble({}, offers, as_server(certificate))
    with receiving(trouble) as receiver:
        fault = fault_of(with_login(receiver, certificate), message)

    assert isinstance(fault, AdapterNotReady)
    assert (trouble.heard["auth"], trouble.letters) == (0, [])


def test_a_password_beyond_ascii_is_a_setting_to_mend(message: Message, certificate: Path) -> None:
    trouble = MailTrouble({}, (b"STARTTLS", b"AUTH PLAIN"), as_server(certificate))
    with receiving(trouble) as receiver:
        fault = fault_of(replace(with_login(receiver, certificate), password="canary-päss"), message)

    assert isinstance(fault, AdapterNotReady)
    assert "canary" not in repr(fault.__cause__)


@pytest.mark.parametrize("protection", ["starttls", "tls"])
def test_a_certificate_that_will_not_do_is_a_setting_to_mend(
    protection: Any, message: Message, bad_certificate: tuple[Path, Path]
) -> None:
    shown, trusted = bad_certificate
    trouble = MailTrouble({}, (b"STARTTLS", b"AUTH PLAIN"), as_server(shown), guarded=protection == "tls")
    with receiving(trouble) as receiver:
        fault = fault_of(replace(with_login(receiver, trusted), protection=protection), message)

    assert isinstance(fault, AdapterNotReady)
    assert "certificate" in str(fault)
    assert trouble.heard["auth"] == 0


SLOW: dict[str, Trouble] = {
    "stalls": stalls,
    "drips a long line": drips(b"250"),
    "drips lines without end": drips(b"250-wait a little\r\n", 0.01),
}


@pytest.mark.parametrize("slowness", SLOW)
@pytest.mark.parametrize("stage", [*ALL_STAGES, "quit"])
def test_a_server_that_takes_its_time_at_any_stage_is_left_in_time(
    stage: str, slowness: str, message: Message, certificate: Path
) -> None:
    trouble = MailTrouble({stage: SLOW[slowness]}, (b"STARTTLS", b"AUTH PLAIN LOGIN"), as_server(certificate))
    began = time.monotonic()
    with receiving(trouble) as receiver, Mail(with_login(receiver, certificate, SHORT)) as mail:
        if stage == "quit":
            mail.send(message)  # it was taken; a goodbye that nobody answers changes nothing
        else:
            with pytest.raises(Delayed, match="in time"):
                mail.send(message)

    assert time.monotonic() - began < GENEROUS < LONGEST


@pytest.mark.parametrize("shyness", [stalls, drips(b"\x16\x03\x01", 0.02)], ids=["stalls", "drips"])
def test_a_server_that_takes_its_time_with_the_encryption_is_left_in_time(
    shyness: Trouble, message: Message, certificate: Path
) -> None:
    with receiving(shyness) as receiver:
        fault = fault_of(replace(with_login(receiver, certificate, SHORT), protection="tls"), message)

    assert isinstance(fault, Delayed)


@pytest.mark.parametrize("stage", USUAL_STAGES)
@pytest.mark.parametrize(
    "flood", [never_ends(b"250-", b"so much to say\r\n250-"), never_ends(b"250 ", b"x")], ids=["lines", "one line"]
)
def test_an_answer_without_end_is_not_listened_to(stage: str, flood: Trouble, message: Message) -> None:
    with receiving(MailTrouble({stage: flood})) as receiver:
        tracemalloc.start()
        fault = fault_of(our_server(receiver, timeout=2 * GENEROUS), message)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert not isinstance(fault, Refused) or isinstance(fault, AdapterNotReady)
    assert peak < LARGE


GARBAGE = {
    "no SMTP": b"\x00\xff\x16\x03 canary\r\n",
    "HTTP": b"HTTP/1.1 200 OK\r\n\r\n",
    "a number too short": b"25\r\n",
    "a number too long": b"2500 yes\r\n",
    "a number of no kind": b"777 yes\r\n",
    "a negative number": b"-50 yes\r\n",
    "an empty line": b"\r\n",
    "letters of other alphabets": "450 später, Kanarie \u0416\r\n".encode(),
    "an unfinished line": b"250",
}


@pytest.mark.parametrize("words", GARBAGE.values(), ids=GARBAGE)
@pytest.mark.parametrize("stage", USUAL_STAGES)
def test_garbage_at_any_stage_delays_the_notice(stage: str, words: bytes, message: Message) -> None:
    def babbles(line: Line) -> None:
        line.say(words)
        hangs_up(line)

    with receiving(MailTrouble({stage: babbles, "helo": babbles})) as receiver:
        assert type(fault_of(our_server(receiver), message)) is Delayed


@pytest.mark.parametrize("end", [hangs_up, resets])
@pytest.mark.parametrize("stage", ALL_STAGES)
def test_a_line_that_is_cut_at_any_stage_delays_the_notice(
    stage: str, end: Trouble, message: Message, certificate: Path
) -> None:
    trouble = MailTrouble({stage: end}, (b"STARTTLS", b"AUTH PLAIN LOGIN"), as_server(certificate))
    with receiving(trouble) as receiver:
        assert type(fault_of(with_login(receiver, certificate), message)) is Delayed


def test_a_server_that_says_yes_to_everything_has_taken_nothing(message: Message) -> None:
    troubles: dict[str, Trouble] = dict.fromkeys([*USUAL, "\xff"], says(b"250 yes\r\n"))
    trouble = MailTrouble(troubles)
    with receiving(trouble) as receiver:
        assert type(fault_of(our_server(receiver), message)) is Delayed


def test_a_server_that_says_everything_twice_never_makes_us_believe_what_is_not_so(message: Message) -> None:
    twice: dict[str, Trouble] = {stage: says(words * 2) for stage, words in USUAL.items()}
    trouble = MailTrouble(twice)
    with receiving(trouble) as receiver, Mail(our_server(receiver, SHORT)) as mail:
        for _ in range(5):
            taken = len(trouble.letters)
            try:
                mail.send(message)
            except Delayed:
                continue
            assert len(trouble.letters) > taken, "what we call sent has come whole"


def test_after_nonsense_the_next_letter_goes_over_a_new_line(message: Message) -> None:
    trouble = MailTrouble({"rcpt": says(b"what?\r\n")})
    with receiving(trouble) as receiver, Mail(our_server(receiver)) as mail:
        with pytest.raises(Delayed):
            mail.send(message)
        trouble.troubles.clear()
        mail.send(message)

        assert receiver.connections == 2
    assert len(trouble.letters) == 1


def test_a_server_whose_name_nobody_knows_delays_the_notice(message: Message) -> None:
    server = MailServer("nobody.invalid", 25, "handrail@council.example", "none", timeout=GENEROUS)

    with pytest.raises(Delayed):
        Mail(server).send(message)


@pytest.mark.parametrize("name", ["a..b", "a" * 70 + ".example"])
def test_a_server_whose_name_cannot_be_is_a_setting_to_mend(name: str, message: Message) -> None:
    with pytest.raises(AdapterNotReady, match="HANDRAIL_MAIL_HOST"):
        Mail(MailServer(name, 25, "handrail@council.example", "none")).send(message)
