"""One event recorded by one agency, on disk when it is answered: beside peers that write the same rows.

A small pathway of two stages, every event a move between them: the event, the case's new state, what changed, a
task and a follow-up that open or close, and one or two notices. Each side has a database of its own, a copy of the
same one, on the same server. Sides take turns in rounds, Handrail and one peer at a time.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from itertools import cycle, islice

from sqlalchemy import text

from benchmarks import charts
from benchmarks.bare_rows import taken_down
from benchmarks.clients import Act, Clients, Place, Round, clients
from benchmarks.durable_peers import OURS, PEERS, Peer
from benchmarks.figures import Figure
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


def measure(store: Store, sizes: Sizes, tell: Tell) -> list[Figure]:
    acts, shares = prepared(store, sizes, tell)
    figures = []
    with copied(store, "ours") as mine, clients(OURS, Place(url_of(mine)), acts, sizes.client_processes) as we:
        settle(mine)
        for peer in PEERS:
            if why := peer.why_left_out(sizes):
                tell(f"durable transitions: {peer.name} is left out. {why}")
                continue
            tell(f"durable transitions: beside {peer.name}")
            with _clients(store, peer, shares, sizes) as they:
                for alone in (True, False):
                    rounds = _in_turns(we, they, sizes, peer.share, alone=alone)
                    figures += _figures("one client" if alone else f"{sizes.clients} clients", peer, *rounds)
    return figures


def prepared(store: Store, sizes: Sizes, tell: Tell) -> tuple[list[list[Act]], list[list[Act]]]:
    """Return what each client of ours is to record, and each of a peer's, the latter with the rows to be written."""
    publish(store, charts.ROUNDS, None, file_name="rounds.yaml")
    tell("durable transitions: opening cases")
    cases = [[_open_case(store) for _ in range(_cases(nth, sizes))] for nth in range(sizes.clients)]
    settle(store)
    acts = [list(islice(_acts(each), _count(nth, sizes) * len(PEERS))) for nth, each in enumerate(cases)]
    return acts, _rehearsed(store, [each[: _count(nth, sizes)] for nth, each in enumerate(acts)], tell)


@contextmanager
def _clients(store: Store, peer: Peer, shares: Sequence[Sequence[Act]], sizes: Sizes) -> Iterator[Clients]:
    """Give the clients of a peer on a copy of ``store``, each with its share.

    Raises:
        ValueError: the peer has not kept as many events as it was given.
    """
    with copied(store, "theirs") as other, peer.running(url_of(other)) as address:
        before = _events(other)
        place = Place(url_of(other), url_of(other, APART), address)
        with clients(peer.side, place, shares, sizes.client_processes) as found:
            settle(other)
            yield found
        kept = _events(other) - before
        if kept != found.done:
            message = f"{peer.name} kept {kept} events of {found.done}. Look at what stands beside us."
            raise ValueError(message)


def _in_turns(
    we: Clients, they: Clients, sizes: Sizes, share: float, *, alone: bool
) -> tuple[list[Round], list[Round]]:
    """Return our rounds and the peer's, which took turns; one of each before does not count."""
    each = (ALONE if alone else 1) * sizes.durable_acts
    few = max(1, round(share * each))
    rounds = range(sizes.durable_rounds + 1)
    turns = [(we.turn(each, alone=alone), they.turn(few, alone=alone)) for _ in rounds]
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


def url_of(store: Store, database: str | None = None) -> str:
    return store.engine.url.set(database=database or store.engine.url.database).render_as_string(hide_password=False)


def _events(store: Store) -> int:
    with store.engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM handrail.events")) or 0)


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
