"""Child processes that run for as long as a command does: started, watched, restarted, and none left behind.

    SupervisorError
    ├── AlreadySupervised   another command runs in this folder
    └── ChildFailed         a child did not become ready, or a command failed; carries the tail of its log

Every child has a session of its own, so a Ctrl-C at the terminal reaches only us, and a log file in the folder.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Self

from handrail.child_logs import open_log, shorten_log, tail_of_log
from handrail.marked_processes import MARK, PROCESSES, find_marked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType

    from handrail.stop_signals import StopSignals

DYING = timedelta(seconds=15)  # the kernel may take this long to end what was killed
GLANCE = 0.1  # seconds between two looks at the children
LONGEST_PAUSE = timedelta(minutes=1)  # between two restarts of one child
STEADY = timedelta(minutes=5)  # who lived this long starts again without a pause


class SupervisorError(Exception):
    """A child process could not be started or kept."""


class AlreadySupervised(SupervisorError):
    """Another command has its children in this folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"Handrail already runs in {folder}. Stop it there, or name another state folder.")


class ChildFailed(SupervisorError):
    """A child ended, or did not become ready in time."""

    def __init__(self, name: str, fault: str, log: Path) -> None:
        self.name = name
        self.log = log
        tail = tail_of_log(log) or "(nothing)"
        super().__init__(f"{name} {fault}. Its log {log} ends with:\n{tail}")


def _at_once() -> bool:
    return True


@dataclass(frozen=True)
class Child:
    """What to start: ``environment`` is the whole of it, nothing is inherited.

    ``is_ready`` is asked until it holds, at most for ``ready_within``; an ``OSError`` counts as not yet.
    ``work_outlives_it``: what it started is kept when it dies by accident, and is ended first when all is stopped.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    is_ready: Callable[[], bool] = _at_once
    ready_within: timedelta = timedelta(seconds=90)
    work_outlives_it: bool = False


@dataclass
class _Running:
    """A child of ours, and when to try again if it is dead."""

    child: Child
    process: subprocess.Popen[bytes]
    since: float
    deaths: int = 0
    again_at: float | None = None


@dataclass
class Supervisor:
    """Owns the children of one state folder; entered, it ends what a killed predecessor left there.

    ``grace`` is how long a child may take to end by itself before it is killed.
    ``report`` is told, in sentences, what an operator would want to know.

    Raises:
        AlreadySupervised: on entering, when another command has its children in the folder.
    """

    folder: Path
    signals: StopSignals
    report: Callable[[str], None]
    grace: timedelta = timedelta(seconds=10)
    _running: list[_Running] = field(default_factory=list, init=False)
    _lock: IO[bytes] | None = field(default=None, init=False)

    def __enter__(self) -> Self:
        self.folder = self.folder.resolve()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = self._lock_folder()
        if left := find_marked(self._mark()):
            self.report(f"Ending {len(left)} processes that an earlier run left behind.")
            self._end(lambda: find_marked(self._mark()))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def log_of(self, name: str) -> Path:
        """Return the log file of the child ``name``."""
        return self.folder / "logs" / f"{name.replace(' ', '-')}.log"

    def start(self, child: Child) -> int:
        """Start ``child`` and return its process id once it is ready.

        Raises:
            ChildFailed: it ended, or was not ready in time.
        """
        running = self._launch(child)
        deadline = time.monotonic() + child.ready_within.total_seconds()
        while not _is_ready(child):
            if (status := running.process.poll()) is not None:
                raise ChildFailed(child.name, _ended(status), self.log_of(child.name))
            if time.monotonic() > deadline:
                fault = f"was not ready after {child.ready_within.total_seconds():.0f} seconds"
                raise ChildFailed(child.name, fault, self.log_of(child.name))
            time.sleep(GLANCE)
        return running.process.pid

    def run(self, child: Child) -> None:
        """Run ``child`` to its end, which must come by itself within ``ready_within``, with status 0.

        Raises:
            ChildFailed: it ended otherwise, or not in time.
        """
        running = self._launch(child)
        log = self.log_of(child.name)
        try:
            status = running.process.wait(child.ready_within.total_seconds())
        except subprocess.TimeoutExpired as error:
            fault = f"was not done after {child.ready_within.total_seconds():.0f} seconds"
            raise ChildFailed(child.name, fault, log) from error
        finally:
            self._end_child(running)
            self._running.remove(running)
        if status != 0:
            raise ChildFailed(child.name, _ended(status), log)

    def watch(self, for_at_most: timedelta | None = None) -> None:
        """Keep the children running until somebody asks to stop, or the time is over.

        A dead child is reported with the end of its log and started again, after pauses that grow to a minute.
        """
        deadline = None if for_at_most is None else time.monotonic() + for_at_most.total_seconds()
        with suppress(KeyboardInterrupt):
            while not self.signals.is_asked:
                if deadline is not None and time.monotonic() > deadline:
                    return
                for running in tuple(self._running):
                    self._look_after(running)
                time.sleep(GLANCE)

    def relieve(self, name: str) -> None:
        """End what the child ``name`` started, in order, and keep the child: a worker's flow runs, for example."""
        running = next(each for each in self._running if each.child.name == name)
        self._end(lambda: self._offspring(running))

    def restart(self, name: str) -> None:
        """End the child ``name`` and start it anew, without waiting until it is ready; not if all is being stopped."""
        running = next(each for each in self._running if each.child.name == name)
        self._end_child(running)
        self._running.remove(running)
        if not self.signals.is_asked:
            self._launch(running.child)

    def stop(self) -> None:
        """End all children, the youngest first, with everything they started; harmless when done twice."""
        self.signals.begin_stopping()
        for running in reversed(self._running):
            self._end_child(running)
        self._running.clear()
        if self._lock is not None:
            # What was started in the very instant of a Ctrl-C is in no list, but it has the mark.
            self._end(lambda: find_marked(self._mark()))
            self._lock.close()
            self._lock = None

    def _mark(self, name: str | None = None) -> str:
        return str(self.folder) if name is None else f"{self.folder}:{name}"

    def _lock_folder(self) -> IO[bytes]:
        lock = (self.folder / "supervisor.lock").open("wb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise AlreadySupervised(self.folder) from error
        return lock

    def _launch(self, child: Child) -> _Running:
        with open_log(self.log_of(child.name)) as log:
            process = subprocess.Popen(  # noqa: S603 - the command is ours, and no shell reads it
                child.command,
                env={**child.environment, MARK: self._mark(child.name)},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running = _Running(child, process, since=time.monotonic())
        self._running.append(running)
        return running

    def _look_after(self, running: _Running) -> None:
        status = running.process.poll()
        now = time.monotonic()
        if status is None:
            shorten_log(self.log_of(running.child.name))
        elif running.again_at is None:
            self._plan_restart(running, status, now)
        elif now >= running.again_at:
            if not running.child.work_outlives_it:
                self._end_child(running)  # its offspring would still hold its port
            self._running.remove(running)
            self._launch(running.child).deaths = running.deaths

    def _plan_restart(self, running: _Running, status: int, now: float) -> None:
        if now - running.since > STEADY.total_seconds():
            running.deaths = 0
        pause = min(2.0**running.deaths - 1, LONGEST_PAUSE.total_seconds())
        running.deaths += 1
        running.again_at = now + pause
        name = running.child.name
        tail = tail_of_log(self.log_of(name))
        self.report(f"{name} {_ended(status)}; starting it again in {pause:.0f} s. Its log ends with:\n{tail}")

    def _end_child(self, running: _Running) -> None:
        process = running.process

        def remaining() -> list[int]:
            alive = [] if process.poll() is not None else [process.pid]
            return alive + self._offspring(running)

        if running.child.work_outlives_it:
            # Its work may end in order only while it lives: a worker that is told first kills its flow runs.
            self._end(lambda: self._offspring(running))
        self._end(remaining, group=process.pid)
        process.wait()

    def _offspring(self, running: _Running) -> list[int]:
        mark = self._mark(running.child.name)
        return [pid for pid in find_marked(mark) if pid != running.process.pid]

    def _end(self, remaining: Callable[[], list[int]], group: int | None = None) -> None:
        asked: set[int] = set()
        deadline = time.monotonic() + self.grace.total_seconds()
        while left := remaining():
            if self.signals.is_hurried or time.monotonic() > deadline:
                _send(left, group, signal.SIGKILL)
            else:
                # Once each: Prefect takes a second SIGTERM for impatience, and kills itself.
                _send([pid for pid in left if pid not in asked], group, signal.SIGTERM)
                asked.update(left)
            if time.monotonic() > deadline + DYING.total_seconds():
                self.report(f"The processes {left} do not end, not even when killed.")
                return
            time.sleep(GLANCE / 2)


def _send(pids: list[int], group: int | None, number: signal.Signals) -> None:
    if pids and group is not None and not PROCESSES.is_dir():
        with suppress(ProcessLookupError):
            os.killpg(group, number)
        return
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _is_ready(child: Child) -> bool:
    try:
        return child.is_ready()
    except OSError:
        return False


def _ended(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"
