"""The command against a PostgreSQL that cannot serve it: a status that means it, a sentence that says what to do."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from handrail import casework
from handrail.casework import Identity, Referral, Speaker
from handrail.settings import Settings
from handrail.wiring import Store
from integrations import embedded_postgres
from integrations.embedded_cluster import runs_on
from integrations.embedded_postgres import EmbeddedPostgres
from models.database import open_engine
from models.migrations import upgrade

CRASHES = 3
AWAY = "The case store did not answer. Is PostgreSQL up, and HANDRAIL_DATABASE_URL right? Repeat it then."
AWAY_MEANWHILE = "The case store did not answer. Repeat it when PostgreSQL is up."
READ_ONLY = (
    "The case store takes nothing in: its PostgreSQL is set to read only, or is a standby. Repeat it when it takes "
    "writing again, or name the right one in HANDRAIL_DATABASE_URL."
)
NO_RIGHT = (
    "PostgreSQL does not let this role do that in the case store. Name the role that owns its tables in "
    "HANDRAIL_DATABASE_URL, or grant this one what it lacks."
)
NOT_LET_IN = "PostgreSQL does not let us in. See that user, password and database of HANDRAIL_DATABASE_URL are right."
HELD = "Somebody else holds this case, or a whole table, for too long. Repeat it in a moment."


@dataclass(frozen=True)
class Place:
    """A PostgreSQL with one case in it."""

    server: EmbeddedPostgres
    reference: str
    rules: Path

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def writing(self) -> list[tuple[object, ...]]:
        """The verbs that change something."""
        changed = self.rules.with_name("other_rules.yaml")
        return [
            ("record", self.reference, "seen", "--by", "outreach"),
            ("answer", self.reference, "complete", "check", "--by", "council"),
            ("refer", "shelter", "--name", "Somebody Else", "--by", "outreach", "--officer", "P. Officer"),
            ("publish", changed),
        ]

    @property
    def asking(self) -> list[tuple[object, ...]]:
        """The verbs that only ask."""
        return [("case", self.reference), ("why", self.reference), ("verify",), ("report", "tasking"), ("db", "status")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, rules: Path) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("trouble")
    (folder / "rules.yaml").write_text(rules.read_text())
    (folder / "other_rules.yaml").write_text(rules.read_text().replace("version: 1", "version: 2"))
    with embedded_postgres.start(folder, settings={"fsync": "off"}) as server:
        engine = open_engine(server.url)
        upgrade(engine)
        with Store(engine, Settings(state=folder)) as store:
            casework.publish(store, rules.read_text(), None, file_name="shelter.yaml")
            referral = Referral(Identity(("Somebody Here",)), Speaker("outreach", "P. Officer"))
            reference = casework.refer(store, "shelter", referral).reference
        yield Place(server, reference, folder / "rules.yaml")


def told(ran: Any) -> tuple[int, str, str]:
    return ran.status, ran.output, ran.errors


def refused(sentence: str) -> tuple[int, str, str]:
    return 1, "", f"handrail: {sentence}\n"


def test_a_postgresql_that_is_down_is_told_by_every_verb(
    place: Place, handrail_each: Callable[..., Any], handrail: Callable[..., Any], stop_server: Callable[..., None]
) -> None:
    stop_server(place.server, signal.SIGINT)
    try:
        found = set(map(told, handrail_each([*place.writing, *place.asking], database_url=place.url)))
    finally:
        place.server.ensure_running()

    assert found == {refused(AWAY)}
    assert handrail("case", place.reference, database_url=place.url).status == 0


def test_a_postgresql_that_lets_nobody_in_for_now_is_told(
    place: Place, handrail: Callable[..., Any], admin: Callable[..., Any], await_fact: Callable[..., None]
) -> None:
    with admin(place.url) as beside:
        pid = place.server.pid
        assert pid is not None
        os.kill(pid, signal.SIGTERM)  # it waits for those who are there, and lets nobody in any more
        await_fact(lambda: "shutting down" in refusal_of(admin, place.url))
        ran = handrail("case", place.reference, database_url=place.url)
        del beside
    wait_for_end(place.server, await_fact)
    place.server.ensure_running()

    assert told(ran) == refused(AWAY)
    assert handrail("case", place.reference, database_url=place.url).status == 0


def refusal_of(admin: Callable[..., Any], url: str) -> str:
    try:
        with admin(url):
            return ""
    except Exception as error:  # noqa: BLE001 (its words are asked for)
        return str(error)


def wait_for_end(server: EmbeddedPostgres, await_fact: Callable[..., None]) -> None:
    pid = server.pid
    assert pid is not None
    await_fact(lambda: not runs_on(pid, server.home / "data"))


def test_a_read_only_postgresql_answers_what_is_asked_and_tells_what_it_cannot_take(
    place: Place, handrail_each: Callable[..., Any], admin: Callable[..., Any]
) -> None:
    with admin(place.url) as beside:
        beside.execute("ALTER DATABASE handrail SET default_transaction_read_only = on")
        try:
            found = handrail_each([*place.writing, *place.asking], database_url=place.url)
        finally:
            beside.execute("SET default_transaction_read_only = off")
            beside.execute("ALTER DATABASE handrail RESET default_transaction_read_only")

    assert set(map(told, found[: len(place.writing)])) == {refused(READ_ONLY)}
    assert {ran.status for ran in found[len(place.writing) :]} == {0}


def test_a_role_that_may_only_look_is_told_when_it_wants_to_write(
    place: Place, handrail_each: Callable[..., Any], admin: Callable[..., Any]
) -> None:
    with admin(place.url) as beside:
        beside.execute("CREATE ROLE reader LOGIN")
        beside.execute("GRANT CONNECT ON DATABASE handrail TO reader")
        stranger = place.url.replace("handrail@", "reader@")
        nothing = set(map(told, handrail_each([place.writing[0], place.asking[0]], database_url=stranger)))
        beside.execute("GRANT USAGE ON SCHEMA handrail TO reader")
        beside.execute("GRANT SELECT ON ALL TABLES IN SCHEMA handrail TO reader")
        found = handrail_each([*place.writing, *place.asking], database_url=stranger)

    assert nothing == set(map(told, found[: len(place.writing)])) == {refused(NO_RIGHT)}
    assert {ran.status for ran in found[len(place.writing) :]} == {0}


@pytest.mark.parametrize(
    ("was", "wrong"),
    [("handrail@", "nobody_here@"), ("/handrail?", "/nothing_here?")],
    ids=["user", "database"],
)
def test_a_wrong_user_or_database_is_told_without_its_name(
    place: Place, handrail: Callable[..., Any], was: str, wrong: str
) -> None:
    assert told(handrail("case", database_url=place.url.replace(was, wrong))) == refused(NOT_LET_IN)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ("0001", "Run: handrail db upgrade"),
        ("9999", "laid by a newer release; this one knows them up to"),
    ],
    ids=["too old", "too new"],
)
def test_tables_of_another_release_are_told_and_not_touched(
    place: Place, handrail_each: Callable[..., Any], admin: Callable[..., Any], form: str, sentence: str
) -> None:
    with admin(place.url) as beside:
        (right,) = beside.execute("SELECT version_num FROM handrail.alembic_version").fetchone()
        beside.execute("UPDATE handrail.alembic_version SET version_num = %s", [form])
        try:
            found = handrail_each([place.writing[0], place.asking[0]], database_url=place.url)
            (left,) = beside.execute("SELECT version_num FROM handrail.alembic_version").fetchone()
        finally:
            beside.execute("UPDATE handrail.alembic_version SET version_num = %s", [right])

    assert left == form
    for ran in found:
        assert (ran.status, ran.output) == (1, "")
        assert form in ran.errors
        assert sentence in ran.errors


def test_a_case_that_somebody_holds_is_told_in_time_and_as_json_too(
    place: Place, handrail_each: Callable[..., Any], admin: Callable[..., Any]
) -> None:
    hasty = {"database_url": place.url, "lock_seconds": 1}
    with admin(place.url) as beside, beside.transaction():
        beside.execute("SELECT FROM handrail.cases FOR UPDATE")
        plain, as_json = handrail_each([place.writing[0], (*place.writing[0], "--json")], **hasty)

    assert told(plain) == refused(HELD)
    assert (as_json.status, json.loads(as_json.output)["error"]) == (1, {"kind": "Delayed", "message": HELD})


def test_a_postgresql_that_crashes_while_the_command_works_is_told_or_the_work_is_done(
    place: Place, handrail: Callable[..., Any], stop_server: Callable[..., None]
) -> None:
    found: list[Any] = []

    def record_often() -> None:
        for nth in range(CRASHES):
            verb = (*place.writing[0], "--source", "crash", "--id", str(nth))
            found.append(handrail(*verb, database_url=place.url))

    working = threading.Thread(target=record_often)
    working.start()
    while working.is_alive():
        stop_server(place.server, signal.SIGQUIT)
        place.server.ensure_running()
        working.join(0.2)

    assert len(found) == CRASHES
    for ran in found:
        assert ran.status == 0 or told(ran) in {refused(AWAY), refused(AWAY_MEANWHILE)}, ran
    engine = open_engine(place.url)
    with Store(engine, Settings(state=place.rules.parent)) as store:
        acknowledged = sum(ran.status == 0 for ran in found)
        kept = [event for moment in casework.timeline(store, place.reference) for event in moment.events]
        assert acknowledged <= sum(event.kind == "seen" for event in kept) <= len(found)
        assert casework.verify(store).wrong == 0
