"""``python -m handrail.prefect_worker worker start ...``: Prefect's command, for a worker that stays for months.

For each flow run Prefect opens clients that refer to themselves, each with a TLS context of half a megabyte that
Python does not count. Python looks for such circles among what has lived for minutes only once that has grown by a
quarter: a hundred thousand objects of the imported code make that sixty megabytes of dead clients. Here the imported
code is set aside, so that looking costs a millisecond, and is done often.
"""

from __future__ import annotations

import gc
from importlib import import_module

OFTEN = (700, 2, 1)
"""New containers until the first look, first looks until a second, second looks until all is looked at."""


def collect_often() -> None:
    """Have what is in memory now never looked at again, and all that comes to be looked at often."""
    gc.collect()
    gc.freeze()
    gc.collect()  # of nothing: from now on growth is counted from there
    gc.set_threshold(*OFTEN)


def main() -> None:
    from prefect.cli import app  # noqa: PLC0415 - it takes seconds to import

    import_module("prefect.workers.process")
    collect_often()
    app()


if __name__ == "__main__":
    main()
