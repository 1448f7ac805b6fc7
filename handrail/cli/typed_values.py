"""What is typed behind a verb, read: fields, instants, dates, and who says it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from handrail.cli.errors import WrongUse

if TYPE_CHECKING:
    from models.journal import Origin


LONGEST_NAME = 200
FIRST_YEAR, LAST_YEAR = 1850, 2200


def typed_fields(given: Sequence[str] | None) -> dict[str, str]:
    """Return ``name=value`` pairs as fields; the pathway says what each may hold.

    Raises:
        WrongUse: a pair has no equals sign, or a name comes twice.
    """
    fields: dict[str, str] = {}
    for pair in given or ():
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise WrongUse(f"--field {pair!r} is not understood. Expected name=value, such as response=accepted.")
        if name in fields:
            raise WrongUse(f"The field {name!r} was given twice. Give each field once.")
        fields[name] = value
    return fields


def typed_instant(text: str | None, zone: ZoneInfo, option: str = "--at") -> datetime | None:
    """Return an instant in UTC; without an offset it is local time of ``zone``.

    Raises:
        WrongUse: it is no instant.
    """
    from integrations.event_instants import InstantError, read_instant  # noqa: PLC0415 (takes time)

    if text is None:
        return None
    try:
        return read_instant(text, zone)
    except InstantError as error:
        raise WrongUse(f"{option}: {error}") from error


def typed_date(text: str | None, option: str) -> date | None:
    """Return a date.

    Raises:
        WrongUse: it is none, or of a year that nobody means.
    """
    if text is None:
        return None
    try:
        given = date.fromisoformat(text)
    except ValueError as error:
        raise WrongUse(f"{option} is not a date. Expected year, month and day, such as 1980-05-01.") from error
    if not FIRST_YEAR <= given.year <= LAST_YEAR:
        raise WrongUse(f"{option} is of the year {given.year}. Expected one from {FIRST_YEAR} to {LAST_YEAR}.")
    return given


def typed_origin(source: str | None, id_: str | None) -> Origin | None:
    """Return where something comes from, or ``None``.

    Raises:
        WrongUse: only one of the two was given, or one can be no name.
    """
    from models.journal import Origin  # noqa: PLC0415 (takes time)

    if (source is None) != (id_ is None):
        raise WrongUse("--source and --id belong together. Give both, or neither.")
    if source is None or id_ is None:
        return None
    return Origin(typed_name(source, "--source"), typed_name(id_, "--id"))


def typed_name(text: str, option: str) -> str:
    """Return what names something for ever.

    Raises:
        WrongUse: it is blank, too long, or holds what cannot be printed.
    """
    if not (text.strip() and text.isprintable() and len(text) <= LONGEST_NAME):
        raise WrongUse(f"{option} is blank or no name. Give up to {LONGEST_NAME} signs that can be printed.")
    return text
