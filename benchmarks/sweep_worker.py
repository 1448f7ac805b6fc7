"""``python -m benchmarks.sweep_worker URL``: one of several workers; wakes what is due until nothing is."""

from __future__ import annotations

import sys
import time

from benchmarks.children import heard, tell
from benchmarks.servers import joined
from handrail.casework import database_now, wake_due
from handrail.wiring import Store

BATCH = 500
"""As ``flows.sweeps``."""


def main() -> None:
    with joined(sys.argv[1]) as store:
        _know_the_rules(store)
        tell("ready")
        heard()
        cases = 0
        while woken := wake_due(store, "follow_ups", BATCH).cases:
            cases += woken
        tell([cases, time.monotonic()])


def _know_the_rules(store: Store) -> None:
    """Have the connection open and the rules read, as a worker has that is on duty."""
    database_now(store)
    with store.engine.connect() as connection:
        for (publication,) in connection.exec_driver_sql("SELECT hash FROM handrail.publications"):
            store.rules(connection, publication)


if __name__ == "__main__":
    main()
