"""Cases are woken when they are due, by any number of workers, and told of once."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from handrail.imports import Brought, ImportOptions, import_events
from handrail.sweeps import GRACE, database_now, next_due, wake_due
from handrail.verification import verify
from handrail.wiring import Store
from models.attempts import list_incidents
from models.faults import find_fault

LONG_AGO = datetime(2026, 3, 2, 8, tzinfo=UTC)


def bring(store: Store, offers: Mapping[str, datetime]) -> dict[str, str]:
    """Import one case a name, referred and offered a bed at that instant; return their references."""
    log = [
        (
            name,
            [
                Brought(name, "referral.made", at, agency="outreach"),
                Brought(name, "offer.made", at, agency="outreach", fields={"response": "accepted"}),
            ],
        )
        for name, at in offers.items()
    ]
    return import_events(store, "shelter", log, ImportOptions("test")).references


def test_everything_missed_is_recorded_in_order_and_an_agency_gets_one_notice(store: Store) -> None:
    bring(store, {"A": LONG_AGO})

    batch = wake_due(store, "follow_ups", 10)

    assert batch.cases == 1
    assert batch.changes["follow_up_due"] > 200
    with store.engine.connect() as connection:
        told = connection.execute(
            text(
                "SELECT agency, track, subject, count(*) AS times FROM handrail.notices"
                " WHERE state = 'waiting' GROUP BY agency, track, subject"
            )
        ).all()
        instants = connection.scalars(text("SELECT at FROM handrail.changes ORDER BY number")).all()
    assert told
    assert all(row.times == 1 for row in told)
    assert list(instants) == sorted(instants)
    assert not verify(store).wrong


def test_a_case_woken_is_not_due_again(store: Store) -> None:
    bring(store, {"A": LONG_AGO})
    wake_due(store)

    assert wake_due(store).cases == 0
    due = next_due(store)
    assert due is not None
    assert due > LONG_AGO


def test_a_sweep_takes_its_own_at_once_and_the_others_after_a_while(store: Store) -> None:
    now = database_now(store)
    offered = now - timedelta(hours=4, seconds=5)
    bring(store, {"A": offered})

    assert next_due(store, "hand_offs") == offered + timedelta(hours=4)
    assert next_due(store, "follow_ups") == offered + timedelta(hours=4) + GRACE
    assert wake_due(store, "follow_ups", 10).cases == 0
    assert "hand_off_reminded" in [act.kind for act in wake_due(store, "hand_offs", 10).acts]


def test_what_the_other_sweep_has_left_for_long_is_taken_over(store: Store) -> None:
    bring(store, {"A": LONG_AGO})

    assert wake_due(store, "hand_offs", 10).cases == 1


def test_a_case_that_cannot_be_woken_does_not_keep_the_others_waiting(store: Store) -> None:
    references = bring(store, {"A": LONG_AGO, "B": LONG_AGO})
    with store.engine.begin() as connection:
        connection.execute(
            text("UPDATE handrail.cases SET state = replace(state, 'street', 'gone') WHERE reference = :reference"),
            {"reference": references["A"]},
        )

    batch = wake_due(store)

    assert (batch.cases, batch.stuck) == (1, (references["A"],))
    assert wake_due(store).cases == 0
    with store.engine.connect() as connection:
        (incident,) = list_incidents(connection)
        fault = find_fault(connection, 1)
    assert incident.subject == references["A"]
    assert fault is not None
    assert "gone" in fault.details
    assert "gone" not in incident.sentence


def test_workers_share_a_sweep_and_no_case_is_woken_twice(store: Store) -> None:
    bring(store, {f"case {n}": LONG_AGO for n in range(40)})

    with ThreadPoolExecutor(4) as pool:
        batches = list(pool.map(lambda _: [wake_due(store, "follow_ups", 5) for _ in range(12)], range(4)))

    assert sum(batch.cases for worker in batches for batch in worker) == 40
    found = verify(store)
    assert (found.cases, found.wrong) == (40, 0)
