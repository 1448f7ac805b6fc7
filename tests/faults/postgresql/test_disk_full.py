"""A disk is full: PostgreSQL's, the outbox's, the one for scratch files. Nothing is half written; once there is room
again the work goes on.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from handrail import casework, deliveries
from handrail.casework import Origin, Said, Speaker
from handrail.errors import Delayed
from handrail.wiring import Store
from integrations import embedded_postgres
from integrations.embedded_cluster import runs_on
from integrations.embedded_postgres import EmbeddedPostgres
from models.migrations import upgrade

OUTREACH = Speaker("outreach")
ACCEPTED = Said("offer.made", {"response": "accepted"}, OUTREACH)
LITTLE_LOG = {"max_wal_size": "32MB", "min_wal_size": "32MB", "shared_buffers": "16MB"}
SmallDisk = Callable[..., Path]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """What lays a file system of so many megabytes, and returns its folder; it is gone after the test."""
    mounted: list[Path] = []

    def lay(megabytes: int, name: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"A small file system can be mounted only by root in a container that allows it: {done.stderr}")
        mounted.append(folder)
        return folder

    yield lay
    for folder in mounted:
        command = ["umount", "--lazy", str(folder)]
        subprocess.run(command, check=True)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Leave no byte of the folder's disk free until the block ends."""
    filler = folder / "filler"
    with filler.open("wb") as file:
        while free := shutil.disk_usage(folder).free:
            os.posix_fallocate(file.fileno(), file.tell(), free)
            file.seek(0, os.SEEK_END)
        yield
    filler.unlink()


@pytest.fixture
def cramped(
    small_disk: SmallDisk, opened: Callable[..., Any], rules: Path
) -> Iterator[tuple[Path, EmbeddedPostgres, Store]]:
    """A PostgreSQL on a disk of 160 MB, and a store in it."""
    folder = small_disk(160, "disk")
    with embedded_postgres.start(folder, settings=LITTLE_LOG) as server, opened(server.url) as store:
        upgrade(store.engine)
        casework.publish(store, rules.read_text(), None, file_name="shelter.yaml")
        yield folder, server, store


def record_until_delayed(store: Store, reference: str, name: str) -> tuple[list[str], str]:
    """Record until the store takes no more; return which ids were acknowledged, and the sentence."""
    acknowledged: list[str] = []
    for nth in range(3000):
        said = Said("seen", {"times": nth}, OUTREACH, origin=Origin("load", f"{name}/{nth}"))
        try:
            casework.record(store, reference, said)
        except Delayed as delay:
            return acknowledged, str(delay)
        acknowledged.append(f"{name}/{nth}")
    pytest.fail("The disk did not become full.")


def write_much_log(connection: psycopg.Connection[Any]) -> None:
    """Have PostgreSQL need new files for its log of changes."""
    for _ in range(10):
        connection.execute("SELECT pg_logical_emit_message(false, 'x', repeat('x', 4000000))")
        connection.execute("SELECT pg_switch_wal()")


def kept(store: Store) -> list[str]:
    with store.engine.connect() as connection:
        statement = text("SELECT external_id FROM handrail.events WHERE source = 'load' ORDER BY number")
        return [*connection.scalars(statement)]


def test_a_full_disk_of_postgresql_is_told_and_what_was_acknowledged_is_there_when_there_is_room(
    cramped: tuple[Path, EmbeddedPostgres, Store], new_cases: Callable[..., list[str]]
) -> None:
    folder, _, store = cramped
    (reference,) = new_cases(store, 1)

    with filled(folder):
        acknowledged, sentence = record_until_delayed(store, reference, "full")
        assert casework.view(store, reference).case.events == 1 + len(acknowledged), "it can still be read"
    number = casework.record(store, reference, Said("seen", {}, OUTREACH, origin=Origin("load", "after"))).number

    assert sentence == "PostgreSQL has no room left on its disk. Nothing was done. Make some, then repeat it."
    assert kept(store) == [*acknowledged, "after"]
    assert number == 2 + len(acknowledged)
    assert casework.verify(store).wrong == 0


def test_a_postgresql_that_dies_for_want_of_room_has_lost_nothing_when_it_is_back(
    cramped: tuple[Path, EmbeddedPostgres, Store],
    new_cases: Callable[..., list[str]],
    admin: Callable[..., Any],
    await_fact: Callable[..., None],
) -> None:
    folder, server, store = cramped
    (reference,) = new_cases(store, 1)
    before, pid = ["before"], server.pid
    assert pid is not None
    casework.record(store, reference, Said("seen", {}, OUTREACH, origin=Origin("load", "before")))

    with filled(folder):
        with admin(server.url) as beside, pytest.raises(psycopg.Error):
            write_much_log(beside)
        acknowledged, sentence = record_until_delayed(store, reference, "dying")
        await_fact(lambda: not runs_on(pid, server.home / "data"))
    server.ensure_running()
    casework.record(store, reference, Said("seen", {}, OUTREACH, origin=Origin("load", "after")))

    assert "The case store did not answer." in sentence or "no room left" in sentence
    assert kept(store) == [*before, *acknowledged, "after"]
    assert casework.verify(store).wrong == 0


def test_a_full_outbox_delays_the_notices_and_leaves_no_half_of_one(
    small_disk: SmallDisk,
    store: Store,
    database_url: str,
    opened: Callable[..., Any],
    new_cases: Callable[..., list[str]],
) -> None:
    outbox = small_disk(1, "outbox")
    (reference,) = new_cases(store, 1)
    casework.record(store, reference, ACCEPTED)

    with opened(database_url, outbox=outbox) as sending:
        with filled(outbox):
            full = deliveries.deliver_due(sending)
            written = [path for path in outbox.rglob("*") if path.is_file() and path.name != "filler"]
        with store.engine.begin() as connection:
            told = connection.scalars(text("SELECT DISTINCT sentence FROM handrail.attempts")).all()
            connection.execute(text("UPDATE handrail.notices SET send_at = now() WHERE state = 'waiting'"))
        free = deliveries.deliver_due(sending)

    assert (full.sent, full.delayed > 0, written) == (0, True, [])
    assert told == ["The notice could not be filed now: No space left on device. It can be tried again."]
    assert (free.sent, free.delayed) == (full.delayed, 0)


def test_a_log_for_which_there_is_no_scratch_room_is_told_and_nothing_of_it_comes_in(
    small_disk: SmallDisk,
    store: Store,
    database_url: str,
    handrail: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scratch, log = small_disk(1, "scratch"), tmp_path / "log.csv"
    lines = [f"{nth},referral.made,2026-03-02T08:00:00Z,outreach,{nth:0180}" for nth in range(15_000)]
    log.write_text("\n".join(["case,event,occurred_at,agency,external_id", *lines]))
    monkeypatch.setenv("TMPDIR", str(scratch))

    ran = handrail("import", log, "--pathway", "shelter", "--source", "old", database_url=database_url)

    assert ran.status == 1
    assert ran.errors == (
        f"handrail: There is no room left for scratch files in {scratch}. Make some, or name a roomier folder in "
        "TMPDIR; then repeat it.\n"
    )
    assert [*scratch.iterdir()] == []
    assert casework.list_of_cases(store) == []


def test_a_state_folder_without_room_is_told_and_is_no_obstacle_when_there_is(
    small_disk: SmallDisk, handrail: Callable[..., Any]
) -> None:
    state = small_disk(160, "state")

    with filled(state):
        full = handrail("case", state=state)
    free = handrail("case", state=state)

    assert full.status != 0
    assert "No space left on device" in full.errors
    assert "Traceback" not in full.errors
    assert (free.status, free.errors) == (0, "")
