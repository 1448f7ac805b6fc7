"""Every real flow is made to fail on names that were planted, and Prefect is searched for them, table by table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from handrail import casework
from handrail.casework import Brought, Identity, ImportOptions, Referral, Said, Speaker
from handrail.prefect_client import Run
from handrail.sample_loading import publish_sample
from handrail.settings import Settings
from handrail.wiring import Store, open_store
from models.database import open_engine
from models.migrations import upgrade

if TYPE_CHECKING:
    from tests.flows.conftest import Stage


SWEEPS = ("timed-follow-ups", "hand-offs", "deliver-notices", "housing-blockages")
TABLES = ("daily-tasking", "outcomes")

# Whoever reads the rules, which every flow does, is told a name.
BREAK = """
CREATE FUNCTION handrail.shout() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'No bed for {canary}, born 1 May 1980' USING DETAIL = 'Asked by {canary}', HINT = '{canary}';
END $$;
ALTER TABLE handrail.publications RENAME TO kept_publications;
CREATE VIEW handrail.publications AS SELECT * FROM handrail.kept_publications WHERE handrail.shout();
"""
MEND = "DROP VIEW handrail.publications; ALTER TABLE handrail.kept_publications RENAME TO publications"
STATE = "SELECT s.message FROM flow_run AS f JOIN flow_run_state AS s ON s.id = f.state_id WHERE f.id = %s"


@pytest.fixture(scope="module")
def store(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The case store of the real deployments: names in persons, fields and reasons, and work that is due."""
    engine = open_engine(stage.place.store_url)
    upgrade(engine)
    engine.dispose()
    settings = Settings(database_url=SecretStr(stage.place.store_url), state=tmp_path_factory.mktemp("state"))
    # No run but those of these tests.
    stage.client.pause(paused=True)
    stage.supervisor.relieve("Prefect worker")
    with open_store(settings) as store:
        publish_sample(store)
        plant(store, stage.canary)
        yield store
    stage.client.pause(paused=False)


def plant(store: Store, canary: str) -> None:
    """Refer somebody of that name, say the name in fields and reasons, and leave work and notices that are due."""
    rangers, outreach = Speaker("rangers", canary), Speaker("outreach", canary)
    referral = Referral(Identity((canary,), date(1980, 5, 1)), rangers, {"risk_to": "self"})
    reference = casework.refer(store, "peep", referral).reference
    casework.record(store, reference, Said("referral.accepted", {}, Speaker("public_health", canary)))
    casework.record(store, reference, Said("behaviour.seen", {"kind": "begging", "area": canary}, outreach))
    ago = datetime.now(UTC) - timedelta(days=9)
    opened = Brought(canary, "referral.made", ago, agency="rangers", officer=canary, fields={"risk_to": "self"})
    options = ImportOptions(canary, quiet=False, persons=lambda case: Identity((case,), date(1980, 5, 1)))
    done = casework.import_events(store, "peep", [(canary, [opened])], options)
    assert done.new_cases == 1
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE handrail.notices SET send_at = now() WHERE state = 'waiting'")


@pytest.fixture(scope="module")
def failed(stage: Stage, store: Store) -> Iterator[list[Run]]:
    """A run of each real deployment at its end: each met a table that shouts a name."""
    with store.engine.begin() as connection:
        connection.exec_driver_sql(BREAK.format(canary=stage.canary))
    runs = [stage.client.start_run(name, {"turn_seconds": 0}) for name in SWEEPS]
    yield stage.await_runs([*runs, *(stage.client.start_run(name) for name in TABLES)])
    with store.engine.begin() as connection:
        connection.exec_driver_sql(MEND)


def test_every_real_flow_fails_on_a_broken_table_and_shows_no_more_than_a_class_and_a_number(
    stage: Stage, store: Store, failed: list[Run]
) -> None:
    told = {message for run in failed for (message,) in stage.query(STATE, run.run_id)}

    assert {run.state for run in failed} == {"FAILED"}
    assert sum(run.name.endswith(": failed") for run in failed) == len(SWEEPS)
    assert len(told) == len(failed) == 6
    for message in told:
        assert re.fullmatch(r"Flow run encountered an exception: Fault: \w+, recorded as fault \d+\.", message)
    with store.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT place, details FROM handrail.faults").all()
    assert {place for place, details in kept if stage.canary in details} == {
        *("timed_follow_ups", "hand_offs", "deliver_notices", "housing_blockages", "daily_tasking", "outcomes"),
    }


@pytest.mark.usefixtures("failed")
def test_no_planted_name_is_anywhere_in_prefect_after_its_flows_failed_on_it(stage: Stage) -> None:
    first, last = stage.canary.split()

    for name in (first, last, "1980-05-01", "born 1 May"):
        assert stage.tables_that_hold(name) == set()
        assert stage.files_that_hold("run/logs", name) == set()
        assert stage.files_that_hold("prefect", name) == set()


@pytest.mark.usefixtures("failed")
def test_the_search_finds_what_the_failed_runs_do_show(stage: Stage) -> None:
    stage.await_fact(lambda: {"flow_run_state", "events", "log"} <= stage.tables_that_hold("recorded as fault"))
    assert stage.files_that_hold("run/logs", "recorded as fault") == {"Prefect-worker.log"}
