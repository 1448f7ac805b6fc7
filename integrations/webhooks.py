"""Notices as signed webhooks: a CloudEvents envelope under a Standard Webhooks signature.

The receiver tells a second delivery by the header ``webhook-id``, which is the message's key.
Sources: https://www.standardwebhooks.com and the CloudEvents 1.0 HTTP binding, structured mode.
"""

from __future__ import annotations

import binascii
import re
import time
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import httpx
from cloudevents.core.bindings.http import to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from integrations.deadlines import Deadline
from integrations.errors import AdapterNotReady, Delayed, Refused
from integrations.http_answers import is_about_a_certificate, raise_unless_taken, untrusted
from integrations.messages import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from integrations.messages import Message

PARTY = "The webhook"
TYPE_PREFIX = "handrail.notice."
TIMEOUT_SECONDS = 10.0
HOST = re.compile(rb"[A-Za-z0-9.:_-]+")


class Webhooks:
    """A channel of signed webhooks, one POST a message.

    ``secrets`` holds, by agency, every secret that is valid now: while one is being replaced, two.
    ``source`` is the URI that names this installation. ``clock`` gives seconds since 1970.
    ``timeout`` is in seconds, for each step and for the whole conversation.
    """

    def __init__(
        self,
        client: httpx.Client,
        secrets: Mapping[str, Sequence[str]],
        source: str = "urn:handrail",
        clock: Callable[[], float] = time.time,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._client = client
        self._secrets = secrets
        self._source = source
        self._clock = clock
        self._timeout = timeout

    def send(self, message: Message) -> Receipt:
        """Post ``message``; the receipt is its key, by which the receiver knows it.

        Raises:
            Delayed: no answer in time, no whole answer, 408, 425, 429 or 5xx.
            Refused: any other answer but 2xx, or an address that is not https.
            AdapterNotReady: no usable secret, or the receiver's certificate is not trusted.
        """
        now = datetime.fromtimestamp(self._clock(), UTC)
        url = _checked(message.to.value)
        envelope = to_structured(_event(message, self._source), JSONFormat())
        signed = _signed(message.key, now, envelope.body.decode(), self._keys_of(message.agency))
        code, retry_after = self._post(url, envelope.body, envelope.headers | signed)
        raise_unless_taken(PARTY, code, retry_after, now)
        return Receipt(message.key)

    def _keys_of(self, agency: str) -> list[Webhook]:
        secrets = self._secrets.get(agency, ())
        if not secrets:
            sentence = f"No webhook secret is known for the agency {agency!r}. Set one; it begins whsec_."
            raise AdapterNotReady(sentence)
        try:
            return [Webhook(secret) for secret in secrets]
        except (binascii.Error, EmptyWebhookSecretError) as error:
            sentence = f"A webhook secret of the agency {agency!r} is not base64 after whsec_. Set it anew."
            raise AdapterNotReady(sentence) from error

    def _post(self, url: httpx.URL, body: bytes, headers: dict[str, str]) -> tuple[int, str | None]:
        with Deadline(self._timeout) as deadline:
            try:
                return self._conversation(url, body, headers, deadline)
            except httpx.UnsupportedProtocol as error:
                raise Refused("The webhook's address is not a web address.") from error
            except httpx.InvalidURL as error:  # httpx looks where a redirection leads, though it is not to follow it
                sentence = "The webhook points elsewhere, to what is no web address. Enter the final address instead."
                raise Refused(sentence) from error
            except httpx.TransportError as error:
                raise _broken_off(error, deadline) from error
            except UnicodeError as error:
                raise Refused("The webhook's address names no host that can exist.") from error

    def _conversation(
        self, url: httpx.URL, body: bytes, headers: dict[str, str], deadline: Deadline
    ) -> tuple[int, str | None]:
        # A password stands in no log if it stands in no address.
        bare, auth = url.copy_with(username=None, password=None), httpx.BasicAuth(url.username, url.password)
        extensions = {"trace": partial(_watch, deadline)}
        request = self._client.build_request(
            "POST", bare, content=body, headers=headers, timeout=self._timeout, extensions=extensions
        )
        # The number says it all; the body is not read, however long it is or slowly it comes.
        answer = self._client.send(request, stream=True, follow_redirects=False, auth=auth if url.userinfo else None)
        answer.close()
        return answer.status_code, answer.headers.get("retry-after")


def _watch(deadline: Deadline, happened: str, facts: Mapping[str, Any]) -> None:
    if happened == "connection.connect_tcp.complete":
        deadline.watch(facts["return_value"].get_extra_info("socket"))


def _broken_off(error: httpx.TransportError, deadline: Deadline) -> Delayed | Refused:
    if is_about_a_certificate(error):
        return untrusted(PARTY)
    if deadline.passed or isinstance(error, httpx.TimeoutException):
        return Delayed("The webhook did not answer in time. It can be tried again.")
    return Delayed(f"The webhook could not be reached ({type(error).__name__}). It can be tried again.")


def _checked(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise Refused("The webhook's address cannot be read as a web address.") from error
    if HOST.fullmatch(url.raw_host) is None:
        raise Refused("The webhook's address names no host that can exist.")
    if url.scheme == "https" or (url.scheme == "http" and _is_loopback(url.host)):
        return url
    sentence = "The webhook's address does not begin with https://, so anybody on the way could read it."
    raise Refused(sentence)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _event(message: Message, source: str) -> CloudEvent:
    attributes = {
        "id": message.key,
        "source": source,
        "type": TYPE_PREFIX + message.kind,
        "time": message.sent_for.astimezone(UTC),
        "datacontenttype": "application/json",
    }
    if message.case:
        attributes["subject"] = message.case
    return CloudEvent(attributes, _content(message))


def _content(message: Message) -> dict[str, object]:
    return {
        "agency": message.agency,
        "kind": message.kind,
        "case": message.case,
        "urgent": message.urgent,
        "subject": message.subject,
        "text": message.body,
        "data": dict(message.data),
    }


def _signed(key: str, now: datetime, body: str, keys: Sequence[Webhook]) -> dict[str, str]:
    # The library drops the zone of the time it is given, so it must be UTC.
    signatures = [one.sign(msg_id=key, timestamp=now, data=body) for one in keys]
    return {
        "webhook-id": key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
