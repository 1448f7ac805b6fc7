"""Event logs as tables: one row an event, a header that names the columns."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from integrations.csv_records import Record, Records
from integrations.event_instants import InstantError, read_instant
from integrations.event_lines import (
    OPTIONAL,
    REQUIRED,
    BadLine,
    LogEvent,
    LogUnreadable,
    did_you_mean,
    shown,
)


def read_csv(stream: io.BufferedIOBase, path: Path, zone: ZoneInfo) -> Iterator[LogEvent | BadLine]:
    """Yield an event or a refusal for every row, in the file's order; blank lines are passed over.

    Raises:
        LogUnreadable: the header is missing, or lacks a column that every event needs.
    """
    records = Records(stream, (*REQUIRED, *OPTIONAL))
    columns = _read_header(records, path)
    for record in records:
        yield record if isinstance(record, BadLine) else columns.read(record, zone)


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


def _read_header(records: Records, path: Path) -> _Columns:
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


def _first_record(records: Records, path: Path) -> list[str]:
    header = records.first(path)
    if header is None:
        message = f"{path} is empty. Expected a header with the columns {', '.join(REQUIRED)}."
        raise LogUnreadable(message)
    return header


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
