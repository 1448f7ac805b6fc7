"""Processes of their own for what must not share ours: workers, peers, and whatever's memory is measured.

A child is a module of this folder. It answers in lines of JSON, and waits for a line of ours where sides must begin
together. Both clocks that are compared are the machine's own, so that a child's instants count here as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

HOUSE = Path(__file__).parents[1]
ENDING = 20.0
"""Seconds that a child may take to end once nobody talks to it any more."""
LAST_WORDS = 2000


class ChildFailed(Exception):
    """A child ended before it had said what it should."""

    def __init__(self, module: str, told: str) -> None:
        super().__init__(f"python -m {module} ended too early. The end of what it said:\n{told or '(nothing)'}")


@dataclass(frozen=True)
class Child:
    """A running child."""

    module: str
    process: subprocess.Popen[str]
    errors: IO[str]

    def answer(self) -> Any:
        """Return what the child says next.

        Raises:
            ChildFailed: it ended instead.
        """
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(ENDING)
            self.errors.seek(0)
            raise ChildFailed(self.module, self.errors.read()[-LAST_WORDS:])
        return json.loads(line)

    def say(self, what: object) -> None:
        """Let the child go on with ``what``."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()


@contextmanager
def child(module: str, *arguments: object, endless: bool = False, plain: bool = False) -> Iterator[Child]:
    """Give the module of this folder as a running process; it ends with the block, by its id.

    ``endless``: it would not end by itself when nobody talks to it any more. ``plain``: it runs the sources, also
    where this process runs the compiled engine.
    """
    left_out = ("PYTHONPATH", "PYTHONSAFEPATH") if plain else ()
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(  # noqa: S603 - the command is ours, and no shell reads it
            command, cwd=HOUSE, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        try:
            yield Child(f"benchmarks.{module}", process, errors)
        finally:
            if endless:
                process.terminate()
            _end(process)


def tell(what: object) -> None:
    """Say a line to the process that started this one."""
    print(json.dumps(what), flush=True)


def heard() -> Any:
    """Wait for a line of the process that started this one, and return it; a closed line ends this process."""
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    return json.loads(line)


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        process.wait(ENDING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
