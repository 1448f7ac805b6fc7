"""The whole sample: Person A, the other 57, the locality, and a few cases in trouble today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from handrail.sample.cohort import cohort_events
from handrail.sample.live import live_events
from handrail.sample.locality import locality_events
from handrail.sample.person_a import person_a_events
from handrail.sample.story import SampleEvent


def published_events() -> Iterator[SampleEvent]:
    """Yield the programme's published year, in order of occurrence; every case in it is closed at the end.

    No event of a case is recorded before one that occurred earlier in it.
    """
    cases = [person_a_events(), *cohort_events()]
    cohort = [event for case in cases for event in case]
    yield from sorted([*cohort, *locality_events(cohort)], key=_order)


def sample_events(today: datetime | None = None) -> Iterator[SampleEvent]:
    """Yield the published year and, if ``today`` is given, cases that are open and in trouble as at ``today``.

    ``today`` is aware; nothing in the sample happens after it. The open cases are outside every published window.
    """
    yield from published_events()
    if today is not None:
        yield from sorted(live_events(today), key=_order)


def _order(event: SampleEvent) -> tuple[datetime, str]:
    return event.occurred_at, event.external_id
