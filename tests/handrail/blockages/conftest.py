"""A small programme that declares a blockage of every kind, with each symptom of a service and of a step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from handrail.publishing import publish
from handrail.settings import Settings
from handrail.wiring import Store

HAVEN = """
pathway: haven
version: 1
title: Haven
coordinator: council
agencies:
  council: {title: Council, contacts: {file: council}}
  outreach: {title: Outreach, contacts: {file: outreach}}
  mission: {title: City Mission, contacts: {file: mission}, hours: {every day: "00:00-24:00"}}
  riverside: {title: Riverside, contacts: {file: riverside}, hours: {every day: "00:00-24:00"}}
opens_on: [referral.made]
reasons:
  bed_reason: {full: system, pet: provider, no_id: system, order: law, not_wanted: person}
closes:
  death: {event: person.died, silence: true}
events:
  referral.made: {by: [outreach, council]}
  offer.made: {by: [outreach, mission], fields: {response: [accepted, declined], reason: bed_reason}}
  has.dog: {by: [outreach]}
  barrier: {by: [outreach], fields: {status: [standing, removed], reason: bed_reason}}
  moved.in: {by: [mission, riverside]}
  moved.out: {by: [mission, riverside, outreach]}
  person.died: {by: [outreach]}
tracks:
  support:
    start: street
    stages:
      street:
        owner: outreach
        hand_offs:
          bed:
            open_when: {event: {kind: offer.made, where: {response: accepted}}}
            to: [mission, riverside]
            answer_within: 400 days
            declined: {ask: bed_reason, then: next}
            expired: {then: next}
            nobody: {raise: no_bed, escalate: council}
        moves: [{to: shelter, when: {accepted: bed}}]
      shelter:
        owner: {accepted: bed, otherwise: council}
        moves:
          - {to: home, when: {event: moved.in}}
          - {to: street, when: {event: moved.out}}
      home: {owner: council, final: true}
places:
  room:
    waiting: [bed]
    hold: 1 day
    refusals: bed_reason
    fits:
      dogs:
        title: A person with a dog needs a place that takes dogs
        when: {count: {event: has.dog, at_least: 1, since: case}}
        place: {dogs: true}
        reason: pet
  night:
    waiting: [bed]
    hold: 1 hour
    nightly: {guests: [support.shelter], cut_off: "16:00", until: "09:00"}
blockages:
  no_bed:
    theme: housing
    attributable_to: system
    owner: council
    clears_when: {accepted: bed}
    escalate: [{after: 2 days, to: outreach}]
  rooms_full:
    theme: housing
    attributable_to: system
    owner: council
    service: {places: room, full_for: 2 days}
    clears_after: 1 day
    escalate: [{after: 1 day, to: outreach}, {after: 3 days, to: riverside}]
  nights_full: {theme: housing, attributable_to: system, owner: council, service: {places: night, full_for: 2 days}}
  room_voids: {theme: housing, attributable_to: provider, owner: mission, service: {places: room, void_for: 14 days}}
  rooms_unfit: {theme: housing, attributable_to: provider, owner: mission, service: {places: room, unfit_for: 3 days}}
  slow_decisions:
    theme: housing
    attributable_to: provider
    owner: council
    service: {hand_off: bed, slower: {within: 4 weeks, than: 26 weeks}}
  many_declines:
    theme: housing
    attributable_to: provider
    owner: council
    service: {hand_off: bed, declines: {within: 4 weeks, than: 26 weeks}}
  shelter_piles_up:
    theme: housing
    attributable_to: system
    owner: council
    step: {stage: support.shelter, piling_up_for: 4 weeks}
  shelter_slower:
    theme: housing
    attributable_to: system
    owner: council
    step: {stage: support.shelter, slower: {within: 8 weeks, than: 26 weeks}}
  same_reason:
    theme: housing
    owner: council
    rule: {reasons: bed_reason, people: 3, within: 28 days, act_within: 14 days}
"""


@pytest.fixture
def haven_text() -> str:
    return HAVEN


@pytest.fixture
def store(engine: Engine, tmp_path: Path) -> Iterator[Store]:
    """A store in which the small programme is in force."""
    store = Store(engine, Settings(state=tmp_path, outbox=tmp_path / "outbox"))
    publish(store, HAVEN, None, file_name="haven.yaml")
    yield store
    store.close()
