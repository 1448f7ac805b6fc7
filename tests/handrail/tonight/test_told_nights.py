"""A story of the past goes through its nights: none is jumped over, and each is cut off at its own instant."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from handrail.casework import Said, Speaker, record, wake_due, wake_hand_offs_and_places
from handrail.deliveries import deliver_due
from handrail.story import Told, tell_story
from handrail.wiring import Store
from models.story_clock import StoryClock

OUTREACH = Speaker("outreach", "P. Officer")
NIGHTS = [(day, datetime(2026, 12, day, 16, tzinfo=UTC)) for day in (1, 2, 3)]


@contextmanager
def on_duty(store: Store) -> Iterator[None]:
    """Have somebody do all that falls due, until the block ends."""
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            wake_due(store, "follow_ups")
            wake_hand_offs_and_places(store)
            deliver_due(store)
            time.sleep(0.01)

    sweeps = threading.Thread(target=serve)
    sweeps.start()
    try:
        yield
    finally:
        over.set()
        sweeps.join()


def test_a_story_waits_for_each_night_to_be_cut_off(
    told_town: Any, open_stores: Callable[[], Store], story: StoryClock
) -> None:
    told_town.project("shelter", "bed", "mission", "1")
    reference = told_town.person("bed")
    last = datetime(2026, 12, 3, 18, tzinfo=UTC)
    seen = Said("need.stated", {"ill": True}, OUTREACH)

    with on_duty(open_stores()):
        tell_story(
            told_town.store,
            story,
            [Told(last, lambda: record(told_town.store, reference, seen))],
            lambda _at: None,
        )

    with told_town.store.engine.connect() as connection:
        rows = connection.execute(text("SELECT night, closed_at FROM handrail.nights WHERE closed_at IS NOT NULL"))
        closed = {night.day: at.replace(microsecond=0) for night, at in rows}
    assert [(day, closed.get(day)) for day, _ in NIGHTS] == NIGHTS
    assert len(told_town.events(reference, "bed.missed")) == 3
