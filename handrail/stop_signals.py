"""What a Ctrl-C means to a command that has child processes.

The first one ends the work: ``KeyboardInterrupt`` is raised once, wherever the command stands. Every later one only
says "hurry", so that no impatience can interrupt the stopping itself and leave a process behind.
"""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

    Handler = Callable[[int, FrameType | None], object] | int | None

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignals:
    """Takes over Ctrl-C, SIGTERM and SIGHUP while it is entered; outermost, around everything that must be stopped.

    Outside the main thread Python allows no handlers: there it only keeps the two facts.
    """

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._hurried = threading.Event()
        self._former: dict[signal.Signals, Handler] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in STOPPING:
                self._former[number] = signal.signal(number, self._arrived)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)
        self._former.clear()

    @property
    def is_asked(self) -> bool:
        """Whether the work shall end, or is ending."""
        return self._asked.is_set()

    @property
    def is_hurried(self) -> bool:
        """Whether somebody asked a second time, and politeness is over."""
        return self._hurried.is_set()

    def begin_stopping(self) -> None:
        """Say that the stopping has begun by itself: from now on a Ctrl-C only makes it hurry."""
        self._asked.set()

    def _arrived(self, _number: int, _frame: FrameType | None) -> None:
        if self._asked.is_set():
            self._hurried.set()
            return
        self._asked.set()
        raise KeyboardInterrupt
