"""The kinds of places that published pathways declare, and the days on which places of a kind serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from handrail.errors import NotYours
from handrail.recording import Speaker
from handrail.wiring import Store
from models.publications import list_newest
from pathways.chart import Pathway
from pathways.place_charts import PlaceKindChart
from pathways.wall_clock import WallClock

MIDNIGHT = time()


@dataclass(frozen=True, slots=True)
class KnownKind:
    """A kind of places as the newest rules of a pathway declare it."""

    chart: PlaceKindChart
    pathway: Pathway

    def day_of(self, at: datetime) -> date:
        """Return the day of service at ``at``: a night belongs to the day on which it began."""
        wall = WallClock(self.pathway.zone).wall(at)
        return wall.date() - timedelta(days=1) if wall.time() < self._turn else wall.date()

    def begin_of(self, day: date) -> datetime:
        """Return the instant at which the day of service begins, in UTC."""
        return WallClock(self.pathway.zone).resolve(datetime.combine(day, self._turn))

    def check_speaker(self, speaker: Speaker, provider: str, at: datetime, what: str) -> None:
        """Make sure that it is the provider who speaks, or whoever followed it, or the coordinator.

        Raises:
            NotYours: it is somebody else.
        """
        rules = self.pathway
        allowed = {rules.serving(provider, at), rules.serving(rules.coordinator, at)}
        if rules.serving(speaker.agency, at) not in allowed:
            raise NotYours(speaker.agency, what, sorted(allowed))

    @property
    def _turn(self) -> time:
        return MIDNIGHT if self.chart.nightly is None else self.chart.nightly.until


def known_kinds(store: Store, connection: Connection) -> dict[str, KnownKind]:
    """Return every kind that a published pathway declares, by name; of two pathways with one, the first by key."""
    found: dict[str, KnownKind] = {}
    for published in list_newest(connection):
        pathway = store.rules(connection, published.hash).pathway
        for name, chart in pathway.places.items():
            found.setdefault(name, KnownKind(chart, pathway))
    return found


def days_of_service(kinds: Mapping[str, KnownKind], at: datetime) -> dict[str, date]:
    """Return the day of service at ``at`` by kind."""
    return {name: kind.day_of(at) for name, kind in kinds.items()}
