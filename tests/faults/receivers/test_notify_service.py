"""GOV.UK Notify that refuses, stalls, talks nonsense or never ends: a bounded wait, and the right verdict each time."""

from __future__ import annotations

import gzip
import json
import time
import tracemalloc
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from misbehaving.certificates import as_server
from misbehaving.listening import (
    Line,
    Trouble,
    drips,
    hangs_up,
    in_turn,
    never_ends,
    receiving,
    resets,
    says,
    stalls,
)
from misbehaving.web import WebTrouble, answers

from integrations.errors import AdapterNotReady, Delayed, Refused
from integrations.govuk_notify import Notify, NotifyAccount
from integrations.messages import Message

KEY = "ours-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0"
SHORT = 0.3  # seconds; for receivers that take all the time they get
GENEROUS = 10.0  # seconds; no wait of SHORT should ever come near, on the busiest machine
LARGE = 20_000_000  # bytes; far more than any answer, far less than what an endless one brings
OK = b"HTTP/1.1 200 OK\r\n"
NONE_YET = answers(200, body=b'{"notifications": []}')
TAKEN = answers(201, body=b'{"id": "n-1"}')


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def fault_of(trouble: Trouble, message: Message, timeout: float = GENEROUS, scheme: str = "http") -> Delayed | Refused:
    """Send, and return how that failed, in good time and a bounded memory, with a sentence that repeats nothing."""
    with receiving(trouble) as receiver:
        notify = Notify(NotifyAccount(KEY, "usual", base_url=f"{scheme}://127.0.0.1:{receiver.port}", timeout=timeout))
        tracemalloc.start()
        began = time.monotonic()
        with pytest.raises((Delayed, Refused)) as caught:
            notify.send(message)
        took = time.monotonic() - began
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert took < GENEROUS
    assert peak < LARGE
    assert "canary" not in str(caught.value)
    error = caught.value
    assert isinstance(error, Delayed | Refused)
    return error


@pytest.mark.parametrize("nth", ["the question", "the letter"])
@pytest.mark.parametrize("code", [301, 302, 307, 400, 401, 403, 404, 410, 413])
def test_an_answer_that_will_stay_the_same_refuses_the_notice(code: int, nth: str, message: Message) -> None:
    no = answers(code, "Location: http://127.0.0.1:1/canary", body=b'{"errors": [{"message": "canary"}]}')
    trouble = WebTrouble([no] if nth == "the question" else [NONE_YET, no])
    fault = fault_of(trouble, message)

    assert (type(fault), fault.code) == (Refused, code)


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504])
def test_an_answer_that_may_heal_delays_the_notice_for_as_long_as_it_asks(code: int, message: Message) -> None:
    fault = fault_of(WebTrouble([NONE_YET, answers(code, "Retry-After: 120", body=b"canary")]), message)

    assert isinstance(fault, Delayed)
    assert (fault.code, fault.retry_after) == (code, timedelta(minutes=2))


SLOW: dict[str, Trouble] = {
    "stalls before it listens": stalls,
    "stalls after the question": WebTrouble([stalls]),
    "drips an answer": WebTrouble([drips(b"HTTP/1.1 200 OK\r\nX: ")]),
    "drips headers without end": WebTrouble([in_turn(says(OK), drips(b"X: y\r\n", 0.01))]),
    "asks for patience without end": WebTrouble([drips(b"HTTP/1.1 100 Continue\r\n\r\n", 0.01)]),
    "drips a body": WebTrouble([in_turn(says(OK + b"Content-Length: 99\r\n\r\n"), drips(b"{"))]),
    "stalls in the body": WebTrouble([in_turn(says(OK + b"Content-Length: 99\r\n\r\n{"), stalls)]),
    "drips chunks": WebTrouble([in_turn(says(OK + b"Transfer-Encoding: chunked\r\n\r\n"), drips(b"1\r\n{\r\n"))]),
}


@pytest.mark.parametrize("slowness", SLOW.values(), ids=SLOW)
def test_a_service_that_takes_its_time_is_left_in_time(slowness: Trouble, message: Message) -> None:
    assert type(fault_of(slowness, message, SHORT)) is Delayed


@pytest.mark.parametrize("shyness", [stalls, drips(b"\x16\x03\x01", 0.02)], ids=["stalls", "drips"])
def test_a_service_that_takes_its_time_with_the_encryption_is_left_in_time(shyness: Trouble, message: Message) -> None:
    assert type(fault_of(shyness, message, SHORT, "https")) is Delayed


GARBAGE: dict[str, Trouble] = {
    "nothing": hangs_up,
    "a reset": resets,
    "no HTTP": says(b"\x00\xff canary\r\n\r\n"),
    "half a head": says(OK + b"X: canary\r\n"),
    "a header of other alphabets": answers(200, "X-Ж: canary", body=b"{}"),
    "a length that is none": says(OK + b"Content-Length: canary\r\n\r\n{}"),
    "a body shorter than told": says(OK + b'Content-Length: 99\r\n\r\n{"notifications": []}'),
    "chunks that are none": says(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\ncanary"),
    "no body": answers(204),
    "no JSON": answers(200, body=b"<html>canary</html>"),
    "other JSON": answers(200, body=b'["canary"]'),
    "JSON of other letters": answers(200, body=b"\xff\xfe\x00canary"),
    "JSON nested without end": answers(200, body=b"[" * 200_000),
    "JSON of other types": answers(200, body=b'{"notifications": [1, {"status": 7}, "canary"]}'),
    "a number without end": answers(200, body=b'{"notifications": ' + b"9" * 100_000 + b"}"),
    "a body without end": never_ends(OK + b"\r\n", b"canary"),
    "a body of megabytes": never_ends(OK + b"Content-Length: 90000000\r\n\r\n", b" "),
    "chunks without end": never_ends(
        OK + b"Transfer-Encoding: chunked\r\n\r\n", b"600\r\n" + b"canary" * 256 + b"\r\n"
    ),
    "a packed bomb": answers(200, "Content-Encoding: gzip", body=gzip.compress(bytes(50_000_000))),
    "what is not packed": answers(200, "Content-Encoding: gzip", body=b"canary"),
    "headers without end": never_ends(OK, b"X: canary\r\n"),
    "one header without end": never_ends(OK + b"X: ", b"canary"),
    "an error nested without end": answers(400, body=b"[" * 200_000),
}


@pytest.mark.parametrize("trouble", GARBAGE.values(), ids=GARBAGE)
def test_garbage_delays_the_notice(trouble: Trouble, message: Message) -> None:
    fault = fault_of(WebTrouble([in_turn(trouble, hangs_up)]), message)

    assert type(fault) is Delayed


def test_a_certificate_that_will_not_do_is_a_setting_to_mend(certificate: Path, message: Message) -> None:
    trouble = WebTrouble([NONE_YET], as_server(certificate))  # it is signed by nobody whom everybody trusts
    fault = fault_of(trouble, message, scheme="https")

    assert isinstance(fault, AdapterNotReady)
    assert trouble.requests == []


@pytest.mark.parametrize("ending", [hangs_up, resets, stalls], ids=["cut", "reset", "late"])
def test_a_letter_that_was_taken_without_an_answer_is_not_handed_over_twice(ending: Trouble, message: Message) -> None:
    service = Remembering(ending)
    with receiving(service) as receiver:
        account = NotifyAccount(KEY, "usual", base_url=f"http://127.0.0.1:{receiver.port}", timeout=SHORT)
        with pytest.raises(Delayed):
            Notify(account).send(message)
        receipt = Notify(account).send(message)

    assert receipt.reference == "n-1"
    assert service.taken == [message.key]


class Remembering:
    """A service that knows what it took, and loses its first answer to a letter."""

    def __init__(self, ending: Trouble) -> None:
        self.taken: list[str] = []
        self._ending = ending
        self._web = WebTrouble([self._treat])

    def __call__(self, line: Line) -> None:
        """Hold one conversation."""
        self._web(line)

    def _treat(self, line: Line) -> None:
        request = self._web.requests[-1]
        verb, path, _ = request.start.split()
        if verb == "POST":
            self.taken.append(json.loads(request.body)["reference"])
            self._ending(line)
            return
        (asked,) = parse_qs(urlsplit(path).query)["reference"]
        found = [{"id": f"n-{self.taken.index(asked) + 1}", "status": "sending"}] if asked in self.taken else []
        answers(200, body=json.dumps({"notifications": found}).encode())(line)
