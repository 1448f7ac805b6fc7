"""The soak in short: weeks of a city at speed, with the real deployments. `make soak` is the long form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.soak.city import publish_with
from benchmarks.soak.year import Plan, live_through

if TYPE_CHECKING:
    from troubled.installation import Trouble

    from benchmarks.soak.receivers import Receivers


def test_weeks_of_a_city_at_speed_leave_nothing_undone_and_nothing_doubled(trouble: Trouble, taking: Receivers) -> None:
    publish_with(trouble.store, taking.contacts)
    lines: list[str] = []
    plan = Plan(minutes=0.1, look_every=2, share=0.12, longer=100)

    verdict = live_through(trouble.installation, taking, plan, lines.append)

    assert verdict.wrong == [], lines
    assert verdict.doubled == 0
    assert verdict.events > 100
    assert verdict.messages > 20
    assert taking.posted
    assert taking.mailed
    assert len(lines) > 1
