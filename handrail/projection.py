"""What a case's state shows to those who work: open work by agency, and who is to wake it.

Both are functions of the state alone. What was open before a step and is not afterwards was closed by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from models.cases import WakeKind
from models.work import Work, WorkKey
from pathways.case import Case, Change, FollowUp, HandOff
from pathways.chart import Pathway

_ENDINGS: Mapping[str, str] = {
    "task_done": "done",
    "task_cancelled": "cancelled",
    "follow_up_stopped": "stopped",
    "hand_off_done": "done",
    "hand_off_returned": "returned",
    "hand_off_exhausted": "exhausted",
    "hand_off_withdrawn": "withdrawn",
    "blockage_cleared": "cleared",
}


def open_work(case: Case, pathway: Pathway) -> list[Work]:
    """Return all that is open in ``case``, by key."""
    found = open_by_key(case, pathway)
    return [found[key] for key in sorted(found)]


def open_by_key(case: Case, pathway: Pathway) -> dict[WorkKey, Work]:
    """Return the same, each under its key."""
    parts: tuple[Iterable[Work], ...] = (
        _tracks(case),
        _tasks(case),
        _follow_ups(case, pathway),
        _hand_offs(case),
        _blockages(case),
    )
    return {work.key: work for part in parts for work in part}


def work_rows(
    case_id: int,
    before: Mapping[WorkKey, Work],
    after: Mapping[WorkKey, Work],
    changes: Sequence[Change],
    now: datetime,
) -> list[tuple[Any, ...]]:
    """Return the rows to write so that the store shows ``after`` where it showed ``before``."""
    opened = [work.row(case_id) for key, work in after.items() if before.get(key) != work]
    gone = [work for key, work in before.items() if key not in after]
    if not gone:
        return opened
    endings = {
        (change.subject, change.track or ""): _ENDINGS[change.kind] for change in changes if change.kind in _ENDINGS
    }
    closed = [_ended(work, endings).row(case_id, now) for work in gone]
    return closed + opened  # in this order: a track may show one open stage only, at any moment


def wake_for(case: Case) -> WakeKind | None:
    """Return which sweep is to wake the case next: that of hand-offs if one is due then."""
    if case.wake_at is None:
        return None
    due = [one.due_at for one in case.hand_offs if one.state == "offered" and one.due_at is not None]
    return "hand_offs" if due and min(due) <= case.wake_at else "follow_ups"


def _ended(work: Work, endings: Mapping[tuple[str | None, str], str]) -> Work:
    kept = {"track": "left", "hand_off": "exhausted" if work.state == "exhausted" else None}.get(work.kind)
    state = kept or endings.get((work.name, work.track), "stopped")
    return replace(work, state=state)


def _tracks(case: Case) -> Iterator[Work]:
    for track, visit in case.tracks.items():
        yield Work(
            "track",
            track,
            track,
            visit.stage,
            visit.nth,
            visit.entered_at,
            visit.owner,
            "open",
            visit.due_at,
            visit.overdue,
        )


def _tasks(case: Case) -> Iterator[Work]:
    for task in case.tasks:
        yield Work(
            "task",
            task.name,
            task.track,
            task.stage,
            task.visit,
            task.opened_at,
            task.owner,
            "open",
            task.due_at,
            task.overdue,
        )


def _follow_ups(case: Case, pathway: Pathway) -> Iterator[Work]:
    for one in case.follow_ups:
        asked = bool(one.questions)
        due = min((question.due_at for question in one.questions), default=one.next_at)
        agency = _asked_agency(case, one, pathway)
        nth = case.tracks[one.track].nth
        state = "asked" if asked else "waiting"
        yield Work("follow_up", one.name, one.track, one.stage, nth, one.started_at, agency, state, due, asked)


def _asked_agency(case: Case, follow_up: FollowUp, pathway: Pathway) -> str:
    stage = pathway.tracks[follow_up.track].stages[follow_up.stage]
    to = next(chart.declared.to for chart in stage.follow_ups if chart.name == follow_up.name)
    if to == "owner" or case.clock is None:
        return case.tracks[follow_up.track].owner
    return pathway.serving(to, case.clock)


def _hand_offs(case: Case) -> Iterator[Work]:
    """Give what is offered or accepted; and what nobody took, which waits with the owner while its stage lasts."""
    for one in case.hand_offs:
        agency, overdue = one.agency, one.reminders > 0
        if one.state == "exhausted" and _is_of_present_visit(case, one):
            agency, overdue = case.tracks[one.track].owner, False
        elif one.state not in {"offered", "accepted"}:
            continue
        if agency is not None:
            yield Work(
                "hand_off",
                one.name,
                one.track,
                one.stage,
                one.nth,
                one.opened_at,
                agency,
                one.state,
                one.due_at,
                overdue,
            )


def _is_of_present_visit(case: Case, hand_off: HandOff) -> bool:
    visit = case.tracks[hand_off.track]
    return case.status == "open" and (visit.stage, visit.nth) == (hand_off.stage, hand_off.visit)


def _blockages(case: Case) -> Iterator[Work]:
    for one in case.blockages:
        escalated, state = one.escalations > 0, "open" if one.disputed is None else "disputed"
        yield Work("blockage", one.name, "", "", one.nth, one.opened_at, one.owner, state, None, escalated)
