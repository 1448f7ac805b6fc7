"""Decisions of named officers on gates, and reviews that wait for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from models.rows import Sheet
from pathways.case import Change, Event

APPROVALS = Sheet(
    "approvals",
    ("case_id", "number", "act", "stage", "role", "agency", "officer", "at"),
    ("int8", "int4", "text", "text", "text", "text", "text", "timestamptz"),
)
REVIEWS = Sheet(
    "reviews",
    ("case_id", "nth", "opened_at", "because", "evidence"),
    ("int8", "int4", "timestamptz", "text", "int4[]"),
)


@dataclass(frozen=True, slots=True)
class Approval:
    """That ``officer`` of ``agency`` proposed or approved, in a role, that a stage may be entered."""

    number: int
    act: str
    stage: str
    role: str | None
    agency: str | None
    officer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Review:
    """A late event might have led elsewhere: somebody must look. ``evidence`` holds numbers of events."""

    reference: str
    nth: int
    opened_at: datetime
    because: str
    evidence: tuple[int, ...]


def approval_row(case_id: int, event: Event, act: str) -> tuple[Any, ...]:
    """Return the row of ``APPROVALS`` that keeps who did ``act`` by ``event``."""
    role = event.fields.get("role")
    return (case_id, event.number, act, event.fields.get("stage"), role, event.agency, event.officer, event.recorded_at)


def review_rows(case_id: int, known: int, changes: Sequence[Change]) -> list[tuple[Any, ...]]:
    """Return the rows of ``REVIEWS`` for the reviews that ``changes`` open, after the ``known`` first ones."""
    opened = [change for change in changes if change.kind == "review_opened"]
    return [(case_id, nth, each.at, each.because, list(each.evidence)) for nth, each in enumerate(opened, known + 1)]


def list_approvals(connection: Connection, case_id: int) -> list[Approval]:
    """Return who proposed and approved what in the case, in order."""
    statement = text(
        "SELECT number, act, stage, role, agency, officer, at FROM handrail.approvals"
        " WHERE case_id = :case ORDER BY number"
    )
    return [Approval(*row) for row in connection.execute(statement, {"case": case_id})]


def list_reviews(connection: Connection, limit: int = 1000) -> list[Review]:
    """Return the open reviews, the oldest in front."""
    statement = text(
        "SELECT c.reference, r.nth, r.opened_at, r.because, r.evidence FROM handrail.reviews AS r"
        " JOIN handrail.cases AS c ON c.id = r.case_id WHERE r.closed_at IS NULL"
        " ORDER BY r.opened_at, c.reference, r.nth LIMIT :limit"
    )
    rows = connection.execute(statement, {"limit": limit})
    return [Review(reference, nth, at, because, tuple(evidence)) for reference, nth, at, because, evidence in rows]


def close_review(connection: Connection, reference: str, nth: int, officer: str) -> bool:
    """Close the review in the name of ``officer``; False if it was closed or never there."""
    statement = text(
        "UPDATE handrail.reviews AS r SET closed_at = clock_timestamp(), officer = :officer FROM handrail.cases AS c"
        " WHERE c.id = r.case_id AND c.reference = :reference AND r.nth = :nth AND r.closed_at IS NULL"
    )
    return connection.execute(statement, {"reference": reference, "nth": nth, "officer": officer}).rowcount == 1
