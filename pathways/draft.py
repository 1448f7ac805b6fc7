"""The working copy of a case while a step is decided, and the view that conditions are answered from.

A draft takes a frozen ``Case`` apart, is changed by the modules of the engine, and is frozen again.
Every value inside stays frozen: a change replaces it, so the case that was given is never touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from pathways.calendars import Calendar
from pathways.case import (
    Approval,
    Blockage,
    Case,
    CaseStatus,
    Change,
    ChangeKind,
    Done,
    Event,
    Fact,
    FollowUp,
    HandOff,
    Notice,
    NoticeKind,
    Scalar,
    Standstill,
    Task,
    Visit,
)
from pathways.chart import Pathway, Pauses, StageChart
from pathways.declaration import ClockGroup

if TYPE_CHECKING:
    from pathways.news import News

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
"""In English whatever the machine's locale: a decision reads the same everywhere."""
URGENT: frozenset[NoticeKind] = frozenset(
    (
        "hand_off_offered",
        "hand_off_reminder",
        "hand_off_returned",
        "task_overdue",
        "escalation",
        "owner_changed",
        "review",
    )
)


class Draft:
    """One case being advanced. ``now`` is the instant at which whatever changes next happens."""

    __slots__ = (
        "approvals",
        "blockage_counts",
        "blockages",
        "case",
        "changed_at",
        "changes",
        "charts",
        "clock",
        "done",
        "entries",
        "event",
        "events",
        "facts",
        "follow_ups",
        "hand_offs",
        "news",
        "notice_number",
        "notices",
        "now",
        "opened_at",
        "pathway",
        "pauses",
        "referral",
        "reviews",
        "silenced",
        "status",
        "swept",
        "tasks",
        "tracks",
        "visits",
        "wake_at",
    )

    def __init__(self, case: Case, pathway: Pathway, now: datetime) -> None:
        self.case, self.pathway, self.now = case, pathway, case.clock or now
        self.status: CaseStatus = case.status
        self.silenced, self.opened_at = case.silenced, case.opened_at
        self.events, self.clock, self.swept = case.events, case.clock, case.swept
        self.changed_at, self.wake_at = case.changed_at, case.wake_at
        self.referral: Mapping[str, Scalar] = case.referral
        self.tracks: dict[str, Visit] = {track: case.tracks[track] for track in pathway.tracks if track in case.tracks}
        self.charts: dict[str, StageChart] = {
            track: pathway.tracks[track].stages[visit.stage] for track, visit in self.tracks.items()
        }
        """Of the stages in which the tracks are."""
        self.visits: dict[str, int] = dict(case.visits)
        self.entries: dict[str, int] = dict(case.entries)
        self.tasks: tuple[Task, ...] = case.tasks
        self.follow_ups: tuple[FollowUp, ...] = case.follow_ups
        self.hand_offs: tuple[HandOff, ...] = case.hand_offs
        self.blockages: tuple[Blockage, ...] = case.blockages
        self.blockage_counts: dict[str, int] = dict(case.blockage_counts)
        self.approvals: tuple[Approval, ...] = case.approvals
        self.done: dict[str, Done] = dict(case.done)
        self.facts: dict[str, tuple[Fact, ...]] = dict(case.facts)
        self.pauses: tuple[Standstill, ...] = case.pauses
        self.notice_number, self.reviews = case.notices, case.reviews
        self.event: Event | None = None
        self.changes: list[Change] = []
        self.notices: list[Notice] = []
        self.news: News | None = None
        """What ``pathways.news`` has found; forgotten as soon as anything changes."""

    def freeze(self) -> Case:
        return Case(
            reference=self.case.reference,
            status=self.status,
            silenced=self.silenced,
            opened_at=self.opened_at,
            events=self.events,
            clock=self.clock,
            swept=self.swept,
            changed_at=self.changed_at,
            wake_at=self.wake_at,
            referral=self.referral,
            tracks=self.tracks,
            visits=self.visits,
            entries=self.entries,
            tasks=self.tasks,
            follow_ups=self.follow_ups,
            hand_offs=self.hand_offs,
            blockages=self.blockages,
            blockage_counts=self.blockage_counts,
            approvals=self.approvals,
            done=self.done,
            facts=self.facts,
            pauses=self.pauses,
            notices=self.notice_number,
            reviews=self.reviews,
        )

    def change(
        self,
        kind: ChangeKind,
        *,
        track: str | None = None,
        subject: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        agency: str | None = None,
        due_at: datetime | None = None,
        because: str = "",
        rule: str = "",
        evidence: tuple[int, ...] = (),
        nth: int | None = None,
    ) -> None:
        """Note that something changed now."""
        self.news = None
        self.changes.append(
            Change(self.now, kind, track, subject, from_, to, agency, due_at, because, rule, evidence, nth)
        )

    def decide(
        self,
        kind: ChangeKind,
        *,
        track: str | None = None,
        subject: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        agency: str | None = None,
        due_at: datetime | None = None,
        because: str = "",
        rule: str = "",
        evidence: tuple[int, ...] = (),
        nth: int | None = None,
    ) -> None:
        """Note a decision: a change that an event recorded late might have turned out differently."""
        self.changed_at = self.now
        self.change(
            kind,
            track=track,
            subject=subject,
            from_=from_,
            to=to,
            agency=agency,
            due_at=due_at,
            because=because,
            rule=rule,
            evidence=evidence,
            nth=nth,
        )

    def tell(
        self,
        kind: NoticeKind,
        agency: str,
        *,
        track: str | None = None,
        subject: str | None = None,
        due_at: datetime | None = None,
        because: str = "",
    ) -> None:
        """Write a notice to ``agency`` or its successor; after a silencing event only a review is still told."""
        if self.silenced and kind != "review":
            return
        self.notice_number += 1
        serving = self.pathway.serving(agency, self.now)
        urgent = kind in URGENT
        self.notices.append(
            Notice(self.notice_number, self.now, kind, serving, track, subject, due_at, because, urgent)
        )

    def chart_of(self, track: str) -> StageChart:
        return self.charts[track]

    def standstills(self, group: ClockGroup) -> Pauses:
        """Return the intervals in which the clocks of ``group`` stood still; a calendar joins those that overlap."""
        if not self.pauses:
            return ()
        names = {pause.name for pause in self.pathway.pauses if group in pause.groups}
        return tuple((one.from_at, one.until_at) for one in self.pauses if one.name in names)

    def paused(self, group: ClockGroup) -> bool:
        return any(until is None for _, until in self.standstills(group))

    def view(self, track: str) -> View:
        """Return what a condition of the track's present visit is answered from."""
        visit = self.tracks[track]
        since = visit.entered_at if visit.entered_by else self.opened_at or visit.entered_at
        return View(self, visit.entered_at, visit.entered_by, since, "")

    def case_view(self, since_number: int = 0, since: datetime | None = None) -> View:
        """Return what a condition of the whole case is answered from."""
        opened = self.opened_at or self.now
        return View(self, opened, since_number, since or opened, "")


class View:
    """What a condition is answered from: the draft at ``now``, seen from one visit.

    ``since_number`` and ``since`` part the events of this visit from those before it: the first visit of a
    case takes in the event that opened the case.
    """

    __slots__ = ("calendar", "draft", "entered_at", "facts", "gate", "now", "since", "since_number")

    def __init__(self, draft: Draft, entered_at: datetime, since_number: int, since: datetime, gate: str) -> None:
        self.draft, self.now = draft, draft.now
        self.facts: Mapping[str, tuple[Fact, ...]] = draft.facts
        self.calendar: Calendar = draft.pathway.calendar
        self.entered_at, self.since_number, self.since, self.gate = entered_at, since_number, since, gate

    @property
    def opened_at(self) -> datetime:
        return self.draft.opened_at or self.now

    def at_gate(self, stage_key: str) -> View:
        """Return the same view, standing before the gate of ``track.stage``."""
        return View(self.draft, self.entered_at, self.since_number, self.since, stage_key)

    def standstills(self, group: ClockGroup) -> Pauses:
        return self.draft.standstills(group)

    def title(self, agency: str) -> str:
        return self.draft.pathway.agency_title(agency)

    def tell(self, instant: datetime | None) -> str:
        """Return an instant as a person reads it, in the pathway's zone."""
        if instant is None:
            return "no date while clocks stand still"
        local = self.calendar.local(instant)
        return f"{local.day} {MONTHS[local.month - 1]} {local.year}, {local.hour:02}:{local.minute:02}"
