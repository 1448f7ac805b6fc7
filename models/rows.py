"""Rows written in bulk: by ``COPY`` when there are many, in one pipeline when there are few.

Both end in the same rows. A writer never waits for an answer of its own; the caller's pipeline does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import msgspec
from psycopg import sql

from models.database import RawConnection
from pathways.case import Scalar

_WRITER = msgspec.json.Encoder()
MANY = 60
"""From how many rows on ``COPY`` is the quicker way."""
TOGETHER = (8, 4, 2, 1)
"""How many rows a statement may insert: few sizes, so that each is a statement that PostgreSQL has prepared."""


@dataclass(frozen=True)
class Sheet:
    """A table as it is written: its columns with their types, and what happens to a row that is there.

    What Python has no plain value for, JSON and lists, is given as ``text``, which PostgreSQL reads as the column is.
    """

    table: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    key: tuple[str, ...] = ()
    """With a key, a row that is there already is brought up to date; without, it is an error."""
    last: str | None = None
    """Of rows with a key, those in which this column is empty are written after all others."""
    insert: bytes = field(init=False)
    """Of one row."""
    inserts: Mapping[int, bytes] = field(init=False)
    """The same by number of rows, for each of ``TOGETHER``."""
    copy: bytes = field(init=False)
    merge: bytes = field(init=False)
    """The same as ``insert`` for many rows at once, given as an array a column."""

    def __post_init__(self) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        inserts = {rows: self._insert(names, rows).as_bytes() for rows in TOGETHER}  # put together once, sent often
        copy = sql.SQL("COPY handrail.{} ({}) FROM STDIN").format(self._name, names)
        object.__setattr__(self, "insert", inserts[1])
        object.__setattr__(self, "inserts", inserts)
        object.__setattr__(self, "copy", copy.as_bytes())
        object.__setattr__(self, "merge", self._merge(names).as_bytes() if self.key else b"")

    def is_long(self, rows: Sequence[tuple[Any, ...]]) -> bool:
        """Return whether ``COPY`` is the better way for so many rows."""
        return len(rows) >= MANY

    @property
    def _name(self) -> sql.Identifier:
        return sql.Identifier(self.table)

    def _insert(self, names: sql.Composed, rows: int) -> sql.Composed:
        row = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(self.columns)))
        into = sql.SQL("INSERT INTO handrail.{} ({}) VALUES {}")
        return into.format(self._name, names, sql.SQL(", ").join([row] * rows)) + self._mending()

    def _merge(self, names: sql.Composed) -> sql.Composed:
        arrays = sql.SQL(", ").join(sql.SQL("%b::{}[]").format(sql.Identifier(kind)) for kind in self.types)
        rows = sql.SQL("INSERT INTO handrail.{0} ({1}) SELECT {1} FROM unnest({2}) AS n({1})").format(
            self._name, names, arrays
        )
        return rows + self._order() + self._mending()

    def _order(self) -> sql.Composed:
        """Rows that are selected come in any order unless one is asked for."""
        if self.last is None:
            return sql.Composed([])
        return sql.SQL(" ORDER BY {} NULLS LAST").format(sql.Identifier(self.last))

    def _mending(self) -> sql.Composed:
        if not self.key:
            return sql.Composed([])
        keys = sql.SQL(", ").join(map(sql.Identifier, self.key))
        news = [
            sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(column))
            for column in self.columns
            if column not in self.key
        ]
        return sql.SQL(" ON CONFLICT ({}) DO UPDATE SET {}").format(keys, sql.SQL(", ").join(news))


def as_json(fields: Mapping[str, Scalar]) -> str:
    """Return ``fields`` as PostgreSQL reads them into a column of type jsonb."""
    return _WRITER.encode(dict(fields)).decode()


def as_array(numbers: Iterable[int]) -> str:
    """Return ``numbers`` as PostgreSQL reads them into a column of type integer[]."""
    return f"{{{','.join(map(str, numbers))}}}"


def write_rows(connection: RawConnection, sheet: Sheet, rows: Sequence[tuple[Any, ...]]) -> None:
    """Have ``rows`` in the table of ``sheet``; none given is none written. Many rows cannot go into a pipeline."""
    if not rows:
        return
    if not sheet.is_long(rows):
        for together in _in_groups(rows):
            connection.execute(sheet.inserts[len(together)], [*chain.from_iterable(together)], prepare=True)
    elif sheet.key:
        connection.execute(sheet.merge, [list(column) for column in zip(*rows, strict=True)])
    else:
        _copy(connection, sheet, rows)


def _in_groups(rows: Sequence[tuple[Any, ...]]) -> Iterator[Sequence[tuple[Any, ...]]]:
    """Give the rows in order, as many together as a statement may insert."""
    start = 0
    for size in TOGETHER:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size


def _copy(connection: RawConnection, sheet: Sheet, rows: Sequence[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(sheet.copy) as copy:
        copy.set_types(sheet.types)
        for row in rows:
            copy.write_row(row)
