"""Deliveries: the outbox carried to the agencies, at least once under one key, every try kept.

Notices are claimed for a while, sent with no transaction open, and settled. Whoever dies in between leaves them
to the next worker. What cannot be delivered becomes an incident, never a silence.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from handrail.channels import CHANNELS, Channels, open_channels
from handrail.letters import Letter, Writer, put_together
from handrail.rules import Rules
from handrail.steps import transaction
from handrail.sweeps import Act
from handrail.wiring import Store
from integrations.errors import AdapterNotReady, Delayed, Refused, TemplateBroken
from integrations.messages import Address, Message, Templates
from models.attempts import Attempt, Outcome, list_channels_done, open_incident, record_attempt
from models.database import now as database_now
from models.notices import (
    claim_waiting,
    find_next_delivery,
    list_still_waiting,
    put_in_message,
    put_off,
    revive,
    settle,
)
from models.publications import list_newest

BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(days=1),
)
LONGEST_WAIT = timedelta(days=1)


@dataclass
class DeliveryBatch:
    """What one batch came to, in messages."""

    sent: int = 0
    delayed: int = 0
    dead: int = 0
    acts: list[Act] = field(default_factory=list)

    @property
    def size(self) -> int:
        return self.sent + self.delayed + self.dead

    @property
    def changes(self) -> Counter[str]:
        """How many notices met which end."""
        return Counter(act.kind for act in self.acts)


@dataclass(frozen=True, slots=True)
class _Tried:
    """How a letter's try on one channel ended."""

    channel: str
    outcome: Outcome
    sentence: str | None = None
    retry_after: timedelta | None = None


def deliver_due(store: Store, limit: int = 100) -> DeliveryBatch:
    """Send up to ``limit`` notices whose time has come (a message that was tried before goes whole).

    Raises:
        handrail.errors.Delayed: the store is away. What was sent and not yet settled is sent again, under its key.
        TemplateBroken: the folder of templates cannot be used at all.
    """
    templates = Templates(store.settings.templates)
    lease = timedelta(seconds=store.settings.lease_seconds)
    began = time.monotonic()
    with transaction(store) as connection:
        letters = put_together(claim_waiting(connection, limit, lease))
        for letter in letters:
            put_in_message(connection, letter.keys, letter.key)
        rules = {each.key: store.rules(connection, each.hash) for each in list_newest(connection)} if letters else {}
    batch = DeliveryBatch()
    writer = Writer(templates, rules, store.settings.base_url.rstrip("/"))
    with open_channels(store.settings) as channels:
        for letter in letters:
            if time.monotonic() - began > lease.total_seconds() / 2:
                _leave(store, letter)  # the lease may end while we send; another worker takes it at once
            else:
                _deliver(store, letter, _Means(writer, channels, rules), batch)
    return batch


def next_delivery(store: Store) -> datetime | None:
    """Return when the next notice is to leave, by the database's clock; it may be past."""
    with transaction(store) as connection:
        return find_next_delivery(connection)


@dataclass(frozen=True)
class _Means:
    """What a batch sends with."""

    writer: Writer
    channels: Channels
    rules: dict[str, Rules]

    def contacts(self, letter: Letter) -> list[tuple[str, Address]]:
        """Return the agency's ways to be reached, in the order of ``CHANNELS``."""
        entry = self.rules[letter.notices[0].pathway].agencies.get(letter.agency)
        contacts = entry.contacts if entry is not None else {}
        order = {name: place for place, name in enumerate(CHANNELS)}
        names = sorted(contacts, key=lambda name: order.get(name, len(order)))
        return [(name, Address(str(contacts[name]))) for name in names]


def _deliver(store: Store, letter: Letter, means: _Means, batch: DeliveryBatch) -> None:
    with transaction(store) as connection:
        waiting = list_still_waiting(connection, letter.keys)
        done = list_channels_done(connection, letter.key)
    left = Letter(letter.key, letter.agency, tuple(each for each in letter.notices if each.key in waiting))
    if not left.notices:
        return  # a death came in between
    tried = []
    contacts = means.contacts(left)
    for name, address in contacts:
        if name not in done:
            tried.append(_try(store, left, (name, address), means))
    if not contacts:
        tried.append(_Tried("none", "refused", "The agency has no contact. Give it one in agencies.yaml and publish."))
    _settle(store, left, tried, batch, taken=bool(done))


def _try(store: Store, letter: Letter, contact: tuple[str, Address], means: _Means) -> _Tried:
    """Send the letter over one channel, and keep that it was tried, however it ended.

    What is lacking on our own side is an incident at once: one for each agency, channel and code.
    """
    name, address = contact
    with transaction(store) as connection:
        began = database_now(connection)
    receipt: str | None = None
    code: int | None = None
    lacking = False
    try:
        message: Message = means.writer.message(letter, address)
        receipt = means.channels.to(name, address).send(message).reference
        tried = _Tried(name, "sent")
    except Delayed as error:
        code, tried = error.code, _Tried(name, "delayed", str(error), error.retry_after)
    except AdapterNotReady as error:
        lacking, code = True, error.code
        tried = _Tried(name, "delayed", str(error))  # once it is set right the notice leaves
    except Refused as error:
        code, tried = error.code, _Tried(name, "refused", str(error))
    except TemplateBroken as error:
        tried = _Tried(name, "delayed", str(error))  # once it is mended the notice leaves
    with transaction(store) as connection:
        attempt = Attempt(letter.key, letter.agency, name, began, tried.outcome, code, receipt, tried.sentence)
        record_attempt(connection, attempt)
        if lacking:
            subject = f"{letter.agency} {name} {code or 'not-ready'}"
            open_incident(connection, "channel_not_ready", subject, letter.agency, f"{name}: {tried.sentence}")
    return tried


def _settle(store: Store, letter: Letter, tried: Sequence[_Tried], batch: DeliveryBatch, *, taken: bool) -> None:
    """Settle the letter or put it off. ``taken``: a channel took it in an earlier try, and is not asked again."""
    refused = [each for each in tried if each.outcome == "refused"]
    delayed = [each for each in tried if each.outcome == "delayed"]
    out_of_tries = bool(delayed) and letter.tries + 1 >= store.settings.attempts
    with transaction(store) as connection:
        for each in [*refused, *(delayed if out_of_tries else ())]:
            sentence = f"{each.channel}: {each.sentence}"
            open_incident(connection, "undeliverable", f"{letter.key} {each.channel}", letter.agency, sentence)
        if delayed and not out_of_tries:
            asked = max((each.retry_after for each in delayed if each.retry_after is not None), default=None)
            put_off(connection, letter.keys, database_now(connection) + _wait(letter.tries, asked), tried=True)
            kind, batch.delayed = "notice_delayed", batch.delayed + 1
        elif not taken and all(each.outcome != "sent" for each in tried):
            settle(connection, letter.keys, "dead")
            kind, batch.dead = "notice_dead", batch.dead + 1
        else:
            settle(connection, letter.keys, "sent")
            kind, batch.sent = "notice_sent", batch.sent + 1
    batch.acts += [Act(each.reference, letter.agency, kind, each.kind) for each in letter.notices]


def send_again(store: Store, message: str) -> int:
    """Have the notices of a message that could not be delivered wait to be sent again; return how many."""
    with transaction(store) as connection:
        return revive(connection, message)


def _leave(store: Store, letter: Letter) -> None:
    with transaction(store) as connection:
        put_off(connection, letter.keys, database_now(connection), tried=False)


def _wait(tries: int, asked: timedelta | None) -> timedelta:
    """Return how long to wait after the try number ``tries + 1``; the other side may ask for more, up to a day."""
    usual = BACK_OFF[min(tries, len(BACK_OFF) - 1)]
    return min(max(usual, asked or usual), LONGEST_WAIT)
