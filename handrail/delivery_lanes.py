"""Lanes of delivery: an agency's letters go one after another, the agencies side by side.

So a receiver that stalls keeps nobody waiting but its own agency. A lane soon stops asking a receiver that fails,
so that its agency does not take a lane from the others for long either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from queue import LifoQueue

from handrail.channels import Channels
from handrail.sweeps import Act
from models.attempts import Outcome

LANES = 16
ENOUGH = 2
"""So many letters in a row that a receiver delays by a number of its own, and the others are not tried now."""
ASKS_FOR_PEACE = frozenset({421, 429, 503})
"""Numbers by which a receiver says that it is not about the letter: it takes none now."""


@dataclass
class DeliveryBatch:
    """What one batch came to, in messages."""

    sent: int = 0
    delayed: int = 0
    dead: int = 0
    acts: list[Act] = field(default_factory=list)

    @property
    def size(self) -> int:
        return self.sent + self.delayed + self.dead

    @property
    def changes(self) -> Counter[str]:
        """How many notices met which end."""
        return Counter(act.kind for act in self.acts)

    def add(self, other: DeliveryBatch) -> None:
        """Have this be what both came to."""
        self.sent += other.sent
        self.delayed += other.delayed
        self.dead += other.dead
        self.acts += other.acts


@dataclass(frozen=True, slots=True)
class Tried:
    """How a letter's try over one channel ended; ``real`` is False if the channel had just failed and was spared."""

    channel: str
    outcome: Outcome
    sentence: str | None = None
    code: int | None = None
    retry_after: timedelta | None = None
    receipt: str | None = None
    lacking: bool = False
    """Something must be set right before the channel serves this agency at all."""
    about_letter: bool = False
    """The fault is the letter's own; the next one may leave."""
    real: bool = True


@dataclass
class Patience:
    """What a lane has had of its agency's channels; one that fails is left alone for the rest of it."""

    _failed: dict[str, list[Tried]] = field(default_factory=dict)

    def given_up(self, channel: str) -> Tried | None:
        """Return why ``channel`` is not to be tried now; None if it is."""
        failed = self._failed.get(channel, [])
        if not failed:
            return None
        last = failed[-1]
        shut = last.lacking or last.code is None or last.code in ASKS_FOR_PEACE or last.retry_after is not None
        if not shut and len(failed) < ENOUGH:
            return None
        return Tried(channel, "delayed", last.sentence, last.code, last.retry_after, lacking=last.lacking, real=False)

    def note(self, tried: Tried) -> None:
        """Learn from a try."""
        if tried.outcome == "delayed" and not tried.about_letter:
            self._failed.setdefault(tried.channel, []).append(tried)
        else:
            self._failed.pop(tried.channel, None)


class Lanes:
    """A bounded number of lanes. Each borrows channels, so that a connection serves one lane at a time."""

    def __init__(self, pool: ThreadPoolExecutor, borrow: Callable[[], AbstractContextManager[Channels]]) -> None:
        self._pool = pool
        self._borrow = borrow
        self._busy: dict[Future[DeliveryBatch], str] = {}

    @property
    def busy(self) -> frozenset[str]:
        """The agencies that are being served."""
        return frozenset(self._busy.values())

    def start(self, agency: str, work: Callable[[Channels], DeliveryBatch]) -> None:
        """Have ``work`` done for ``agency`` as soon as a lane is free."""

        def serve() -> DeliveryBatch:
            with self._borrow() as channels:
                return work(channels)

        self._busy[self._pool.submit(serve)] = agency

    def finished(self, seconds: float) -> list[DeliveryBatch]:
        """Return what came of the lanes that have ended; wait so many ``seconds`` for the next one.

        Raises:
            Exception: whatever a lane raised.
        """
        done, _ = wait(self._busy, timeout=seconds, return_when=FIRST_COMPLETED)
        for each in done:
            del self._busy[each]
        return [each.result() for each in done]


@contextmanager
def open_lanes(number: int, open_channels: Callable[[], AbstractContextManager[Channels]]) -> Iterator[Lanes]:
    """Give ``number`` lanes at most; when the block ends, all have ended and their channels are closed."""
    idle: LifoQueue[tuple[ExitStack, Channels]] = LifoQueue()

    @contextmanager
    def borrow() -> Iterator[Channels]:
        if idle.empty():
            stack = ExitStack()
            channels = stack.enter_context(open_channels())
        else:
            stack, channels = idle.get()
        try:
            yield channels
        finally:
            idle.put((stack, channels))

    with ThreadPoolExecutor(number, thread_name_prefix="delivery") as pool:
        try:
            yield Lanes(pool, borrow)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    # Side by side as well: each may have to say goodbye to a server that does not listen.
    with ThreadPoolExecutor(number) as pool:
        list(pool.map(lambda one: one[0].close(), [idle.get() for _ in range(idle.qsize())]))
