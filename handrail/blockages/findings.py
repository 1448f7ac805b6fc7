"""What one look at the store finds to be blocked, and what each kind of finding looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from handrail.rules import Rules
from handrail.waits.caution import Caution
from models.database import RawConnection
from pathways.blockage_forms import Attribution
from pathways.chart import Pathway
from pathways.clocks import Duration, Unit
from pathways.place_charts import SharedBlockageChart

Subject = tuple[str, str]
"""The name of a declared blockage, and what exactly is blocked."""
OPENING_CAUTION = Caution(level=0.00001)
"""By what a blockage is opened: ten times as strict as for one comparison, as each look makes some ten of them."""
LASTING_CAUTION = Caution(level=0.01, least_people=5, least_ratio=1.2)
"""By what an open blockage is judged: it stays until the difference is all but gone, so that it does not flap."""
DAYS_OF_A_WEEK = 7
WORKING_DAYS_OF_A_WEEK = 5
HOURS_OF_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Finding:
    """A blockage found: ``subject`` is what is blocked (a kind of places and its project, a hand-off and its agency,
    a stage, a list and its reason), ``evidence`` holds counts and codes only, ``cases`` the ids of those concerned.
    """

    chart: SharedBlockageChart
    subject: str
    since: datetime
    because: str
    evidence: Mapping[str, str | int]
    attributable_to: Attribution
    reason: str | None = None
    cases: tuple[int, ...] = ()


@dataclass(frozen=True)
class Look:
    """One look at the store, as at ``now``; what lies after it is not seen.

    ``open_`` are the blockages that are open; ``closed`` tells when somebody closed one by hand: what is older than
    that is known, and opens it no more.
    """

    connection: RawConnection
    rules: Rules
    now: datetime
    open_: frozenset[Subject] = frozenset()
    closed: Mapping[Subject, datetime] = field(default_factory=dict)

    @property
    def pathway(self) -> Pathway:
        return self.rules.pathway

    @property
    def today(self) -> date:
        return self.pathway.calendar.local(self.now).date()

    def morning(self, day: date) -> datetime:
        """Return when the local day begins."""
        return self.pathway.calendar.resolve(datetime.combine(day, datetime.min.time()))

    def is_open(self, chart: SharedBlockageChart, subject: str) -> bool:
        return (chart.name, subject) in self.open_

    def known_until(self, chart: SharedBlockageChart, subject: str) -> datetime | None:
        """Return when somebody closed it by hand; only what is newer may open it."""
        return self.closed.get((chart.name, subject))

    def has_lasted(self, chart: SharedBlockageChart, since: datetime, for_: Duration) -> bool:
        due = self.pathway.due(chart.owner, since, for_, ())
        return due is not None and due <= self.now

    def caution(self, chart: SharedBlockageChart, subject: str) -> Caution:
        return LASTING_CAUTION if self.is_open(chart, subject) else OPENING_CAUTION

    def first_day(self, chart: SharedBlockageChart, subject: str, days: int) -> date:
        """Return the first of the last ``days`` whole days, or the first after it was closed by hand."""
        first = self.today - timedelta(days=days)
        known = self.known_until(chart, subject)
        if known is None:
            return first
        return max(first, self.pathway.calendar.local(known).date() + timedelta(days=1))


def whole_days(duration: Duration) -> int:
    """Return the days that the duration takes up at least, one or more."""
    amount = duration.amount
    match duration.unit:
        case Unit.DAYS:
            days = amount
        case Unit.WEEKS:
            days = amount * DAYS_OF_A_WEEK
        case Unit.WORKING_DAYS:
            days = -(-amount * DAYS_OF_A_WEEK // WORKING_DAYS_OF_A_WEEK)
        case Unit.HOURS | Unit.WORKING_HOURS:
            days = -(-amount // HOURS_OF_A_DAY)
        case Unit.MINUTES:
            days = -(-amount // (HOURS_OF_A_DAY * 60))
    return max(1, days)


def on(day: date) -> str:
    """Return the day as it is written in a sentence."""
    return f"{day.day} {day:%B %Y}"
