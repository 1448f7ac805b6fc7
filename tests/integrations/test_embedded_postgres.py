"""A real PostgreSQL out of the wheel: started, shared, killed, recovered, stopped."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import psycopg
import pytest
from psycopg import conninfo

from integrations import embedded_postgres
from integrations.embedded_account import server_account
from integrations.embedded_cluster import runs_on, socket_folder
from integrations.embedded_postgres import EmbeddedPostgres
from integrations.errors import DatabaseNotStarted

ANOTHER_PROCESS = """
import sys
from pathlib import Path
from integrations.embedded_postgres import start
server = start(Path(sys.argv[1]))
print(server.pid, flush=True)
sys.stdin.readline()
server.close()
"""


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder. It is not pytest's: another pytest that starts would close the folders above it."""
    with tempfile.TemporaryDirectory(prefix="handrail-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def ready() -> Iterator[EmbeddedPostgres]:
    """A server that tests may use, but not stop."""
    with tempfile.TemporaryDirectory(prefix="handrail-") as folder, EmbeddedPostgres(Path(folder)) as server:
        yield server


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """Connect as SQLAlchemy would read the URL."""
    target, _, query = url.removeprefix("postgresql+psycopg://").partition("?")
    role, _, database = target.partition("@/")
    words = dict(pair.split("=") for pair in query.split("&"))
    address = conninfo.make_conninfo(user=role, dbname=database, host=unquote(words["host"]), port=int(words["port"]))
    return psycopg.connect(address, autocommit=True, connect_timeout=5)


def ask(url: str, question: str) -> object:
    with connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def write(url: str, *statements: str) -> None:
    with connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def processes_on(home: Path) -> list[int]:
    """The living processes that have ``home`` on their command line, or that run in it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            works_in = str((entry / "cwd").readlink())
        except OSError:
            continue
        if str(home).encode() in command or works_in.startswith(str(home)):
            found.append(int(entry.name))
    return found


def test_it_is_a_whole_postgresql_that_keeps_what_is_committed(ready: EmbeddedPostgres) -> None:
    assert ask(ready.url, "SELECT current_database()") == "handrail"
    assert ask(ready.url, "SHOW fsync") == "on"
    assert ask(ready.url, "SHOW full_page_writes") == "on"
    assert ask(ready.url, "SHOW synchronous_commit") == "on"
    assert ask(ready.url, "SHOW server_encoding") == "UTF8"


def test_nobody_can_reach_it_over_the_network_or_as_another_user(ready: EmbeddedPostgres) -> None:
    assert ask(ready.url, "SHOW listen_addresses") == ""
    rules = "SELECT string_agg(type || ' ' || auth_method, ', ') FROM pg_hba_file_rules"
    assert ask(ready.url, rules) == "local peer"
    assert stat.S_IMODE(ready.home.stat().st_mode) == 0o700


def test_its_log_repeats_no_value_of_a_failing_statement(ready: EmbeddedPostgres) -> None:
    write(ready.url, "CREATE TABLE people (name text CONSTRAINT people_key PRIMARY KEY)")
    write(ready.url, "INSERT INTO people VALUES ('Jane Sorrow')")

    with pytest.raises(psycopg.errors.UniqueViolation):
        write(ready.url, "INSERT INTO people VALUES ('Jane Sorrow')")

    log = (ready.home / "postgres.log").read_text()
    assert "people_key" in log
    assert "Jane" not in log


def test_a_second_database_has_a_role_that_cannot_enter_the_first(ready: EmbeddedPostgres) -> None:
    url = ready.ensure_database("prefect")

    assert ready.ensure_database("prefect") == url == ready.dsn("prefect")
    assert ask(url, "SELECT current_user || ' ' || current_database()") == "prefect prefect"
    write(url, "CREATE TABLE runs (id int)")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        connect(url.replace("/prefect?", "/handrail?"))


@pytest.mark.parametrize("name", ["", "Prefect", "a-b", "a;b", "1a", "a" * 64, 'a"b', "a/b"])
def test_a_name_that_is_none_is_refused(ready: EmbeddedPostgres, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a database"):
        ready.ensure_database(name)


def test_the_url_can_name_another_driver(ready: EmbeddedPostgres) -> None:
    assert ready.dsn("prefect", driver="asyncpg").startswith("postgresql+asyncpg://prefect@/prefect?")


def test_what_was_written_is_there_after_a_stop_and_a_start_and_no_process_stays(state: Path) -> None:
    said: list[str] = []
    with embedded_postgres.start(state, said.append) as server:
        write(server.url, "CREATE TABLE kept AS SELECT 1 AS one")
        home, first = server.home, server.pid
    assert processes_on(home) == []
    assert not (home / "data" / "postmaster.pid").exists()

    with embedded_postgres.start(state, said.append) as server:
        assert ask(server.url, "SELECT one FROM kept") == 1
        assert server.pid != first

    assert processes_on(home) == []
    assert [sentence.split()[0] for sentence in said if "Letting" not in sentence] == [
        "Preparing",
        "Starting",
        "Starting",
    ]


def test_a_second_start_attaches_and_the_last_to_leave_stops_it(state: Path) -> None:
    said: list[str] = []
    first = embedded_postgres.start(state)
    second = embedded_postgres.start(state, said.append)
    assert second.pid == first.pid
    assert said[-1].startswith("Using the PostgreSQL that already runs")

    first.close()
    first.close()
    assert ask(second.url, "SELECT 1") == 1

    second.close()
    assert processes_on(second.home) == []


def test_another_process_attaches_and_its_death_neither_stops_nor_keeps_the_server(state: Path) -> None:
    with (
        embedded_postgres.start(state) as server,
        subprocess.Popen(
            [sys.executable, "-c", ANOTHER_PROCESS, str(state)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as other,
    ):
        assert other.stdout is not None
        assert other.stdout.readline().strip() == str(server.pid)
        other.kill()
        other.wait()
        assert ask(server.url, "SELECT 1") == 1

    assert processes_on(server.home) == []


def test_two_processes_that_start_at_once_get_one_server(state: Path) -> None:
    command = [sys.executable, "-c", ANOTHER_PROCESS, str(state)]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    served = [process.stdout.readline() for process in both if process.stdout]
    ended = [process.communicate("\n")[0] for process in both]

    assert served[0] == served[1] != ""
    assert ended == ["", ""]
    assert [process.returncode for process in both] == [0, 0]
    assert processes_on(state) == []


def test_after_a_kill_it_repairs_itself_says_so_and_has_lost_nothing(state: Path) -> None:
    said: list[str] = []
    with embedded_postgres.start(state, said.append) as server:
        assert server.pid is not None
        write(server.url, "CREATE TABLE kept AS SELECT 1 AS one")
        os.kill(server.pid, signal.SIGKILL)

        server.ensure_running()

        assert ask(server.url, "SELECT one FROM kept") == 1
    assert any("not shut down in order" in sentence for sentence in said)
    assert processes_on(server.home) == []


def test_a_server_whose_owner_and_itself_were_killed_is_started_by_the_next(state: Path) -> None:
    command = [sys.executable, "-c", ANOTHER_PROCESS, str(state)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        owner.kill()
    os.kill(pid, signal.SIGKILL)

    with embedded_postgres.start(state) as server:
        assert ask(server.url, "SELECT 1") == 1
        assert server.pid != pid


def test_a_stranger_with_the_number_of_the_dead_server_is_not_taken_for_it(state: Path) -> None:
    with embedded_postgres.start(state) as server:
        home = server.home
    account = server_account()  # PostgreSQL itself would believe any process of its own account
    with subprocess.Popen(["/bin/sleep", "60"], user=account.uid if account.switched else None) as stranger:
        lines = [stranger.pid, home / "data", 0, 5432, home, "", "  0 0", "ready"]
        (home / "data" / "postmaster.pid").write_text("\n".join(map(str, lines)) + "\n")
        try:
            with embedded_postgres.start(state) as server:
                assert ask(server.url, "SELECT 1") == 1
                assert server.pid != stranger.pid
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_first_start_that_was_killed_half_way_is_begun_anew(state: Path) -> None:
    half = state / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    with embedded_postgres.start(state) as server:
        assert ask(server.url, "SELECT 1") == 1
    assert not half.exists()


def test_the_socket_stays_short_however_deep_the_state_folder_lies(state: Path) -> None:
    deep = state / ("deep " * 20).strip() / "state"

    with embedded_postgres.start(deep) as server:
        assert len(os.fsencode(socket_folder(server.home) / ".s.PGSQL.5432")) < 100
        assert ask(server.url, "SELECT 1") == 1

    assert not socket_folder(server.home).exists()


def test_a_state_folder_may_have_a_name_with_strange_letters(state: Path) -> None:
    with embedded_postgres.start(state / "o'ne & zwei") as server:
        assert ask(server.url, "SELECT 1") == 1


def test_deleting_the_state_folder_under_a_running_server_leaves_no_process(state: Path) -> None:
    server = embedded_postgres.start(state)
    pid, data = server.pid, server.home / "data"
    assert pid is not None
    shutil.rmtree(server.home)

    server.close()

    assert not runs_on(pid, data)


def test_data_of_another_version_is_left_alone_and_told(state: Path) -> None:
    with embedded_postgres.start(state) as server:
        version = server.home / "data" / "PG_VERSION"
    version.write_text("17\n")

    with pytest.raises(DatabaseNotStarted, match="was written by PostgreSQL 17"):
        embedded_postgres.start(state)


def test_a_setting_that_postgresql_refuses_is_told_in_its_own_words(state: Path) -> None:
    with pytest.raises(DatabaseNotStarted, match="max_connections"):
        embedded_postgres.start(state, settings={"max_connections": "many"})

    assert processes_on(state) == []


def test_it_starts_without_a_warning_where_no_runtime_folder_is_set(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with embedded_postgres.start(state):
            pass


def test_it_must_be_open_to_be_kept_running(state: Path) -> None:
    with pytest.raises(DatabaseNotStarted, match=r"Call open\(\) first"):
        EmbeddedPostgres(state).ensure_running()
