"""Signed webhooks against a real HTTP server."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from integrations.errors import AdapterNotReady, Delayed, Refused
from integrations.messages import Message
from integrations.webhooks import Webhooks

SECRET = "whsec_" + base64.b64encode(b"a secret of the right length").decode()
NEXT_SECRET = "whsec_" + base64.b64encode(b"the secret that comes after").decode()

Send = Callable[[Message], Any]
At = Callable[[str], Message]
Silent = Callable[[BaseException], bool]


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, follow_redirects=True) as client:
        yield client


@pytest.fixture
def channel(client: httpx.Client) -> Webhooks:
    return Webhooks(client, {"riverside": [SECRET]}, timeout=2.0)


def test_the_receiver_can_check_the_signature_and_reads_a_cloud_event(channel: Webhooks, web: Any, at: At) -> None:
    receipt = channel.send(at(f"{web.url}/hook"))

    [request] = web.requests
    event = Webhook(SECRET).verify(request.body, request.headers)
    assert receipt.reference == request.headers["webhook-id"] == event["id"]
    assert request.headers["content-type"] == "application/cloudevents+json"
    assert event["type"] == "handrail.notice.hand_off_offered"
    assert event["specversion"] == "1.0"
    assert event["subject"] == "DRB-7K2"
    assert event["time"] == "2026-03-20T16:00:00Z"
    assert event["data"]["data"] == {"hand_off": "nsno_bed"}


def test_while_a_secret_is_replaced_both_the_old_and_the_new_one_verify(client: httpx.Client, web: Any, at: At) -> None:
    Webhooks(client, {"riverside": [NEXT_SECRET, SECRET]}).send(at(web.url))

    [request] = web.requests
    for secret in (SECRET, NEXT_SECRET):
        Webhook(secret).verify(request.body, request.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(b"a stranger's").decode()).verify(request.body, request.headers)


def test_a_second_delivery_carries_the_same_id_and_body(
    channel: Webhooks, web: Any, at: At, answer: Callable[..., Any]
) -> None:
    web.answers = [answer(code=500), answer(code=200)]

    with pytest.raises(Delayed):
        channel.send(at(web.url))
    channel.send(at(web.url))

    first, second = web.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504])
def test_an_answer_that_may_heal_delays_the_notice(
    channel: Webhooks, web: Any, at: At, answer: Callable[..., Any], code: int
) -> None:
    web.answers = [answer(code=code, headers={"retry-after": "120"})]

    with pytest.raises(Delayed) as caught:
        channel.send(at(web.url))

    assert caught.value.code == code
    assert caught.value.retry_after == timedelta(minutes=2)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 413, 422])
def test_any_other_answer_refuses_the_notice(
    channel: Webhooks, web: Any, at: At, answer: Callable[..., Any], code: int
) -> None:
    web.answers = [answer(code=code, body=b"Jane Sorrow is unknown here")]

    with pytest.raises(Refused) as caught:
        channel.send(at(web.url))

    assert caught.value.code == code
    assert "Jane" not in str(caught.value)


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_redirection_is_never_followed(
    channel: Webhooks, web: Any, at: At, answer: Callable[..., Any], code: int
) -> None:
    web.answers = [answer(code=code, headers={"location": f"{web.url}/elsewhere"}), answer()]

    with pytest.raises(Refused, match="points elsewhere"):
        channel.send(at(f"{web.url}/hook"))

    assert [request.path for request in web.requests] == ["/hook"]


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("Fri, 20 Mar 2026 16:05:00 GMT", timedelta(minutes=5)),
        ("Fri, 20 Mar 2026 15:00:00 GMT", timedelta()),
        ("999999999", timedelta(days=1)),
        ("soon", None),
        ("-3", None),
    ],
)
def test_a_wait_that_is_asked_for_is_kept_within_a_day(
    client: httpx.Client, web: Any, at: At, answer: Callable[..., Any], asked: str, wait: Any
) -> None:
    web.answers = [answer(code=503, headers={"retry-after": asked})]
    noon = datetime(2026, 3, 20, 16, 0, tzinfo=UTC).timestamp()
    channel = Webhooks(client, {"riverside": [SECRET]}, clock=lambda: noon)

    with pytest.raises(Delayed) as caught:
        channel.send(at(web.url))

    assert caught.value.retry_after == wait


def test_a_server_that_stalls_delays_the_notice(
    channel: Webhooks, web: Any, at: At, answer: Callable[..., Any], tells_nothing: Silent
) -> None:
    web.answers = [answer(stalls=True)]

    with pytest.raises(Delayed, match="did not answer in time") as caught:
        channel.send(at(f"{web.url}/Jane"))

    assert tells_nothing(caught.value)


@pytest.mark.parametrize("raw", [b"\x00\xff garbage\r\n\r\n", b"", b"HTTP/1.1 twohundred OK\r\n\r\n"])
def test_garbage_for_an_answer_delays_the_notice(
    channel: Webhooks, web: Any, at: At, answer: Callable[..., Any], raw: bytes
) -> None:
    web.answers = [answer(raw=raw)]

    with pytest.raises(Delayed):
        channel.send(at(web.url))


def test_nobody_listening_delays_the_notice(channel: Webhooks, at: At, free_port: int) -> None:
    with pytest.raises(Delayed, match="ConnectError"):
        channel.send(at(f"http://127.0.0.1:{free_port}/"))


@pytest.mark.parametrize(
    "address", ["http://agency.example/Jane", "ftp://agency.example", "Jane", "", "https://[Jane", "https://"]
)
def test_an_address_that_is_not_https_is_refused_before_anything_is_sent(
    channel: Webhooks, at: At, address: str, tells_nothing: Silent
) -> None:
    with pytest.raises(Refused) as caught:
        channel.send(at(address))

    assert tells_nothing(caught.value)


@pytest.mark.parametrize("secrets", [[], ["whsec_"], ["whsec_a"]], ids=["none", "empty", "not base64"])
def test_without_a_usable_secret_nothing_is_sent(client: httpx.Client, web: Any, at: At, secrets: list[str]) -> None:
    with pytest.raises(AdapterNotReady, match="riverside"):
        Webhooks(client, {"riverside": secrets}).send(at(web.url))

    assert web.requests == []


def test_a_notice_of_no_case_has_no_subject(channel: Webhooks, web: Any, at: At) -> None:
    channel.send(replace(at(web.url), case=None))

    assert "subject" not in json.loads(web.requests[0].body)
