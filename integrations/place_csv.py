"""Places, and which of them are free, as tables: one row a place, a header that names the columns.

A table with the column ``state`` tells what is free, void or taken today; any other is a table of places.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args
from zoneinfo import ZoneInfo

from integrations.csv_records import Record, Records
from integrations.event_instants import InstantError, read_instant
from integrations.event_lines import BadLine, shown
from integrations.place_lines import (
    NO_END,
    PLACES_LIMIT,
    PlaceLine,
    PlacesUnreadable,
    ProjectLine,
    Traits,
    VacancyLine,
    VacancyState,
)

REQUIRED = ("project", "place")
_PROJECT = ("kind", "title", "provider", "turnaround_days")
_FLAGS = ("single", "accessible", "women_only", "dogs", "couples")
_SERVICE = ("in_service_from", "in_service_until")
OF_PLACES = (*REQUIRED, *_PROJECT, *_FLAGS, "risks_not_accepted", "only_while", *_SERVICE)
OF_VACANCIES = (*REQUIRED, "state", "reason", "since")
STATES: tuple[VacancyState, ...] = get_args(VacancyState)
_YES, _NO = frozenset(("yes", "y", "true", "1")), frozenset(("no", "n", "false", "0"))
_MOST_DIGITS = 6

T = TypeVar("T")
Cells = Mapping[str, str]
PlaceRow = PlaceLine | VacancyLine


class _CellError(ValueError):
    """A cell cannot be read; the message is its ``BadLine``."""


def read_places_csv(stream: io.BufferedIOBase, path: Path, zone: ZoneInfo) -> Iterator[PlaceRow | BadLine]:
    """Yield a place, a vacancy or a refusal for every row, in the file's order; blank lines are passed over.

    ``zone`` is the zone of instants without an offset. What is beyond ``PLACES_LIMIT`` rows is refused at once.

    Raises:
        PlacesUnreadable: the header is missing, lacks a column that every row needs, or has one that nobody knows.
    """
    records = Records(stream, {*OF_PLACES, *OF_VACANCIES})
    names = _header(records, path)
    records.width = len(names)
    for count, record in enumerate(records, 1):
        if count > PLACES_LIMIT:
            number = record.number if isinstance(record, BadLine) else record[0]
            yield BadLine(number, f"Found more than {PLACES_LIMIT:,} rows. Reading stopped here; split the file.")
            return
        yield record if isinstance(record, BadLine) else _read(record, names, zone)


def _header(records: Records, path: Path) -> list[str]:
    header = records.first(path)
    if header is None:
        raise PlacesUnreadable(f"{path} is empty. Expected a header with the columns {', '.join(REQUIRED)}.")
    names = [name.strip() for name in header]
    known = OF_VACANCIES if "state" in names else OF_PLACES
    found = f"Found the columns {', '.join(map(shown, names[: len(known) + 10]))} in {path}"
    strangers = [name for name in names if name not in known]
    if strangers:
        near = get_close_matches(strangers[0].lower(), known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise PlacesUnreadable(
            f"{found}; {shown(strangers[0])} is not one of {', '.join(known)}.{hint} Rename it or take it out."
        )
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise PlacesUnreadable(f"{found}; missing: {', '.join(missing)}.")
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise PlacesUnreadable(f"{found}; {shown(doubled[0])} stands there twice. Take one out.")
    return names


def _read(record: Record, names: list[str], zone: ZoneInfo) -> PlaceRow | BadLine:
    number, values = record
    cells = {name: value.strip() for name, value in zip(names, values, strict=True)}
    empty = next((name for name in REQUIRED if not cells[name]), None)
    if empty is not None:
        return BadLine(number, f"The cell for {empty!r} is empty, expected a value there.")
    try:
        return _vacancy(number, cells, zone) if "state" in cells else _place(number, cells)
    except _CellError as error:
        return BadLine(number, str(error))


def _place(number: int, cells: Cells) -> PlaceLine:
    project = ProjectLine(
        cells["project"],
        cells.get("kind") or None,
        cells.get("title") or None,
        cells.get("provider") or None,
        _said(cells, "turnaround_days", _whole),
    )
    flags: dict[str, Any] = {name: _said(cells, name, _flag) for name in _FLAGS}
    risks = cells.get("risks_not_accepted")
    codes = None if risks is None else frozenset(filter(None, map(str.strip, risks.split(";"))))
    traits = Traits(**flags, risks_not_accepted=codes, only_while=cells.get("only_while"))
    until = NO_END if cells.get("in_service_until") == "" else _said(cells, "in_service_until", _day)
    return PlaceLine(number, project, cells["place"], traits, _said(cells, "in_service_from", _day), until)


def _vacancy(number: int, cells: Cells, zone: ZoneInfo) -> VacancyLine:
    state = next((one for one in STATES if one == cells["state"].lower()), None)
    if state is None:
        raise _CellError(f"state: found {shown(cells['state'])}, expected {', '.join(STATES[:-1])} or {STATES[-1]}.")
    reason = cells.get("reason") or None
    if (state == "void") != (reason is not None):
        wanted = "a reason is for a void only" if reason else "a void needs a coded reason, such as void_repair"
        raise _CellError(f"reason: found {shown(cells.get('reason', ''))} with {state!r}; {wanted}.")
    try:
        since = read_instant(cells["since"], zone) if cells.get("since") else None
    except InstantError as error:
        raise _CellError(f"since: {error}") from error
    return VacancyLine(number, cells["project"], cells["place"], state, reason, since)


def _said(cells: Cells, name: str, read: Callable[[str, str], T]) -> T | None:
    return read(name, cells[name]) if cells.get(name) else None


def _flag(name: str, text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise _CellError(f"{name}: found {shown(text)}, expected yes or no.")


def _whole(name: str, text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS:
        return int(text)
    raise _CellError(f"{name}: found {shown(text)}, expected a whole number of days.")


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _CellError(f"{name}: found {shown(text)}, expected a day such as 2026-03-21.") from error
