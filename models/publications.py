"""The rules as published: every text that a case may stand on, for ever."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text


@dataclass(frozen=True, slots=True)
class Publication:
    """A pathway's text with all that gives it its meaning, and the hash over them."""

    hash: str
    key: str
    version: int
    text: str
    agencies: str | None
    holidays: frozenset[date]
    published_by: str | None
    published_at: datetime | None = None
    """None: not yet."""


_COLUMNS = "hash, key, version, text, agencies, holidays, published_by, published_at FROM handrail.publications"
_ONE = text("SELECT " + _COLUMNS + " WHERE hash = :hash")
_PUBLISHING = 5208
_NEWEST = text("SELECT " + _COLUMNS + " WHERE key = :key ORDER BY published_at DESC, version DESC LIMIT 1")
_NEWEST_OF_EACH = text("SELECT DISTINCT ON (key) " + _COLUMNS + " ORDER BY key, published_at DESC, version DESC")


def hold_pathway(connection: Connection, key: str) -> None:
    """Have nobody else publish the pathway ``key`` until the transaction ends; whoever else wants to waits."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:place, hashtext(:key))"), {"place": _PUBLISHING, "key": key})


def record_publication(connection: Connection, new: Publication) -> None:
    """Have the publication stored and be the newest of its pathway, also if it was published before."""
    statement = text(
        "INSERT INTO handrail.publications (hash, key, version, text, agencies, holidays, published_by, published_at)"
        " SELECT :hash, :key, :version, :text, :agencies, CAST(:holidays AS date[]), :by,"
        # What is published last is in force, also after the clock was set back.
        " greatest(clock_timestamp(), max(published_at) + interval '1 microsecond')"
        " FROM handrail.publications WHERE key = :key"
        " ON CONFLICT (hash) DO UPDATE SET published_at = EXCLUDED.published_at, published_by = EXCLUDED.published_by"
    )
    values = {
        "hash": new.hash,
        "key": new.key,
        "version": new.version,
        "text": new.text,
        "agencies": new.agencies,
        "holidays": sorted(new.holidays),
        "by": new.published_by,
    }
    connection.execute(statement, values)


def find_publication(connection: Connection, hash_: str) -> Publication | None:
    """Return the publication of that hash."""
    return _first(connection.execute(_ONE, {"hash": hash_}))


def find_newest(connection: Connection, key: str) -> Publication | None:
    """Return what was last published of the pathway ``key``."""
    return _first(connection.execute(_NEWEST, {"key": key}))


def list_newest(connection: Connection) -> list[Publication]:
    """Return what was last published of each pathway, by key."""
    return [_read(row) for row in connection.execute(_NEWEST_OF_EACH)]


def _first(rows: Iterable[Row[Any]]) -> Publication | None:
    return next((_read(row) for row in rows), None)


def _read(row: Row[Any]) -> Publication:
    hash_, key, version, rules, agencies, holidays, by, at = row
    return Publication(hash_, key, version, rules, agencies, frozenset(holidays), by, at)
