"""From an event to its notice: how long after ``record`` begins a receiver of webhooks has the message.

All deployments are at work (``benchmarks.deployments``). Each event opens a hand-off in a case of its own, which an
agency is told of at once by a signed webhook. Beside it the bare way of the same: one row in one transaction with
NOTIFY, a process that listens, and the same POST.
"""

from __future__ import annotations

import base64
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from benchmarks.bare_notices import CHANNEL, LAY, SAY
from benchmarks.children import child
from benchmarks.figures import Figure
from benchmarks.receiver import Receiver
from benchmarks.servers import Raw, address, another_database, bare
from benchmarks.sizes import Sizes
from benchmarks.timing import Tell, percentile, spread
from handrail.casework import Identity, Referral, Said, Speaker, publish, record, refer
from handrail.running import Installation
from handrail.wiring import Store

BEDS = """
pathway: beds
version: 1
title: Beds
coordinator: office
agencies:
  office: {title: Office, digest_at: "09:00"}
  street: {title: Street team, digest_at: "09:00"}
  mission: {title: Mission, contacts: {webhook: "WHERE"}, hours: {every day: "00:00-24:00"}}
opens_on: [referral.made]
reasons:
  decline_reason: {full: system}
events:
  referral.made: {by: [office]}
  offer.made: {by: [street], fields: {response: [accepted, declined]}}
tracks:
  support:
    start: street
    stages:
      street:
        owner: street
        hand_offs:
          bed:
            open_when: {event: {kind: offer.made, where: {response: accepted}}}
            to: [mission]
            answer_within: 4 hours
            declined: {ask: decline_reason, then: next}
            expired: {then: next}
            nobody: {escalate: office}
        moves: [{to: house, when: {accepted: bed}}]
      house: {owner: mission, final: true}
"""
SECRET = "whsec_" + base64.b64encode(b"a secret of this benchmark alone").decode()
OFFERED = Said("offer.made", {"response": "accepted"}, Speaker("street", "An Officer"))
OFFICE = Speaker("office", "An Officer")
A_WHILE = 120.0
"""Seconds within which any message must be there."""
PAUSE = 0.1
"""Seconds between two events, so that whoever waits is back at waiting."""


def measure(installation: Installation, mission: Receiver, sizes: Sizes, tell: Tell) -> list[Figure]:
    """Return the figures of an installation that is on duty, whose notices ``mission`` receives under ``SECRET``."""
    store = installation.store
    publish(store, BEDS.replace("WHERE", mission.url), None, file_name="beds.yaml")
    tell(f"notices: opening {sizes.notices} cases")
    references = [open_case(store, nth) for nth in range(sizes.notices)]
    tell(f"notices: {sizes.notices} events")
    ours, recorded, theirs = [], [], []
    with _bare_sender(store, mission) as connection:
        for nth, reference in enumerate(references):
            took, alone = _ours(store, reference, mission)
            ours.append(took)
            recorded.append(alone)
            theirs.append(bare_notice(connection, str(nth), mission))
    twice = [reference for reference in references if mission.count_of(reference) != 1]
    if twice:
        message = f"{len(twice)} of {len(references)} notices came more than once. Look at the attempts."
        raise ValueError(message)
    return _figures(ours, theirs, recorded)


@contextmanager
def _bare_sender(store: Store, mission: Receiver) -> Iterator[Raw]:
    """Give a connection whose every new row ``mission`` is told of, by a process that does nothing else."""
    with another_database(store, "bare_notices") as other, bare(other) as connection:
        connection.execute(LAY)
        connection.commit()
        with child("bare_notices", address(other), mission.url, endless=True) as sender:
            sender.answer()
            yield connection


def open_case(store: Store, nth: int) -> str:
    return refer(store, "beds", Referral(Identity((f"Somebody {nth:06}",), date(1980, 1, 1)), OFFICE)).reference


def _ours(store: Store, reference: str, mission: Receiver) -> tuple[float, float]:
    """Return how long it takes until the mission is told, and how long until ``record`` is done, in seconds."""
    time.sleep(PAUSE)
    began = time.perf_counter()
    record(store, reference, OFFERED)
    recorded = time.perf_counter()
    return mission.await_message(reference, A_WHILE) - began, recorded - began


def bare_notice(connection: Raw, name: str, mission: Receiver) -> float:
    began = time.perf_counter()
    connection.execute(SAY, [name])
    connection.execute(f"NOTIFY {CHANNEL}")
    connection.commit()
    return mission.await_message(name, A_WHILE) - began


def _figures(ours: list[float], theirs: list[float], recorded: list[float]) -> list[Figure]:
    beside = "a row and NOTIFY in one transaction, a process that listens, the same POST"
    middle, ninety_ninth = 1000 * statistics.median(ours), 1000 * percentile(ours, 0.99)
    alone = 1000 * statistics.median(recorded)
    return [
        Figure(
            "from event to notice, median", middle, "ms", beside, 1000 * statistics.median(theirs), None, spread(ours)
        ),
        Figure("from event to notice, 99th percentile", ninety_ninth, "ms", beside, 1000 * percentile(theirs, 0.99)),
        Figure("from event to notice, record alone", alone, "ms", "until the receiver has the message", middle),
    ]
