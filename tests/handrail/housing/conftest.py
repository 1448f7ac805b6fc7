"""A store with two kinds of places in it: rooms in which people stay, and beds that are given for a night."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from handrail.housing.registry import PlaceGiven, ProjectGiven, bring
from handrail.publishing import publish
from handrail.recording import Speaker
from handrail.referrals import Referral, refer
from handrail.settings import Settings
from handrail.wiring import Store
from models.persons import Identity
from models.places import PlaceFacts

HOUSES = """
pathway: houses
version: 1
title: Houses
timezone: Europe/London
coordinator: council
agencies:
  council: {title: Council, contacts: {file: council}}
  mission: {title: City Mission, contacts: {file: mission}}
  riverside: {title: Riverside, contacts: {file: riverside}}
  old_trust: {title: Old Trust, valid_until: 2021-06-26, successor: riverside}
opens_on: [referral.made]
events:
  referral.made: {by: [council]}
  offer.made: {by: [council], fields: {offer: [room, bed]}}
  left: {by: [riverside, mission]}
tracks:
  support:
    start: street
    stages:
      street:
        owner: council
        hand_offs:
          room:
            open_when: {event: {kind: offer.made, where: {offer: room}}}
            to: [riverside]
            answer_within: 4 hours
            nobody: {escalate: council}
          bed:
            open_when: {event: {kind: offer.made, where: {offer: bed}}}
            to: [mission]
            answer_within: 4 hours
            nobody: {escalate: council}
        moves: [{to: housed, when: {accepted: room}}]
      housed: {owner: council, final: true, moves: [{to: street, when: {event: left}}]}
places:
  hostel:
    title: Hostel rooms
    waiting: [room]
    hold: 1 day
    stay_aim: 28 days
  night_bed:
    title: Night beds
    waiting: [bed]
    hold: 4 hours
    nightly: {guests: [support.street], cut_off: "16:00", until: "08:00"}
"""


@pytest.fixture
def houses_text() -> str:
    return HOUSES


@pytest.fixture
def store(engine: Engine, tmp_path: Path) -> Iterator[Store]:
    """A store in which the rules with places are in force."""
    store = Store(engine, Settings(state=tmp_path, outbox=tmp_path / "outbox"))
    publish(store, HOUSES, None, file_name="houses.yaml")
    yield store
    store.close()


@pytest.fixture
def riverside() -> Speaker:
    return Speaker("riverside", "R. Manager")


@pytest.fixture
def milestone(store: Store) -> Callable[..., None]:
    """What brings in a hostel with so many rooms, in service since the beginning of 2026."""

    def bring_rooms(rooms: int = 3, key: str = "milestone", kind: str = "hostel", **traits: object) -> None:
        facts = [
            PlaceFacts(key, f"{n:02d}", in_service_from=date(2026, 1, 1), **traits)  # type: ignore[arg-type]
            for n in range(1, rooms + 1)
        ]
        project = ProjectGiven(key, kind, "Milestone House", "riverside", 7)
        bring(store, [project], [PlaceGiven(one) for one in facts])

    return bring_rooms


@pytest.fixture
def new_case(store: Store) -> Callable[[], str]:
    """What opens another case and returns its reference."""
    counter = iter(range(1, 10_000))

    def open_case() -> str:
        identity = Identity((f"Somebody {next(counter):04}",), date(1980, 1, 1))
        return refer(store, "houses", Referral(identity, Speaker("council", "P. Officer"))).reference

    return open_case


HOLD = """
INSERT INTO handrail.place_uses (place_id, kind, use, case_id, person_id, during)
SELECT p.id, p.kind, :use, c.id, o.person_id,
    tstzrange(clock_timestamp() + CAST(:begin AS interval), clock_timestamp() + CAST(:end AS interval), '[]')
FROM handrail.places AS p, handrail.cases AS c JOIN handrail.case_persons AS o ON o.case_id = c.id
WHERE (p.project, p.name) = (:project, :name) AND c.reference = :reference
"""


@pytest.fixture
def use(store: Store) -> Callable[..., None]:
    """What has a case hold (or, with ``stay``, occupy) a place, from now; without an end, or for an interval."""

    def begin(reference: str, place: str, use: str = "stay", end: str | None = None, begin: str = "-1 second") -> None:
        project, name = place.split("/")
        values = {"use": use, "begin": begin, "end": end, "project": project, "name": name, "reference": reference}
        with store.engine.begin() as connection:
            assert connection.execute(text(HOLD), values).rowcount == 1

    return begin
