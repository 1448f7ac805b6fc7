"""What a person at a terminal sees of long work; in a pipe there is nothing to see."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int], None]
EVERY = 2_000
"""After how many steps the terminal is told."""


@contextmanager
def progress(title: str, total: int | None = None, *, quiet: bool = False, every: int = EVERY) -> Iterator[Advance]:
    """Give what counts steps on, shown on standard error while the block runs, if that is a terminal.

    It moves after ``every`` so many steps.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 (only for a terminal)
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(title, total=total)
        waiting = 0

        def advance(steps: int) -> None:
            nonlocal waiting
            waiting += steps
            if waiting >= every:
                shown.advance(task, waiting)
                waiting = 0

        yield advance
