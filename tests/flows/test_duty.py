"""A run on duty meets each due instant, hears of news, and goes when its turn is over or it is relieved."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from flows.duty import on_duty, turn_left

A_MOMENT = 10.0  # seconds, on the busiest machine; a run that misses its cue rests for thirty
NOON = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)


class Desk:
    """Work that falls due at known seconds after the start, and a bell that can be rung."""

    def __init__(self, *due: float) -> None:
        self.began = time.monotonic()
        self.due = sorted(due)
        self.met: list[float] = []
        self.looks = 0
        self.bell = threading.Event()
        self.goes_when_all_is_met = False

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    async def work(self) -> int:
        self.looks += 1
        now_due = [instant for instant in self.due if instant <= self.seconds][:2]
        for instant in now_due:
            self.due.remove(instant)
            self.met.append(self.seconds - instant)
        if self.goes_when_all_is_met and self.met and not self.due:
            os.kill(os.getpid(), signal.SIGTERM)
        return len(now_due)

    async def next_due(self) -> float | None:
        return self.due[0] - self.seconds if self.due else None

    def listen(self, seconds: float) -> bool:
        rung = self.bell.wait(seconds)
        self.bell.clear()
        return rung


async def serve(desk: Desk, turn_seconds: float) -> int:
    return await on_duty(turn_seconds, desk.work, desk.next_due, desk.listen)


def test_what_is_due_at_the_start_is_done_batch_after_batch() -> None:
    desk = Desk(0, 0, 0, 0, 0)

    assert asyncio.run(serve(desk, 0.1)) == 5


def test_a_due_instant_is_met_within_a_moment_and_never_before() -> None:
    desk = Desk(0.4, 0.9)
    desk.goes_when_all_is_met = True

    assert asyncio.run(serve(desk, 60)) == 2
    assert all(0 <= late < A_MOMENT for late in desk.met)


def test_news_is_heard_at_once() -> None:
    desk = Desk()
    desk.goes_when_all_is_met = True

    async def news() -> float:
        running = asyncio.ensure_future(serve(desk, 60))
        await asyncio.sleep(0.4)
        desk.due = [desk.seconds]
        desk.bell.set()
        await running
        return desk.met[0]

    assert asyncio.run(news()) < A_MOMENT


def test_a_turn_ends_when_it_is_over_with_nothing_to_do() -> None:
    desk = Desk()

    assert asyncio.run(serve(desk, 0.6)) == 0
    assert 0.5 < desk.seconds < A_MOMENT


def test_a_turn_of_no_time_does_all_that_is_due_and_goes() -> None:
    desk = Desk(0, 0, 0, 60)

    assert asyncio.run(serve(desk, 0)) == 3
    assert desk.seconds < A_MOMENT


def test_a_backlog_is_left_to_the_next_when_the_turn_is_over() -> None:
    desk = Desk()

    async def endless() -> int:
        await asyncio.sleep(0.05)
        return 1

    done = asyncio.run(on_duty(0.5, endless, desk.next_due, desk.listen))

    assert 1 <= done < 12
    assert desk.seconds < A_MOMENT


def test_what_is_due_but_held_by_another_does_not_keep_the_run_spinning() -> None:
    desk = Desk()

    async def overdue() -> float:
        return -5.0

    asyncio.run(on_duty(1.0, desk.work, overdue, desk.listen))

    assert desk.looks < 10


def test_a_polite_stop_ends_the_turn_in_order_and_gives_the_signal_back() -> None:
    desk = Desk()
    former = signal.getsignal(signal.SIGTERM)

    async def stopped() -> int:
        asyncio.get_running_loop().call_later(0.3, os.kill, os.getpid(), signal.SIGTERM)
        return await serve(desk, 30)

    assert asyncio.run(stopped()) == 0
    assert desk.seconds < A_MOMENT
    assert signal.getsignal(signal.SIGTERM) is former


@pytest.mark.parametrize(
    ("late", "left"),
    [
        pytest.param(timedelta(0), 320, id="on time"),
        pytest.param(timedelta(seconds=12), 308, id="started by a slow worker"),
        pytest.param(timedelta(hours=3), 0, id="left over from an outage"),
        pytest.param(timedelta(seconds=-4), 320, id="the worker's clock goes behind"),
    ],
)
def test_a_turn_is_counted_from_when_it_should_have_begun(late: timedelta, left: float) -> None:
    assert turn_left(320, NOON, NOON + late) == left
