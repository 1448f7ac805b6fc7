"""One step of a case, and how it is kept: the events, the new state and all that follows from it, or none of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import Struct

from handrail.blockages.watching import DECIDED, NEWSWORTHY
from handrail.notice_times import send_at, superseded
from handrail.projection import open_by_key, wake_for, work_rows
from handrail.rules import Rules
from models.approvals import APPROVALS, REVIEWS, approval_row, review_rows
from models.cases import CASES, CaseUpdate, Opening, StoredCase, check_updated, opening_row, update_cases
from models.database import DUE_CHANNEL, NOTICES_CHANNEL, PLACES_CHANNEL, RawConnection
from models.detection import UNCOUNTED
from models.journal import CHANGES, EVENTS, Origin, change_row, event_row
from models.notices import NOTICES, NoticeState, notice_row, silence
from models.rows import Sheet, write_rows
from models.work import WORK
from pathways.case import Case, Decision, Event
from pathways.case_json import to_json

Rows = list[tuple[Any, ...]]
GATE_ACTS = {"gate.proposed": "proposed", "gate.approved": "approved"}


class Entry(Struct, frozen=True, gc=False):
    """An event to be recorded, and where it came from if it came from outside."""

    event: Event
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What one act makes of one case. ``quiet``: nobody is told, because it happened long ago."""

    stored: StoredCase
    before: Case
    entries: tuple[Entry, ...]
    decision: Decision
    rules: Rules
    quiet: bool = False
    opening: Opening | None = None
    """Of a case that this step opens."""

    @property
    def after(self) -> Case:
        return self.decision.case


def save_steps(connection: RawConnection, steps: Sequence[Step]) -> None:
    """Keep all of ``steps``, in as few round trips as there can be. The caller's transaction makes it last.

    Raises:
        CaseMovedOn: a case is no longer what it was when it was read; give the transaction up.
    """
    if not steps:
        return
    written = Written()
    for step in steps:
        written.add(step)
    written.save(connection)


class Written:
    """All rows of some steps, gathered by table."""

    def __init__(self) -> None:
        self.updates: list[CaseUpdate] = []
        self.silenced: list[int] = []
        self.due = self.told = self.decided = False
        self.sheets: dict[str, tuple[Sheet, Rows]] = {
            sheet.table: (sheet, []) for sheet in (CASES, EVENTS, CHANGES, WORK, NOTICES, REVIEWS, APPROVALS, UNCOUNTED)
        }

    def rows(self, sheet: Sheet) -> Rows:
        return self.sheets[sheet.table][1]

    def add(self, step: Step) -> None:
        stored, after, now = step.stored, step.after, step.stored.read_at
        case_id, changes = stored.id, step.decision.changes
        update = _update(step)
        if step.opening is None:
            self.updates.append(update)
        else:
            self.rows(CASES).append(opening_row(update, stored, step.opening))
        self.due = self.due or _is_news(step, update)
        self.rows(EVENTS).extend(event_row(case_id, each.event, each.origin) for each in step.entries)
        first = stored.changes + 1
        self.rows(CHANGES).extend(change_row(case_id, number, each) for number, each in enumerate(changes, first))
        pathway = step.rules.pathway
        before = open_by_key(step.before, pathway)
        self.rows(WORK).extend(work_rows(case_id, before, open_by_key(after, pathway), changes, now))
        self.rows(REVIEWS).extend(review_rows(case_id, step.before.reviews, changes))
        self.rows(APPROVALS).extend(
            approval_row(case_id, each.event, GATE_ACTS[each.event.kind])
            for each in step.entries
            if each.event.kind in GATE_ACTS and not _was_refused(step, each.event)
        )
        self._add_notices(step, now)
        kinds = {change.kind for change in changes}
        self.decided = self.decided or not kinds.isdisjoint(DECIDED)
        if not kinds.isdisjoint(NEWSWORTHY) or any(e.event.kind in step.rules.giving_reasons for e in step.entries):
            self.rows(UNCOUNTED).append((case_id, stored.changes, stored.changes + len(changes)))
        if after.silenced and not step.before.silenced:
            self.silenced.append(case_id)

    def _add_notices(self, step: Step, now: datetime) -> None:
        case = (step.stored.id, step.stored.reference)
        old = superseded(step.decision.notices)
        for notice in step.decision.notices:
            silent = step.after.silenced and notice.kind != "review"
            state: NoticeState = (
                "silenced" if silent else "superseded" if step.quiet or notice.number in old else "waiting"
            )
            rules = step.rules
            self.told = self.told or state == "waiting"
            when = send_at(notice, rules.calendar_of(notice.agency), rules.digest_at(notice.agency), now)
            self.rows(NOTICES).append(notice_row(case, notice, state, when, now))

    def save(self, connection: RawConnection) -> None:
        """Send everything: what is short in one pipeline, what is long by ``COPY``, which knows no pipeline."""
        if any(sheet.is_long(self.rows(sheet)) for sheet in (CASES, EVENTS)):
            for sheet in (CASES, EVENTS):  # the other rows refer to them
                write_rows(connection, *self.sheets.pop(sheet.table))
        with connection.pipeline():
            done = update_cases(connection, self.updates) if self.updates else []
            self._send_short(connection)
        check_updated(done, self.updates)
        for sheet, rows in self.sheets.values():
            if sheet.is_long(rows):
                write_rows(connection, sheet, rows)

    def _send_short(self, connection: RawConnection) -> None:
        if self.silenced:
            silence(connection, self.silenced)
        for sheet, rows in self.sheets.values():
            if not sheet.is_long(rows):
                write_rows(connection, sheet, rows)
        channels = ((NOTICES_CHANNEL, self.told), (DUE_CHANNEL, self.due), (PLACES_CHANNEL, self.decided))
        told = [channel for channel, any_ in channels if any_]
        for channel in told:
            connection.execute("SELECT pg_notify(%s, '')", [channel])


def _update(step: Step) -> CaseUpdate:
    after = step.after
    changes = step.stored.changes + len(step.decision.changes)
    wake_at = after.wake_at
    return CaseUpdate(
        step.stored.id, step.stored.version, to_json(after), changes, after.status, wake_at, wake_for(after)
    )


def _is_news(step: Step, update: CaseUpdate) -> bool:
    """Return whether a sweep must hear of the case: it may be waiting for a later instant, or not for this case."""
    before = step.before.wake_at
    if update.wake_at is None:
        return False
    return before is None or update.wake_at < before or update.wake_for != wake_for(step.before)


def _was_refused(step: Step, event: Event) -> bool:
    return any(each.kind == "event_refused" and event.number in each.evidence for each in step.decision.changes)
