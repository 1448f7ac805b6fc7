"""A run on duty at blockages looks at once, then at news that come in crowds, a minute apart, and each hour."""

from __future__ import annotations

import asyncio
import time
from typing import cast

from flows.blockages import HOUR, PAUSE, Watch
from handrail.wiring import Store


def watch(*news: bool) -> Watch:
    told = iter(news)
    return Watch(cast("Store", None), lambda _: next(told))


def due(one: Watch) -> float | None:
    return asyncio.run(one.seconds_to_due())


def test_it_looks_at_once() -> None:
    assert due(watch()) == 0


def test_after_a_look_it_waits_for_news() -> None:
    one = watch()
    one.heard, one.looked_at = False, time.monotonic()

    assert due(one) is None


def test_news_right_after_a_look_wait_for_the_pause_and_are_not_forgotten() -> None:
    one = watch(True, False)
    one.heard, one.looked_at = False, time.monotonic()

    one.hear(0)
    one.hear(0)

    assert asyncio.run(one.work()) == 0
    assert one.heard
    assert PAUSE - 5 < (due(one) or 0) <= PAUSE


def test_an_hour_after_a_look_there_is_something_to_look_for() -> None:
    one = watch()
    one.heard, one.looked_at = False, time.monotonic() - HOUR - 1

    assert due(one) == 0
