"""Runs several lines of the command, each in a process of its own, forked when all is imported: one start for many.

Reads them as JSON from standard input, and prints what came of each: its status, its output, its errors.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from pathlib import Path

READY = ("handrail.casework", "handrail.deliveries", "handrail.cli", "handrail.cli.application", "models.migrations")


def status_of(line: list[str]) -> int:
    """Run the command in this process, and return the status with which it leaves."""
    sys.argv = ["handrail", *line]
    try:
        importlib.import_module("handrail.cli").main()
    except SystemExit as left:
        return int(left.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def ran(line: list[str]) -> tuple[int, str, str]:
    with tempfile.TemporaryDirectory() as folder:
        told = [Path(folder, name) for name in ("output", "errors")]
        child = os.fork()
        if child == 0:
            for number, path in enumerate(told, 1):
                os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
            os._exit(status_of(line))
        _, how = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(how), told[0].read_text(), told[1].read_text()


if __name__ == "__main__":
    for name in READY:
        importlib.import_module(name)
    lines = json.load(sys.stdin)
    sys.stdout.write(json.dumps([ran(line) for line in lines]))
