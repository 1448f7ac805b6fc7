"""Two do the same, or the opposite, at the same instant, many times: one effect, and a clear answer for the other."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from handrail import casework, deliveries
from handrail.casework import Brought, Identity, ImportOptions, Origin, Referral, Said, Speaker
from handrail.errors import Delayed, Refused, RulesRefused, SaidDifferently
from handrail.publishing import get_newest
from handrail.wiring import Store

ROUNDS = 12
OUTREACH, MISSION, COUNCIL = Speaker("outreach", "P. Officer"), Speaker("mission"), Speaker("council", "C. Officer")
ACCEPTED = Said("offer.made", {"response": "accepted"}, OUTREACH)
Act = Callable[[], Any]


def at_once(*acts: Act) -> list[Any]:
    """Start all acts at one instant, each on a connection of its own, and return what each came to or raised."""
    start = threading.Barrier(len(acts))

    def run(act: Act) -> Any:
        start.wait()
        try:
            return act()
        except Exception as error:  # noqa: BLE001 (what it is, is what the test asks)
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return [*pool.map(run, acts)]


def kinds(found: list[Any]) -> Counter[str]:
    return Counter(type(each).__name__ for each in found)


def count(store: Store, statement: str) -> int:
    with store.engine.connect() as connection:
        return int(connection.scalar(text(statement)) or 0)


@pytest.fixture
def offered(store: Store, new_cases: Callable[..., list[str]]) -> list[str]:
    """Cases in which a bed is offered to the mission, one a round."""
    references = new_cases(store, ROUNDS)
    for reference in references:
        casework.record(store, reference, ACCEPTED)
    return references


def test_of_two_opposite_answers_one_counts_and_the_other_is_refused(store: Store, offered: list[str]) -> None:
    for reference in offered:
        yes, no = at_once(
            partial(casework.accept, store, reference, "bed", MISSION),
            partial(casework.decline, store, reference, "bed", MISSION, "full"),
        )

        assert isinstance(yes, Refused) != isinstance(no, Refused)
        assert not isinstance(yes, Delayed)
        assert not isinstance(no, Delayed)

    assert count(store, "SELECT count(*) FROM handrail.events WHERE kind LIKE 'hand_off.%'") == ROUNDS
    assert casework.verify(store).wrong == 0


def test_an_answer_and_the_sweep_that_lets_the_offer_expire_leave_one_of_the_two(
    store: Store, offered: list[str]
) -> None:
    with store.engine.begin() as connection:  # the offers are due now, as far as the sweep can see
        connection.execute(text("UPDATE handrail.cases SET wake_at = clock_timestamp()"))

    for reference in offered:
        answer, swept, again = at_once(
            partial(casework.accept, store, reference, "bed", MISSION),
            partial(casework.wake_due, store, "hand_offs", 3),
            partial(casework.wake_due, store, "hand_offs", 3),
        )

        assert answer.changes[0].kind == "hand_off_accepted"
        assert not isinstance(swept, Exception)
        assert not isinstance(again, Exception)
    assert casework.verify(store).wrong == 0


def test_the_same_event_brought_twice_at_once_is_recorded_once_and_answered_twice(
    store: Store, new_cases: Callable[..., list[str]]
) -> None:
    (reference,) = new_cases(store, 1)
    for nth in range(ROUNDS):
        said = Said("seen", {"times": nth}, OUTREACH, origin=Origin("register", str(nth)))

        found = at_once(*[partial(casework.record, store, reference, said)] * 3)

        assert sorted(each.repeated for each in found) == [False, True, True]
        assert len({each.number for each in found}) == 1

    assert count(store, "SELECT count(*) FROM handrail.events WHERE source = 'register'") == ROUNDS
    assert casework.verify(store).wrong == 0


def test_different_events_under_one_id_at_once_leave_one_and_tell_the_difference(
    store: Store, new_cases: Callable[..., list[str]]
) -> None:
    (reference,) = new_cases(store, 1)
    for nth in range(ROUNDS):
        origin = Origin("register", str(nth))

        found = at_once(
            *(
                partial(casework.record, store, reference, Said("seen", {"times": times}, OUTREACH, origin=origin))
                for times in (1, 2)
            )
        )

        assert kinds(found) == {"Outcome": 1, "SaidDifferently": 1}
        (refusal,) = [each for each in found if isinstance(each, SaidDifferently)]
        assert set(refusal.differences) == {"times"}


def test_different_events_of_one_case_at_once_are_all_recorded_one_after_the_other(
    store: Store, new_cases: Callable[..., list[str]]
) -> None:
    (reference,) = new_cases(store, 1)
    for nth in range(ROUNDS):
        found = at_once(
            *(
                partial(casework.record, store, reference, Said("seen", {"times": times}, OUTREACH))
                for times in range(4)
            )
        )

        assert sorted(each.number for each in found) == [2 + 4 * nth + place for place in range(4)]
        assert len({each.recorded_at for each in found}) == 4
    assert casework.verify(store).wrong == 0


def test_two_who_publish_the_same_text_at_once_both_hear_that_it_is_in_force(store: Store, rules: Path) -> None:
    for version in range(2, 2 + ROUNDS):
        words = rules.read_text().replace("version: 1", f"version: {version}")

        found = at_once(*[partial(casework.publish, store, words, None, file_name="shelter.yaml")] * 2)

        assert sorted(each.new for each in found) == [False, True]
    assert count(store, "SELECT count(*) FROM handrail.publications") == 1 + ROUNDS


def test_of_two_who_publish_different_texts_under_one_version_one_is_told_to_raise_it(
    store: Store, rules: Path
) -> None:
    for version in range(2, 2 + ROUNDS):
        words = rules.read_text().replace("version: 1", f"version: {version}")
        texts = [words, words.replace("Winter shelter", "Summer shelter")]

        found = at_once(*(partial(casework.publish, store, each, None, file_name="shelter.yaml") for each in texts))

        assert kinds(found) == {"Published": 1, "RulesRefused": 1}
        (refusal,) = [each for each in found if isinstance(each, RulesRefused)]
        assert "version" in str(refusal)
        (won,) = [each for each in found if not isinstance(each, RulesRefused)]
        assert get_newest(store, "shelter").hash == won.hash


def test_the_same_log_imported_twice_at_once_is_in_once(store: Store) -> None:
    at = casework.database_now(store) - timedelta(days=1)
    for nth in range(ROUNDS):
        log = [
            (
                f"{nth}-{case}",
                [
                    Brought(f"{nth}-{case}", "referral.made", at, agency="outreach"),
                    Brought(f"{nth}-{case}", "seen", at + timedelta(hours=1), agency="outreach", fields={"times": 1}),
                ],
            )
            for case in range(20)
        ]

        found = at_once(*[partial(casework.import_events, store, "shelter", log, ImportOptions("log"))] * 2)

        assert all(not isinstance(each, Exception) or isinstance(each, Delayed) for each in found), found
        done = [each for each in found if not isinstance(each, Exception)]
        assert sum(each.new_cases for each in done) == 20

    assert count(store, "SELECT count(*) FROM handrail.cases") == 20 * ROUNDS
    assert count(store, "SELECT count(*) FROM handrail.events") == 40 * ROUNDS
    assert casework.verify(store).wrong == 0


def test_two_who_refer_one_person_at_once_open_one_case(store: Store) -> None:
    for nth in range(ROUNDS):
        first = casework.refer(store, "shelter", Referral(Identity((f"Somebody {nth:04}",)), OUTREACH))
        casework.close(store, first.reference, COUNCIL, "moved away")

        found = at_once(*[partial(casework.refer, store, "shelter", Referral(first.person, OUTREACH))] * 2)

        assert kinds(found) == {"Referred": 1, "NotPossible": 1}
    assert count(store, "SELECT count(*) FROM handrail.cases WHERE status = 'open'") == ROUNDS


def test_two_sweeps_and_two_carriers_at_once_do_each_thing_once(
    store: Store, new_cases: Callable[..., list[str]]
) -> None:
    references = new_cases(store, 4 * ROUNDS, timedelta(days=3))
    woken = sent = 0
    for _ in range(ROUNDS):
        found = at_once(
            *[partial(casework.wake_due, store, "follow_ups", 3)] * 2, *[partial(deliveries.deliver_due, store, 3)] * 2
        )

        assert not any(isinstance(each, Exception) for each in found), found
        woken += sum(batch.cases for batch in found[:2])
        sent += sum(batch.sent for batch in found[2:])
    while batch := casework.wake_due(store).cases:
        woken += batch
    while batch := deliveries.deliver_due(store).sent:
        sent += batch

    assert woken == len(references)
    assert sent == count(store, "SELECT count(DISTINCT message) FROM handrail.attempts") > 0
    assert sent == count(store, "SELECT count(*) FROM handrail.attempts")
    assert casework.verify(store).wrong == 0


def test_of_two_who_finish_one_task_at_once_the_second_is_told(
    store: Store, new_cases: Callable[..., list[str]]
) -> None:
    for reference in new_cases(store, ROUNDS):
        found = at_once(*[partial(casework.complete, store, reference, "check", COUNCIL)] * 2)

        assert [isinstance(each, Refused) for each in found].count(True) == 1, found
    assert casework.verify(store).wrong == 0


def test_of_two_who_settle_one_incident_at_once_the_second_is_told(store: Store) -> None:
    for nth in range(ROUNDS):
        with store.engine.begin() as connection:
            statement = text(
                "INSERT INTO handrail.incidents (kind, subject, sentence) VALUES ('x', :it, 'x.') RETURNING id"
            )
            number = connection.scalar(statement, {"it": str(nth)})

        found = at_once(*[partial(casework.settle_incident, store, number, "C. Officer")] * 2)

        assert sorted(found) == [False, True]
