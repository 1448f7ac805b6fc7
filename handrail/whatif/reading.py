"""The recent history from the store: everything around a pathway's places in the weeks before an instant."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection

from handrail.errors import InstantRefused, NotFound, NotPossible
from handrail.steps import transaction
from handrail.whatif.history import BARRED, Bed, History, KindHistory, Stay
from handrail.whatif.nights import NightLog, night_log
from handrail.whatif.sorting import DAY, fed, linked, merged, stays_of, voids_of
from handrail.wiring import Store
from models import recent_history as rows
from models.database import now as database_now
from models.publications import list_newest
from models.recent_history import BedRow, Stretch, UseRow, WaitRow
from pathways.case_json import from_json
from pathways.chart import Pathway
from pathways.matching import Needs, Place, needs_of
from pathways.place_charts import FitChart, PlaceKindChart
from pathways.place_forms import PlaceTest

CASES_AT_ONCE = 500
FARTHEST_WEEKS = 26


@dataclass(frozen=True, slots=True)
class Asked:
    """``begins_on`` is the first local date of the change, left out today; ``back`` is how many weeks count as recent.

    ``pathway`` may be left out if only one declares places.
    """

    pathway: str | None
    begins_on: date | None
    weeks: int
    back: int = 26


@dataclass(frozen=True, slots=True)
class Recent:
    """The history, how many days after it ends the change begins, and on which local date that is."""

    history: History
    begins: float
    begins_on: date


def read_recent(store: Store, asked: Asked) -> Recent:
    """Return the history before the change begins; before now, if it begins later.

    Raises:
        NotFound, NotPossible: no such pathway, it declares no places, or several do and none was named.
        InstantRefused: the change begins too far ahead.
        Delayed: the store is away.
    """
    with transaction(store) as connection:
        pathway = _pathway(store, connection, asked.pathway)
        now = database_now(connection)
        begins = now if asked.begins_on is None else _midnight(pathway, asked.begins_on)
        if begins > now + timedelta(weeks=FARTHEST_WEEKS):
            raise InstantRefused(
                f"The change begins on {asked.begins_on}, more than {FARTHEST_WEEKS} weeks ahead. "
                "Give a date that is nearer."
            )
        as_at = min(now, begins)
        reader = _Reader(store, connection, pathway, as_at, Stretch(as_at - timedelta(weeks=asked.back), as_at))
        begins_on = begins.astimezone(pathway.calendar.zone).date()
        ends = begins_on + timedelta(weeks=asked.weeks, days=1)
        return Recent(reader.history(asked.back, ends), (begins - as_at) / DAY, begins_on)


def _pathway(store: Store, connection: Connection, key: str | None) -> Pathway:
    published = [each for each in list_newest(connection) if key in {None, each.key}]
    if key is not None and not published:
        message = f"The pathway {key!r} was never published. Publish it first."
        raise NotFound(message)
    found = [pathway for each in published if (pathway := store.rules(connection, each.hash).pathway).places]
    match found:
        case [only]:
            return only
        case []:
            raise NotPossible("No pathway declares places. Declare 'places' in its file, and publish it.")
        case _:
            keys = ", ".join(pathway.key for pathway in found)
            raise NotPossible(f"Several pathways declare places: {keys}. Name one with --pathway.")


def _midnight(pathway: Pathway, day: date) -> datetime:
    return pathway.calendar.resolve(datetime.combine(day, time())).astimezone(UTC)


@dataclass(slots=True)
class _Rows:
    """What was read of one kind."""

    chart: PlaceKindChart
    waits: list[WaitRow]
    uses: list[UseRow]
    beds: list[BedRow]
    log: NightLog | None = None
    needs: dict[int, Needs] = field(default_factory=dict)


class _Reader:
    def __init__(
        self, store: Store, connection: Connection, pathway: Pathway, as_at: datetime, stretch: Stretch
    ) -> None:
        self.store = store
        self.connection = connection
        self.pathway = pathway
        self.as_at = as_at
        self.stretch = stretch
        self.today = as_at.astimezone(pathway.calendar.zone).date()
        reasons = pathway.declaration.reasons
        self.whose = {code: who for codes in reasons.values() for code, who in codes.items()}

    def history(self, weeks: int, ends: date) -> History:
        found = [self._rows(chart, ends) for chart in self.pathway.places.values()]
        self._add_needs(found)
        stays = {each.chart.name: self._stays(each) for each in found}
        kinds = {each.chart.name: self._kind(each, stays) for each in found}
        codes = {rule.reason for each in found for rule in each.chart.fits}
        codes |= {code for each in found for code in each.chart.refusals}
        return History(self.as_at, self._weeks(weeks, found), kinds, frozenset(codes | set(self.whose)))

    def _rows(self, chart: PlaceKindChart, ends: date) -> _Rows:
        waits = rows.list_waits(self.connection, self.pathway.key, chart.name, chart.waiting, self.stretch)
        uses = rows.list_uses(self.connection, chart.name, self.stretch)
        found = _Rows(chart, waits, uses, rows.list_beds(self.connection, chart.name, self.today, ends))
        if chart.nightly is not None:
            since = self.stretch.since.astimezone(self.pathway.calendar.zone).date()
            came = rows.list_nights(self.connection, chart.name, since, self.today)
            found.log = night_log(came, uses, self.today, self._days_to(self.today, chart.nightly.cut_off))
        return found

    def _weeks(self, weeks: int, found: Sequence[_Rows]) -> int:
        """Return how many whole weeks are recorded, at most as many as were asked for."""
        began = [row.opened_at for each in found for row in each.waits]
        began += [row.since for each in found for row in each.uses]
        first = min(began, default=self.as_at)
        cut = [
            min(each.waits[0].opened_at if len(each.waits) == rows.MOST_ROWS else first, each.uses[-1].since)
            for each in found
            if each.uses and rows.MOST_ROWS in {len(each.waits), len(each.uses)}
        ]
        return min(weeks, (self.as_at - max([first, *cut])) // timedelta(weeks=1))

    def _stays(self, found: _Rows) -> tuple[Stay, ...]:
        if found.log is not None:
            return found.log.stays
        return stays_of(found.uses, self.as_at)

    def _kind(self, found: _Rows, stays: Mapping[str, tuple[Stay, ...]]) -> KindHistory:
        name = found.chart.name
        others = {kind: theirs for kind, theirs in stays.items() if kind != name}
        waits = merged(found.waits, found.uses, found.needs, self.as_at)
        lapsed = 0
        if found.log is not None:
            waits = found.log.waits(waits, found.needs)
        else:
            lapsed = sum(row.lapsed(self.as_at) for row in found.uses)
        return KindHistory(
            found.chart,
            tuple(self._bed(row) for row in found.beds),
            fed(waits, others),
            linked(stays[name], others),
            voids_of(found.uses, self.as_at),
            lapsed,
            found.log.nights if found.log is not None else None,
            found.log.cut_off if found.log is not None else 0.0,
        )

    def _bed(self, row: BedRow) -> Bed:
        place = Place(
            row.id,
            row.project,
            row.name,
            row.provider,
            row.single,
            row.accessible,
            row.women_only,
            row.dogs,
            row.couples,
            frozenset([*row.risks_not_accepted, f"{BARRED}{row.provider}"]),
        )
        closes = float("inf") if row.closes_on is None else self._days_to(row.closes_on)
        return Bed(place, self._days_to(row.opens_on), closes)

    def _days_to(self, day: date, clock: time = time()) -> float:
        return (self.pathway.calendar.resolve(datetime.combine(day, clock)) - self.as_at) / DAY

    def _add_needs(self, found: Sequence[_Rows]) -> None:
        """Give everybody who waited the needs that their case shows, and who has declined them for good."""
        barred = {each.chart.name: self._barred(each) for each in found}
        ids = sorted({row.case_id for each in found for row in each.waits} | _guests(found))
        for first in range(0, len(ids), CASES_AT_ONCE):
            for id_, publication, state in rows.list_states(self.connection, ids[first : first + CASES_AT_ONCE]):
                case, rules = from_json(state), self.store.rules(self.connection, publication).pathway
                for each in found:
                    chart = rules.places.get(each.chart.name)
                    needs = Needs() if chart is None or case.clock is None else needs_of(case, rules, chart)
                    bars = barred[each.chart.name].get(id_, ())
                    each.needs[id_] = Needs((*needs.fits, *bars), needs.rank, needs.because)

    def _barred(self, found: _Rows) -> dict[int, list[FitChart]]:
        cases: Collection[int] = {row.case_id for row in found.waits}
        barred: dict[int, list[FitChart]] = {}
        declined = rows.list_declines(self.connection, sorted(cases), found.chart.waiting, self.stretch)
        for case_id, agency, reason in declined:
            whose = self.whose.get(reason)
            if whose in {"provider", "law"}:
                name = f"{BARRED}{agency}"
                rule = FitChart(name, f"declined before for {reason}", None, PlaceTest(accepts=name), reason, whose)
                barred.setdefault(case_id, []).append(rule)
        return barred


def _guests(found: Sequence[_Rows]) -> set[int]:
    return {person for each in found if each.log is not None for person in each.log.people}
