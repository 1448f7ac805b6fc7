"""Dated switches: extra places that serve only for some days, in severe weather say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import psycopg
from sqlalchemy import Connection

from handrail.errors import NotPossible
from handrail.housing.kinds import KnownKind, known_kinds
from handrail.housing.place_checks import FIRST_DAY, LAST_DAY, LONGEST_TITLE
from handrail.steps import transaction
from handrail.wiring import Store
from models.database import PLACES_CHANNEL, raw, tell
from models.database import now as database_now
from models.place_uses import Use
from models.switches import (
    Switch,
    end_switch,
    list_kept,
    list_kinds_of,
    list_switch_names,
    list_switches,
    record_switch,
)

ONCE = "switches_once"


@dataclass(frozen=True, slots=True)
class TurnedOff:
    """A switch that is off from ``day`` on; who is in such a place ``keeps`` it until their hold or night is over."""

    name: str
    day: date
    kept: tuple[Use, ...]


def turn_on(store: Store, name: str, begins: date | None, last: date | None, because: str, officer: str) -> Switch:
    """Have the switch be on from ``begins`` (left out, today) to ``last``, both included; left out, until turned off.

    Raises:
        NotPossible: no place depends on it, it is on already on one of these days, or the words or days make no sense.
    """
    _check_words(because, officer)
    try:
        with transaction(store) as connection:
            first = begins or _today(store, connection, name)
            _check_days(first, last)
            _check_name(connection, name)
            until = None if last is None else last + timedelta(days=1)
            done = record_switch(raw(connection), Switch(name, first, until, because, officer))
            tell(connection, PLACES_CHANNEL)
    except psycopg.errors.ExclusionViolation as error:
        if error.diag.constraint_name != ONCE:
            raise
        raise _on_already(store, name, first, last) from error
    return done


def turn_off(store: Store, name: str, day: date | None = None) -> TurnedOff:
    """Have the switch be off from ``day`` (left out, today) on.

    Nobody is turned out: who holds or occupies a place that depended on it keeps it for as long as their hold or
    their night lasts, and such places are given to nobody else.

    Raises:
        NotPossible: it is not on that day or later, or no place depends on it.
    """
    with transaction(store) as connection:
        _check_name(connection, name)
        below, first = raw(connection), day or _today(store, connection, name)
        if not end_switch(below, name, first):
            raise NotPossible(f"{name!r} is not on, on {first} or later. Turn it on first, or give an earlier day.")
        kept = list_kept(below, name, database_now(connection))
        tell(connection, PLACES_CHANNEL)
    return TurnedOff(name, first, tuple(kept))


def switch_zone(store: Store, name: str) -> KnownKind | None:
    """Return a kind of places that depends on the switch, whose clock its days go by."""
    with transaction(store) as connection:
        return _kind(store, connection, name)


def _kind(store: Store, connection: Connection, name: str) -> KnownKind | None:
    kinds = known_kinds(store, connection)
    return next((kinds[kind] for kind in list_kinds_of(raw(connection), name) if kind in kinds), None)


def _today(store: Store, connection: Connection, name: str) -> date:
    now, kind = database_now(connection), _kind(store, connection, name)
    return now.date() if kind is None else kind.day_of(now)


def _check_name(connection: Connection, name: str) -> None:
    known = list_switch_names(raw(connection))
    if name not in known:
        told = ", ".join(known) or "none; bring in places with 'only_while'"
        raise NotPossible(f"No place depends on a switch of this name. There are: {told}.")


def _check_words(because: str, officer: str) -> None:
    for text, what in ((because, "why it is turned on"), (officer, "the officer who turns it on")):
        if not (text.strip() and text.isprintable() and len(text) <= LONGEST_TITLE):
            raise NotPossible(f"Nothing says {what}. Expected up to {LONGEST_TITLE} signs that can be printed.")


def _check_days(first: date, last: date | None) -> None:
    if not FIRST_DAY <= first <= (last or LAST_DAY) <= LAST_DAY:
        raise NotPossible(
            f"The switch would be on from {first} to {last or 'then'}. Expected a last day after the first."
        )


def _on_already(store: Store, name: str, first: date, last: date | None) -> NotPossible:
    until = None if last is None else last + timedelta(days=1)
    with transaction(store) as connection:
        found = list_switches(raw(connection), name, first, until)
    if not found:
        return NotPossible(f"{name!r} was turned on a moment ago and is off again. Turn it on again.")
    end = "until it is turned off" if found[0].until is None else f"to {found[0].until - timedelta(days=1)}"
    days = f"from {found[0].begins} {end}, by {found[0].officer}"
    return NotPossible(f"{name!r} is on already, {days}. Turn it off first, or give other days.")
