"""A case of the sample as it is told: events in local time, by agencies that may say them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handrail.sample.chance import between
from integrations.bank_holidays import england_and_wales
from pathways.case import Scalar

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """A made-up identity. ``born`` is ``None`` for people whose date of birth nobody knows."""

    given_name: str
    family_name: str
    born: date | None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SampleEvent:
    """Something the sample says happened; instants are aware and in UTC.

    ``case`` is ``None`` for what happened in the locality to nobody on the programme. ``person`` comes with the
    event that opens a case. ``external_id`` is unique in the sample.
    """

    case: str | None
    person: SamplePerson | None
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    agency: str
    officer: str
    fields: Mapping[str, Scalar]
    external_id: str = ""


@dataclass(slots=True)
class Story:
    """What happened in one case so far, and what later chapters have to know of it."""

    case: str
    person: SamplePerson | None
    events: list[SampleEvent] = field(default_factory=list)
    safeguarded: date | None = None
    """When safeguarding was last looked at."""

    def tell(self, kind: str, when: datetime, agency: str, /, **fields: Scalar) -> None:
        """Add an event at local time ``when``, recorded as it happened."""
        self.tell_late(kind, when, when, agency, **fields)

    def tell_late(self, kind: str, when: datetime, recorded: datetime, agency: str, /, **fields: Scalar) -> None:
        """Add an event at local time ``when`` that was recorded at local time ``recorded``."""
        officer = f"Officer {between(10, 59, self.case, agency)}"
        self.decide(kind, when, recorded, agency, officer, **fields)

    def decide(  # an officer besides what every event has
        self, kind: str, when: datetime, recorded: datetime, agency: str, officer: str, /, **fields: Scalar
    ) -> None:
        """Add an event by a named officer."""
        person = None if self.events else self.person
        self.events.append(SampleEvent(self.case, person, kind, _utc(when), _utc(recorded), agency, officer, fields))

    def told(self) -> list[SampleEvent]:
        """Return the events in order of occurrence, each with its external id."""
        return numbered(self.case, sorted(self.events, key=lambda event: event.occurred_at))


def numbered(source: str, events: Iterable[SampleEvent]) -> list[SampleEvent]:
    return [replace(event, external_id=f"{source}/{number:04}") for number, event in enumerate(events, 1)]


def at(day: date, clock: str, *, minutes: int = 0) -> datetime:
    """Return the local time ``clock`` on ``day``, ``minutes`` later."""
    return datetime.combine(day, time.fromisoformat(clock)) + timedelta(minutes=minutes)


def days(first: date, last: date) -> Iterator[date]:
    """Yield every day from ``first`` to ``last``, both included; none if ``last`` comes before."""
    for number in range((last - first).days + 1):
        yield first + number * DAY


def working_day(day: date, number: int = 0) -> date:
    """Return the ``number``-th working day after ``day``; with 0 that day itself, or the first working day after it."""
    found = day if number == 0 else day + DAY
    left = max(number, 1)
    while True:
        if found.weekday() < SATURDAY and found not in england_and_wales():
            left -= 1
            if left == 0:
                return found
        found += DAY


def _utc(local: datetime) -> datetime:
    return local.replace(tzinfo=LONDON).astimezone(UTC)
