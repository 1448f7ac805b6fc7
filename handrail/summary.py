"""What a programme looks like at a glance: a few small tables of counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from handrail.casework import (
    BlockageRow,
    Tonight,
    database_now,
    nightly_kinds,
    open_work_of,
    people_per_stage,
    survey_blockages,
    tonight,
)
from handrail.outcomes import outcome_tables
from handrail.steps import transaction
from handrail.wiring import Store
from models.tallies import count_changes, count_notices

Cell = str | int


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def told(self) -> list[dict[str, Cell]]:
        """Return the rows as objects."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def summary(store: Store) -> list[Table]:
    """Return where people are, what waits, what is late or blocked, what was told to whom, and the outcomes."""
    now = database_now(store)
    stages = [(track, stage, people) for _, track, stage, people in people_per_stage(store)]
    return [
        _table("People per stage", ("track", "stage", "people"), stages),
        *_counts(store),
        *_nights(store),
        _table("Overdue now", ("agency", "work", "late"), _overdue(store, now)),
        _blockages(store),
        *_outcomes(store),
    ]


def _table(title: str, columns: tuple[str, ...], rows: Sequence[tuple[Cell, ...]]) -> Table:
    return Table(title, columns, tuple(rows))


def _counts(store: Store) -> list[Table]:
    with transaction(store) as connection:
        hand_offs = [(_words(kind), number) for kind, number in count_changes(connection, "hand_off_")]
        notices = [(_words(kind), state, number) for kind, state, number in count_notices(connection)]
    return [
        _table("Hand-offs", ("what happened", "times"), hand_offs),
        _table("Notices", ("kind", "state", "notices"), notices),
    ]


def _nights(store: Store) -> list[Table]:
    return [_night(tonight(store, kind)) for kind in nightly_kinds(store)]


def _night(found: Tonight) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (guest.reference, guest.state, "yes" if guest.walk_up else "no", guest.where or "", guest.reason or "")
        for guest in found.guests
        if guest.reference is not None
    ]
    used = f"{found.taken} taken, {found.held} held, {len(found.free)} free, {found.void} void"
    return _table(f"Tonight, {found.title}: {used}", ("case", "state", "walk-up", "place", "reason"), rows)


def _overdue(store: Store, now: datetime) -> list[tuple[Cell, ...]]:
    late = Counter(
        (found.work.agency, _words(found.work.kind))
        for found in open_work_of(store, kinds=("task", "follow_up", "hand_off"))
        if found.work.due_at is not None and found.work.due_at < now and found.work.state != "waiting"
    )
    return [(agency, kind, number) for (agency, kind), number in sorted(late.items())]


def _blockages(store: Store) -> Table:
    columns = ("blocked", "kind", "blockage", "what exactly", "due to", "owner", "days", "person-days")
    rows = [_blockage(each) for each in survey_blockages(store).blockages]
    return _table("Blockages that stand", columns, rows)


def _blockage(found: BlockageRow) -> tuple[Cell, ...]:
    blocked = (found.reference, found.kind, found.title, found.reason or found.subject)
    return *blocked, found.attributable_to, found.owner, found.days, round(found.person_days)


def _outcomes(store: Store) -> list[Table]:
    columns = ("measure", "figure", "unit", "from", "to", "scope", "as at")
    return [
        _table(
            f"Outcomes: {table.title}",
            columns,
            [
                (
                    figure.title,
                    figure.told,
                    figure.unit,
                    figure.window[0].isoformat(),
                    figure.window[1].isoformat(),
                    figure.scope,
                    figure.as_at.isoformat(),
                )
                for figure in table.figures
            ],
        )
        for table in outcome_tables(store)
    ]


def _words(code: str) -> str:
    return code.removeprefix("hand_off_").replace("_", " ")
