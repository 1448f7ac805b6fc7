"""``python -m benchmarks``: measure everything, print it as a table, and keep it.

A whole run writes ``benchmarks/results.json``, the table in ``docs/benchmarks.md`` and the pictures in ``docs/plots``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import (
    batch_speed,
    blockage_speed,
    deployments,
    durable_speed,
    engine_speed,
    growth,
    histories,
    installed,
    page,
    recording_speed,
    timer_lateness,
    worker_sharing,
)
from benchmarks.figures import Figure, replace_results, table, write_results
from benchmarks.servers import server
from benchmarks.sizes import FULL, QUICK, Sizes
from benchmarks.timing import Tell
from handrail.stop_signals import StopSignals

RESULTS = Path(__file__).with_name("results.json")
IN_STORE = {
    "recording": recording_speed.measure,
    "durable": durable_speed.measure,
    "batches": batch_speed.measure,
    "blockages": blockage_speed.measure,
    "growth": growth.measure,
    "histories": histories.measure,
    "timers": timer_lateness.measure,
    "workers": worker_sharing.measure,
}
PARTS = ("engine", *IN_STORE, "deployments")


def measure(sizes: Sizes, parts: tuple[str, ...], folder: Path, tell: Tell) -> list[Figure]:
    """Return the figures of ``parts``; each part that needs a store has a server of its own in ``folder``."""
    figures = []
    for part in parts:
        if part == "engine":
            figures += engine_speed.measure(sizes, tell)
        elif part == "deployments":
            figures += deployments.measure(folder / part, sizes, tell)
        else:
            tell(f"{part}: starting PostgreSQL")
            with server(folder / part) as store:
                figures += IN_STORE[part](store, sizes, tell)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, a few minutes; the results are not kept")
    parser.add_argument("--only", choices=PARTS, help="one part; the results are not kept unless you --keep them")
    parser.add_argument("--keep", action="store_true", help="have the figures of one part replace its former ones")
    asked = parser.parse_args()
    if asked.keep and (asked.quick or not asked.only):
        parser.error("--keep goes with --only, and not with --quick: a whole run is kept by itself.")
    parts = (asked.only,) if asked.only else PARTS
    if lacking := installed.sentence_about_missing(parts):
        sys.exit(lacking)
    # Told to stop, in whatever way, it ends the servers and clients that it started.
    with StopSignals(), tempfile.TemporaryDirectory(prefix="handrail-bench-") as folder:
        figures = measure(QUICK if asked.quick else FULL, parts, Path(folder), _teller())
    print(table(figures))
    if asked.keep:
        replace_results(figures, RESULTS)
    elif not asked.quick and not asked.only:
        write_results(figures, RESULTS)
    if asked.keep or not (asked.quick or asked.only):
        for kept in page.write(RESULTS):
            print(f"Kept in {kept}")


def _teller() -> Tell:
    """Return what tells the terminal what is going on; in a pipe it is silent."""
    began = time.monotonic()

    def tell(what: str) -> None:
        if sys.stderr.isatty():
            print(f"{time.monotonic() - began:4.0f} s  {what}", file=sys.stderr)

    return tell


if __name__ == "__main__":
    main()
