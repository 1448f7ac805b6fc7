"""Clients that record at once: processes of several threads, the same for every side, each with acts of its own.

Processes, because clients are programs of their own and one Python process fills one core at most. The clients of
both sides of a comparison stay up from the first round to the last, and only those whose turn it is do anything.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pkgutil import resolve_name
from typing import Any

from handrail.casework import Said

TO_COME_UP = 180.0
"""Seconds in which all clients of a side must have made their connections."""
TO_END = 30.0
FORKS = multiprocessing.get_context("forkserver")
"""Clients are forked from a process that has loaded what most of them need, or they would take long to come up."""
FORKS.set_forkserver_preload(["benchmarks.peers.our_record", "benchmarks.peers.bare_transaction"])


@dataclass(frozen=True)
class Act:
    """One event of one case to be recorded, and the rows that Handrail writes for it."""

    reference: str
    said: Said
    taken: Any = None
    """``benchmarks.bare_rows.Taken``; none for a side that makes its rows itself."""


@dataclass(frozen=True)
class Place:
    """Where a side records: the URL (SQLAlchemy's) of a database of its own, and of a second one for what is its own.

    ``address`` is that of a server which runs for the side.
    """

    url: str
    apart: str = ""
    address: str = ""


Client = Callable[[Act], object]
Opened = Callable[[], Client]
Side = Callable[[Place], AbstractContextManager[Opened]]
"""Opens in one process what its clients share, and gives what makes a client for each thread.

Sides are named, as ``benchmarks.peers.our_record:handrail``, so that a peer is loaded in its own processes only.
"""


@dataclass(frozen=True)
class Round:
    """What one round came to: ``seconds`` from the first begin to the last end, and those of each act."""

    seconds: float
    acts: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Acts a second."""
        return len(self.acts) / self.seconds


class ClientDied(Exception):
    """A client's process ended, or said that it failed."""

    def __init__(self, side: str, text: str) -> None:
        super().__init__(f"A client of {side} did not finish: {text}")


@dataclass
class Clients:
    """The processes of one side, and how many clients each has."""

    name: str
    pipes: Sequence[Connection]
    done: int = 0
    """Acts of all clients so far."""

    def turn(self, each: int, *, alone: bool = False) -> Round:
        """Have every client do its next ``each`` acts, all at once; or the first alone."""
        asked = self.pipes[:1] if alone else self.pipes
        for pipe in asked:
            pipe.send((each, alone))
        parts = [part for pipe in asked for part in self._heard(pipe)]
        began, ended = min(part[0] for part in parts), max(part[1] for part in parts)
        took = tuple(took for part in parts for took in part[2])
        self.done += len(took)
        return Round(ended - began, took)

    def await_all(self) -> None:
        """Return once every process is ready."""
        for pipe in self.pipes:
            self._heard(pipe, TO_COME_UP)

    def _heard(self, pipe: Connection, seconds: float | None = None) -> Any:
        if not pipe.poll(seconds):
            raise ClientDied(self.name, f"no sign within {seconds:.0f} seconds")
        try:
            said = pipe.recv()
        except EOFError:
            raise ClientDied(self.name, "its process is gone") from None
        if isinstance(said, str):
            raise ClientDied(self.name, said)
        return said


@contextmanager
def clients(side: str, place: Place, shares: Sequence[Sequence[Act]], processes: int) -> Iterator[Clients]:
    """Give clients of ``side`` that are ready, one for each of ``shares``, in that many processes; they end with it.

    With no processes they are threads of this one.

    Raises:
        ClientDied: one of them did not come up.
    """
    with ExitStack() as ending:
        pipes = []
        for nth in range(max(1, processes)):
            ours, theirs = FORKS.Pipe()
            serve = partial(_serve, theirs, side, place, shares[nth :: max(1, processes)])
            # No daemon: what a client started must have its chance to end in order.
            runner = FORKS.Process(target=serve) if processes else threading.Thread(target=serve)
            runner.start()
            if processes:
                theirs.close()
            ending.callback(_end, runner, ours)
            pipes.append(ours)
        found = Clients(side, pipes)
        found.await_all()
        yield found


def _end(runner: Any, pipe: Connection) -> None:
    pipe.close()  # what a client waits for
    runner.join(TO_END)
    if runner.is_alive() and hasattr(runner, "kill"):
        runner.kill()
        runner.join()


def _serve(pipe: Connection, side: str, place: Place, shares: Sequence[Sequence[Act]]) -> None:
    """Be one process of clients: a thread for each share, which goes on where it stopped."""
    with closing(pipe):
        try:
            with _side(side)(place) as opened, ThreadPoolExecutor(len(shares)) as threads:
                todo = [iter(share) for share in shares]
                made = list(threads.map(lambda _: opened(), shares))
                pipe.send(None)
                while (asked := _asked(pipe)) is not None:
                    each, alone = asked
                    working = slice(1) if alone else slice(None)
                    pipe.send(list(threads.map(partial(_work, each), made[working], todo[working])))
        except Exception as error:  # noqa: BLE001 - the outermost frame of a process: told to the one who waits
            with suppress(BrokenPipeError):  # the one who waits may have gone
                pipe.send(f"{type(error).__name__}: {error}")


def _side(name: str) -> Side:
    found: Side = resolve_name(name)
    return found


def _asked(pipe: Connection) -> tuple[int, bool] | None:
    try:
        asked: tuple[int, bool] = pipe.recv()
    except EOFError:
        return None
    return asked


def _work(each: int, client: Client, acts: Iterator[Act]) -> tuple[float, float, list[float]]:
    took = []
    began = ended = time.perf_counter()  # one clock for all processes of the machine
    for _ in range(each):
        act = next(acts, None)
        if act is None:
            raise ValueError("There are no acts left. Prepare as many as the rounds ask for.")
        client(act)
        before, ended = ended, time.perf_counter()
        took.append(ended - before)
    return began, ended, took
