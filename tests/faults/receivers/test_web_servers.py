"""Web servers that refuse, stall, point elsewhere, talk nonsense or never end: a bounded wait, the right verdict."""

from __future__ import annotations

import base64
import gzip
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from misbehaving.certificates import as_server, trusting
from misbehaving.listening import Trouble, drips, hangs_up, in_turn, never_ends, receiving, resets, says, stalls
from misbehaving.web import TAKES, WebTrouble, answers

from integrations.errors import AdapterNotReady, Delayed, Refused
from integrations.http_answers import LONGEST_WAIT, raise_unless_taken, wait_asked_for
from integrations.messages import Address, Message
from integrations.webhooks import Webhooks

SECRETS = {"riverside": ["whsec_" + base64.b64encode(b"a secret of the right length").decode()]}
SHORT = 0.3  # seconds; for receivers that take all the time they get
GENEROUS = 10.0  # seconds; no wait of SHORT should ever come near, on the busiest machine
LARGE = 20_000_000  # bytes; far more than any answer, far less than what an endless one brings
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


def addressed(message: Message, port: int, *, scheme: str = "http", path: str = "/canary") -> Message:
    return replace(message, to=Address(f"{scheme}://127.0.0.1:{port}{path}"))


def send_to(trouble: Trouble, client: httpx.Client, message: Message, timeout: float = GENEROUS) -> int:
    """Send to a receiver in this trouble, in good time; return how many came to it."""
    with receiving(trouble) as receiver:
        began = time.monotonic()
        try:
            Webhooks(client, SECRETS, timeout=timeout).send(addressed(message, receiver.port))
        finally:
            assert time.monotonic() - began < GENEROUS
        return receiver.connections


def fault_of(trouble: Trouble, client: httpx.Client, message: Message, timeout: float = GENEROUS) -> Delayed | Refused:
    """Send, and return how that failed, in good time, with a sentence that repeats nothing."""
    with pytest.raises((Delayed, Refused)) as caught:
        send_to(trouble, client, message, timeout)
    assert "canary" not in str(caught.value)
    error = caught.value
    assert isinstance(error, Delayed | Refused)
    return error


@pytest.mark.parametrize("code", [300, 304, 400, 401, 402, 403, 404, 405, 409, 410, 411, 413, 415, 418, 422, 431, 451])
def test_an_answer_that_will_stay_the_same_refuses_the_notice(
    code: int, client: httpx.Client, message: Message
) -> None:
    fault = fault_of(WebTrouble([answers(code, "X: canary", body=b"canary")]), client, message)

    assert (type(fault), fault.code) == (Refused, code)


@pytest.mark.parametrize("code", [408, 425, 429, 500, 501, 502, 503, 504, 507, 520, 599, 600, 999])
def test_an_answer_that_may_heal_delays_the_notice(code: int, client: httpx.Client, message: Message) -> None:
    fault = fault_of(WebTrouble([answers(code, body=b"canary")]), client, message)

    assert (type(fault), fault.code) == (Delayed, code)


ELSEWHERE = {
    "in a circle": "Location: /canary",
    "to another host": "Location: https://another.example/canary",
    "to plain http": "Location: http://127.0.0.1:1/canary",
    "to a file": "Location: file:///etc/passwd",
    "to a mailbox": "Location: mailto:canary@agency.example",
    "to nonsense": "Location: http://[canary",
    "to nowhere": "X: y",
}


@pytest.mark.parametrize("where", ELSEWHERE.values(), ids=ELSEWHERE)
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirection_is_told_and_never_followed(code: int, where: str, message: Message) -> None:
    trouble = WebTrouble([answers(code, where)])
    with httpx.Client(trust_env=False, follow_redirects=True) as client:
        fault = fault_of(trouble, client, message)

    assert type(fault) is Refused
    assert fault.code in {code, None}, "where it leads cannot even be read"
    assert "final address" in str(fault)
    assert len(trouble.requests) == 1


SLOW: dict[str, Trouble] = {
    "stalls before it listens": stalls,
    "stalls after the body": WebTrouble([stalls]),
    "drips an answer": WebTrouble([drips(b"HTTP/1.1 200 OK\r\nX: ")]),
    "drips headers without end": WebTrouble([in_turn(says(OK), drips(b"X: canary\r\n", 0.01))]),
    "asks for patience without end": WebTrouble([drips(b"HTTP/1.1 102 Processing\r\n\r\n", 0.01)]),
    "sends patience at full speed": WebTrouble([never_ends(b"", b"HTTP/1.1 100 Continue\r\n\r\n")]),
}


@pytest.mark.parametrize("slowness", SLOW.values(), ids=SLOW)
def test_a_server_that_takes_its_time_is_left_in_time(
    slowness: Trouble, client: httpx.Client, message: Message
) -> None:
    tracemalloc.start()
    fault = fault_of(slowness, client, message, SHORT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert type(fault) is Delayed
    assert "in time" in str(fault)
    assert peak < LARGE


@pytest.mark.parametrize("shyness", [stalls, drips(b"\x16\x03\x01", 0.02)], ids=["stalls", "drips"])
def test_a_server_that_takes_its_time_with_the_encryption_is_left_in_time(shyness: Trouble, message: Message) -> None:
    began = time.monotonic()
    with receiving(shyness) as receiver, httpx.Client(trust_env=False) as client, pytest.raises(Delayed):
        Webhooks(client, SECRETS, timeout=SHORT).send(addressed(message, receiver.port, scheme="https"))

    assert time.monotonic() - began < GENEROUS


PACKED = gzip.compress(bytes(50_000_000))
TAKEN_ANYWAY: dict[str, Trouble] = {
    "a body without end": never_ends(OK + b"\r\n", b"canary"),
    "a body of megabytes": answers(200, body=bytes(30_000_000)),
    "a body in chunks without end": never_ends(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"6\r\ncanary\r\n"),
    "chunks that are none": says(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\ncanary"),
    "a body shorter than told": says(OK + b"Content-Length: 100\r\n\r\ncanary"),
    "a body longer than told": says(OK + b"Content-Length: 1\r\n\r\ncanary"),
    "a packed bomb": answers(200, "Content-Encoding: gzip", body=PACKED),
    "what says it is packed": answers(200, "Content-Encoding: gzip, br, canary", body=b"canary"),
    "a body that stalls": in_turn(says(OK + b"Content-Length: 100\r\n\r\n"), stalls),
    "a body that drips": in_turn(says(OK + b"Content-Length: 100\r\n\r\n"), drips(b"x")),
    "patience first": says(b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 204 Done\r\n\r\n"),
    "an answer twice": says(OK + b"Content-Length: 0\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n"),
    "other alphabets": says("HTTP/1.1 200 Öffnung\r\nX: Жж\r\nContent-Length: 0\r\n\r\n".encode()),
    "another version": says(b"HTTP/9.9 200 OK\r\n\r\n"),
}


@pytest.mark.parametrize("trouble", TAKEN_ANYWAY.values(), ids=TAKEN_ANYWAY)
def test_a_yes_is_a_yes_and_what_follows_is_not_read(trouble: Trouble, client: httpx.Client, message: Message) -> None:
    tracemalloc.start()
    assert send_to(WebTrouble([trouble]), client, message) == 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < LARGE + 30_000_000 * (trouble is TAKEN_ANYWAY["a body of megabytes"])


GARBAGE: dict[str, Trouble] = {
    "nothing": hangs_up,
    "a reset": resets,
    "no HTTP": says(b"\x00\xff canary\r\n\r\n"),
    "SMTP": says(b"220 canary ready\r\n"),
    "half a line": says(b"HTTP/1.1 20"),
    "half a head": says(OK + b"X: canary\r\n"),
    "a number in words": says(b"HTTP/1.1 twohundred OK\r\n\r\n"),
    "a number too long": says(b"HTTP/1.1 2000 OK\r\n\r\n"),
    "a length that is none": says(OK + b"Content-Length: canary\r\n\r\n"),
    "a length below nothing": says(OK + b"Content-Length: -1\r\n\r\n"),
    "two lengths": says(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n"),
    "a header's name of other alphabets": says(OK + "X-Ж: canary\r\n\r\n".encode()),
    "a header with a null": says(OK + b"X: ca\x00nary\r\n\r\n"),
    "an upgrade nobody asked for": says(b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x00canary"),
    "headers without end": never_ends(OK, b"X: canary\r\n"),
    "one header without end": never_ends(OK + b"X: ", b"canary"),
    "a first line without end": never_ends(b"HTTP/1.1 200 ", b"canary"),
}


@pytest.mark.parametrize("trouble", GARBAGE.values(), ids=GARBAGE)
def test_garbage_delays_the_notice(trouble: Trouble, client: httpx.Client, message: Message) -> None:
    tracemalloc.start()
    fault = fault_of(WebTrouble([in_turn(trouble, hangs_up)]), client, message)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert type(fault) is Delayed
    assert peak < LARGE


def test_a_certificate_that_will_not_do_is_a_setting_to_mend(
    bad_certificate: tuple[Path, Path], message: Message
) -> None:
    shown, trusted = bad_certificate
    trouble = WebTrouble([TAKES], as_server(shown))
    with (
        receiving(trouble) as receiver,
        httpx.Client(trust_env=False, verify=trusting(trusted)) as client,
        pytest.raises(AdapterNotReady, match="certificate is not trusted"),
    ):
        Webhooks(client, SECRETS).send(addressed(message, receiver.port, scheme="https"))

    assert trouble.requests == []


def test_a_certificate_that_is_good_is_trusted(certificate: Path, message: Message) -> None:
    trouble = WebTrouble([TAKES], as_server(certificate))
    with (
        receiving(trouble) as receiver,
        httpx.Client(trust_env=False, verify=trusting(certificate)) as client,
    ):
        Webhooks(client, SECRETS).send(addressed(message, receiver.port, scheme="https"))

    assert trouble.keys == [message.key]


def test_a_name_that_nobody_knows_delays_the_notice(client: httpx.Client, message: Message) -> None:
    with pytest.raises(Delayed):
        Webhooks(client, SECRETS).send(replace(message, to=Address("https://nobody.invalid/canary")))


@pytest.mark.parametrize(
    "address",
    ["https://a..b/", f"https://{'a' * 70}.example/", "https://-/", "https://:443/", "https://agency.example:99999/"],
)
def test_an_address_that_cannot_be_is_refused_or_delayed(address: str, client: httpx.Client, message: Message) -> None:
    with pytest.raises((Delayed, Refused)):
        Webhooks(client, SECRETS, timeout=SHORT).send(replace(message, to=Address(address)))


def test_a_password_in_the_address_reaches_the_receiver_and_no_log(
    client: httpx.Client, message: Message, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    trouble = WebTrouble([TAKES])
    with receiving(trouble) as receiver:
        address = Address(f"http://agency:canary%40word@127.0.0.1:{receiver.port}/hook")
        Webhooks(client, SECRETS).send(replace(message, to=address))

    expected = base64.b64encode(b"agency:canary@word").decode()
    assert trouble.requests[0].headers["authorization"] == f"Basic {expected}"
    assert "canary" not in caplog.text


AT_FOUR = datetime(2026, 3, 20, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("0", timedelta()),
        ("90", timedelta(seconds=90)),
        (" 90 ", timedelta(seconds=90)),
        ("86401", LONGEST_WAIT),
        ("9" * 9, LONGEST_WAIT),
        ("9" * 10_000, LONGEST_WAIT),
        ("-3", None),
        ("1.5", None),
        ("٣", None),
        ("", None),
        ("soon", None),
        ("Fri, 20 Mar 2026 16:05:00 GMT", timedelta(minutes=5)),
        ("Fri, 20 Mar 2026 16:05:00 +0100", timedelta()),
        ("Friday, 20-Mar-26 16:05:00 GMT", timedelta(minutes=5)),
        ("Fri Mar 20 16:05:00 2026", timedelta(minutes=5)),
        ("Fri, 20 Mar 1026 16:05:00 GMT", timedelta()),
        ("Fri, 20 Mar 9999 16:05:00 GMT", LONGEST_WAIT),
        ("Fri, 20 Mar 99999 16:05:00 GMT", None),
        ("Fri, 20 Mar 2026 16:05:00 +99999999999999999999", None),
        ("Fri, 99 Mar 2026 16:05:00 GMT", None),
    ],
)
def test_a_wait_that_is_asked_for_is_kept_within_nothing_and_a_day(asked: str, wait: timedelta | None) -> None:
    assert wait_asked_for(asked, AT_FOUR) == wait


@given(st.text(max_size=60) | st.from_regex(r"\A\w{3}, \d{1,9} \w{3} \d{1,9} \d\d?:\d\d?:\d\d? [+-]?\d{0,30}\Z"))
def test_whatever_is_asked_for_a_wait_is_within_nothing_and_a_day(asked: str) -> None:
    with pytest.raises(Delayed) as caught:
        raise_unless_taken("The webhook", 429, asked, AT_FOUR)

    assert caught.value.retry_after is None or timedelta() <= caught.value.retry_after <= LONGEST_WAIT
