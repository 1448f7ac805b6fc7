"""The relay strikes where it is told to: each position leaves the server in the state that it is named for."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest
from kill_points.points import Known, Point, choose
from kill_points.relay import SOCKET, Aim, Position, Relay
from kill_points.wire import in_short
from sqlalchemy import Engine, make_url

from integrations.embedded_cluster import socket_folder
from integrations.embedded_postgres import EmbeddedPostgres

LABELS = ["BEGIN", "INSERT kept", "sync", "COPY kept", "sync", "rows of COPY", "end of COPY", "sync", "COMMIT"]
AT_INSERT, AT_ROWS, AT_COMMIT = LABELS.index("INSERT kept"), LABELS.index("rows of COPY"), LABELS.index("COMMIT")


@pytest.fixture
def relay(postgres: EmbeddedPostgres) -> Iterator[Relay]:
    relay = Relay(socket_folder(postgres.home) / SOCKET)
    yield relay
    relay.close()


@pytest.fixture
def kept(engine: Engine) -> Engine:
    """The database, with an empty table in it."""
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE kept (number integer)")
    return engine


def write(folder: str, database: str) -> None:
    """Write a row by a statement and another by ``COPY``, in one transaction."""
    with psycopg.connect(host=folder, port=5432, user="handrail", dbname=database, sslmode="disable") as connection:
        connection.execute("INSERT INTO kept VALUES (%s)", [1])
        with connection.cursor().copy("COPY kept (number) FROM STDIN") as copy:
            copy.write_row([2])


def written(relay: Relay, kept: Engine, aim: Aim | None) -> Future[None]:
    """Have a client write through the relay, with the blow falling at ``aim``; return what became of the client."""
    database = make_url(kept.url).database
    assert database is not None
    relay.arm(aim)
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write, str(relay.folder), database)
        relay.serve(writing.done)
    return writing


def count(kept: Engine) -> int:
    with kept.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM kept").scalar_one())


def test_a_client_that_is_left_alone_notices_nothing(relay: Relay, kept: Engine) -> None:
    written(relay, kept, None).result()

    assert count(kept) == 2
    assert [label for label in relay.seen if label != "sync"] == [label for label in LABELS if label != "sync"]


@pytest.mark.parametrize(
    ("index", "position", "rows"),
    [
        pytest.param(AT_INSERT, "answered", 0, id="within the transaction nothing stays"),
        pytest.param(AT_ROWS, "torn", 0, id="half the rows of COPY are none"),
        pytest.param(AT_ROWS, "sent", 0, id="rows of COPY without an end are none"),
        pytest.param(AT_COMMIT, "unsent", 0, id="a commit that was not sent"),
        pytest.param(AT_COMMIT, "torn", 0, id="half a commit"),
        pytest.param(AT_COMMIT, "answered", 2, id="a commit that was carried out and never heard of"),
    ],
)
def test_the_blow_falls_where_it_was_aimed(
    relay: Relay, kept: Engine, index: int, position: Position, rows: int
) -> None:
    written(relay, kept, None).result()
    labels = relay.seen
    with kept.begin() as connection:
        connection.exec_driver_sql("TRUNCATE kept")

    client = written(relay, kept, Aim(labels.index(LABELS[index]), position))

    assert relay.struck == LABELS[index]
    assert isinstance(client.exception(), psycopg.OperationalError)
    assert count(kept) == rows


@pytest.mark.parametrize(
    ("statement", "label"),
    [
        ("SELECT a FROM handrail.cases WHERE b = $1 FOR UPDATE", "SELECT cases FOR UPDATE"),
        ("WITH due AS (SELECT key FROM handrail.notices) UPDATE x", "WITH notices"),
        ('COPY handrail."events" ("case_id") FROM STDIN', "COPY events"),
        ("SELECT pg_notify($1, '')", "SELECT pg_notify"),
        ("COMMIT;", "COMMIT"),
        (";", "ping"),
    ],
)
def test_a_boundary_is_called_after_its_statement(statement: str, label: str) -> None:
    assert in_short(statement) == label


KNOWN = {"record": Known(LABELS, 0), "deliver_due": Known(["BEGIN", "COMMIT"], 3)}


def test_the_same_seed_chooses_the_same_points() -> None:
    assert choose(KNOWN, 7, processes=40, crashes=9) == choose(KNOWN, 7, processes=40, crashes=9)
    assert choose(KNOWN, 7, processes=40, crashes=9) != choose(KNOWN, 8, processes=40, crashes=9)


def test_every_boundary_is_chosen_before_any_is_chosen_again() -> None:
    points = choose(KNOWN, 7, processes=17, crashes=10)

    by_process = [point for point in points if point.victim != "postgresql"]
    assert (len(points), len(by_process)) == (27, 17)
    for act, known in KNOWN.items():
        hit = {point.index for point in by_process if point.act == act and point.position != "taken"}
        assert hit == set(range(len(known.labels)))


def test_what_is_committed_and_never_heard_of_is_always_chosen() -> None:
    points = choose(KNOWN, 7, processes=17, crashes=0)

    assert Point("recorder", "record", AT_COMMIT, "COMMIT", "answered") in points
    assert {point.index for point in points if point.position == "taken"} == {0, 1, 2}
