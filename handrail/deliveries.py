"""Deliveries: the outbox carried to the agencies, at least once under one key, every try kept.

Notices are claimed for a while, sent with no transaction open, and settled. Whoever dies in between leaves them
to the next worker. What cannot be delivered becomes an incident, never a silence.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from handrail.channels import CHANNELS, Channels, open_channels, open_shared_mail
from handrail.delivery_lanes import LANES, DeliveryBatch, Lanes, Patience, Tried, open_lanes
from handrail.letters import Letter, Writer, put_together
from handrail.rules import Rules
from handrail.steps import transaction
from handrail.sweeps import Act
from handrail.wiring import Store
from integrations.errors import AdapterNotReady, Delayed, Refused, TemplateBroken
from integrations.messages import Address, Templates
from models import faults
from models.attempts import Attempt, close_recovered, list_channels_done, open_incident, record_attempt
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
LONGEST_ROUND = timedelta(seconds=30)
"""Then what is left is left to the next round, so that operators see what was done."""
LOOK = timedelta(milliseconds=200)
"""Between two looks at the outbox while a slow agency is being served."""
ONCE_MENDED = "Once that is mended: handrail report incidents --send-again NUMBER"


@dataclass(frozen=True)
class _Round:
    """One call of ``deliver_due``. ``ends_at`` is on the monotonic clock; what is left by then is left to the next."""

    store: Store
    limit: int
    lease: timedelta
    templates: Templates
    ends_at: float

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.ends_at


def deliver_due(store: Store, limit: int = 100) -> DeliveryBatch:
    """Send the notices whose time has come, up to ``limit`` an agency (a message that was tried before goes whole).

    Agencies are served side by side: while one is slow, what falls due meanwhile for the others leaves as well.

    Raises:
        handrail.errors.Delayed: the store is away. What was sent and not yet settled is sent again, under its key.
        TemplateBroken: the folder of templates cannot be used at all.
    """
    lease = timedelta(seconds=store.settings.lease_seconds)
    ends_at = time.monotonic() + min(LONGEST_ROUND, lease / 2).total_seconds()
    this = _Round(store, limit, lease, Templates(store.settings.templates), ends_at)
    batch = DeliveryBatch()
    claimed, served = 0, set[str]()
    with (
        open_shared_mail(store.settings) as mail,
        open_lanes(_lanes(store), partial(open_channels, store.settings, _store_clock(store), mail)) as lanes,
    ):
        while True:
            if not this.is_over and len(lanes.busy) < _lanes(store):
                # Past the limit nobody is served a second time, so that the call comes to its end.
                claimed += _start(this, lanes, served if claimed >= limit else lanes.busy)
                served |= lanes.busy
            if not lanes.busy:
                return batch
            for each in lanes.finished(LOOK.total_seconds()):
                batch.add(each)


def _store_clock(store: Store) -> Callable[[], float]:
    """Return what tells the database's time in seconds since 1970: this machine's own clock may be hours off."""
    with transaction(store) as connection:
        ahead = database_now(connection).timestamp() - time.monotonic()
    return lambda: ahead + time.monotonic()


def _lanes(store: Store) -> int:
    """Return how many lanes there may be: each may need a connection, and so do we."""
    return min(LANES, 2 * store.settings.connections - 1)


def _start(this: _Round, lanes: Lanes, apart_from: Collection[str]) -> int:
    """Claim notices of other agencies than those, and give each agency a lane; return how many notices."""
    with transaction(this.store) as connection:
        waiting = claim_waiting(connection, this.limit, this.lease, apart_from)
        letters = put_together(waiting)
        for letter in letters:
            put_in_message(connection, letter.keys, letter.key)
        newest = list_newest(connection) if letters else ()
        rules = {each.key: this.store.rules(connection, each.hash) for each in newest}
    writer = Writer(this.templates, rules, this.store.settings.base_url.rstrip("/"))
    for agency, several in groupby(letters, key=lambda letter: letter.agency):
        lanes.start(agency, partial(_serve, this, tuple(several), writer, rules))
    return len(waiting)


def _serve(
    this: _Round, letters: Sequence[Letter], writer: Writer, rules: dict[str, Rules], channels: Channels
) -> DeliveryBatch:
    """Deliver one agency's letters, as far as the round's time goes; the first in any case, so that it ever goes on."""
    means = _Means(writer, channels, rules, Patience())
    batch = DeliveryBatch()
    for place, letter in enumerate(letters):
        if place > 0 and this.is_over:
            _leave(this.store, letter)  # the lease may end while we send; another worker takes it at once
        else:
            _deliver(this.store, letter, means, batch)
    return batch


def next_delivery(store: Store) -> datetime | None:
    """Return when the next notice is to leave, by the database's clock; it may be past."""
    with transaction(store) as connection:
        return find_next_delivery(connection)


@dataclass(frozen=True)
class _Means:
    """What a lane sends with."""

    writer: Writer
    channels: Channels
    rules: dict[str, Rules]
    patience: Patience

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
            tried.append(means.patience.given_up(name) or _try(store, left, (name, address), means))
    if not contacts:
        tried.append(Tried("none", "refused", "The agency has no contact. Give it one in agencies.yaml and publish."))
    _settle(store, left, tried, batch, taken=bool(done))


def _try(store: Store, letter: Letter, contact: tuple[str, Address], means: _Means) -> Tried:
    """Send the letter over one channel, and keep that it was tried, however it ended.

    What is lacking on our own side is an incident at once: one for each agency, channel and code.
    """
    with transaction(store) as connection:
        began = database_now(connection)
    tried = _sent(store, letter, contact, means)
    means.patience.note(tried)
    name, outcome, sentence = tried.channel, tried.outcome, tried.sentence
    with transaction(store) as connection:
        attempt = Attempt(letter.key, letter.agency, name, began, outcome, tried.code, tried.receipt, sentence)
        record_attempt(connection, attempt)
        if tried.lacking:
            subject = f"{letter.agency} {name} {tried.code or 'not-ready'}"
            told = f"{name}: {sentence} What waits for it leaves by itself then."
            open_incident(connection, "channel_not_ready", subject, letter.agency, told)
    return tried


def _sent(store: Store, letter: Letter, contact: tuple[str, Address], means: _Means) -> Tried:
    """Hand the letter over to one channel, and return how that ended."""
    name, address = contact
    try:
        message = means.writer.message(letter, address)
        receipt = means.channels.to(name, address).send(message)
    except Delayed as error:
        return Tried(name, "delayed", str(error), error.code, error.retry_after)
    except AdapterNotReady as error:  # once it is set right the notice leaves
        return Tried(name, "delayed", str(error), error.code, lacking=True)
    except Refused as error:
        return Tried(name, "refused", str(error), error.code)
    except TemplateBroken as error:  # once it is mended the notice leaves
        return Tried(name, "delayed", str(error), about_letter=True)
    except Exception as error:  # noqa: BLE001 - one letter that fails as nobody foresaw must not hold up all others
        details = "".join(traceback.format_exception(error))
        with transaction(store) as connection:
            number = faults.record(connection, "deliver", type(error).__name__, details)
        sentence = f"It failed as nobody foresaw ({type(error).__name__}, recorded as fault {number})."
        return Tried(name, "delayed", sentence, about_letter=True)
    return Tried(name, "sent", receipt=receipt.reference)


def _settle(store: Store, letter: Letter, tried: Sequence[Tried], batch: DeliveryBatch, *, taken: bool) -> None:
    """Settle the letter or put it off. ``taken``: a channel took it in an earlier try, and is not asked again."""
    refused = [each for each in tried if each.outcome == "refused"]
    delayed = [each for each in tried if each.outcome == "delayed"]
    really = any(each.real for each in tried)
    out_of_tries = bool(delayed) and really and letter.tries + 1 >= store.settings.attempts
    with transaction(store) as connection:
        for each in [*refused, *(delayed if out_of_tries else ())]:
            told = f"{each.channel}: {each.sentence} {ONCE_MENDED}"
            open_incident(connection, "undeliverable", f"{letter.key} {each.channel}", letter.agency, told)
        if delayed and not out_of_tries:
            asked = max((each.retry_after for each in delayed if each.retry_after is not None), default=None)
            put_off(connection, letter.keys, database_now(connection) + _wait(letter.tries, asked), tried=really)
            kind, batch.delayed = "notice_delayed", batch.delayed + 1
        elif not taken and all(each.outcome != "sent" for each in tried):
            settle(connection, letter.keys, "dead")
            kind, batch.dead = "notice_dead", batch.dead + 1
        else:
            settle(connection, letter.keys, "sent")
            kind, batch.sent = "notice_sent", batch.sent + 1
        closed = close_recovered(connection, letter.key, letter.agency, {each.channel: each.outcome for each in tried})
    batch.acts += [Act(each.reference, letter.agency, kind, each.kind) for each in letter.notices]
    batch.acts += [Act(letter.notices[0].reference, letter.agency, "incident_closed", each) for each in closed]


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
