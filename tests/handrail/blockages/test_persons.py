"""A person is blocked: found with its reason, its owner, whose doing it is, and the days it has cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from handrail.casework import Brought, ImportOptions, database_now, import_events, publish
from handrail.settings import Settings
from handrail.survey import BlockageRow, survey_blockages
from handrail.wiring import Store

DAY = timedelta(days=1)
WAYS = """
pathway: ways
version: 1
title: Ways
coordinator: council
agencies:
  council: {title: Council}
  outreach: {title: Outreach}
  mission: {title: City Mission}
opens_on: [referral.made]
reasons:
  bed_reason: {full: system, needs_too_high: provider, no_id: system, not_wanted: person}
pauses:
  custody: {from: {event: custody.started}, until: {event: custody.ended}, clocks: [blockages]}
events:
  referral.made: {by: [outreach]}
  offer.made: {by: [outreach], fields: {response: [accepted, declined]}}
  barrier: {by: [outreach], fields: {status: [standing, removed], reason: bed_reason}}
  custody.started: {by: [outreach]}
  custody.ended: {by: [outreach]}
tracks:
  support:
    start: street
    stages:
      street:
        owner: outreach
        hand_offs:
          bed:
            open_when: {event: {kind: offer.made, where: {response: accepted}}}
            to: [mission]
            answer_within: 30 days
            declined: {ask: bed_reason, then: next}
            nobody: {raise: no_bed, escalate: council}
        moves: [{to: shelter, when: {accepted: bed}}]
      shelter: {owner: council, final: true}
blockages:
  no_bed: {theme: housing, attributable_to: system, owner: council, clears_when: {accepted: bed}}
  long_wait:
    theme: housing
    attributable_to: provider
    owner: mission
    when: {open: {hand_off: bed, for: 2 days}}
    escalate: [{after: 1 day, to: council}, {after: 30 days, to: outreach}]
  system_refused:
    theme: housing
    attributable_to: system
    owner: council
    when:
      all:
        - {latest: {event: barrier, field: status, is: standing}}
        - {latest: {event: barrier, field: reason, is: [full]}}
  no_papers:
    theme: housing
    attributable_to: system
    owner: outreach
    when:
      all:
        - {latest: {event: barrier, field: status, is: standing}}
        - {latest: {event: barrier, field: reason, is: [no_id]}}
"""


@pytest.fixture
def store(engine: Engine, tmp_path: Path) -> Iterator[Store]:
    store = Store(engine, Settings(state=tmp_path, outbox=tmp_path / "outbox"))
    publish(store, WAYS, None, file_name="ways.yaml")
    yield store
    store.close()


def live(store: Store, *told: Brought) -> dict[str, BlockageRow]:
    """Have somebody live through it, and return what blocks them by name."""
    first = told[0].occurred_at - timedelta(hours=1)
    log = [("somebody", [Brought("somebody", "referral.made", first, agency="outreach"), *told])]
    import_events(store, "ways", log, ImportOptions("ways"))
    return {row.name: row for row in survey_blockages(store).blockages}


def said(kind: str, at: datetime, agency: str = "outreach", **fields: str) -> Brought:
    return Brought("somebody", kind, at, agency=agency, fields=fields)


def test_nobody_is_left_to_ask(store: Store) -> None:
    now = database_now(store)

    found = live(
        store,
        said("offer.made", now - 5 * DAY, response="accepted"),
        said("hand_off.declined", now - 4 * DAY, "mission", hand_off="bed", reason="full"),
    )["no_bed"]

    assert (found.kind, found.owner, found.attributable_to, found.theme) == ("person", "council", "system", "housing")
    assert found.because == "bed: nobody is left to ask"
    assert found.person_days == pytest.approx(4, abs=0.01)


def test_somebody_waits_beyond_the_clock(store: Store) -> None:
    now = database_now(store)

    found = live(store, said("offer.made", now - 5 * DAY, response="accepted"))["long_wait"]

    assert (found.owner, found.attributable_to, found.level) == ("mission", "provider", 1)
    assert found.person_days == pytest.approx(3, abs=0.01), "from when the clock had run out"


def test_a_refusal_of_the_system_is_never_the_persons(store: Store) -> None:
    now = database_now(store)

    found = live(store, said("barrier", now - 3 * DAY, status="standing", reason="full"))

    assert {row.attributable_to for row in found.values()} == {"system"}
    assert found["system_refused"].owner == "council"
    assert found["system_refused"].evidence == {"events": "2"}
    assert found["system_refused"].person_days == pytest.approx(3, abs=0.01)


def test_a_prerequisite_is_missing(store: Store) -> None:
    now = database_now(store)

    found = live(store, said("barrier", now - 2 * DAY, status="standing", reason="no_id"))

    assert set(found) == {"no_papers"}
    assert (found["no_papers"].owner, found["no_papers"].attributable_to) == ("outreach", "system")
    assert found["no_papers"].person_days == pytest.approx(2, abs=0.01)


def test_the_days_in_which_its_clock_stood_still_are_not_counted(store: Store) -> None:
    now = database_now(store)

    found = live(
        store,
        said("barrier", now - 6 * DAY, status="standing", reason="full"),
        said("custody.started", now - 5 * DAY),
        said("custody.ended", now - 2 * DAY),
    )["system_refused"]

    assert found.days == 6
    assert found.person_days == pytest.approx(3, abs=0.01)
