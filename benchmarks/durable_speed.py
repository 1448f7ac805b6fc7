"""One event recorded by one agency, on disk when it is answered: beside peers that write the same rows.

A small pathway of two stages, every event a move between them: the event, the case's new state, what changed, a
task and a follow-up that open or close, and one or two notices. Each side has a database of its own, a copy of the
same one, on the same server. Sides take turns in rounds, Handrail and one peer at a time.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from importlib.util import find_spec
from itertools import cycle, islice

from benchmarks import charts
from benchmarks.bare_rows import taken_down
from benchmarks.clients import Act, Clients, Place, Round, clients
from benchmarks.figures import Figure, Target
from benchmarks.servers import copied, settle
from benchmarks.sizes import Sizes
from benchmarks.timing import Tell, percentile, spread
from handrail.casework import Identity, Referral, Said, Speaker, publish, record, refer
from handrail.wiring import Store

OFFICE, HOUSE = Speaker("office", "An Officer"), Speaker("house", "An Officer")
MOVES = (Said("moved.in", {}, HOUSE), Said("moved.out", {}, HOUSE))
ALONE = 4
"""How many times as many acts a client does in a round in which it is alone."""
APART = "peer_system"
"""The database in which a peer keeps what is its own."""
HALF_OF_BARE = Target("ratio", at_least=0.5)
TEN_TIMES = Target("ratio", at_least=10)


@dataclass(frozen=True)
class Peer:
    """What stands beside us. ``share`` is how many of our acts of a round it is given, so that no side takes long."""

    name: str
    beside: str
    side: str
    needs: str = "psycopg"
    """The package without which it is left out."""
    share: float = 1.0
    target: Target | None = None
    """At many clients."""
    latency: bool = False


OURS = "benchmarks.peers.our_record:handrail"
_BARE, _DBOS = "benchmarks.peers.bare_transaction", "benchmarks.peers.dbos_workflows"
PEERS = (
    Peer(
        "bare PostgreSQL", "psycopg, the same rows sent at once", f"{_BARE}:at_once", target=HALF_OF_BARE, latency=True
    ),
    Peer("bare PostgreSQL, row by row", "psycopg, the same rows one after the other", f"{_BARE}:one_by_one"),
    Peer(
        "DBOS",
        "a DBOS workflow of three steps that write the same rows",
        f"{_DBOS}:steps",
        "dbos",
        0.2,
        TEN_TIMES,
        latency=True,
    ),
    Peer("DBOS, one step", "a DBOS workflow of one step that writes the same rows", f"{_DBOS}:one_step", "dbos", 0.2),
)


def measure(store: Store, sizes: Sizes, tell: Tell) -> list[Figure]:
    publish(store, charts.ROUNDS, None, file_name="rounds.yaml")
    tell("durable transitions: opening cases")
    cases = [[_open_case(store) for _ in range(_cases(nth, sizes))] for nth in range(sizes.clients)]
    settle(store)
    acts = [list(islice(_acts(each), _count(nth, sizes) * len(PEERS))) for nth, each in enumerate(cases)]
    shares = _rehearsed(store, [each[: _count(nth, sizes)] for nth, each in enumerate(acts)], tell)
    figures = []
    with _clients(store, "ours", OURS, acts, sizes) as we:
        for peer in PEERS:
            if find_spec(peer.needs) is None:
                tell(f"durable transitions: left out, since {peer.needs} is not installed: {peer.name}")
                continue
            tell(f"durable transitions: beside {peer.name}")
            with _clients(store, "theirs", peer.side, shares, sizes) as they:
                for alone in (True, False):
                    each = ALONE * sizes.durable_acts if alone else sizes.durable_acts
                    rounds = _in_turns(we, they, sizes.durable_rounds, each, peer.share, alone=alone)
                    figures += _figures("one client" if alone else f"{sizes.clients} clients", peer, *rounds)
    return figures


@contextmanager
def _clients(store: Store, name: str, side: str, shares: Sequence[Sequence[Act]], sizes: Sizes) -> Iterator[Clients]:
    """Give the clients of one side on a copy of ``store``."""
    with copied(store, name) as other, clients(side, _place(other), shares, sizes.client_processes) as found:
        settle(other)
        yield found


def _in_turns(
    we: Clients, they: Clients, rounds: int, each: int, share: float, *, alone: bool
) -> tuple[list[Round], list[Round]]:
    """Return our rounds and the peer's, which took turns; one of each before does not count."""
    few = max(1, round(share * each))
    turns = [(we.turn(each, alone=alone), they.turn(few, alone=alone)) for _ in range(rounds + 1)]
    return [ours for ours, _ in turns[1:]], [theirs for _, theirs in turns[1:]]


def _count(nth: int, sizes: Sizes) -> int:
    """Return how many acts the ``nth`` client does beside one peer; the first works alone, too."""
    return sizes.durable_acts * (sizes.durable_rounds + 1) * (1 if nth else 1 + ALONE)


def _cases(nth: int, sizes: Sizes) -> int:
    """Return how many cases the ``nth`` client has: each has two acts in a round, so that no history grows long."""
    return sizes.durable_acts // 2 * (1 if nth else 1 + ALONE)


def _open_case(store: Store) -> str:
    return refer(store, "rounds", Referral(Identity(("Somebody",), date(1980, 1, 1)), OFFICE)).reference


def _acts(cases: Sequence[str]) -> Iterator[Act]:
    """Give acts without end: each case moves in, then each moves out, and so on."""
    for said in cycle(MOVES):
        for reference in cases:
            yield Act(reference, said)


def _rehearsed(store: Store, acts: Sequence[Sequence[Act]], tell: Tell) -> list[list[Act]]:
    """Return the acts with the rows that Handrail writes for each, which is seen on another copy."""
    tell(f"durable transitions: taking down the rows of {sum(map(len, acts))} events")

    def one(act: Act) -> Act:
        record(other, act.reference, act.said)
        return replace(act, taken=taken.pop())

    with copied(store, "rehearsal") as other, taken_down() as taken:
        return [[one(act) for act in share] for share in acts]


def _place(store: Store) -> Place:
    url = store.engine.url
    return Place(*(url.set(database=name).render_as_string(hide_password=False) for name in (url.database, APART)))


def _figures(whom: str, peer: Peer, ours: Sequence[Round], theirs: Sequence[Round]) -> list[Figure]:
    rates, beside = ([each.rate for each in rounds] for rounds in (ours, theirs))
    target = None if whom == "one client" else peer.target
    name = f"durable transitions, {whom}"
    rate = Figure(
        f"{name}, beside {peer.name}",
        statistics.median(rates),
        "events/s",
        peer.beside,
        statistics.median(beside),
        target,
        spread(rates),
    )
    return [rate, *(_latencies(name, peer, ours, theirs) if peer.latency else [])]


def _latencies(name: str, peer: Peer, ours: Sequence[Round], theirs: Sequence[Round]) -> list[Figure]:
    mine, other = ([1000 * took for each in rounds for took in each.acts] for rounds in (ours, theirs))
    shares = (("median", 0.5), ("99th percentile", 0.99))
    return [
        Figure(
            f"{name}, {said}, beside {peer.name}", percentile(mine, share), "ms", peer.beside, percentile(other, share)
        )
        for said, share in shares
    ]
