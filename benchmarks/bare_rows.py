"""The rows that Handrail really writes, taken down on the way, and written again by psycopg with nothing around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from benchmarks.servers import Raw
from handrail import saving
from models.cases import CaseUpdate, update_cases
from models.database import RawConnection
from models.rows import Sheet
from models.work import WORK

Row = tuple[Any, ...]
KEY_COLUMNS = len(WORK.key)


@dataclass
class Taken:
    """All rows of one transaction: cases brought up to date, and rows by table."""

    updates: list[CaseUpdate] = field(default_factory=list)
    sheets: list[tuple[Sheet, list[Row]]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return len(self.updates) + sum(len(rows) for _, rows in self.sheets)


@contextmanager
def taken_down() -> Iterator[list[Taken]]:
    """Give a list to which each step that is saved within the block adds its rows."""
    transactions: list[Taken] = []
    plain_save = saving.Written.save

    def save(written: saving.Written, connection: RawConnection) -> None:
        sheets = [(sheet, rows) for sheet, rows in written.sheets.values() if rows]
        transactions.append(Taken(list(written.updates), sheets))
        plain_save(written, connection)

    with patch.object(saving.Written, "save", save):
        yield transactions


def write_each(connection: Raw, taken: Taken) -> None:
    """Write the rows as one transaction, a statement each, all sent at once."""
    with connection.pipeline():
        send(connection, taken)
        connection.commit()


def write_in_order(connection: Raw, taken: Taken) -> None:
    """Write the rows as one transaction, a statement each, and wait after each."""
    send(connection, taken)
    connection.commit()


def send(connection: Raw, taken: Taken) -> None:
    """Write the rows, a statement each; the caller's transaction makes them last."""
    if taken.updates:
        update_cases(connection, taken.updates)
    for sheet, rows in taken.sheets:
        for row in rows:
            connection.execute(sheet.insert, row)


def part_of(taken: Taken, *tables: str) -> Taken:
    """Return only the rows of ``tables``; the updates of cases belong to ``cases``."""
    updates = taken.updates if "cases" in tables else []
    return Taken(updates, [(sheet, rows) for sheet, rows in taken.sheets if sheet.table in tables])


def opened_in(connection: Raw, taken: Taken) -> frozenset[Row]:
    """Return the keys of those rows of open work that are in the database already: they will be updates."""
    asked = [row[:KEY_COLUMNS] for sheet, rows in taken.sheets if sheet.table == "work" for row in rows]
    if not asked:
        return frozenset()
    columns = [list(column) for column in zip(*asked, strict=True)]
    found = connection.execute(_KNOWN_WORK, columns).fetchall()
    connection.commit()
    return frozenset(found)


def write_in_bulk(connection: Raw, taken: Taken, there: frozenset[Row]) -> None:
    """Write the rows as one transaction: new ones by ``COPY``, those that are ``there`` by one update a table."""
    with connection.transaction():
        for sheet, rows in taken.sheets:
            if sheet.table != "work":
                _copy(connection, sheet, rows)
        if taken.updates:
            update_cases(connection, taken.updates)
        work = [row for sheet, rows in taken.sheets if sheet.table == "work" for row in rows]
        old = [row for row in work if row[:KEY_COLUMNS] in there]
        if old:
            connection.execute(_UPDATE_WORK, [list(column) for column in zip(*old, strict=True)])
        _copy(connection, WORK, [row for row in work if row[:KEY_COLUMNS] not in there])


def _copy(connection: Raw, sheet: Sheet, rows: Sequence[Row]) -> None:
    with connection.cursor() as cursor, cursor.copy(sheet.copy) as copy:
        copy.set_types(sheet.types)
        for row in rows:
            copy.write_row(row)


def _unnested(columns: Sequence[str], types: Sequence[str]) -> str:
    arrays = ", ".join(f"%s::{kind}[]" for kind in types)
    return f"unnest({arrays}) AS n({', '.join(columns)})"


_KNOWN_WORK = (
    f"SELECT {', '.join(f'w.{name}' for name in WORK.key)} FROM handrail.work AS w"  # noqa: S608 - names of our own
    f" JOIN {_unnested(WORK.columns[:KEY_COLUMNS], WORK.types[:KEY_COLUMNS])} USING ({', '.join(WORK.key)})"
)
_UPDATE_WORK = (
    "UPDATE handrail.work AS w SET agency = n.agency, state = n.state, due_at = n.due_at, overdue = n.overdue,"  # noqa: S608
    f" closed_at = n.closed_at FROM {_unnested(WORK.columns, WORK.types)}"
    f" WHERE {' AND '.join(f'w.{name} = n.{name}' for name in WORK.key)}"
)
