"""The engine's case and the plain model's, written alike, so that they can be held against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from naive_cases import NaiveCase

from pathways.case import Case, Change

Seen = dict[str, Any]
TOLD_APART = frozenset({"owner_changed", "reminded", "escalated", "blockage_escalated", "held", "review_opened"})

BY_KIND = frozenset(
    {"event_refused", "event_voided", "paused", "resumed", "case_opened", "case_closed", "case_reopened"}
)
"""Changes that are compared by kind and instant alone."""


def of_engine(case: Case) -> Seen:
    return {
        "status": case.status,
        "silenced": case.silenced,
        "tracks": {
            track: (
                one.stage,
                one.nth,
                one.entered_at,
                one.owner,
                one.overdue,
                one.late_steps,
                sorted(one.held) if case.status == "open" else [],
            )
            for track, one in case.tracks.items()
        },
        "stays": {track: one.due_at for track, one in case.tracks.items()} if case.status == "open" else {},
        "visits": dict(case.visits),
        "tasks": sorted(
            (one.track, one.name, one.stage, one.owner, one.opened_at, one.overdue, one.late_steps, str(one.due_at))
            for one in case.tasks
        ),
        "questions": sorted(
            (one.track, one.name, one.missed_in_a_row, sorted((q.due_at, sorted(q.steps)) for q in one.questions))
            for one in case.follow_ups
        ),
        "hand_offs": sorted(
            (one.name, one.nth, one.state, one.asked, one.opened_at, one.reminders, one.questions)
            for one in case.hand_offs
        ),
        "asked": {one.name: one.agency for one in case.hand_offs if one.state in {"offered", "accepted"}},
        "offers due": {one.name: one.due_at for one in case.hand_offs if one.state == "offered"},
        "blockages": sorted(
            (one.name, one.nth, one.opened_at, one.raised, one.escalations, one.owner, str(one.disputed))
            for one in case.blockages
        ),
        "pauses": sorted((one.name, one.from_at, str(one.until_at)) for one in case.pauses),
    }


def of_model(case: NaiveCase) -> Seen:
    is_open = case.status == "open"
    return {
        "status": case.status,
        "silenced": case.silenced,
        "tracks": {
            track: (
                one.stage,
                one.nth,
                one.entered_at,
                one.owner,
                one.overdue,
                one.late_steps,
                list(one.held) if is_open else [],
            )
            for track, one in case.visits.items()
        },
        "stays": {track: case.stay_due(track) for track in case.visits} if is_open else {},
        "visits": dict(case.visit_counts),
        "tasks": sorted(
            (
                one.track,
                one.name,
                one.stage,
                one.owner,
                one.opened_at,
                one.overdue,
                one.late_steps,
                str(case.task_due(one)),
            )
            for one in case.tasks
        ),
        "questions": sorted(
            (one.track, one.name, one.missed_in_a_row, sorted((q.due_at, sorted(q.steps)) for q in one.questions))
            for one in case.follow_ups
        ),
        "hand_offs": sorted(
            (one.name, one.nth, one.state, tuple(one.asked), one.opened_at, one.reminders, one.questions)
            for one in case.hand_offs.values()
        ),
        "asked": {one.name: one.agency for one in case.hand_offs.values() if one.state in {"offered", "accepted"}},
        "offers due": {one.name: case.offer_due(one) for one in case.hand_offs.values() if one.state == "offered"},
        "blockages": sorted(
            (one.name, one.nth, one.opened_at, one.raised, one.escalations, one.owner, str(one.disputed))
            for one in case.blockages.values()
        ),
        "pauses": sorted((one.name, one.from_at, str(one.until_at)) for one in case.pauses),
    }


def changes_of_engine(changes: Iterable[Change]) -> Counter[Any]:
    return Counter(
        (one.at, one.kind, *((None, None) if one.kind in BY_KIND else (one.track, one.subject)))
        for one in changes
        if one.kind not in TOLD_APART
    )


def changes_of_model(case: NaiveCase, known: int) -> Counter[Any]:
    return Counter(
        (at, kind, *((None, None) if kind in BY_KIND else (track, subject)))
        for at, kind, track, subject, _ in case.changes[known:]
        if kind not in TOLD_APART | {"entered"}
    )


def differences(expected: Seen, found: Seen) -> list[str]:
    """Return in words what differs, none if nothing does; ``expected`` is the plain model's."""
    return [
        f"{key}: expected {expected[key]!r}, found {found[key]!r}" for key in expected if expected[key] != found[key]
    ]
