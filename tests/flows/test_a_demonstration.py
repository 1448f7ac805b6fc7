"""``handrail demo``, run as anybody runs it: what it shows, what it leaves, and that Ctrl-C leaves no process.

It stands first in this folder by its name, so that its Prefect server is gone before the others share theirs.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from handrail import casework, sample_loading
from handrail.marked_processes import find_marked
from handrail.sample import sample_events
from handrail.settings import Settings
from handrail.wiring import Store, open_store
from integrations import embedded_postgres
from integrations.embedded_postgres import EmbeddedPostgres

if TYPE_CHECKING:
    from tests.flows.conftest import Traces


A_WHILE = 400  # seconds; it takes under two minutes on two free cores
OUTCOMES = {
    "People referred": "58",
    "People who slept rough and were then accommodated": "29",
    "Of those, people who have kept a home for at least 90 days": "16",
    "People who entered drug and alcohol treatment": "40",
    "Dispersals issued": "554",
    "Arrests made": "170",
    "People with custodial sentences": "28",
    "Combined length of custodial sentences": "18 years 10 months",
}


@dataclass(frozen=True)
class Demonstration:
    """A demonstration that stays up. ``told`` is what it printed as JSON."""

    process: subprocess.Popen[bytes]
    folder: Path
    told: dict[str, Any]
    store: Store
    traces: Traces


@pytest.fixture(scope="module")
def demonstration(
    tmp_path_factory: pytest.TempPathFactory,
    look_at: Callable[[EmbeddedPostgres, Path], AbstractContextManager[Traces]],
) -> Iterator[Demonstration]:
    folder = tmp_path_factory.mktemp("demonstration")
    state = folder / "state"
    command = [str(Path(sys.executable).parent / "handrail"), "demo", "--json", "--port", "0", "--state", str(state)]
    shell = {name: value for name, value in os.environ.items() if not name.startswith(("HANDRAIL_", "PREFECT_"))}
    shell["PYTHONUNBUFFERED"] = ""  # what it prints must leave without that help
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err, ExitStack() as closing:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=shell, start_new_session=True)
        closing.callback(end, process)
        await_line(process, folder / "err", "stays up")
        postgres = closing.enter_context(embedded_postgres.start(state))
        store = closing.enter_context(open_store(Settings(state=state)))
        traces = closing.enter_context(look_at(postgres, state))
        yield Demonstration(process, state, json.loads((folder / "out").read_text()), store, traces)


def await_line(process: subprocess.Popen[bytes], log: Path, text: str) -> None:
    deadline = time.monotonic() + A_WHILE
    while text not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.3)


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    process.wait(60)


def test_every_deployment_ran_at_least_once_and_completed(demonstration: Demonstration) -> None:
    runs = demonstration.told["tables"]["Runs of the deployments"]

    assert {run["state"] for run in runs} == {"completed"}
    assert sorted(run["deployment"] for run in runs) == [
        *("daily-tasking", "deliver-notices", "hand-offs", "housing-blockages", "outcomes", "timed-follow-ups"),
    ]
    failed = "SELECT name FROM flow_run WHERE state_type IN ('FAILED', 'CRASHED')"
    assert demonstration.traces.query(failed) == []


def test_what_is_blocked_is_published_as_tables_and_a_plot(demonstration: Demonstration) -> None:
    keys = demonstration.traces.query("SELECT DISTINCT key FROM artifact WHERE key ~ '^housing-blockages'")

    assert {key for (key,) in keys} == {
        *("housing-blockages", "housing-blockages-counts", "housing-blockages-plot"),
    }


def test_the_outcome_table_is_the_published_one(demonstration: Demonstration) -> None:
    (title,) = [title for title in demonstration.told["tables"] if title.startswith("Outcomes")]

    assert {row["measure"]: row["figure"] for row in demonstration.told["tables"][title]} == OUTCOMES


def test_there_is_trouble_to_look_at(demonstration: Demonstration) -> None:
    tables = demonstration.told["tables"]

    for title in ("People per stage", "Hand-offs", "Notices", "Overdue now", "Blockages that stand"):
        assert tables[title], title
    assert sum(row["notices"] for row in tables["Notices"] if row["state"] == "sent") > 50


def test_person_as_story_was_woken_by_the_real_flows_and_ends_stable_in_a_hostel_room(
    demonstration: Demonstration,
) -> None:
    reference = demonstration.told["person_a"]

    seen = casework.view(demonstration.store, reference)

    support = seen.case.tracks["support"]
    assert (support.stage, support.owner) == ("stable", "riverside")
    shown = "SELECT count(*) FROM task_run WHERE name LIKE %s"
    ((acts,),) = demonstration.traces.query(shown, f"{reference} %follow_up_due%")
    assert acts > 30


def test_every_state_is_what_its_journal_amounts_to(demonstration: Demonstration) -> None:
    proof = casework.verify(demonstration.store)

    assert (proof.cases, proof.wrong) == (71, 0)


def test_nobody_of_the_sample_is_known_to_prefect(demonstration: Demonstration) -> None:
    events = list(sample_events(datetime.now(UTC)))
    people = [event.person for event in events if event.person is not None]
    words = {person.family_name for person in people}
    words |= {"Officer 48", "Riverside walk", "Bus station", "distrusts_services", "substance_use", "1983-02-11"}
    assert len(words) > 50

    found = {word: demonstration.traces.tables_that_hold(word) for word in words}
    in_files = {word for word in words for folder in ("logs", "prefect") if in_any_file(demonstration, folder, word)}

    assert {word: tables for word, tables in found.items() if tables} == {}
    assert in_files == set()
    assert "task_run" in demonstration.traces.tables_that_hold(demonstration.told["person_a"])


def in_any_file(demonstration: Demonstration, folder: str, word: str) -> bool:
    return bool(demonstration.traces.files_that_hold(folder, word))


def test_another_start_finds_everything_and_brings_nothing_twice(demonstration: Demonstration) -> None:
    store = demonstration.store

    assert not sample_loading.publish_sample(store)
    assert sample_loading.load_published_year(store).new == 0
    assert sample_loading.load_live_cases(store).new == 0
    assert sample_loading.find_person_a(store) == (demonstration.told["person_a"], True)


def test_ctrl_c_leaves_no_process(demonstration: Demonstration) -> None:
    demonstration.process.send_signal(signal.SIGINT)

    assert demonstration.process.wait(60) == 0
    assert find_marked(str(demonstration.folder)) == []
