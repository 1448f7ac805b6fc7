"""The proof fails when the store was tampered with, and work that broke off leaves no trace."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from handrail.errors import Delayed
from handrail.recording import Said, Speaker, record
from handrail.steps import Saying, Scene, act
from handrail.verification import in_parts, verify
from handrail.wiring import Store
from models.cases import KeptCase, StoredCase

OUTREACH = Speaker("outreach", "P. Officer")


@pytest.mark.parametrize(
    ("tampering", "told"),
    [
        ("UPDATE handrail.cases SET state = replace(state, '\"events\":2', '\"events\":3')", "the state is not"),
        ('UPDATE handrail.events SET fields = \'{"response": "declined"}\' WHERE number = 2', "the state is not"),
        ("DELETE FROM handrail.changes WHERE number = 2", "the timeline has"),
        ("UPDATE handrail.changes SET because = 'no reason' WHERE number = 1", "the timeline has"),
        ("UPDATE handrail.work SET agency = 'riverside' WHERE kind = 'hand_off'", "the open work"),
        ("UPDATE handrail.work SET closed_at = now() WHERE kind = 'task'", "the open work"),
        ("UPDATE handrail.cases SET wake_at = wake_at + interval '1 s'", "it would be woken at"),
        ("UPDATE handrail.cases SET status = 'closed'", "not listed as its state says"),
        ("DELETE FROM handrail.notices WHERE number = 1", "notices are kept"),
    ],
    ids=["state", "event", "change", "reason", "owner", "task", "wake", "status", "notice"],
)
def test_tampering_is_noticed(store: Store, new_case: Callable[[], str], tampering: str, told: str) -> None:
    reference = new_case()
    record(store, reference, Said("offer.made", {"response": "accepted"}, OUTREACH))
    assert not verify(store).wrong
    with store.engine.begin() as connection:
        connection.execute(text(tampering.replace(":", "\\:")))

    found = verify(store)

    assert found.wrong == 1
    assert any(told in each.what for each in found.mismatches)
    assert {each.reference for each in found.mismatches} == {reference}


def test_a_connection_that_is_killed_in_the_middle_leaves_no_trace(store: Store, new_case: Callable[[], str]) -> None:
    reference = new_case()
    held, killed = threading.Event(), threading.Event()

    def slow_plan(_: Scene) -> list[Saying]:
        held.set()
        assert killed.wait(20)
        return [Saying("seen", {}, "outreach")]

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(act, store, reference, slow_plan)
        assert held.wait(20)
        kill_whoever_is_in_a_transaction(store)
        killed.set()
        with pytest.raises(Delayed):
            working.result(20)

    assert verify(store).events == 1
    assert record(store, reference, Said("seen", {}, OUTREACH)).number == 2
    assert not verify(store).wrong


def kill_whoever_is_in_a_transaction(store: Store) -> None:
    with store.engine.connect() as connection:
        killed = connection.scalars(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle in transaction'"
            )
        ).all()
    assert killed == [True]


def test_many_at_once_on_one_case_are_recorded_one_after_the_other(store: Store, new_case: Callable[[], str]) -> None:
    reference = new_case()

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda n: record(store, reference, Said("seen", {"times": n}, OUTREACH)), range(24)))

    assert sorted(outcome.number or 0 for outcome in outcomes) == list(range(2, 26))
    by_number = sorted(outcomes, key=lambda outcome: outcome.number or 0)
    instants = [outcome.recorded_at for outcome in by_number]
    assert len(set(instants)) == 24
    assert instants == sorted(instants)
    assert not verify(store).wrong


def test_cases_with_a_long_past_are_held_a_few_at_a_time() -> None:
    chunk = [kept_case(changes) for changes in (4_000, 5_000, 2_000, 30_000, 1, 2)]

    parts = [[kept.stored.changes for kept in part] for part in in_parts(chunk)]

    assert parts == [[4_000, 5_000], [2_000], [30_000], [1, 2]]


def kept_case(changes: int) -> KeptCase:
    at = datetime(2026, 3, 20, tzinfo=UTC)
    return KeptCase(StoredCase(1, "K4-7", "hash", "{}", 1, changes, at), "open", None, None)
