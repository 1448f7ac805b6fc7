"""Worker processes that share one sweep: how much sooner it is done, and proof that nothing was done twice.

Each worker is a process of its own with a store of its own, as the runs of the deployment on several machines are.
They begin together; the sweep is done when the last of them finds nothing due.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta

from sqlalchemy import text

from benchmarks import due_cases
from benchmarks.children import Child, child
from benchmarks.figures import Figure
from benchmarks.servers import address, copied, settle
from benchmarks.sizes import Sizes
from benchmarks.timing import Tell, spread
from handrail.casework import database_now, verify
from handrail.wiring import Store

CHECK = """
SELECT count(*), count(DISTINCT case_id),
       (SELECT count(*) FROM handrail.cases WHERE version = 2),
       (SELECT count(*) FROM handrail.notices WHERE kind = 'follow_up_due')
FROM handrail.changes WHERE kind = 'follow_up_due'
"""


class DoneTwice(Exception):
    """Not every due case was woken once and once only."""


def measure(store: Store, sizes: Sizes, tell: Tell) -> list[Figure]:
    due = database_now(store) - timedelta(seconds=1)
    due_cases.bring(store, "shared", sizes.shared, due)
    settle(store)
    took: dict[int, list[float]] = {workers: [] for workers in sizes.workers}
    for nth in range(sizes.share_rounds):
        for workers in sizes.workers:
            tell(f"workers: {workers} at {sizes.shared} due cases, round {nth + 1} of {sizes.share_rounds}")
            with copied(store, f"shared_{workers}") as copy:
                took[workers].append(shared_sweep(copy, workers, sizes.shared))
                check_once(copy, sizes.shared, whole=nth == 0)
    return _figures(
        sizes.shared, {workers: [sizes.shared / each for each in took[workers]] for workers in sizes.workers}
    )


def shared_sweep(store: Store, workers: int, due: int) -> float:
    """Return how many seconds that many worker processes take until none of ``due`` cases is left.

    Raises:
        DoneTwice: together they woke more or fewer.
    """
    with ExitStack() as closing:
        crew: list[Child] = [closing.enter_context(child("sweep_worker", address(store))) for _ in range(workers)]
        for each in crew:
            each.answer()
        began = time.monotonic()  # one clock for all processes of the machine
        for each in crew:
            each.say("go")
        told = [each.answer() for each in crew]
    woken = [cases for cases, _ in told]
    if sum(woken) != due:
        message = f"{workers} workers woke {' + '.join(map(str, woken))} cases where {due} were due."
        raise DoneTwice(message)
    return float(max(ended for _, ended in told) - began)


def check_once(store: Store, due: int, *, whole: bool) -> None:
    """Make sure that each of ``due`` cases was asked once; ``whole``: and that it is what its events amount to.

    Raises:
        DoneTwice: one was not.
    """
    with store.engine.connect() as connection:
        changes, cases, versions, notices = connection.execute(text(CHECK)).one()
    if not changes == cases == versions == due or notices not in {0, due}:
        message = f"Of {due} due cases {cases} were asked, {changes} times; {versions} were saved once."
        raise DoneTwice(message)
    if whole:
        found = verify(store)
        if found.wrong or found.cases != due:
            message = (
                f"{found.wrong} of {found.cases} cases are not what their events amount to: {found.mismatches[:1]}"
            )
            raise DoneTwice(message)


def _figures(due: int, rates: dict[int, Sequence[float]]) -> list[Figure]:
    alone = statistics.median(rates[1])
    return [
        Figure(
            f"{workers} workers sharing a sweep of {due:,}",
            statistics.median(rates[workers]),
            "cases/s",
            "one worker alone",
            alone,
            None,
            spread(rates[workers]),
        )
        for workers in rates
        if workers > 1
    ]
