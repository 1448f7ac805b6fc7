"""The outcome table of what is in the store: each pathway's declared measures, computed from events alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection

from handrail.errors import InstantRefused, NotFound
from handrail.steps import transaction
from handrail.wiring import Store
from models.database import now as database_now
from models.outcomes import stream_told
from models.publications import list_newest
from pathways import measures
from pathways.chart import Pathway
from pathways.declaration import Measure, MeasureWindow
from pathways.figures import Figure
from pathways.measures import MeasureEvent


@dataclass(frozen=True, slots=True)
class OutcomeTable:
    """The figures of one pathway, looked at as at an instant (UTC)."""

    pathway: str
    title: str
    as_at: datetime
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates, both included, that take the place of every measure's own window."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Asked:
    """Which table is asked for.

    ``as_at`` is the last local date looked at; left out, today. ``period`` left out, every measure has its own
    window. Figures from 1 to ``suppress_below`` - 1, and those that would tell them, are not shown.
    """

    pathway: str | None = None
    as_at: date | None = None
    period: Period | None = None
    suppress_below: int | None = None


NEWEST = Asked()


def outcome_tables(store: Store, asked: Asked = NEWEST) -> list[OutcomeTable]:
    """Return the table of each published pathway that declares measures, by key; or of the one that is asked for.

    Raises:
        NotFound: the pathway was never published.
        InstantRefused: the period ends before it begins.
        Delayed: the store is away.
    """
    if asked.period is not None and asked.period.last < asked.period.first:
        raise InstantRefused(
            f"The period ends on {asked.period.last}, before it begins on {asked.period.first}. Turn them round."
        )
    with transaction(store) as connection:
        now = database_now(connection)
        published = [each for each in list_newest(connection) if asked.pathway in {None, each.key}]
        if asked.pathway is not None and not published:
            message = f"The pathway {asked.pathway!r} was never published. Publish it first."
            raise NotFound(message)
        pathways = [store.rules(connection, each.hash).pathway for each in published]
        return [_table(connection, pathway, asked, now) for pathway in pathways if pathway.declaration.measures]


def _table(connection: Connection, pathway: Pathway, asked: Asked, now: datetime) -> OutcomeTable:
    declared = _declared(pathway, asked.period)
    as_at = _as_at(pathway, asked.as_at, now)
    kinds = {kind for measure in declared.values() for kind in _kinds(measure)}
    figures = measures.outcome_table(
        declared,
        _events(connection, pathway.key, kinds, as_at),
        as_at,
        calendar=pathway.calendar,
        suppress_below=asked.suppress_below,
    )
    return OutcomeTable(pathway.key, pathway.title, as_at, tuple(figures))


def _declared(pathway: Pathway, period: Period | None) -> Mapping[str, Measure]:
    declared = pathway.declaration.measures
    if period is None:
        return declared
    window = MeasureWindow.model_validate({"from": period.first.isoformat(), "to": period.last.isoformat()})
    return {name: measure.model_copy(update={"window": window}) for name, measure in declared.items()}


def _as_at(pathway: Pathway, last: date | None, now: datetime) -> datetime:
    """Return the last instant looked at: the end of the local date ``last``, but nothing that has not come yet."""
    if last is None:
        return now
    following = datetime.combine(last + timedelta(days=1), time())
    return min(now, pathway.calendar.resolve(following).astimezone(UTC) - timedelta(microseconds=1))


def _kinds(measure: Measure) -> Iterator[str]:
    yield measure.event.kind
    if measure.after is not None:
        yield measure.after.kind
    if measure.lasting is not None:
        yield measure.lasting.until.kind


def _events(connection: Connection, pathway: str, kinds: set[str], as_at: datetime) -> Iterator[MeasureEvent]:
    for told in stream_told(connection, pathway, sorted(kinds), as_at):
        yield MeasureEvent(told.person, told.case, told.kind, told.occurred_at, told.fields, told.scope)
