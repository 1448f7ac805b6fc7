"""What stands beside us where one event is recorded: bare PostgreSQL, DBOS, SpiffWorkflow and Prefect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pkgutil import resolve_name

from benchmarks.figures import Target
from benchmarks.sizes import Sizes

OURS = "benchmarks.peers.our_record:handrail"


@dataclass(frozen=True)
class Peer:
    """One peer. ``share`` is how many of our acts of a round it is given, so that no side takes long."""

    name: str
    beside: str
    side: str
    needs: str = "psycopg"
    """The package without which it is left out."""
    share: float = 1.0
    target: Target | None = None
    """At many clients."""
    latency: bool = False
    server: str = ""
    """Names what must run besides: given the URL of the side's database, it gives an address that clients need."""

    @contextmanager
    def running(self, url: str) -> Iterator[str]:
        """Give the address of what must run besides the clients; none if there is nothing."""
        if not self.server:
            yield ""
            return
        with resolve_name(self.server)(url) as address:
            yield address

    def why_left_out(self, sizes: Sizes) -> str | None:
        """Return why it cannot be measured here, as a sentence; None if it can."""
        if find_spec(self.needs) is None:
            return f"{self.needs} is not installed, which `make bench` does."
        if self.server and not sizes.client_processes:
            return "It has a server of its own, and its clients must be processes of their own."
        return None


PEERS = (
    Peer(
        name="bare PostgreSQL",
        beside="psycopg, the same rows sent at once",
        side="benchmarks.peers.bare_transaction:at_once",
        target=Target("ratio", at_least=0.5),
        latency=True,
    ),
    Peer(
        name="bare PostgreSQL row by row",
        beside="psycopg, the same rows one after the other",
        side="benchmarks.peers.bare_transaction:one_by_one",
    ),
    Peer(
        name="DBOS",
        beside="a DBOS workflow of three steps that write the same rows",
        side="benchmarks.peers.dbos_workflows:steps",
        needs="dbos",
        share=0.2,
        target=Target("ratio", at_least=10),
        latency=True,
    ),
    Peer(
        name="DBOS in one step",
        beside="a DBOS workflow of one step that writes the same rows",
        side="benchmarks.peers.dbos_workflows:one_step",
        needs="dbos",
        share=0.2,
    ),
    Peer(
        name="SpiffWorkflow",
        beside="a SpiffWorkflow process kept in the same PostgreSQL, with the same rows besides",
        side="benchmarks.peers.spiff_processes:in_the_store",
        needs="SpiffWorkflow",
        share=0.5,
    ),
    Peer(
        name="Prefect",
        beside="a Prefect flow run of one task that writes the same rows",
        side="benchmarks.peers.prefect_flows:flow_runs",
        needs="prefect",
        share=0.02,
        server="benchmarks.peers.prefect_flows:server",
    ),
)
