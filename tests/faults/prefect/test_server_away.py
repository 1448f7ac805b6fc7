"""Prefect's server is away for three days, then back: all that was due happens in order, once, with one notice each."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from handrail import casework
from handrail.prefect_automations import SWEEPS

if TYPE_CHECKING:
    from troubled.installation import Trouble

CASES = 6
LONDON = ZoneInfo("Europe/London")
TABLES = ("housing-blockages", "daily-tasking", "outcomes")
LAID = "SELECT count(*) FROM flow_run WHERE auto_scheduled AND state_type = 'SCHEDULED' GROUP BY deployment_id"
# What the schedule laid is spread over the three days; the key by which it is laid once goes with it.
PASS_THREE_DAYS = """
WITH laid AS (
    SELECT id, row_number() OVER (PARTITION BY deployment_id ORDER BY expected_start_time) AS number
    FROM flow_run WHERE auto_scheduled AND state_type = 'SCHEDULED'
), kept AS (
    UPDATE flow_run SET idempotency_key = idempotency_key || ' of then',
        expected_start_time = now() - interval '3 days' + ((number - 1) / 2) * interval '23 hours',
        next_scheduled_start_time = now() - interval '3 days' + ((number - 1) / 2) * interval '23 hours'
    FROM laid WHERE flow_run.id = laid.id AND number <= 5
    RETURNING flow_run.state_id, flow_run.expected_start_time AS at
)
UPDATE flow_run_state SET state_details = jsonb_set(state_details, '{scheduled_time}', to_jsonb(at)) FROM kept
WHERE flow_run_state.id = kept.state_id
"""
# The rest of what was laid would only begin soon.
FORGET_THE_REST = (
    "DELETE FROM flow_run WHERE auto_scheduled AND state_type = 'SCHEDULED' AND expected_start_time > now()"
)
LATE = """SELECT d.name, f.state_type FROM flow_run AS f JOIN deployment AS d ON d.id = f.deployment_id
    WHERE f.idempotency_key LIKE '% of then'"""


@pytest.fixture(scope="module")
def began() -> datetime:
    return datetime.now(UTC) - timedelta(days=3, hours=1)


@pytest.fixture(scope="module")
def cases(trouble: Trouble, began: datetime) -> list[str]:
    """Cases whose follow-ups fell due, day after day, while the server was away; now it is back, and all is done."""
    trouble.client.pause(paused=False)
    trouble.await_fact(lambda: [count >= 3 for (count,) in trouble.query(LAID)] == [True] * 6)
    trouble.kill_server()
    trouble.query(PASS_THREE_DAYS)
    trouble.query(FORGET_THE_REST)
    references = trouble.open_cases(CASES, began)

    trouble.await_prefect()
    trouble.await_fact(lambda: {state for _, state in trouble.query(LATE)} <= {"COMPLETED", "CANCELLED"})
    assert trouble.run_to_its_end("deliver-notices").state == "COMPLETED"
    return references


@pytest.mark.usefixtures("cases")
def test_of_the_runs_that_came_late_one_does_what_they_all_would(trouble: Trouble) -> None:
    late = Counter(trouble.query(LATE))

    # Runs that were begun before the first of their deployment could cancel them end by themselves, with nothing to do.
    assert all(late[name, "COMPLETED"] >= 1 for name in (*SWEEPS, *TABLES)), late
    assert all(late[name, "CANCELLED"] >= 1 for name in SWEEPS), late
    assert sum(count for (_, state), count in late.items() if state == "CANCELLED") > late.total() / 4, late


def test_every_missed_instant_is_recorded_once_in_order_at_its_own_instant(
    trouble: Trouble, cases: list[str], began: datetime
) -> None:
    expected = missed(began)

    found = {reference: follow_ups(trouble, reference) for reference in cases}

    assert len(expected) == 3
    assert found == dict.fromkeys(cases, expected)
    assert trouble.nothing_is_due()
    assert casework.verify(trouble.store).wrong == 0


def test_the_agency_gets_one_notice_of_each_case_and_one_message_a_notice(trouble: Trouble, cases: list[str]) -> None:
    wanted = ", ".join(f"'{reference}'" for reference in cases)
    rows = trouble.ask(
        "SELECT c.reference, n.agency, n.state, n.message FROM handrail.notices AS n"  # noqa: S608 - references
        f" JOIN handrail.cases AS c ON c.id = n.case_id WHERE c.reference IN ({wanted}) AND n.subject = 'daily_offer'"
    )

    sent = Counter((reference, agency) for reference, agency, state, _ in rows if state == "sent")
    messages = {message for *_, state, message in rows if state == "sent"}
    outbox = [path for path in trouble.store.settings.outbox_folder.rglob("*") if path.is_file()]
    in_files = Counter(message for message in messages for path in outbox if message in path.read_text())

    assert sent == Counter(dict.fromkeys([(reference, "outreach") for reference in cases], 1))
    assert {state for _, _, state, _ in rows} == {"sent", "superseded"}
    assert in_files == Counter(dict.fromkeys(messages, 1))


def test_the_schedule_goes_on_for_every_deployment(trouble: Trouble, cases: list[str]) -> None:
    assert cases
    trouble.await_fact(lambda: len(trouble.query(LAID)) == 6)
    trouble.client.pause(paused=True)


def missed(began: datetime) -> list[datetime]:
    """Ten o'clock in London of each day since, as far as it has come."""
    first = began.astimezone(LONDON).date()
    days = [first + timedelta(days=number) for number in range(5)]
    instants = [datetime.combine(day, time(10), LONDON).astimezone(UTC) for day in days]
    return [instant for instant in instants if began < instant <= datetime.now(UTC)]


def follow_ups(trouble: Trouble, reference: str) -> list[Any]:
    rows = trouble.ask(
        "SELECT h.at FROM handrail.changes AS h JOIN handrail.cases AS c ON c.id = h.case_id"  # noqa: S608 - references
        f" WHERE c.reference = '{reference}' AND h.kind = 'follow_up_due' ORDER BY h.number"
    )
    return [at for (at,) in rows]
