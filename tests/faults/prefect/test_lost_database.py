"""Prefect's database is lost while everything runs: it comes back with all that was brought to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg

from handrail import casework
from handrail.prefect_automations import A_SWEEP_FAILED, NO_SWEEP_FINISHED
from handrail.prefect_client import PrefectUnavailable
from integrations.embedded_cluster import SUPERUSER

if TYPE_CHECKING:
    from troubled.installation import Trouble

SWEEP = "timed-follow-ups"


def test_what_prefect_has_lost_is_brought_again_and_no_deadline_is_lost(trouble: Trouble) -> None:
    trouble.open_cases(3, datetime.now(UTC) - timedelta(days=1, hours=3))
    trouble.told.clear()

    drop_prefects_database(trouble)
    trouble.await_fact(lambda: has_everything(trouble), looking_after=True)
    trouble.await_prefect()

    assert any("does not answer" in sentence for sentence in trouble.told)
    assert any("has lost the deployments" in sentence for sentence in trouble.told)
    for name in (A_SWEEP_FAILED, NO_SWEEP_FINISHED):
        assert len(trouble.client.list_automations(name)) == 1
    assert trouble.run_to_its_end(SWEEP).state == "COMPLETED"
    assert trouble.nothing_is_due()
    assert casework.verify(trouble.store).wrong == 0


def drop_prefects_database(trouble: Trouble) -> None:
    assert trouble.installation.postgres is not None
    url = trouble.installation.postgres.url.replace("+psycopg", "").replace("handrail@", f"{SUPERUSER}@")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP DATABASE prefect WITH (FORCE)")


def has_everything(trouble: Trouble) -> bool:
    try:
        return len(trouble.client.list_deployments()) == 6 and bool(trouble.client.list_automations(NO_SWEEP_FINISHED))
    except PrefectUnavailable:
        return False
