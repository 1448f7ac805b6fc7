"""The clock of the database's host is set back and forward: time goes on in every case, and nothing happens twice."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from handrail import casework, deliveries, tasking
from handrail.casework import Identity, Referral, Said, Speaker
from handrail.channels import Channels, open_channels
from handrail.errors import Refused
from handrail.publishing import get_newest
from handrail.wiring import Store
from models.notices import claim_waiting

HOUR = timedelta(hours=1)
SEED = 20260330
STEPS = 60
OUTREACH, MISSION = Speaker("outreach", "P. Officer"), Speaker("mission")
SEEN = Said("seen", {}, OUTREACH)
ACCEPTED = Said("offer.made", {"response": "accepted"}, OUTREACH)
# In front of pg_catalog, so that whoever asks for the clock asks this one.
LAY = """
CREATE SCHEMA shifted;
CREATE TABLE shifted.clock (off interval NOT NULL);
INSERT INTO shifted.clock VALUES ('0');
CREATE FUNCTION shifted.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    'SELECT pg_catalog.clock_timestamp() + (SELECT off FROM shifted.clock)';
DO $$ BEGIN EXECUTE format(
    'ALTER DATABASE %I SET search_path = shifted, pg_catalog, "$user", public', current_database()
); END $$
"""
TWICE = """
SELECT kind, subject, at, count(*) FROM handrail.changes
GROUP BY case_id, at, kind, track, subject, from_, to_, agency, due_at, rule, nth HAVING count(*) > 1
"""
BACKWARDS = """
SELECT * FROM (
    SELECT recorded_at <= lag(recorded_at) OVER (PARTITION BY case_id ORDER BY number) AS wrong FROM handrail.events
    UNION ALL
    SELECT at < lag(at) OVER (PARTITION BY case_id ORDER BY number) FROM handrail.changes
) AS each WHERE wrong
"""


@dataclass(frozen=True)
class HostClock:
    """The clock of the database's host, as somebody sets it."""

    connection: psycopg.Connection[Any]

    def set(self, off: timedelta) -> None:
        """Have it go so much before, or behind, the true time."""
        self.connection.execute("UPDATE shifted.clock SET off = %s", [off])

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(statement.encode()).fetchall()


@pytest.fixture
def clock(database_url: str, admin: Callable[..., Any]) -> Iterator[HostClock]:
    """The clock of this test's database; the product must connect after it was laid."""
    with admin(database_url) as beside:
        beside.execute(LAY)
        yield HostClock(beside)


@pytest.fixture
def shifted(clock: HostClock, database_url: str, opened: Callable[..., Any], rules: Path) -> Iterator[Store]:
    """A store on that database, with the programme in force."""
    with opened(database_url) as store:
        before = casework.database_now(store)
        clock.set(30 * HOUR)
        assert casework.database_now(store) - before > 29 * HOUR, "the product sees the clock that is set"
        clock.set(timedelta())
        casework.publish(store, rules.read_text(), None, file_name="shelter.yaml")
        yield store


def act_at_random(store: Store, references: list[str], chance: random.Random) -> None:
    """Do something that may be refused as the case stands, or sweep."""
    reference = chance.choice(references)
    acts: list[Callable[[], object]] = [
        lambda: casework.record(store, reference, SEEN),
        lambda: casework.record(store, reference, ACCEPTED),
        lambda: casework.decline(store, reference, "bed", MISSION, "full"),
        lambda: casework.complete(store, reference, "check", Speaker("council")),
        lambda: casework.wake(store, reference),
        lambda: casework.wake_due(store),
        lambda: deliveries.deliver_due(store),
    ]
    try:
        chance.choice(acts)()
    except Refused:
        return


def test_time_goes_on_in_every_case_and_nothing_is_done_twice_however_the_clock_is_set(
    shifted: Store, clock: HostClock, new_cases: Callable[..., list[str]]
) -> None:
    references = new_cases(shifted, 4)
    chance = random.Random(SEED)  # noqa: S311 (to be the same again)
    latest = timedelta()

    for _ in range(STEPS):
        off = chance.choice([-26, -1, -1, 0, 0, 1, 1, 5, 30]) * HOUR
        latest = max(latest, off)
        clock.set(off)
        act_at_random(shifted, references, chance)
    clock.set(latest)
    horizon = casework.database_now(shifted)
    while casework.wake_due(shifted).cases:
        pass

    assert clock.rows(TWICE) == []
    assert clock.rows(BACKWARDS) == []
    ((last,),) = clock.rows("SELECT max(at) FROM handrail.changes")
    assert last <= horizon + timedelta(minutes=5), "nothing was done before its time had come once"
    ((fired,),) = clock.rows("SELECT count(*) FROM handrail.changes WHERE kind = 'follow_up_due'")
    assert fired > 0
    assert casework.verify(shifted).wrong == 0


def test_what_is_due_happens_at_its_instant_once_when_the_clock_is_set_over_it_and_back(
    shifted: Store, clock: HostClock, new_cases: Callable[..., list[str]]
) -> None:
    (reference,) = new_cases(shifted, 1)
    offered = casework.record(shifted, reference, ACCEPTED).recorded_at

    def expiries() -> list[datetime]:
        statement = "SELECT at FROM handrail.changes WHERE kind = 'hand_off_reminded' ORDER BY number"
        return [row[0] for row in clock.rows(statement)]

    clock.set(4 * HOUR - timedelta(minutes=5))
    casework.wake_due(shifted)
    clock.set(-2 * HOUR)
    casework.wake_due(shifted)
    assert expiries() == []

    for off in (4 * HOUR + timedelta(minutes=5), 2 * HOUR, timedelta(), 4 * HOUR + timedelta(minutes=6)):
        clock.set(off)
        casework.wake_due(shifted)
        assert expiries() == [offered + 4 * HOUR]
    assert casework.verify(shifted).wrong == 0


EVERYTHING: dict[str, Callable[[Store, str], object]] = {
    "view": casework.view,
    "why": casework.why,
    "timeline": casework.timeline,
    "steps": casework.steps,
    "wake": casework.wake,
    "record": lambda store, reference: casework.record(store, reference, SEEN),
    "next due": lambda store, _: casework.next_due(store),
    "sweep": lambda store, _: casework.wake_due(store),
    "deliver": lambda store, _: deliveries.deliver_due(store),
    "tasking": lambda store, _: tasking.open_tasking(store),
    "blockages": lambda store, _: casework.survey_blockages(store),
    "beat": lambda store, _: casework.beat(store, "timed-follow-ups", {}),
    "refer": lambda store, _: casework.refer(store, "shelter", Referral(Identity(("Somebody New",)), OUTREACH)),
    "close": lambda store, reference: casework.close(store, reference, Speaker("council", "C. Officer"), "left"),
    "reopen": lambda store, reference: casework.reopen(store, reference, Speaker("council", "C. Officer"), "back"),
    "verify": lambda store, _: casework.verify(store),
}


def test_everything_can_be_done_and_asked_when_the_clock_stands_a_day_before_what_a_case_has_lived(
    shifted: Store, clock: HostClock, new_cases: Callable[..., list[str]]
) -> None:
    clock.set(24 * HOUR)
    (reference,) = new_cases(shifted, 1)
    casework.record(shifted, reference, ACCEPTED)
    casework.beat(shifted, "timed-follow-ups", {})
    clock.set(timedelta())

    for name, act in EVERYTHING.items():
        assert (name, act(shifted, reference)) != (name, None) or name == "beat"

    assert clock.rows(BACKWARDS) == []
    assert casework.verify(shifted).wrong == 0
    (sign,) = casework.signs_of_life(shifted)
    assert abs(sign.at - datetime.now(UTC)) < HOUR, "a sign of life is of now, also if one came from ahead before"


def test_what_was_published_last_is_in_force_although_the_clock_was_set_back(
    shifted: Store, clock: HostClock, rules: Path
) -> None:
    older, newer = (rules.read_text().replace("version: 1", f"version: {version}") for version in (2, 3))
    clock.set(HOUR)
    casework.publish(shifted, older, None, file_name="shelter.yaml")
    clock.set(timedelta())

    casework.publish(shifted, newer, None, file_name="shelter.yaml")

    assert get_newest(shifted, "shelter").version == 3


def test_a_notice_that_a_dead_worker_was_sending_leaves_when_its_lease_ends_by_the_database(
    shifted: Store, clock: HostClock, new_cases: Callable[..., list[str]]
) -> None:
    (reference,) = new_cases(shifted, 1)
    casework.record(shifted, reference, ACCEPTED)

    clock.set(HOUR)
    with shifted.engine.begin() as connection:
        claim_waiting(connection, 100, timedelta(minutes=5))

    clock.set(timedelta())
    assert deliveries.deliver_due(shifted).sent == 0
    clock.set(HOUR + timedelta(minutes=6))
    assert deliveries.deliver_due(shifted).sent > 0
    clock.set(timedelta())
    assert deliveries.deliver_due(shifted).sent == 0
    attempts = clock.rows("SELECT message, count(*) FROM handrail.attempts GROUP BY message HAVING count(*) > 1")
    assert attempts == []


def test_messages_are_signed_as_of_the_databases_time(
    shifted: Store, clock: HostClock, new_cases: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (reference,) = new_cases(shifted, 1)
    casework.record(shifted, reference, ACCEPTED)
    clock.set(30 * HOUR)
    told: list[float] = []

    @contextmanager
    def note_the_clock(*given: Any, **named: Any) -> Iterator[Channels]:
        with open_channels(*given, **named) as channels:
            told.append(channels.clock())
            yield channels

    monkeypatch.setattr("handrail.deliveries.open_channels", note_the_clock)
    deliveries.deliver_due(shifted)

    assert told
    now = casework.database_now(shifted).timestamp()
    assert all(abs(now - each) < 60 for each in told)


def test_no_column_is_filled_by_a_clock_that_can_be_set_apart_from_the_journal(shifted: Store) -> None:
    with shifted.engine.connect() as connection:
        stands_still = connection.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = 'handrail' AND column_default ~ '(now\\(\\)|CURRENT_TIMESTAMP|transaction_t)'"
            )
        ).all()

    assert stands_still == []
