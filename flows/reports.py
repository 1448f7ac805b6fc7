"""The tables that runs publish: the values of casework as references, codes, counts and instants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flows.desk import Plot, Report, Row, Table
from handrail import outcomes, tasking
from handrail.casework import Act, BlockageRow, detect, standing_blockages, wake_due
from handrail.outcomes import Asked, OutcomeTable, Period
from handrail.tasking import AgencyTasking
from handrail.wiring import Store

OPERATORS_ZONE = ZoneInfo("Europe/London")  # as the schedules in prefect.yaml


def blockages(store: Store) -> Report:
    """Open, age and clear what is due and what is found, and tell all blockages that stand, the oldest in front."""
    acts = [act for act in _wake_all_due(store) if act.kind.startswith("blockage")]
    acts += detect(store).acts
    found = standing_blockages(store).blockages
    opened, cleared = (sum(act.kind == kind for act in acts) for kind in ("blockage_opened", "blockage_cleared"))
    told = f"{len(found)} open, {opened} of them new, {cleared} cleared"
    table = Table("housing-blockages", "Open blockages, the oldest first", [_blockage(row) for row in found])
    counts = Table("housing-blockages-counts", "Open blockages by theme and whose doing it is", _counts(found))
    plot = Plot("housing-blockages-plot", "What open blockages have cost", "person-days", _bars(found))
    return Report(told, [table, counts], acts, [plot])


def daily_tasking(store: Store) -> Report:
    """Tell what each agency has to do today, late and carried-over work in front."""
    drawn_up = tasking.open_tasking(store)
    work = [row for agency in drawn_up.agencies for row in _work(agency)]
    late, carried = (sum(getattr(each, what) for each in drawn_up.agencies) for what in ("late", "carried_over"))
    told = f"{len(work)} things to do for {len(drawn_up.agencies)} agencies, {late} late, {carried} carried over"
    day = drawn_up.day.isoformat()
    agencies = Table("daily-tasking-agencies", f"Tasking of {day} by agency", [_agency(a) for a in drawn_up.agencies])
    return Report(told, [agencies, Table("daily-tasking", f"Tasking of {day}, what is late first", work)])


def outcome_tables(store: Store, as_at: date | None, first: date | None, last: date | None) -> Report:
    """Tell the outcome table of every pathway; ``first`` and ``last`` take the place of the windows declared."""
    period = Period(first, last) if first is not None and last is not None else None
    found = outcomes.outcome_tables(store, Asked(as_at=as_at, period=period))
    tables = [_outcomes(table) for table in found]
    figures = sum(len(table.rows) for table in tables)
    day = as_at or max((_day(table.as_at) for table in found), default=None)
    return Report(f"{figures} figures as at {day}" if day else "no pathway declares measures", tables)


def _wake_all_due(store: Store) -> list[Act]:
    acts: list[Act] = []
    while (batch := wake_due(store)).size:
        acts.extend(batch.acts)
    return acts


def _blockage(row: BlockageRow) -> Row:
    return {
        "reference": row.reference,
        "kind": row.kind,
        "blockage": row.name,
        "subject": row.subject or row.name,
        "reason": row.reason or row.name,
        "days": row.days,
        "person_days": round(row.person_days),
        "owner": row.owner,
        "theme": row.theme,
        "attributable_to": row.attributable_to,
        "since": _day(row.opened_at).isoformat(),
        "level": row.level,
        "disputed": "yes" if row.disputed else "no",
        "pathway": row.pathway,
    }


def _counts(found: Sequence[BlockageRow]) -> list[Row]:
    number: Counter[tuple[str, str, str]] = Counter()
    days: Counter[tuple[str, str, str]] = Counter()
    for row in found:
        of = (row.theme, row.attributable_to, row.kind)
        number[of] += 1
        days[of] += round(row.person_days)
    columns = ("theme", "attributable_to", "kind", "open", "person_days")
    return [dict(zip(columns, (*of, number[of], days[of]), strict=True)) for of in sorted(number)]


def _bars(found: Sequence[BlockageRow]) -> list[tuple[str, int, int]]:
    names = Counter(row.name for row in found)
    return [
        (name, number, round(sum(row.person_days for row in found if row.name == name)))
        for name, number in names.items()
    ]


def _agency(agency: AgencyTasking) -> Row:
    counts = {"work": len(agency.items), "late": agency.late, "carried_over": agency.carried_over}
    return {"agency": agency.agency, **counts}


def _work(agency: AgencyTasking) -> Sequence[Row]:
    return [
        {
            "agency": agency.agency,
            "case": item.reference,
            "kind": item.kind,
            "name": item.name,
            "state": item.state,
            "due": _minute(item.due_at) if item.due_at is not None else "whenever",
            "late": "yes" if item.late else "no",
            "carried_over": "yes" if item.carried_over else "no",
        }
        for item in agency.items
    ]


def _outcomes(table: OutcomeTable) -> Table:
    rows: list[Row] = [
        {
            "measure": figure.name,
            "figure": figure.told,
            "unit": figure.unit,
            "from": figure.window[0].isoformat(),
            "to": figure.window[1].isoformat(),
            "as_at": figure.as_at.isoformat(),
            "scope": figure.scope,
            "of": figure.of or "all",
        }
        for figure in table.figures
    ]
    return Table(
        f"outcomes-{table.pathway.replace('_', '-')}", "Every measure over its own window, unit and scope", rows
    )


def _minute(instant: datetime) -> str:
    return instant.astimezone(OPERATORS_ZONE).isoformat(" ", "minutes")


def _day(instant: datetime) -> date:
    return instant.astimezone(OPERATORS_ZONE).date()
