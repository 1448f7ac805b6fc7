"""A Prefect server that protects itself is asked as it wants to be asked."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from handrail.prefect_access import Access
from handrail.prefect_client import PrefectClient
from handrail.prefect_deploying import DeployingFailed, ServerNotNamed, deploy

API = "http://prefect.example.org:4200/api"


def asking(answer: Callable[[httpx.Request], httpx.Response], account: str = "") -> PrefectClient:
    access = Access(API, account)
    return PrefectClient(httpx.Client(base_url=API, auth=access, transport=httpx.MockTransport(answer)))


def test_a_token_against_forgery_is_fetched_once_and_shown_with_every_change() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.url.path == "/api/csrf-token":
            return httpx.Response(200, json={"token": "of today"})
        return httpx.Response(200, json=[])

    client = asking(answer, "admin:secret")
    client.list_deployments()
    client.list_automations("a sweep failed")

    token, *changes = asked
    assert [request.url.path for request in asked].count("/api/csrf-token") == 1
    for change in changes:
        assert change.headers["Prefect-Csrf-Token"] == "of today"
        assert change.headers["Prefect-Csrf-Client"] == token.url.params["client"]
    assert {request.headers["Authorization"] for request in asked} == {"Basic YWRtaW46c2VjcmV0"}


def test_a_server_that_wants_no_token_and_no_account_is_asked_plainly() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(422 if "csrf" in request.url.path else 200, json=[])

    asking(answer).list_deployments()

    assert "Prefect-Csrf-Token" not in asked[-1].headers
    assert "Authorization" not in asked[-1].headers


def test_deploying_to_nowhere_says_what_to_set() -> None:
    with pytest.raises(ServerNotNamed, match="Set it to your server's"):
        deploy({}, print)


def test_what_prefects_command_says_is_told_when_it_fails() -> None:
    said = str(DeployingFailed("prefect deploy", "no such pool"))

    assert said.endswith("no such pool")
    assert "may be repeated" in said
