"""The ways out for notices, made from the settings: each agency's contacts name the ones that serve it."""

from __future__ import annotations

import logging
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache

import httpx

from handrail.settings import Settings
from integrations.errors import AdapterNotReady
from integrations.file_channel import FileChannel
from integrations.govuk_notify import PUBLIC_ADDRESS, Notify, NotifyAccount
from integrations.mail import Mail, MailServer, SharedMail
from integrations.messages import Address, Channel
from integrations.webhooks import Webhooks

FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
CHANNELS = ("email", "webhook", "notify", "file")
"""The names that contacts may have, in the order in which they are served."""
LEASE_PARTS = 12
"""Half of a lease is for beginning; in the other half one letter may go over all channels.
Two of them may take their time twice: mail to get a line, Notify to ask first."""
TALKATIVE = {
    "httpx": logging.WARNING,  # tells each address, and a webhook's may hold a password
    "httpcore": logging.WARNING,  # tells what the other side says
    "urllib3": logging.ERROR,
    "notifications_python_client": logging.CRITICAL,  # as a warning it tells Notify's answer, which may repeat ours
}
"""Libraries below the channels, and from which level on they may speak: attempts are kept by us."""


@cache
def _trusted() -> ssl.SSLContext:
    """Return whom we trust on the web: read once a process, for it takes longer than to send a message."""
    return httpx.create_ssl_context()


@dataclass
class Channels:
    """Channels that are opened when the first message needs them; one object serves one thread."""

    settings: Settings
    closing: ExitStack
    clock: Callable[[], float] = time.time
    """Gives seconds since 1970, for what is signed as of an instant."""
    mail: SharedMail | None = None
    """Lines to the mail server that others use as well; left out, one of its own is opened."""
    _open: dict[str, Channel] = field(default_factory=dict)

    def to(self, name: str, address: Address) -> Channel:
        """Return the channel ``name`` that reaches ``address``.

        Raises:
            AdapterNotReady: it is not set up, or there is no such channel.
        """
        if name == "file":
            return self._folder(address)
        if name not in self._open:
            self._open[name] = self._opened(name)
        return self._open[name]

    def _opened(self, name: str) -> Channel:
        makers: Mapping[str, Callable[[], Channel]] = {
            "email": self._mail,
            "webhook": self._webhooks,
            "notify": self._notify,
        }
        if name not in makers:
            raise AdapterNotReady(f"There is no channel {name!r}. Give one of {', '.join(CHANNELS)} in agencies.yaml.")
        return makers[name]()

    def _folder(self, address: Address) -> Channel:
        if FOLDER.fullmatch(address.value) is None:
            raise AdapterNotReady("A file contact names one folder: letters, digits, hyphens and underscores.")
        return FileChannel(self.settings.outbox_folder / address.value)

    def _mail(self) -> Channel:
        server = mail_server(self.settings)
        if server is None:
            raise AdapterNotReady("No mail server is set. Set HANDRAIL_MAIL_HOST.")
        return self.mail or self.closing.enter_context(Mail(server))

    def _webhooks(self) -> Channel:
        secrets = {
            agency: [secret.get_secret_value() for secret in several]
            for agency, several in self.settings.webhook_secrets.items()
        }
        client = self.closing.enter_context(httpx.Client(verify=_trusted()))
        return Webhooks(client, secrets, clock=self.clock, timeout=longest_send(self.settings))

    def _notify(self) -> Channel:
        settings = self.settings
        if settings.notify_api_key is None:
            raise AdapterNotReady("No key of GOV.UK Notify is set. Set HANDRAIL_NOTIFY_API_KEY.")
        key, address = settings.notify_api_key.get_secret_value(), settings.notify_base_url or PUBLIC_ADDRESS
        return Notify(
            NotifyAccount(key, settings.notify_template, base_url=address, timeout=longest_send(self.settings))
        )


def longest_send(settings: Settings) -> float:
    """Return how many seconds a message may take on a channel: its lease must not end before it is settled."""
    return min(settings.send_seconds, settings.lease_seconds / LEASE_PARTS)


def mail_server(settings: Settings) -> MailServer | None:
    """Return the mail server that is set; None if none is."""
    if settings.mail_host is None:
        return None
    password = settings.mail_password.get_secret_value() if settings.mail_password is not None else None
    return MailServer(
        settings.mail_host,
        settings.mail_port,
        settings.mail_sender,
        settings.mail_protection,
        settings.mail_username,
        password,
        timeout=longest_send(settings),
    )


@contextmanager
def open_shared_mail(settings: Settings) -> Iterator[SharedMail | None]:
    """Give lines to the mail server for several threads; None if no mail server is set."""
    server = mail_server(settings)
    if server is None:
        yield None
        return
    with SharedMail(server) as mail:
        yield mail


@contextmanager
def open_channels(
    settings: Settings, clock: Callable[[], float] = time.time, mail: SharedMail | None = None
) -> Iterator[Channels]:
    """Give the channels for a batch of messages; connections are closed with the block, but for those of ``mail``."""
    for name, level in TALKATIVE.items():
        logging.getLogger(name).setLevel(level)
    with ExitStack() as closing:
        yield Channels(settings, closing, clock, mail)
