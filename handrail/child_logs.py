"""The log files of child processes: for their owner's eyes only, and never without bound."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import IO

LARGEST = 20_000_000  # bytes; then one older part is kept and a new one begun
TAIL = 15  # lines


def open_log(log: Path) -> IO[bytes]:
    """Open ``log`` for a child to append to; only its owner may read it."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def shorten_log(log: Path) -> None:
    """Set a log of more than 20 MB aside as its ``.1``; the child that has it open goes on writing from zero."""
    if log.exists() and log.stat().st_size > LARGEST:
        shutil.copy(log, log.with_suffix(".1"))
        os.truncate(log, 0)


def tail_of_log(log: Path) -> str:
    """Return the last lines of ``log``, or nothing when there is none."""
    if not log.exists():
        return ""
    with log.open("rb") as lines:
        lines.seek(-min(log.stat().st_size, 10_000), os.SEEK_END)
        text = lines.read().decode(errors="replace")
    return "\n".join(text.splitlines()[-TAIL:])
