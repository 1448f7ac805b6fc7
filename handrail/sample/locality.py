"""What the police did in the city centre to people who are not on the programme.

The published totals are the locality's: they hold what happened to people on the programme as well. So many
are added here that both together come to the totals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from handrail.sample.chance import between, pick
from handrail.sample.chapters import AREAS
from handrail.sample.story import DAY, LONDON, SampleEvent, Story, at


@dataclass(frozen=True, slots=True)
class Total:
    """A published total of one kind of event over local dates, both included."""

    kind: str
    total: int
    first: date
    last: date

    def within(self, event: SampleEvent) -> bool:
        return event.kind == self.kind and _midnight(self.first) <= event.occurred_at < _midnight(self.last + DAY)


DISPERSALS = Total("dispersal.issued", 554, date(2017, 9, 1), date(2018, 5, 31))
ARRESTS = Total("arrest.made", 170, date(2017, 12, 1), date(2018, 5, 31))
OUTSIDE = (
    Total("dispersal.issued", 47, date(2017, 7, 1), date(2017, 8, 31)),
    Total("dispersal.issued", 21, date(2018, 6, 1), date(2018, 6, 30)),
    Total("arrest.made", 64, date(2017, 9, 1), date(2017, 11, 30)),
    Total("arrest.made", 18, date(2018, 6, 1), date(2018, 6, 30)),
)
"""What happened before and after the published windows: made up, and in no published figure."""


def locality_events(cohort: Iterable[SampleEvent]) -> list[SampleEvent]:
    """Return the locality's events in order of occurrence, given those of everybody on the programme."""
    known = [event for event in cohort if event.kind in {"dispersal.issued", "arrest.made"}]
    story = Story("locality", None)
    for total in (DISPERSALS, ARRESTS):
        _add(story, total, total.total - sum(map(total.within, known)))
    for total in OUTSIDE:
        _add(story, total, total.total)
    return [replace(event, case=None) for event in story.told()]


def _add(story: Story, total: Total, number: int) -> None:
    span = (total.last - total.first).days
    for each in range(number):
        day = total.first + (each * (span + 1) // number) * DAY
        when = at(day, "09:30", minutes=between(0, 700, total.kind, total.first, each))
        area = pick((*AREAS, *AREAS[:2]), total.kind, total.first, each)
        story.tell(total.kind, when, "police", **dict(_fields(total, each, area)))


def _fields(total: Total, each: int, area: str) -> Iterator[tuple[str, str | int | bool]]:
    yield "area", area
    if total.kind == "dispersal.issued":
        yield "hours", between(12, 48, total.first, each)
        yield "in_writing", True
        yield "cuts_off", "nothing"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), LONDON)
