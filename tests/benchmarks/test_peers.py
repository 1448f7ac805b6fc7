"""Every peer does the same work as we do: the same moves of the same chart, the same rows of the same events."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from benchmarks import __main__ as run
from benchmarks import bare_machine, charts, durable_peers, durable_speed, engine_speed
from benchmarks.clients import Act, ClientDied, Place, clients
from benchmarks.durable_peers import OURS, Peer
from benchmarks.peers import bare_transaction
from benchmarks.servers import copied
from benchmarks.sizes import TINY
from handrail.settings import Settings
from handrail.wiring import Store
from pathways.case import Event
from pathways.engine import fold

OFTEN_SEEN = ("begun", *("seen",) * 9, "begun", "seen", "rested")
"""In which the fourth sighting in the park sends the case back to waiting."""
JOURNALS = {"moves": engine_speed.A_MOVE_EACH, "mixed": engine_speed.MIXED, "often seen": OFTEN_SEEN}
KEPT = {
    "cases": "id, version, changes, status, wake_for",
    "events": "case_id, number, kind, agency, officer",
    "changes": "case_id, number, kind, track, subject, from_, to_, agency, because <> '', rule, evidence, nth",
    "work": "case_id, kind, name, track, stage, nth, agency, state, overdue, closed_at IS NULL",
    "notices": "key, case_id, number, agency, kind, track, subject, urgent, state",
}
A_SERVER = "HANDRAIL_TEST_PREFECT_PEER"


@pytest.fixture
def store(engine: Engine, tmp_path: Path) -> Iterator[Store]:
    with Store(engine, Settings(state=tmp_path)) as store:
        yield store


def needs(package: str) -> None:
    if find_spec(package) is None:
        pytest.skip(f"{package} is a peer of the benchmarks, which `make bench` installs")


def journal(name: str) -> list[Event]:
    return engine_speed.small_journal("asked", *JOURNALS[name])


@pytest.mark.parametrize("told", JOURNALS)
@pytest.mark.parametrize("peer", engine_speed.PEERS, ids=lambda peer: peer.name)
def test_an_engine_beside_ours_makes_the_same_moves(peer: engine_speed.Peer, told: str) -> None:
    needs(peer.needs)
    ours = bare_machine.moves_of(fold("A", journal(told), charts.small()), "errand")

    assert ours
    assert engine_speed.check_same(peer, journal(told), ours)(journal(told)) == ours


def test_an_engine_that_makes_other_moves_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bare_transaction, "run", lambda _: [], raising=False)
    other = engine_speed.Peer("another", "bare_transaction", "psycopg", 1)

    with pytest.raises(ValueError, match="another makes other moves"):
        engine_speed.check_same(other, journal("mixed"), [(journal("mixed")[0].recorded_at, "waiting", "doing")])


@pytest.mark.parametrize("peer", durable_peers.PEERS, ids=lambda peer: peer.name)
def test_a_peer_keeps_the_rows_that_we_keep_of_the_same_events(peer: Peer, store: Store) -> None:
    needs(peer.needs)
    if peer.server and not os.environ.get(A_SERVER):
        pytest.skip(f"it starts a server, which takes long: set {A_SERVER}=1")
    processes = 1 if peer.server else 0  # such a peer reads its settings when it is loaded
    sizes = replace(TINY, client_processes=processes)
    acts, shares = durable_speed.prepared(store, sizes, lambda _: None)

    with copied(store, "ours") as mine:
        record_all(OURS, Place(durable_speed.url_of(mine)), acts, 0)
        with copied(store, "theirs") as other, peer.running(durable_speed.url_of(other)) as address:
            place = Place(durable_speed.url_of(other), durable_speed.url_of(other, "test_peer_system"), address)
            try:
                record_all(peer.side, place, shares, processes)
                for table in KEPT:
                    if not (table == "cases" and peer.name == "SpiffWorkflow"):  # it keeps a state of its own
                        assert rows(other, table) == rows(mine, table) != rows(store, table)
            finally:
                drop(store, "test_peer_system", "peer_prefect")


def test_a_peer_that_keeps_nothing_is_not_measured(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bare_transaction, "nothing", lambda _: nullcontext(lambda: lambda _: None), raising=False)
    idle = Peer("an idle peer", "nothing", "benchmarks.peers.bare_transaction:nothing")
    monkeypatch.setattr(durable_speed, "PEERS", (idle,))

    with pytest.raises(ValueError, match="an idle peer kept 0 events of"):
        durable_speed.measure(store, TINY, lambda _: None)


def test_a_client_that_fails_is_told_and_leaves_no_process(store: Store) -> None:
    acts, _ = durable_speed.prepared(store, TINY, lambda _: None)
    place = Place(durable_speed.url_of(store))

    with clients(OURS, place, acts, 1) as found:
        assert len(found.turn(1).acts) == TINY.clients
        assert len(found.turn(2, alone=True).acts) == 2
        assert found.done == TINY.clients + 2
        with pytest.raises(ClientDied, match="There are no acts left"):
            found.turn(10_000)

    assert connected(store) == 1  # we, who ask
    with pytest.raises(ClientDied, match="ModuleNotFoundError"), clients("nowhere:to_be_found", place, acts, 0):
        pass


def test_a_run_that_is_told_to_stop_ends_what_it_started(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[bool] = []

    def measured(*_: object) -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            ended.append(True)

    monkeypatch.setattr(run, "measure", measured)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--only", "recording", "--quick"])
    with pytest.raises(KeyboardInterrupt):
        run.main()

    assert ended == [True]


def test_what_is_missing_is_left_out_with_its_reason() -> None:
    absent = Peer("another", "nothing", "nowhere:to_be_found", needs="nowhere_to_be_found")
    [with_a_server] = [peer for peer in durable_peers.PEERS if peer.server]

    assert "`make bench`" in str(absent.why_left_out(TINY))
    assert "server of its own" in str(with_a_server.why_left_out(TINY))
    assert with_a_server.why_left_out(replace(TINY, client_processes=1)) is None


def record_all(side: str, place: Place, shares: Sequence[Sequence[Act]], processes: int) -> None:
    """Have the first two acts of every client recorded, and two more of the first client alone."""
    with clients(side, place, shares, processes) as found:
        found.turn(2)
        found.turn(2, alone=True)


def rows(store: Store, table: str) -> list[str]:
    """Return what is kept there, but for instants, which no two sides share."""
    with store.engine.connect() as connection:
        asked = f"SELECT ROW({KEPT[table]})::text FROM handrail.{table} ORDER BY 1"  # noqa: S608 - names of our own
        return list(connection.scalars(text(asked)))


def connected(store: Store) -> int:
    with store.engine.connect() as connection:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        return int(connection.scalar(text(asked)) or 0)


def drop(store: Store, *databases: str) -> None:
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in databases:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
