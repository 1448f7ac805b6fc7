"""The yardstick itself: it tells much work from little, and does not hold one slow moment against anybody."""

from __future__ import annotations

from time import thread_time

from processor_seconds import TRIES, processor_seconds


def busy(seconds: float) -> None:
    ends_at = thread_time() + seconds
    while thread_time() < ends_at:
        pass


def test_what_costs_too_much_each_time_costs_too_much() -> None:
    tries: list[None] = []

    def work() -> None:
        tries.append(None)
        busy(0.5)

    assert processor_seconds(work, most=0.05) > 0.05
    assert len(tries) == TRIES


def test_one_slow_moment_is_forgiven() -> None:
    slow = iter([0.5])

    assert processor_seconds(lambda: busy(next(slow, 0.0)), most=0.05) < 0.05
