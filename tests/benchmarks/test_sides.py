"""What stands on our side and beside it in the benchmarks does what its figure says, and proves it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from benchmarks import due_cases, laying, notice_speed
from benchmarks.bare_notices import LAY, SAY
from benchmarks.children import ChildFailed, child
from benchmarks.growth import CALLED, named
from benchmarks.memory import peak_megabytes
from benchmarks.receiver import receiver
from benchmarks.servers import address, another_database, bare
from benchmarks.timer_lateness import late
from benchmarks.worker_sharing import DoneTwice, check_once
from handrail.casework import database_now, publish, record, verify, wake_due
from handrail.deliveries import deliver_due
from handrail.settings import Settings
from handrail.wiring import Store

A_WHILE = 60.0


@pytest.fixture
def store(engine: Engine, tmp_path: Path) -> Iterator[Store]:
    secrets = {"mission": [SecretStr(notice_speed.SECRET)]}
    with Store(engine, Settings(state=tmp_path, webhook_secrets=secrets)) as store:
        yield store


def test_what_is_due_at_one_instant_never_fires_early(store: Store) -> None:
    found = late(store, "a few", 5)

    assert len(found) == 5
    assert min(found) > 0


def test_laid_cases_are_what_their_events_amount_to_and_as_many_are_due_as_was_asked(store: Store) -> None:
    laying.bring_models(store)
    laying.multiply(store, 60, 20, lambda _: None)
    [reference, *_] = named(store, 3)

    assert wake_due(store, "follow_ups", 100).cases == 20
    assert record(store, reference, CALLED).number == 2
    proof = verify(store)
    assert (proof.cases, proof.wrong) == (60, 0), proof.mismatches


def test_a_case_that_was_woken_twice_or_not_at_all_is_noticed(store: Store) -> None:
    due_cases.bring(store, "shared", 3, database_now(store) - timedelta(seconds=1))
    with pytest.raises(DoneTwice):
        check_once(store, 3, whole=False)

    assert wake_due(store).cases == 3
    check_once(store, 3, whole=True)
    with store.engine.begin() as connection:
        connection.execute(
            text("UPDATE handrail.changes SET kind = 'follow_up_due' WHERE case_id = 1 AND kind = 'task_opened'")
        )

    with pytest.raises(DoneTwice):
        check_once(store, 3, whole=False)


def test_a_case_that_is_not_what_its_events_amount_to_is_noticed(store: Store) -> None:
    due_cases.bring(store, "shared", 1, database_now(store) - timedelta(seconds=1))
    wake_due(store)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE handrail.changes SET because = 'nothing' WHERE kind = 'follow_up_due'"))

    check_once(store, 1, whole=False)
    with pytest.raises(DoneTwice):
        check_once(store, 1, whole=True)


def test_the_event_that_is_measured_has_a_receiver_told_once_of_its_case(store: Store) -> None:
    with receiver() as mission:
        publish(store, notice_speed.BEDS.replace("WHERE", mission.url), None, file_name="beds.yaml")
        reference = notice_speed.open_case(store, 1)
        record(store, reference, notice_speed.OFFERED)

        assert deliver_due(store).sent == 1

        mission.await_message(reference, A_WHILE)
        assert mission.count_of(reference) == 1


def test_the_bare_way_of_a_notice_has_the_same_receiver_told(store: Store) -> None:
    with receiver() as mission, another_database(store, "bare_notices_tested") as other, bare(other) as connection:
        connection.execute(LAY)
        connection.commit()
        with child("bare_notices", address(other), mission.url, endless=True) as sender:
            sender.answer()

            took = [notice_speed.bare_notice(connection, name, mission) for name in ("first", "second")]

        assert min(took) > 0
        assert [mission.count_of(name) for name in ("first", "second")] == [1, 1]
        assert SAY.startswith("INSERT")


def test_a_receiver_that_is_told_nothing_says_so() -> None:
    with receiver() as mission, pytest.raises(TimeoutError, match="No message about K4T-W9M-P2R"):
        mission.await_message("K4T-W9M-P2R", 0.05)


def test_the_memory_of_a_new_process_is_told_in_megabytes(store: Store) -> None:
    due_cases.bring(store, "a few", 2, database_now(store) - timedelta(seconds=1))
    found = peak_megabytes(store, named_of(store), CALLED, wakes=1, verified=True)

    assert 20 < found < 1000


def named_of(store: Store) -> list[str]:
    with store.engine.connect() as connection:
        return list(connection.scalars(text("SELECT reference FROM handrail.cases ORDER BY id LIMIT 1")))


def test_a_child_that_ends_too_early_is_told_with_its_last_words() -> None:
    with child("memory", "no address") as process:
        process.say({"references": [], "said": ["called", {}, "street", None], "wakes": 0, "verified": False})

        with pytest.raises(ChildFailed, match="Error"):
            process.answer()
