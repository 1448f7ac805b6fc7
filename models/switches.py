"""Dated switches: for how long extra capacity serves, why, and who said so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from models.database import RawConnection
from models.place_uses import Use, uses_in


@dataclass(frozen=True, slots=True)
class Switch:
    """``until`` is the first day on which it is off again; ``None``: until it is turned off."""

    name: str
    begins: date
    until: date | None
    because: str
    officer: str


_RECORD = """
INSERT INTO handrail.switches (name, on_, because, officer) VALUES (%s, daterange(%s, %s), %s, %s)
RETURNING name, lower(on_), upper(on_), because, officer
"""
_LIST = """
SELECT name, lower(on_), upper(on_), because, officer FROM handrail.switches
WHERE name = %s AND on_ && daterange(%s, %s) ORDER BY on_
"""
_SHORTEN = """
UPDATE handrail.switches SET on_ = daterange(lower(on_), %(day)s)
WHERE name = %(name)s AND on_ @> %(day)s::date AND lower(on_) < %(day)s
RETURNING name, lower(on_), upper(on_), because, officer
"""
_TAKE_BACK = """
DELETE FROM handrail.switches WHERE name = %s AND lower(on_) >= %s
RETURNING name, lower(on_), upper(on_), because, officer
"""
_NAMES = "SELECT DISTINCT only_while FROM handrail.places WHERE only_while IS NOT NULL ORDER BY only_while"
_KINDS = "SELECT DISTINCT kind FROM handrail.places WHERE only_while = %s ORDER BY kind"
_KEPT = (
    uses_in("handrail.place_uses")
    + """
WHERE p.only_while = %(name)s AND u.use <> 'void' AND u.during @> %(at)s::timestamptz ORDER BY p.project, p.name
"""
)


def record_switch(connection: RawConnection, switch: Switch) -> Switch:
    """Have the switch be on for its days; one that is on already on one of them is an ``ExclusionViolation``."""
    row = connection.execute(
        _RECORD, [switch.name, switch.begins, switch.until, switch.because, switch.officer]
    ).fetchone()
    assert row is not None  # noqa: S101 (an INSERT returns its row)
    return Switch(*row)


def list_switches(connection: RawConnection, name: str, begins: date, until: date | None = None) -> list[Switch]:
    """Return when the switch is on within these days, the earliest in front."""
    return [Switch(*row) for row in connection.execute(_LIST, [name, begins, until])]


def end_switch(connection: RawConnection, name: str, day: date) -> list[Switch]:
    """Have the switch be off from ``day`` on, and return what was shortened or taken back."""
    ended = [Switch(*row) for row in connection.execute(_SHORTEN, {"name": name, "day": day})]
    return ended + [Switch(*row) for row in connection.execute(_TAKE_BACK, [name, day])]


def list_switch_names(connection: RawConnection) -> list[str]:
    """Return the switches on which places depend."""
    return [name for (name,) in connection.execute(_NAMES)]


def list_kinds_of(connection: RawConnection, name: str) -> list[str]:
    """Return the kinds of the places that depend on the switch."""
    return [kind for (kind,) in connection.execute(_KINDS, [name])]


def list_kept(connection: RawConnection, name: str, at: datetime) -> list[Use]:
    """Return who holds or occupies a place at ``at`` that depends on the switch."""
    return [Use(*row) for row in connection.execute(_KEPT, {"name": name, "at": at})]
