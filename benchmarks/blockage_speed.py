"""What it takes to find blockages: in everything at once, and in what changed since the last hour, few and very many.

``python -m benchmarks.blockage_speed URL`` is a process of its own, whose memory is measured.
"""

from __future__ import annotations

import statistics
import sys
from contextlib import ExitStack
from functools import partial

from sqlalchemy import text

from benchmarks.blocked_city import lay
from benchmarks.children import child
from benchmarks.children import tell as tell_parent
from benchmarks.figures import Figure, Target
from benchmarks.memory import MEGA, peak
from benchmarks.servers import address, copied, joined
from benchmarks.sizes import Sizes
from benchmarks.timing import Tell, seconds, spread
from handrail.casework import detect
from handrail.wiring import Store

COUNT = text(
    "SELECT (SELECT count(*) FROM handrail.cases), (SELECT count(*) FROM handrail.events WHERE fields IS NOT NULL),"
    " (SELECT count(*) FROM handrail.changes WHERE kind IS NOT NULL)"
)
CHANGE = (
    """
CREATE TEMPORARY TABLE touched AS
SELECT id, changes AS before FROM handrail.cases WHERE status = 'open' ORDER BY hashint8(id + :round) LIMIT :changes
""",
    """
INSERT INTO handrail.changes (case_id, number, at, kind, track, subject, from_, to_, because, rule, evidence)
SELECT id, before + 1, clock_timestamp(), 'moved', 'support', 'street', 'shelter', 'street', '', '', '{}' FROM touched
""",
    "INSERT INTO handrail.uncounted SELECT id, before, before + 1 FROM touched",
    "UPDATE handrail.cases AS c SET changes = changes + 1 FROM touched AS t WHERE t.id = c.id",
    "DROP TABLE touched",
)


def measure(store: Store, sizes: Sizes, tell: Tell) -> list[Figure]:
    with ExitStack() as closing:
        few, many = (closing.enter_context(copied(store, f"blocked_{cases}")) for cases in sizes.blocked)
        for each, cases in zip((few, many), sizes.blocked, strict=True):
            lay(each, cases, tell)
        tell("blockages: everything")
        counting = [seconds(partial(_count, many)) for _ in range(2)][-1]
        whole = seconds(partial(detect, many, afresh=True))
        detect(few, afresh=True)
        hourly = _hourly(few, many, sizes, tell)
        memory = _memory(few, many, sizes) if sizes.memory else []
    cases = sizes.blocked[1]
    name = f"blockages found in {cases:,} cases and {10 * cases:,} events"
    beside = "a bare count of the same rows"
    return [Figure(name, whole, "s", beside, counting, Target("value", at_most=30)), hourly, *memory]


def _hourly(few: Store, many: Store, sizes: Sizes, tell: Tell) -> Figure:
    """Compare a look after so many changes among few and among many, in turns."""
    tell("blockages: what changed")
    found: dict[Store, list[float]] = {few: [], many: []}
    for nth in range(sizes.blocked_rounds + 1):
        for each, times in found.items():
            _change(each, sizes.blocked_changes, nth)
            times.append(1000 * seconds(partial(detect, each)))
    name = f"blockages found after {sizes.blocked_changes:,} changes among {sizes.blocked[1]:,} cases"
    beside = f"the same among {sizes.blocked[0]:,}"
    ours, theirs = found[many][1:], found[few][1:]  # the first of each warms up
    target = Target("ratio", at_most=1.5)
    return Figure(name, statistics.median(ours), "ms", beside, statistics.median(theirs), target, spread(ours))


def _memory(few: Store, many: Store, sizes: Sizes) -> list[Figure]:
    megabytes = []
    for each in (few, many):
        with child("blockage_speed", address(each)) as process:
            megabytes.append(float(process.answer()))
    name = f"memory of a process that finds blockages in {sizes.blocked[1]:,} cases"
    return [Figure(name, megabytes[1], "MB", f"the same among {sizes.blocked[0]:,}", megabytes[0])]


def _count(store: Store) -> None:
    with store.engine.connect() as connection:
        connection.execute(COUNT).one()


def _change(store: Store, changes: int, nth: int) -> None:
    with store.engine.begin() as connection:
        for each in CHANGE:
            connection.execute(text(each), {"changes": changes, "round": 1000 * nth} if ":changes" in each else {})


def main() -> None:
    with joined(sys.argv[1]) as store:
        detect(store, afresh=True)
    tell_parent(peak() / MEGA)


if __name__ == "__main__":
    main()
