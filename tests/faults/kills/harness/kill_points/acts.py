"""The acts that are interrupted: what stands in the store before each, and what its victim is told to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from kill_points import orders
from kill_points.orders import Order, carry_out
from kill_points.programme import A_MOMENT, LONG_AGO

from handrail.casework import database_now
from handrail.wiring import Store

Role = Literal["recorder", "worker"]


@dataclass(frozen=True, slots=True)
class Act:
    """``prepare`` makes the cases of one trial, known by their source, and returns the orders.

    ``alone``: no notice of another trial may be waiting.
    """

    name: str
    role: Role
    prepare: Callable[[Store, str], list[Order]]
    alone: bool = False


def _cases(store: Store, source: str, count: int, kinds: list[str], ago: timedelta) -> list[str]:
    """Have so many cases with an event of each of ``kinds``, nobody told of them; return their references."""
    names = [f"{source} {number}" for number in range(count)]
    quietly = orders.bring(source, names, kinds, database_now(store) - ago)
    return list(carry_out(store, quietly | {"quiet": True})["references"].values())


def _record(store: Store, source: str) -> list[Order]:
    one, two = _cases(store, source, 2, ["referral.made"], A_MOMENT)
    accepted, declined = {"response": "accepted"}, {"response": "declined"}
    return [
        orders.say(one, "seen", "outreach", {"times": 3}, (source, "a")),
        orders.say(one, "offer.made", "outreach", accepted, (source, "b")),
        orders.say(two, "offer.made", "mission", declined, (source, "c")),
    ]


def _answer(store: Store, source: str) -> list[Order]:
    one, two = _cases(store, source, 2, ["referral.made", "offer.taken"], A_MOMENT)
    bed = {"hand_off": "bed"}
    return [
        orders.reply(one, "hand_off.declined", "mission", {**bed, "reason": "full"}, (source, "a")),
        orders.reply(two, "task.completed", "council", {"task": "check"}, (source, "b")),
        orders.reply(one, "hand_off.accepted", "riverside", bed, (source, "c")),
        orders.reply(two, "hand_off.accepted", "mission", bed, (source, "d")),
    ]


def _correct(store: Store, source: str) -> list[Order]:
    """What happened long ago is told, and taken back: decisions would have been others, so there are reviews."""
    (one,) = _cases(store, source, 1, ["referral.made"], LONG_AGO)
    _wake_all(store)
    accepted, then = {"response": "accepted"}, database_now(store) - timedelta(hours=64)
    return [
        orders.late(orders.say(one, "offer.made", "outreach", accepted, (source, "a")), then),
        orders.void(one, 2, "outreach", (source, "b")),
    ]


def _approve(store: Store, source: str) -> list[Order]:
    (one,) = _cases(store, source, 1, ["referral.made"], A_MOMENT)
    warned = {"stage": "warned"}
    by_hand = {"track": "enforcement", "to": "warned", "reason": "as the panel said"}
    return [
        orders.reply(one, "gate.proposed", "council", {**warned, "role": "proposer"}, (source, "a")),
        orders.reply(one, "gate.approved", "council", {**warned, "role": "chair"}, (source, "b"))
        | {"officer": "C. Chair"},
        orders.reply(one, "case.moved", "council", by_hand, (source, "c")),
    ]


def _die(store: Store, source: str) -> list[Order]:
    """Notices that have not left are silenced."""
    (one,) = _cases(store, source, 1, ["referral.made", "offer.taken"], LONG_AGO)
    _wake_all(store)
    return [orders.say(one, "person.died", "council", {}, (source, "a"))]


def _wake_all(store: Store) -> None:
    while carry_out(store, orders.wake(500))["more"]:
        pass


def _refer(_: Store, source: str) -> list[Order]:
    return [orders.refer(f"Somebody {source} {letter}", (source, letter)) for letter in "ab"]


def _bring(store: Store, source: str) -> list[Order]:
    """So many events of few cases that they go by ``COPY``, then a few more."""
    since = database_now(store) - A_MOMENT
    few = [f"{source} {number}" for number in range(4)]
    return [
        orders.bring(source, few, ["referral.made", *["seen"] * 14, "offer.taken"], since) | {"persons": True},
        orders.bring(source, few, ["seen", "offer.made"], since, after=16),
    ]


def _bring_many(store: Store, source: str) -> list[Order]:
    """So many cases that they go by ``COPY`` too."""
    many = [f"{source} {number}" for number in range(60)]
    return [orders.bring(source, many, ["referral.made"], database_now(store) - A_MOMENT) | {"quiet": True}]


def _wake(store: Store, source: str) -> list[Order]:
    _wake_all(store)  # so that no case of another trial is due
    _cases(store, source, 4, ["referral.made", "offer.taken"], LONG_AGO)
    return [orders.wake(2)]


def _deliver(store: Store, source: str) -> list[Order]:
    carry_out(store, orders.bring(source, [source], ["referral.made", "offer.taken"], database_now(store) - A_MOMENT))
    return [orders.deliver(4)]


def _stand_by(store: Store, source: str) -> list[Order]:
    (one,) = _cases(store, source, 1, ["referral.made"], A_MOMENT)
    return [orders.say(one, "seen", "outreach", {"times": number}, (source, str(number))) for number in range(10)]


ACTS = (
    Act("record", "recorder", _record),
    Act("answer", "recorder", _answer),
    Act("correct", "recorder", _correct),
    Act("approve", "recorder", _approve),
    Act("die", "recorder", _die),
    Act("refer", "recorder", _refer),
    Act("import_events", "recorder", _bring),
    Act("import_events, many cases", "recorder", _bring_many),
    Act("wake_due", "worker", _wake),
    Act("deliver_due", "worker", _deliver, alone=True),
)
BYSTANDER = Act("a bystander's record", "recorder", _stand_by)
"""What another process does meanwhile, when it is PostgreSQL that is killed."""
