"""Finding every process that descends from a child of ours, whatever became of those in between.

A child gets a mark in its environment, and everything it starts inherits it: also what moved to a session of its own,
and what lost its parent. Linux shows the environment under /proc; elsewhere only the child's process group is known.
"""

from __future__ import annotations

import os
from pathlib import Path

MARK = "HANDRAIL_SUPERVISED_AS"
PROCESSES = Path("/proc")


def find_marked(mark: str) -> list[int]:
    """List the living processes whose mark is ``mark``, or begins with it and a colon; never this one."""
    wanted = f"{MARK}={mark}".encode()
    return [
        int(folder.name)
        for folder in PROCESSES.glob("[0-9]*")
        if int(folder.name) != os.getpid() and _bears(folder, wanted)
    ]


def _bears(folder: Path, wanted: bytes) -> bool:
    try:
        environment = (folder / "environ").read_bytes()
    except OSError:  # it ended meanwhile, or belongs to somebody else
        return False
    return any(entry == wanted or entry.startswith(wanted + b":") for entry in environment.split(b"\0"))
