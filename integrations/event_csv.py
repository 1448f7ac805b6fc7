"""Event logs as tables: one row an event, a header that names the columns."""

import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from integrations.event_instants import InstantError, read_instant
from integrations.event_lines import (
    LINE_LIMIT,
    OPTIONAL,
    REQUIRED,
    BadLine,
    LogEvent,
    LogUnreadable,
    did_you_mean,
    numbered_lines,
    shown,
)

_DELIMITERS = (",", ";", "\t")
# The csv module refuses longer cells; a longer line takes its way so that both ways refuse the same.
_PLAIN_LIMIT = csv.field_size_limit()

Record = tuple[int, list[str]]


def read_csv(stream: io.BufferedIOBase, path: Path, zone: ZoneInfo) -> Iterator[LogEvent | BadLine]:
    """Yield an event or a refusal for every row, in the file's order; blank lines are passed over.

    Raises:
        LogUnreadable: the header is missing, or lacks a column that every event needs.
    """
    records = _Records(stream)
    columns = _read_header(records, path)
    for record in records:
        yield record if isinstance(record, BadLine) else columns.read(record, zone)


class _Records:
    """Rows of cells with the number of the line where each begins.

    Most lines hold no quote and are simply split. A row whose quotes do not end well is refused by its
    first line alone, and reading goes on with the next line, so that one stray quote costs one row.
    """

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self.delimiter = ","
        self.width = 0
        self._source = numbered_lines(stream)
        self._returned: deque[tuple[int, str] | BadLine] = deque()

    def choose_delimiter(self) -> None:
        """Take the delimiter that parts the first line into the most known columns, a comma if none does."""
        line = self._next_line()
        if line is None:
            return
        self._returned.append(line)
        if not isinstance(line, BadLine):
            self.delimiter = max(_DELIMITERS, key=lambda mark: _count_of_known(line[1], mark))

    def __iter__(self) -> Iterator[Record | BadLine]:
        while (line := self._next_line()) is not None:
            if isinstance(line, BadLine):
                yield line
                continue
            number, text = line
            bare = text.rstrip("\r\n")
            if '"' in bare or "\r" in bare or len(bare) > _PLAIN_LIMIT:
                yield self._quoted(number, text)
            elif bare:
                yield self._of_right_width(number, bare.split(self.delimiter))

    def _next_line(self) -> tuple[int, str] | BadLine | None:
        return self._returned.popleft() if self._returned else next(self._source, None)

    def _quoted(self, number: int, text: str) -> Record | BadLine:
        taken: list[tuple[int, str] | BadLine] = []
        try:
            cells = next(
                csv.reader(
                    self._with_following(text, taken),
                    delimiter=self.delimiter,
                    strict=True,
                )
            )
        except csv.Error as error:
            self._returned.extendleft(reversed(taken))
            return BadLine(number, f"The row cannot be read as CSV: {error}. {_QUOTING}")
        record = self._of_right_width(number, cells)
        if isinstance(record, BadLine):
            self._returned.extendleft(reversed(taken))
        return record

    def _with_following(self, text: str, taken: list[tuple[int, str] | BadLine]) -> Iterator[str]:
        yield text
        size = len(text)
        while size < LINE_LIMIT and (line := self._next_line()) is not None:
            taken.append(line)
            if isinstance(line, BadLine):
                return
            size += len(line[1])
            yield line[1]

    def _of_right_width(self, number: int, cells: list[str]) -> Record | BadLine:
        if self.width in (0, len(cells)):
            return number, cells
        found = f"Found {len(cells)} cells, expected {self.width} as in the header."
        return BadLine(number, f"{found} Quote a cell that holds the delimiter {self.delimiter!r}.")


_QUOTING = 'Expected "…" around a cell, and "" for a quote inside it.'


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where each value stands in a row."""

    required: tuple[int, int, int]
    optional: tuple[int | None, int | None, int | None]
    fields: tuple[tuple[str, int], ...]

    def read(self, record: Record, zone: ZoneInfo) -> LogEvent | BadLine:
        number, cells = record
        case, event, occurred = [cells[at].strip() for at in self.required]
        if not (case and event and occurred):
            missing = REQUIRED[(case, event, occurred).index("")]
            message = f"The cell for {missing!r} is empty, expected a value there."
            return BadLine(number, message)
        recorded, agency, external_id = [None if at is None else cells[at].strip() or None for at in self.optional]
        column = "occurred_at"
        try:
            occurred_at = read_instant(occurred, zone)
            column = "recorded_at"
            recorded_at = read_instant(recorded, zone) if recorded else None
        except InstantError as error:
            return BadLine(number, f"{column}: {error}")
        return LogEvent(
            number,
            case,
            event,
            occurred_at,
            recorded_at,
            agency,
            external_id,
            {name: cells[at] for name, at in self.fields if cells[at]},
            True,  # positions only: names cost a third more
        )


def _read_header(records: _Records, path: Path) -> _Columns:
    names = [name.strip() for name in _first_record(records, path)]
    _refuse_bad_names(names, path)
    records.width = len(names)
    place = {name: at for at, name in enumerate(names)}
    known = {*REQUIRED, *OPTIONAL}
    return _Columns(
        required=(place["case"], place["event"], place["occurred_at"]),
        optional=(
            place.get("recorded_at"),
            place.get("agency"),
            place.get("external_id"),
        ),
        fields=tuple((name, at) for name, at in place.items() if name not in known),
    )


def _first_record(records: _Records, path: Path) -> list[str]:
    records.choose_delimiter()
    for record in records:
        if isinstance(record, BadLine):
            message = f"The header of {path} (line {record.number}) cannot be read. {record.message}"
            raise LogUnreadable(message)
        return record[1]
    message = f"{path} is empty. Expected a header with the columns {', '.join(REQUIRED)}."
    raise LogUnreadable(message)


def _count_of_known(header: str, delimiter: str) -> int:
    return len({name.strip(' "\r\n') for name in header.split(delimiter)} & {*REQUIRED, *OPTIONAL})


def _refuse_bad_names(names: list[str], path: Path) -> None:
    found = f"Found the columns {', '.join(map(shown, names))} in {path}"
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        strangers = [name for name in names if name not in {*REQUIRED, *OPTIONAL}]
        hints = dict.fromkeys(hint for name in strangers if (hint := did_you_mean(name, tuple(missing))))
        message = f"{found}; expected {', '.join(REQUIRED)}. Missing: {', '.join(missing)}.{''.join(hints)}"
        raise LogUnreadable(message)
    if "" in names:
        message = f"{found}; column {names.index('') + 1} has no name. Name it, or take the column out."
        raise LogUnreadable(message)
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        message = f"{found}; {', '.join(map(shown, doubled))} stands there twice. Rename or remove one."
        raise LogUnreadable(message)
