"""How a Prefect server that protects itself is asked: with the shared account, and with a token against forgery."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Generator
from uuid import uuid4

import httpx

READING = {"GET", "HEAD", "OPTIONS"}


class Access(httpx.Auth):
    """Gives each request what the server at ``api_url`` wants to see.

    ``account`` is ``name:password`` as in ``PREFECT_API_AUTH_STRING``, or empty where the server asks nobody.
    A token is fetched before the first request that changes something; a server that wants none says so.
    """

    requires_response_body = True

    def __init__(self, api_url: str, account: str = "") -> None:
        self._api_url = api_url.rstrip("/")
        self._headers: dict[str, str] = {}
        if account:
            self._headers["Authorization"] = f"Basic {b64encode(account.encode()).decode('ascii')}"
        self._asked_for_token = False

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send ``request`` as the server wants it."""
        if request.method not in READING and not self._asked_for_token:
            name = str(uuid4())
            question = f"{self._api_url}/csrf-token?client={name}"
            answer = yield httpx.Request("GET", question, headers=self._headers)
            self._asked_for_token = True
            if answer.is_success:
                token = str(answer.json()["token"])
                self._headers |= {"Prefect-Csrf-Token": token, "Prefect-Csrf-Client": name}
        request.headers.update(self._headers)
        yield request
