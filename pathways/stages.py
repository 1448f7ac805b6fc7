"""Stages: entered and left, moves tried in the file's order, gates that nobody passes unanswered."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from pathways import blockages, follow_ups, hand_offs, tasks
from pathways.case import Visit
from pathways.chart import MoveChart, StageChart
from pathways.draft import Draft
from pathways.errors import PathwayTurnsForEver
from pathways.late_steps import step_due, take_step
from pathways.news import news_of
from pathways.ownership import owner_on_entry
from pathways.reopening import forget_openings
from pathways.wall_clock import earlier

MOST_ROUNDS = 200
"""How often moves and openings may follow from each other at one instant before it counts as a circle."""


def settle(draft: Draft) -> None:
    """Make every move and opening that follows at this instant, until nothing more does.

    Raises:
        PathwayTurnsForEver: moves follow from each other in a circle.
    """
    draft.news = None
    for _ in range(MOST_ROUNDS):
        if draft.status != "open":
            return
        if _move_once(draft):
            continue
        if not _open_work(draft) and not blockages.survey(draft):
            _close_at_rest(draft)
            return
    raise PathwayTurnsForEver(draft.case.reference, draft.now, [visit.stage for visit in draft.tracks.values()])


def enter(draft: Draft, track: str, stage: str, *, entered_by: int | None = None) -> None:
    """Begin a visit: its owner, its stay, its tasks, follow-ups and hand-offs."""
    chart = draft.pathway.tracks[track].stages[stage]
    before = draft.tracks.get(track)
    owner = owner_on_entry(draft, chart)
    nth = draft.visits.get(chart.key, 0) + 1
    draft.visits[chart.key] = nth
    draft.entries[chart.key] = draft.events
    since = draft.events if entered_by is None else entered_by
    draft.charts[track] = chart
    draft.tracks[track] = Visit(stage, nth, draft.now, since, owner, _stay_due(draft, chart, owner, draft.now))
    if before is not None and before.owner != owner:
        because = f"{draft.pathway.agency_title(owner)} owns {chart.title}"
        draft.change(
            "owner_changed", track=track, subject=stage, from_=before.owner, to=owner, agency=owner, because=because
        )
    if before is None or before.owner != owner:
        draft.tell("owner_changed", owner, track=track, subject=stage, because=f"the case is in {chart.title}")
    tasks.open_on_entry(draft, track)
    follow_ups.start(draft, track)
    hand_offs.open_on_entry(draft, track)


def leave(draft: Draft, track: str, because: str) -> None:
    """End a visit: whatever was timed, open or unanswered in it ends with it."""
    tasks.cancel_of_visit(draft, track, because)
    follow_ups.stop_of_visit(draft, track)
    hand_offs.withdraw_of_visit(draft, track, because)
    forget_openings(draft, draft.chart_of(track).key)


def move(draft: Draft, track: str, to: str, because: str, rule: str, evidence: tuple[int, ...]) -> None:
    """Take the track from its stage to ``to``."""
    visit = draft.tracks[track]
    nth = draft.visits.get(f"{track}.{to}", 0) + 1
    draft.decide(
        "moved",
        track=track,
        subject=to,
        from_=visit.stage,
        to=to,
        because=because,
        rule=rule,
        evidence=evidence,
        nth=nth,
    )
    leave(draft, track, f"the case left {draft.chart_of(track).title}")
    enter(draft, track, to)


def _move_once(draft: Draft) -> bool:
    for track in draft.pathway.tracks:
        chart = draft.chart_of(track)
        if not chart.moves or not (draft.tracks[track].held or news_of(draft).may_make_hold(chart.asked)):
            continue  # true of most, and looked at after every event
        if _try_moves(draft, track, chart):
            return True
    return False


def _try_moves(draft: Draft, track: str, chart: StageChart) -> bool:
    view, news, held_before = draft.view(track), news_of(draft), draft.tracks[track].held
    held: list[str] = []
    stages = draft.pathway.tracks[track].stages
    for candidate in chart.moves:
        if candidate.when is None or not (candidate.to in held_before or news.may_make_hold(candidate.when)):
            continue
        if not candidate.when.holds(view):
            continue
        gate = stages[candidate.to].gate
        if gate is None or gate.holds(view.at_gate(f"{track}.{candidate.to}")):
            reason = candidate.when.explain(view)
            move(draft, track, candidate.to, reason.sentence, candidate.rule, reason.evidence)
            return True
        held.append(candidate.to)
        if candidate.to not in held_before:
            _tell_held(draft, track, candidate, chart)
    if tuple(held) != held_before:
        draft.tracks[track] = replace(draft.tracks[track], held=tuple(held))
    return False


def _tell_held(draft: Draft, track: str, candidate: MoveChart, chart: StageChart) -> None:
    gate = draft.pathway.tracks[track].stages[candidate.to].gate
    if gate is None:
        return
    reason = gate.explain(draft.view(track).at_gate(f"{track}.{candidate.to}"))
    draft.decide(
        "held",
        track=track,
        subject=candidate.to,
        from_=chart.name,
        to=candidate.to,
        because=reason.sentence,
        rule=f"{track}.{candidate.to}.gate",
        evidence=reason.evidence,
    )


def _open_work(draft: Draft) -> bool:
    opened = False
    for track in draft.pathway.tracks:
        chart = draft.chart_of(track)
        if not news_of(draft).may_make_hold(chart.asked):
            continue
        if chart.tasks:
            opened |= tasks.open_when_asked(draft, track)
        if chart.hand_offs:
            opened |= hand_offs.open_when_asked(draft, track)
        if chart.follow_ups:
            opened |= follow_ups.stop_when_over(draft, track)
    return opened


def _close_at_rest(draft: Draft) -> None:
    if all(draft.chart_of(track).final for track in draft.pathway.tracks):
        outcomes = [chart.outcome for track in draft.pathway.tracks if (chart := draft.chart_of(track)).outcome]
        close(draft, "every track has come to rest", outcome="; ".join(outcomes) or None)


def close(draft: Draft, because: str, *, outcome: str | None = None, evidence: tuple[int, ...] = ()) -> None:
    """End the case: nothing is due in it any more, and its blockages are over."""
    for track in draft.tracks:
        leave(draft, track, "the case was closed")
    blockages.clear_all(draft, "the case was closed")
    draft.status = "closed"
    draft.decide("case_closed", to=outcome, because=because, evidence=evidence)


def restate_due(draft: Draft) -> None:
    """Set the end of the expected stays anew after a pause began or ended."""
    for track, visit in draft.tracks.items():
        draft.tracks[track] = replace(
            visit, due_at=_stay_due(draft, draft.chart_of(track), visit.owner, visit.entered_at)
        )


def _stay_due(draft: Draft, chart: StageChart, owner: str, entered_at: datetime) -> datetime | None:
    if chart.stay is None:
        return None
    return draft.pathway.due(owner, entered_at, chart.stay, draft.standstills("stays"))


def next_stay_due(draft: Draft, track: str) -> datetime | None:
    """Return when the stay is over, or when the next step about it is due."""
    visit = draft.tracks[track]
    if visit.due_at is None or not visit.overdue:
        return visit.due_at
    late = draft.chart_of(track).late
    if visit.late_steps >= len(late):
        return None
    return step_due(draft, "stays", visit.owner, visit.due_at, late[visit.late_steps].after)


def next_due(draft: Draft, track: str) -> datetime | None:
    """Return when the stay, a move, its gate or an opening of the present visit could change by time alone."""
    due = next_stay_due(draft, track)
    chart, view = draft.chart_of(track), draft.view(track)
    for answer, rule in chart.timed:
        if rule not in draft.entries:
            due = earlier(due, answer.next_change(view))
    for target in draft.tracks[track].held:
        gate = draft.pathway.tracks[track].stages[target].gate
        if gate is not None:
            due = earlier(due, gate.next_change(view.at_gate(f"{track}.{target}")))
    return due


def fire_stays(draft: Draft) -> None:
    """Call the stays that are over, and take the steps about them that are due at ``draft.now``."""
    for track in draft.tracks:
        while (due := next_stay_due(draft, track)) is not None and due <= draft.now:
            _call_stay(draft, track)


def _call_stay(draft: Draft, track: str) -> None:
    visit, chart = draft.tracks[track], draft.chart_of(track)
    if visit.overdue:
        step = chart.late[visit.late_steps]
        draft.tracks[track] = replace(visit, late_steps=visit.late_steps + 1)
        take_step(draft, step, track=track, subject=visit.stage, owner=visit.owner, rule=f"{chart.key}.due")
        return
    draft.tracks[track] = replace(visit, overdue=True)
    because = f"the expected stay in {chart.title} is {chart.stay}"
    draft.change(
        "stay_overdue",
        track=track,
        subject=visit.stage,
        agency=visit.owner,
        due_at=visit.due_at,
        because=because,
        rule=f"{chart.key}.due",
    )
    draft.tell("stay_overdue", visit.owner, track=track, subject=visit.stage, due_at=visit.due_at, because=because)
