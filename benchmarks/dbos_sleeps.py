"""``python -m benchmarks.dbos_sleeps URL COUNT``: DBOS workflows that sleep durably until one instant, then do a step.

Each is a thread of one process, as DBOS runs plain functions, with a thread for every workflow. A sleep is a row of
DBOS's own that a restart would go on with, and the step's result is one more; a workflow has fired once that is
written. Nothing of a case is decided or written: no next instant, no change, no notice.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from dbos import DBOS

from benchmarks.children import tell

if TYPE_CHECKING:
    from dbos import DBOSConfig

WARMING = 50
"""Sleeps that count for nothing but to see how fast they are started."""
SETTLING, MARGIN = 2.0, 1.5
"""Seconds, and how many times as long as in warming it may take to start them all."""
fired: list[float] = []


def fire() -> int:
    """Stand for what is to be done once; its result is durable."""
    return 1


def sleep_until(due: float) -> None:
    """Sleep until ``due``, in seconds since 1970, then do one step."""
    DBOS.sleep(max(0.0, due - time.time()))
    step_of_dbos()
    fired.append(time.time() - due)


step_of_dbos: Any = DBOS.step()(fire)
workflow_of_dbos: Any = DBOS.workflow()(sleep_until)


def main() -> None:
    url, count = sys.argv[1].replace("+psycopg", ""), int(sys.argv[2])
    config: DBOSConfig = {
        "name": "sleeps",
        "system_database_url": url,
        "max_executor_threads": count + 1,
        "log_level": "ERROR",
        "enable_otlp": False,
    }
    DBOS(config=config)
    DBOS.launch()
    began = time.time()
    _sleep_all(WARMING, began)
    due = time.time() + SETTLING + count * MARGIN * (time.time() - began) / WARMING
    late = _sleep_all(count, due)
    if late > 0:
        message = f"The last sleep began {late:.1f} seconds after it was due. Give the machine a quiet moment."
        raise ValueError(message)
    tell(fired[WARMING:])
    DBOS.destroy()


def _sleep_all(count: int, due: float) -> float:
    """Have that many sleeps start, wait until all have fired, and return how late the last of them had begun."""
    handles = [DBOS.start_workflow(workflow_of_dbos, due) for _ in range(count)]
    late = time.time() - due
    for handle in handles:
        handle.get_result()
    return late


if __name__ == "__main__":
    main()
