"""The daily tasking: what each agency has to do, what it carries over from before in front."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from handrail.blockages.listing import shared_work
from handrail.rules import Rules
from handrail.steps import transaction
from handrail.wiring import Store
from models.database import now as database_now
from models.publications import list_newest
from models.work import OpenWork, WorkKind, list_open

TASKED: tuple[WorkKind, ...] = ("task", "follow_up", "hand_off", "blockage")
NOBODYS = frozenset(("waiting", "exhausted"))
"""States of open work that asks nothing of anybody now."""


@dataclass(frozen=True, slots=True)
class TaskingItem:
    """One piece of an agency's work. ``carried_over``: it was open already when the day began.

    ``reference`` is that of its case, or of a blockage that belongs to no one case.
    """

    reference: str
    kind: WorkKind
    name: str
    state: str
    opened_at: datetime
    due_at: datetime | None
    late: bool
    carried_over: bool


@dataclass(frozen=True, slots=True)
class AgencyTasking:
    agency: str
    title: str
    items: tuple[TaskingItem, ...]

    @property
    def carried_over(self) -> int:
        return sum(item.carried_over for item in self.items)

    @property
    def late(self) -> int:
        return sum(item.late for item in self.items)


@dataclass(frozen=True, slots=True)
class TaskingList:
    """The work of one local day, by agency."""

    day: date
    drawn_up_at: datetime
    agencies: tuple[AgencyTasking, ...]
    working: bool = True
    """False on a day on which the coordinator does not work: then nothing is listed."""


def open_tasking(store: Store) -> TaskingList:
    """Return the tasking list as at now: late and carried-over work first, then by due time.

    A follow-up that asks nothing yet is nobody's task; it comes onto the list when it is asked. Nor is a hand-off
    that nobody took: the blockage that it raised is.
    """
    with transaction(store) as connection:
        now = database_now(connection)
        rules = [store.rules(connection, each.hash) for each in list_newest(connection)]
        zone, working = _day(rules, now)
        work = list_open(connection, kinds=TASKED, limit=1_000_000) if working else []
        work += shared_work(connection, {each.pathway.key: each for each in rules}) if working else []
    work = [each for each in work if each.work.state not in NOBODYS]
    morning = datetime.combine(now.astimezone(zone).date(), datetime.min.time(), zone).astimezone(UTC)
    titles = _titles(rules)
    work.sort(key=lambda each: each.work.agency)
    agencies = [
        AgencyTasking(
            agency, titles.get(agency, agency), tuple(sorted((_item(each, now, morning) for each in mine), key=_rank))
        )
        for agency, mine in groupby(work, key=lambda each: each.work.agency)
    ]
    return TaskingList(now.astimezone(zone).date(), now, tuple(agencies), working)


def _day(rules: list[Rules], now: datetime) -> tuple[ZoneInfo, bool]:
    """Return the zone of the day, and whether any coordinator works on it."""
    calendars = [each.calendar_of(each.pathway.coordinator) for each in rules]
    zone = rules[0].pathway.zone if rules else ZoneInfo("UTC")
    return zone, any(calendar.is_working_day(calendar.local(now).date()) for calendar in calendars)


def _titles(rules: list[Rules]) -> dict[str, str]:
    return {key: entry.title for each in rules for key, entry in each.agencies.items()}


def _item(found: OpenWork, now: datetime, morning: datetime) -> TaskingItem:
    work = found.work
    late = work.due_at is not None and work.due_at < now
    return TaskingItem(
        found.reference, work.kind, work.name, work.state, work.opened_at, work.due_at, late, work.opened_at < morning
    )


def _rank(item: TaskingItem) -> tuple[bool, bool, bool, datetime, str, str]:
    return (
        not item.late,
        not item.carried_over,
        item.due_at is None,
        item.due_at or item.opened_at,
        item.reference,
        item.name,
    )
