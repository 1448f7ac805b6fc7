"""The engine as plain Python, in a process of its own, beside the compiled one; ``python -m benchmarks.plain_engine``.

It is asked for one round at a time, by the name of a work and how many cases, and answers the round's seconds of its
own processor time.
"""

from __future__ import annotations

import time

from benchmarks.children import heard, tell
from benchmarks.engine_speed import repeated, works
from benchmarks.installed import engine_is_compiled
from benchmarks.timing import seconds


def main() -> None:
    assert not engine_is_compiled()
    known = works()
    while True:
        name, cases = heard()
        tell(seconds(repeated(known[name], cases), time.process_time))


if __name__ == "__main__":
    main()
