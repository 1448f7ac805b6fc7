"""A store with a small programme in it, for the tests of casework."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from handrail.publishing import publish
from handrail.recording import Speaker
from handrail.referrals import Referral, refer
from handrail.settings import Settings
from handrail.wiring import Store
from models.persons import Identity

SHELTER = """
pathway: shelter
version: 1
title: Winter shelter
coordinator: council
agencies:
  council: {title: Council, contacts: {file: council}}
  outreach: {title: Outreach, digest_at: "09:00", contacts: {file: outreach}}
  mission: {title: City Mission, digest_at: "09:00", contacts: {file: mission}, hours: {every day: "00:00-24:00"}}
  riverside: {title: Riverside, contacts: {file: riverside}, hours: {every day: "00:00-24:00"}}
  old_probation: {title: Old Probation, valid_until: 2021-06-26, successor: probation}
  probation: {title: Probation}
eligibility:
  all: [{person: {age: {at_least: 18}}}, {referred_by: professional}]
opens_on: [referral.made]
roles: [chair, proposer]
reasons:
  decline_reason: {full: system, needs_too_high: provider}
closes:
  death: {event: person.died, silence: true}
events:
  referral.made: {by: [outreach, council, old_probation], fields: {risk: [self, others]}}
  offer.made: {by: [outreach, mission], fields: {response: [accepted, declined], available: boolean, note: text}}
  person.died: {by: [outreach, council]}
  seen: {by: [outreach], fields: {times: integer, score: number}}
tracks:
  support:
    start: street
    stages:
      street:
        owner: outreach
        tasks:
          check: {owner: council, due: 2 days, late: [{after: 1 hour, escalate: outreach}]}
        follow_ups:
          daily_offer:
            every: 1 day
            at: "10:00"
            answered_by: {event: offer.made}
            missed: [{after: 4 hours, remind: owner}]
        hand_offs:
          bed:
            open_when: {event: {kind: offer.made, where: {response: accepted}}}
            to: [mission, riverside]
            answer_within: 4 hours
            declined: {ask: decline_reason, then: next}
            expired: {remind: 1, then: next}
            nobody: {raise: no_bed, escalate: council}
        moves: [{to: shelter, when: {accepted: bed}}]
      shelter:
        owner: {accepted: bed, otherwise: council}
        moves: [{to: home, by_hand: true}, {to: street, by_hand: true}]
      home: {owner: council, final: true}
  enforcement:
    start: none_yet
    stages:
      none_yet:
        owner: council
        final: true
        moves: [{to: warned, by_hand: true}]
      warned:
        owner: council
        gate: {approved: {role: chair, other_than: proposer, valid_for: 14 days}}
        final: true
        moves: [{to: none_yet, by_hand: true}]
blockages:
  no_bed: {theme: housing, attributable_to: system, owner: council, clears_when: {accepted: bed}}
"""


@pytest.fixture
def shelter_text() -> str:
    return SHELTER


@pytest.fixture
def store(engine: Engine, tmp_path: Path) -> Iterator[Store]:
    """A store in which the small programme is in force."""
    store = Store(engine, Settings(state=tmp_path, outbox=tmp_path / "outbox"))
    publish(store, SHELTER, None, file_name="shelter.yaml")
    yield store
    store.close()


@pytest.fixture
def new_case(store: Store) -> Callable[..., str]:
    """What opens another case and returns its reference."""
    counter = iter(range(1, 10_000))

    def open_case() -> str:
        identity = Identity((f"Somebody {next(counter):04}",), date(1980, 1, 1))
        return refer(store, "shelter", Referral(identity, Speaker("outreach", "P. Officer"))).reference

    return open_case
