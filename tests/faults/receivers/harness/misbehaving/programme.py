"""A small programme in which each new case gives five agencies something to do, each over contacts of its own.

The council is told as well, into a folder.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from datetime import date
from itertools import count

from sqlalchemy import text

from handrail.delivery_lanes import DeliveryBatch
from handrail.publishing import publish
from handrail.recording import Speaker
from handrail.referrals import Referral, refer
from handrail.wiring import Store
from models.attempts import Attempt
from models.persons import Identity

AGENCIES = ("alms", "beacon", "chapel", "dover", "elm")
SECRETS = {agency: ["whsec_" + base64.b64encode(agency.ljust(24).encode()).decode()] for agency in AGENCIES}
A_WHILE = 60.0  # seconds; on the busiest machine
PATHWAY = """
pathway: shelter
version: {version}
title: Winter shelter
coordinator: council
agencies:
  council: {{title: Council, contacts: {{file: council}}}}
  {agencies}
opens_on: [referral.made]
closes:
  death: {{event: person.died, silence: true}}
events:
  referral.made: {{by: [council]}}
  person.died: {{by: [council]}}
tracks:
  support:
    start: street
    stages:
      street:
        owner: council
        tasks:
          {tasks}
        moves: [{{to: home, by_hand: true}}]
      home: {{owner: council, final: true}}
"""
_versions = count(1)
_persons = count(1)


def put_in_force(store: Store, contacts: Mapping[str, Mapping[str, str]]) -> None:
    """Publish the programme for these contacts of the agencies; those without any have no work in it."""
    several = "\n  ".join(
        f"{agency}: {{title: {agency.title()}, contacts: {json.dumps(dict(ways))}}}"
        for agency, ways in contacts.items()
    )
    tasks = "\n          ".join(f"visit_{agency}: {{owner: {agency}, due: 2 days}}" for agency in contacts)
    whole = PATHWAY.format(version=next(_versions), agencies=several, tasks=tasks)
    publish(store, whole, None, file_name="shelter.yaml")


def open_case(store: Store) -> str:
    """Open another case, which gives each agency a task and a notice that leaves at once; return its reference."""
    identity = Identity((f"Somebody {next(_persons):04}",), date(1980, 1, 1))
    return refer(store, "shelter", Referral(identity, Speaker("council", "P. Officer"))).reference


def let_time_pass(store: Store) -> None:
    """Have every back-off and every lease be over."""
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE handrail.notices SET send_at = clock_timestamp() WHERE state = 'waiting'"))


def make_urgent(store: Store) -> None:
    """Have each notice be a letter of its own."""
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE handrail.notices SET urgent = true"))


def all_attempts(store: Store) -> list[Attempt]:
    """Return every try there was, in order."""
    statement = (
        "SELECT message, agency, channel, began_at, outcome, code, receipt, sentence FROM handrail.attempts ORDER BY id"
    )
    with store.engine.connect() as connection:
        return [Attempt(*row) for row in connection.execute(text(statement))]


def ended(batch: DeliveryBatch, how: str) -> int:
    """Return how many notices to the five agencies ended so: ``sent``, ``delayed`` or ``dead``."""
    return sum(act.kind == f"notice_{how}" and act.agency in AGENCIES for act in batch.acts)


def await_fact(fact: Callable[[], bool], what: str) -> None:
    """Return as soon as ``fact`` holds.

    Raises:
        AssertionError: it does not come to hold for a long while.
    """
    deadline = time.monotonic() + A_WHILE
    while not fact():
        assert time.monotonic() < deadline, f"still not so: {what}"
        time.sleep(0.01)
