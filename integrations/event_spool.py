"""A log in any order and of any size, sorted on disk: case by case, and changes by time.

The spools are scratch files of one process: private to its user, never synced, gone when they close.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from integrations.event_lines import LogEvent

_BATCH = 20_000
_CASES_AT_ONCE = 100_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_PRAGMAS = (
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "PRAGMA locking_mode = EXCLUSIVE",
    "PRAGMA temp_store = FILE",
    "PRAGMA cache_size = -32000",
)


class _Scratch:
    """An SQLite file in a folder of its own; both are gone when it closes."""

    def __init__(self, tables: Iterable[str], folder: Path | None) -> None:
        self._folder = TemporaryDirectory(prefix="handrail-spool-", dir=folder)
        path = Path(self._folder.name, "spool.sqlite3")
        self._connection = sqlite3.connect(path, isolation_level=None)
        for statement in (*_PRAGMAS, *tables, "BEGIN"):
            self._connection.execute(statement)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the file; closing twice does nothing more."""
        self._connection.close()
        self._folder.cleanup()


_EventRow = tuple[str, int, int, str]


class Spool(_Scratch):
    """Takes events in any order and gives them back case by case.

    ``last_instant`` is the latest instant at which an event was recorded, or None without events.
    Memory is bounded by a batch of events and SQLite's cache of 32 MB. ``folder`` holds the scratch file,
    else the system's folder for temporary files does; sorting may use the latter as well.
    """

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(_EVENT_TABLES, folder)
        self._batch: list[_EventRow] = []
        self._firsts: dict[str, tuple[int, int]] = {}
        self._last = 0
        self._empty = True

    @property
    def last_instant(self) -> datetime | None:
        return None if self._empty else _EPOCH + timedelta(microseconds=self._last)

    def add(self, event: LogEvent) -> None:
        """Keep one event. Nothing may be added while cases are being read."""
        row = _packed(event)
        case, first = row[0], row[1:3]
        known = self._firsts.get(case)
        if known is None or first < known:
            self._firsts[case] = first
        if self._empty or row[1] > self._last:
            self._last, self._empty = row[1], False
        self._batch.append(row)
        if len(self._batch) >= _BATCH:
            self._connection.executemany(_ADD_EVENT, self._batch)
            self._batch.clear()
            if len(self._firsts) >= _CASES_AT_ONCE:
                self._flush_cases()

    def by_case(self) -> Iterator[tuple[str, Iterator[LogEvent]]]:
        """Yield each case with its events, in the order in which the cases first appear in time.

        An event appears when it was recorded, or else when it occurred; at the same instant the smaller
        line number is first. The events of a case must be read before the next case is asked for.
        """
        self._connection.executemany(_ADD_EVENT, self._batch)
        self._batch.clear()
        self._flush_cases()
        for statement in _RANK_CASES:
            self._connection.execute(statement)
        for case, rows in groupby(self._connection.execute(_BY_CASE), key=itemgetter(0)):
            yield case, map(_unpacked, rows)

    def _flush_cases(self) -> None:
        rows = sorted((case, *first) for case, first in self._firsts.items())
        self._connection.executemany(_ADD_CASE, rows)
        self._firsts.clear()


_EVENT_TABLES = (
    # All that nothing is sorted by goes into one text: binding a column costs more than a longer JSON.
    "CREATE TABLE event (case_name TEXT NOT NULL, at INTEGER NOT NULL, number INTEGER NOT NULL, rest TEXT NOT NULL)",
    """CREATE TABLE opened (
        case_name TEXT PRIMARY KEY, at INTEGER NOT NULL, number INTEGER NOT NULL, place INTEGER) WITHOUT ROWID""",
)
_ADD_EVENT = "INSERT INTO event VALUES (?, ?, ?, ?)"
_ADD_CASE = """
    INSERT INTO opened (case_name, at, number) VALUES (?, ?, ?)
    ON CONFLICT (case_name) DO UPDATE SET at = excluded.at, number = excluded.number
    WHERE (excluded.at, excluded.number) < (opened.at, opened.number)"""
# The name parts cases that begin at one instant on one line number, as those of two logs may.
_RANK_CASES = (
    "DROP TABLE IF EXISTS ranked",
    """CREATE TABLE ranked AS
        SELECT case_name, row_number() OVER (ORDER BY at, number, case_name) AS place FROM opened""",
    """UPDATE opened SET place = ranked.place FROM ranked WHERE ranked.case_name = opened.case_name""",
)
_BY_CASE = """
    SELECT event.* FROM event CROSS JOIN opened USING (case_name)
    ORDER BY opened.place, event.at, event.number, event.rowid"""


def _packed(event: LogEvent) -> _EventRow:
    number, case, name, occurred_at, recorded_at, agency, external_id, fields, tabular = event
    at = occurred = _microseconds(occurred_at)
    if recorded_at is not None:
        at = _microseconds(recorded_at)
    rest = (name, None if recorded_at is None else occurred, agency, external_id, tabular, fields)
    return case, at, number, _ENCODER.encode(rest)


def _unpacked(row: _EventRow) -> LogEvent:
    case, at, number, rest = row
    name, occurred, agency, external_id, tabular, fields = _DECODER.raw_decode(rest)[0]
    instant = _EPOCH + at * _MICROSECOND
    if occurred is None:
        return LogEvent(number, case, name, instant, None, agency, external_id, fields, tabular)
    occurred_at = _EPOCH + occurred * _MICROSECOND
    return LogEvent(number, case, name, occurred_at, instant, agency, external_id, fields, tabular)


_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
_DECODER = json.JSONDecoder()


def _microseconds(instant: datetime) -> int:
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


class ChangeSpool(_Scratch):
    """Takes lines in any order of time and gives them back by instant, then in the order of adding."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__((_CHANGE_TABLE,), folder)
        self._batch: list[tuple[int, str]] = []

    def add(self, at: datetime, line: str) -> None:
        """Keep one line. Nothing may be added while lines are being read."""
        self._batch.append((_microseconds(at), line))
        if len(self._batch) >= _BATCH:
            self._flush()

    def __iter__(self) -> Iterator[str]:
        self._flush()
        for (line,) in self._connection.execute(_CHANGES_BY_TIME):
            yield line

    def _flush(self) -> None:
        self._connection.executemany(_ADD_CHANGE, self._batch)
        self._batch.clear()


_CHANGE_TABLE = "CREATE TABLE change (ordinal INTEGER PRIMARY KEY, at INTEGER NOT NULL, line TEXT NOT NULL)"
_ADD_CHANGE = "INSERT INTO change (at, line) VALUES (?, ?)"
_CHANGES_BY_TIME = "SELECT line FROM change ORDER BY at, ordinal"
