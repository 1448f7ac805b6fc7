"""Somebody holds a case or a table: who waits is told in time, sweeps pass over it and come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from handrail import casework, deliveries
from handrail.casework import Identity, Referral, Said, Speaker
from handrail.errors import Delayed
from handrail.wiring import Store
from models.migrations import newest, upgrade

SEEN = Said("seen", {}, Speaker("outreach"))
GENEROUS = 20.0  # seconds; the lock itself is waited for one


@pytest.fixture
def hasty(database_url: str, opened: Callable[..., Any], rules: Path) -> Iterator[Store]:
    """A store that waits a second for a lock, and two for a statement."""
    with opened(database_url, lock_seconds=1, statement_seconds=2) as hasty:
        casework.publish(hasty, rules.read_text(), None, file_name="shelter.yaml")
        yield hasty


def test_an_act_on_a_case_that_somebody_holds_ends_in_time_and_says_what_to_do(
    hasty: Store, database_url: str, new_cases: Callable[..., list[str]], admin: Callable[..., Any]
) -> None:
    held, free = new_cases(hasty, 2)

    with admin(database_url) as beside, beside.transaction():
        beside.execute("SELECT FROM handrail.cases WHERE reference = %s FOR UPDATE", [held])
        began = time.monotonic()
        with pytest.raises(Delayed, match=r"Somebody else holds this case.*Repeat it in a moment"):
            casework.record(hasty, held, SEEN)
        waited = time.monotonic() - began
        assert casework.record(hasty, free, SEEN).number == 2

    assert 0.9 < waited < GENEROUS
    assert casework.record(hasty, held, SEEN).number == 2


@pytest.mark.parametrize("table", ["events", "notices"])
def test_an_act_on_a_table_that_somebody_holds_leaves_no_trace_and_works_afterwards(
    hasty: Store, database_url: str, new_cases: Callable[..., list[str]], admin: Callable[..., Any], table: str
) -> None:
    (reference,) = new_cases(hasty, 1)
    accepted = Said("offer.made", {"response": "accepted"}, Speaker("outreach"))

    with admin(database_url) as beside, beside.transaction():
        beside.execute(f"LOCK TABLE handrail.{table} IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Delayed, match="Repeat it in a moment"):
            casework.record(hasty, reference, accepted)

    assert casework.verify(hasty).wrong == 0
    assert casework.record(hasty, reference, accepted).number == 2


EVERY_ACT: dict[str, Callable[[Store], object]] = {
    "refer": lambda store: casework.refer(
        store, "shelter", Referral(Identity(("Somebody New",)), Speaker("outreach", "P. Officer"))
    ),
    "wake": casework.wake_due,
    "deliver": deliveries.deliver_due,
    "next wake": casework.next_due,
    "next delivery": deliveries.next_delivery,
    "list": casework.list_of_cases,
    "stages": casework.people_per_stage,
    "verify": casework.verify,
    "tasking": casework.open_work_of,
}


def test_whatever_is_asked_of_a_table_that_somebody_holds_is_delayed_and_works_afterwards(
    hasty: Store, database_url: str, new_cases: Callable[..., list[str]], admin: Callable[..., Any]
) -> None:
    new_cases(hasty, 1)

    def told(name: str) -> str:
        try:
            EVERY_ACT[name](hasty)
        except Delayed as delay:
            return str(delay)
        return f"{name} was done"

    with admin(database_url) as beside, beside.transaction():
        beside.execute("LOCK TABLE handrail.cases, handrail.notices, handrail.work IN ACCESS EXCLUSIVE MODE")
        with ThreadPoolExecutor(len(EVERY_ACT)) as pool:
            while_held = [*pool.map(told, EVERY_ACT)]

    assert set(while_held) == {"Somebody else holds this case, or a whole table, for too long. Repeat it in a moment."}
    assert [told(name) for name in EVERY_ACT] == [f"{name} was done" for name in EVERY_ACT]


def test_a_sweep_passes_over_cases_that_somebody_holds_and_comes_back_to_them(
    hasty: Store, database_url: str, new_cases: Callable[..., list[str]], admin: Callable[..., Any]
) -> None:
    references = new_cases(hasty, 6, timedelta(days=3))

    with admin(database_url) as beside, beside.transaction():
        beside.execute("SELECT FROM handrail.cases WHERE reference = ANY(%s) FOR UPDATE", [references[:2]])
        assert casework.wake_due(hasty).cases == 4
        assert casework.wake_due(hasty).cases == 0

    assert casework.wake_due(hasty).cases == 2
    assert casework.verify(hasty).wrong == 0


def test_a_statement_that_takes_too_long_ends_and_the_sentence_names_the_setting(
    hasty: Store,
    database_url: str,
    new_cases: Callable[..., list[str]],
    admin: Callable[..., Any],
) -> None:
    (reference,) = new_cases(hasty, 1)
    with admin(database_url) as beside:
        beside.execute(
            "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(30); RETURN NEW; END'"
        )
        beside.execute("CREATE TRIGGER slow BEFORE INSERT ON handrail.events FOR EACH ROW EXECUTE FUNCTION dawdle()")

        with pytest.raises(Delayed, match="HANDRAIL_STATEMENT_SECONDS"):
            casework.record(hasty, reference, SEEN)

        beside.execute("DROP TRIGGER slow ON handrail.events")
    assert casework.record(hasty, reference, SEEN).number == 2
    assert casework.verify(hasty).wrong == 0


def test_a_migration_under_load_gives_up_within_its_time_and_is_whole_when_repeated(
    empty_database_url: str, opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, admin: Callable[..., Any]
) -> None:
    monkeypatch.setattr("models.migrations.LOCK_SECONDS", 1)
    with opened(empty_database_url) as store, admin(empty_database_url) as beside:
        beside.execute("CREATE SCHEMA handrail")
        beside.execute("CREATE TABLE handrail.alembic_version (version_num varchar(32) NOT NULL)")
        with beside.transaction():
            beside.execute("LOCK TABLE handrail.alembic_version IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(OperationalError):
                upgrade(store.engine)
        left = beside.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'handrail'").fetchone()
        assert left == (1,), "nothing of it was laid"

        assert upgrade(store.engine) == newest()


def test_work_goes_on_while_the_tables_are_brought_up_to_date_again(
    store: Store, new_cases: Callable[..., list[str]], under_load: Callable[..., Any]
) -> None:
    references = new_cases(store, 5)

    with under_load(store, references) as load:
        load.await_more()
        for _ in range(3):
            assert upgrade(store.engine) == newest()
            load.await_more()

    assert casework.verify(store).wrong == 0


def test_two_who_hold_what_the_other_wants_are_parted_and_both_get_through(
    hasty: Store, database_url: str, new_cases: Callable[..., list[str]], admin: Callable[..., Any]
) -> None:
    first, second = new_cases(hasty, 2)
    asked = threading.Event()
    both = "SELECT FROM handrail.cases WHERE reference = %s FOR UPDATE"
    told: list[Delayed] = []

    def hold_second_then_first() -> None:
        with admin(database_url) as beside, beside.transaction():
            beside.execute(both, [second])
            asked.set()
            beside.execute(both, [first])

    other = threading.Thread(target=hold_second_then_first)
    with hasty.engine.begin() as connection:
        below: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
        below.execute(both, [first])
        other.start()
        assert asked.wait(GENEROUS)
        try:
            casework.record(hasty, second, SEEN)
        except Delayed as delay:
            told.append(delay)
    other.join()

    assert len(told) == 1
    assert casework.record(hasty, second, SEEN).number == 2
