"""Notices as e-mail through GOV.UK Notify, with the optional package notifications-python-client.

Notify does not tell doubles apart by itself, so it is asked for the message's key, its ``reference``, first.
"""

from __future__ import annotations

import importlib
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from integrations.deadlines import Deadline
from integrations.errors import AdapterNotReady, Delayed, Refused
from integrations.http_answers import is_about_a_certificate, raise_unless_taken, untrusted
from integrations.messages import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from integrations.messages import Message

PARTY = "GOV.UK Notify"
PUBLIC_ADDRESS = "https://api.notifications.service.gov.uk"
SHORTEST_KEY = 73  # two identifiers of 36 letters and a dash; a name may stand before them
NOT_DELIVERED = frozenset({"technical-failure", "temporary-failure"})  # Notify gave up: send anew


@dataclass(frozen=True)
class NotifyAccount:
    """A service at GOV.UK Notify.

    ``template`` is the id of a template of the form ``((subject))`` and ``((body))``; ``templates`` may name
    another one for a kind of notice. ``timeout`` is in seconds, for each question to Notify and its answer.
    """

    api_key: str = field(repr=False)
    template: str
    templates: Mapping[str, str] = field(default_factory=dict)
    base_url: str = PUBLIC_ADDRESS
    timeout: float = 15.0


class Notify:
    """A channel of e-mail through GOV.UK Notify."""

    def __init__(self, account: NotifyAccount) -> None:
        """Check that the package is there and the key has its form.

        Raises:
            AdapterNotReady: one of them does not.
        """
        self._account = account
        self._errors = _package("errors")
        self._make = _package("notifications").NotificationsAPIClient
        if len(account.api_key) < SHORTEST_KEY:
            sentence = "The key of GOV.UK Notify is too short. Copy it whole: a name and two identifiers."
            raise AdapterNotReady(sentence)

    def send(self, message: Message) -> Receipt:
        """Hand ``message`` to Notify, unless it has it already; the receipt is Notify's own id.

        Raises:
            Delayed: no answer in time, no sense in the answer, 408, 425, 429 or 5xx.
            Refused: every other answer but 2xx.
        """
        return self.find(message.key) or self._send(message)

    def find(self, key: str) -> Receipt | None:
        """Return the receipt of the message that Notify took under ``key``; None if it took none, or gave it up.

        Raises:
            Delayed, Refused: as ``send``.
        """
        answer = self._ask(lambda client: client.get_all_notifications(reference=key))
        match answer:
            case {"notifications": list(found)}:
                kept = [one for one in found if not _was_given_up(one)]
                return _receipt(kept[0]) if kept else None
        raise _senseless()

    def _send(self, message: Message) -> Receipt:
        account = self._account
        answer = self._ask(
            lambda client: client.send_email_notification(
                email_address=message.to.value,
                template_id=account.templates.get(message.kind, account.template),
                personalisation={"subject": message.subject, "body": message.body},
                reference=message.key,
            )
        )
        return _receipt(answer)

    def _ask(self, question: Callable[[Any], object]) -> object:
        from integrations.notify_connections import BoundedAdapter  # noqa: PLC0415 (of use to those with Notify only)

        account = self._account
        # A client each time: it is not thread-safe, and notices may go out side by side.
        client = self._make(account.api_key, base_url=account.base_url, timeout=account.timeout)
        client.request_session.max_redirects = 0
        with Deadline(account.timeout) as deadline, client.request_session as session:
            for scheme in ("https://", "http://"):
                session.mount(scheme, BoundedAdapter(deadline))
            try:
                return question(client)
            except self._errors.InvalidResponse as error:
                raise _senseless() from error
            except self._errors.HTTPError as error:
                raise (
                    untrusted(PARTY) if is_about_a_certificate(error) else _fault(error.response, deadline)
                ) from error
            except RecursionError as error:  # an answer nested without end
                raise _senseless() from error


def _fault(answer: Any, deadline: Deadline) -> Delayed | Refused:
    if answer is None and deadline.passed:
        return Delayed(f"{PARTY} did not answer in time.")
    if answer is None:
        return Delayed(f"{PARTY} could not be reached, or its answer could not be read.")
    now = datetime.fromtimestamp(time.time(), UTC)
    try:
        raise_unless_taken(PARTY, answer.status_code, answer.headers.get("Retry-After"), now)
    except (Delayed, Refused) as fault:
        return fault
    return _senseless()


def _package(module: str) -> ModuleType:
    try:
        return importlib.import_module(f"notifications_python_client.{module}")
    except ImportError as error:
        sentence = (
            "GOV.UK Notify needs the package notifications-python-client. "
            "Install it with: pip install 'handrail[notify]'"
        )
        raise AdapterNotReady(sentence) from error


def _was_given_up(notification: object) -> bool:
    match notification:
        case {"status": str(status)}:
            return status in NOT_DELIVERED
    return False


def _receipt(answer: object) -> Receipt:
    match answer:
        case {"id": str(identifier)} if identifier:
            return Receipt(identifier)
    raise _senseless()


def _senseless() -> Delayed:
    return Delayed(f"{PARTY} answered, but not in the form it declares. The message can be sent again.")
