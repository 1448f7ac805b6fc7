"""GOV.UK Notify's own client against a real HTTP server."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from integrations.errors import AdapterNotReady, Delayed, Refused
from integrations.govuk_notify import Notify, NotifyAccount
from integrations.messages import Message

KEY = "ours-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0"
NONE_YET = b'{"notifications": [], "links": {}}'
TAKEN = b'{"id": "n-1", "reference": "x"}'

AnAnswer = Callable[..., Any]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def notify(web: Any) -> Notify:
    account = NotifyAccount(KEY, "usual", {"digest": "long"}, base_url=web.url, timeout=2.0)
    return Notify(account)


def test_a_notice_is_handed_over_under_its_key(notify: Notify, web: Any, answer: AnAnswer, message: Message) -> None:
    web.answers = [answer(body=NONE_YET), answer(code=201, body=TAKEN)]

    receipt = notify.send(message)

    question, order = web.requests
    assert question.path == f"/v2/notifications?reference={message.key}"
    assert order.headers["authorization"].startswith("Bearer ")
    assert receipt.reference == "n-1"
    assert json.loads(order.body) == {
        "email_address": message.to.value,
        "template_id": "usual",
        "personalisation": {"subject": message.subject, "body": message.body},
        "reference": message.key,
    }


def test_a_notice_that_notify_has_already_is_not_sent_again(
    notify: Notify, web: Any, answer: AnAnswer, message: Message
) -> None:
    web.answers = [answer(body=b'{"notifications": [{"id": "n-7", "status": "delivered"}]}')]

    assert notify.send(message).reference == "n-7"
    assert [request.method for request in web.requests] == ["GET"]


def test_a_notice_that_notify_gave_up_is_sent_again(
    notify: Notify, web: Any, answer: AnAnswer, message: Message
) -> None:
    given_up = b'{"notifications": [{"id": "n-7", "status": "temporary-failure"}]}'
    web.answers = [answer(body=given_up), answer(code=201, body=TAKEN)]

    assert notify.send(message).reference == "n-1"


def test_a_lost_answer_does_not_double_the_notice(notify: Notify, web: Any, answer: AnAnswer, message: Message) -> None:
    has_it = answer(body=b'{"notifications": [{"id": "n-7", "status": "sending"}]}')
    web.answers = [answer(body=NONE_YET), answer(stalls=True), has_it]

    with pytest.raises(Delayed):
        notify.send(message)
    receipt = notify.send(message)

    assert receipt.reference == "n-7"
    assert [request.method for request in web.requests] == ["GET", "POST", "GET"]


@pytest.mark.parametrize("code", [408, 425, 429, 500, 503])
def test_an_answer_that_may_heal_delays_the_notice(
    notify: Notify, web: Any, answer: AnAnswer, message: Message, code: int
) -> None:
    web.answers = [answer(body=NONE_YET), answer(code=code, headers={"Retry-After": "60"})]

    with pytest.raises(Delayed) as caught:
        notify.send(message)

    assert caught.value.code == code
    assert caught.value.retry_after == timedelta(minutes=1)


@pytest.mark.parametrize("code", [400, 403, 404, 302])
def test_any_other_answer_refuses_the_notice_and_repeats_nothing_of_it(
    notify: Notify,
    web: Any,
    answer: AnAnswer,
    message: Message,
    code: int,
    tells_nothing: Callable[[BaseException], bool],
) -> None:
    said = b'{"errors": [{"error": "BadRequestError", "message": "no Jane Sorrow here"}]}'
    web.answers = [answer(body=NONE_YET), answer(code=code, body=said, headers={"location": "/v2"})]

    with pytest.raises(Refused) as caught:
        notify.send(message)

    assert caught.value.code == code
    assert len(web.requests) == 2
    assert tells_nothing(caught.value)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"id": 3}', b"{}", b'{"id": ""}'])
def test_an_answer_without_sense_delays_the_notice(
    notify: Notify, web: Any, answer: AnAnswer, message: Message, body: bytes
) -> None:
    web.answers = [answer(body=NONE_YET), answer(code=201, body=body)]

    with pytest.raises(Delayed, match="not in the form"):
        notify.send(message)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"notifications": {}}', b'{"notifications": [3]}'])
def test_nothing_is_sent_while_notify_cannot_say_what_it_has(
    notify: Notify, web: Any, answer: AnAnswer, message: Message, body: bytes
) -> None:
    web.answers = [answer(body=body)]

    with pytest.raises(Delayed, match="not in the form"):
        notify.send(message)

    assert [request.method for request in web.requests] == ["GET"]


@pytest.mark.parametrize("raw", [b"\x00garbage\r\n\r\n", b""])
def test_garbage_for_an_answer_delays_the_notice(
    notify: Notify, web: Any, answer: AnAnswer, message: Message, raw: bytes
) -> None:
    web.answers = [answer(body=NONE_YET), answer(raw=raw)]

    with pytest.raises(Delayed, match="could not be reached"):
        notify.send(message)


def test_nobody_listening_delays_the_notice(free_port: int, message: Message) -> None:
    account = NotifyAccount(KEY, "usual", base_url=f"http://127.0.0.1:{free_port}", timeout=0.5)

    with pytest.raises(Delayed, match="could not be reached"):
        Notify(account).send(message)


def test_a_key_that_was_cut_off_is_told_at_once_and_not_repeated() -> None:
    with pytest.raises(AdapterNotReady, match="too short") as caught:
        Notify(NotifyAccount(KEY[-50:], "usual"))

    assert KEY[-20:] not in str(caught.value)
    assert KEY[-20:] not in repr(NotifyAccount(KEY, "usual"))


def test_without_the_package_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "notifications_python_client.errors", None)

    with pytest.raises(AdapterNotReady, match=r"pip install 'handrail\[notify\]'"):
        Notify(NotifyAccount(KEY, "usual"))
