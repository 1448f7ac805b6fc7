"""Unexpected faults with all they tell. The table is restricted: a text may hold what no operator should read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Fault:
    """``place`` names the flow or the command; ``kind`` the exception's class."""

    number: int
    at: datetime
    place: str
    kind: str
    details: str


def record(session: Session | Connection, place: str, kind: str, details: str) -> int:
    """Keep the fault and return its number, which is all that may be shown elsewhere."""
    statement = text("INSERT INTO handrail.faults (place, kind, details) VALUES (:place, :kind, :details) RETURNING id")
    values = {"place": place, "kind": kind, "details": details.replace("\x00", "\N{REPLACEMENT CHARACTER}")}
    return cast("int", session.execute(statement, values).scalar_one())


def find_fault(session: Session | Connection, number: int) -> Fault | None:
    """Return the fault of that number."""
    rows = session.execute(
        text("SELECT id, at, place, kind, details FROM handrail.faults WHERE id = :id"), {"id": number}
    )
    return next((Fault(*row) for row in rows), None)
