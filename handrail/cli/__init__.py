"""The command: ``handrail``, one module for each group of verbs.

Exit statuses: 0 done, 1 found something wrong, 2 wrong use, 130 interrupted.
"""

from __future__ import annotations

import os
import signal

__all__ = ["main"]
INTERRUPTED = 130


def main() -> None:
    """Run the command of this process; a Ctrl-C while it is still being loaded ends it at once, and without a word."""
    former = signal.getsignal(signal.SIGINT)
    if former is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(INTERRUPTED))
    from handrail.cli.application import main as run  # noqa: PLC0415 (what takes time comes after the handler)

    signal.signal(signal.SIGINT, former)
    run()
