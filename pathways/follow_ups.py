"""Follow-ups: a question asked again and again, answered by what happened and not by a tick.

A question falls due at ``every``, at ``at`` o'clock. An event of the declared kind answers all open questions
whose time it belongs to, and is kept for the next one, which it answers too if it occurred on that local day
(or within ``early``). A question still open when the next falls due has been missed.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from pathways.case import ChangeKind, Event, FollowUp, Question
from pathways.chart import FollowUpChart
from pathways.clocks import Duration, Unit
from pathways.declaration import Step
from pathways.draft import Draft
from pathways.late_steps import step_due, take_step
from pathways.news import news_of
from pathways.wall_clock import MOMENT, earlier

WALL_UNITS = frozenset((Unit.DAYS, Unit.WEEKS))


def start(draft: Draft, track: str) -> None:
    """Begin the follow-ups of the stage just entered."""
    stage = draft.chart_of(track)
    for chart in stage.follow_ups:
        begun = FollowUp(chart.name, track, stage.name, draft.now, None)
        draft.follow_ups = (*draft.follow_ups, _schedule(draft, begun, chart, draft.now))


def stop_of_visit(draft: Draft, track: str) -> None:
    draft.follow_ups = tuple(one for one in draft.follow_ups if one.track != track)


def stop_when_over(draft: Draft, track: str) -> bool:
    """Stop the follow-ups whose ``until`` holds; return whether any did."""
    stopped = False
    for follow_up in [one for one in draft.follow_ups if one.track == track]:
        chart = _chart(draft, follow_up)
        if chart.until is None or not news_of(draft).may_make_hold(chart.until):
            continue
        if not chart.until.holds(draft.view(track)):
            continue
        reason = chart.until.explain(draft.view(track))
        draft.follow_ups = tuple(one for one in draft.follow_ups if one is not follow_up)
        draft.change(
            "follow_up_stopped",
            track=track,
            subject=follow_up.name,
            because=reason.sentence,
            rule=chart.rule,
            evidence=reason.evidence,
        )
        stopped = True
    return stopped


def answer(draft: Draft, event: Event) -> None:
    """Let ``event`` answer the questions that it belongs to, or keep it for the next one."""
    for follow_up in draft.follow_ups:
        chart = _chart(draft, follow_up)
        if any(evidence.matches(event.kind, event.fields) for evidence in chart.answered_by):
            _replace(draft, follow_up, _answered(draft, follow_up, chart, event))


def _answered(draft: Draft, follow_up: FollowUp, chart: FollowUpChart, event: Event) -> FollowUp:
    open_: list[Question] = []
    closed: list[Question] = []
    for question in follow_up.questions:
        belongs = event.occurred_at >= _opens_at(draft, chart, question.due_at)
        (closed if belongs else open_).append(question)
    credit = follow_up.credit
    if credit is None or event.occurred_at >= credit[1]:
        follow_up = replace(follow_up, credit=(event.number, event.occurred_at))
    if not closed:
        return follow_up
    agency, because = _agency(draft, follow_up, chart), f"{event.kind} was recorded"
    _note(draft, "follow_up_answered", follow_up, chart, agency, because, evidence=(event.number,))
    return replace(follow_up, questions=tuple(open_), missed_in_a_row=0)


def restate(draft: Draft) -> None:
    """Stop asking while the clocks stand still, and go on with the next question from the instant they do not.

    The question that was waited for has not been asked: it comes all the same if it is still ahead then.
    """
    paused = draft.paused("follow_ups")
    for follow_up in draft.follow_ups:
        if paused and follow_up.next_at is not None:
            _replace(draft, follow_up, replace(follow_up, next_at=None, asked=follow_up.asked - 1))
        elif not paused and follow_up.next_at is None:
            _replace(draft, follow_up, _schedule(draft, follow_up, _chart(draft, follow_up), draft.now - MOMENT))


def next_due(draft: Draft) -> datetime | None:
    """Return when the next question is due, or the next step about one that was missed."""
    due: datetime | None = None
    for follow_up in draft.follow_ups:
        due = earlier(due, follow_up.next_at)
        for _, _, step_at in _open_steps(draft, follow_up):
            due = earlier(due, step_at)
    return due


def fire(draft: Draft) -> None:
    """Take the missed steps that are due at ``draft.now``, then ask what is due."""
    for follow_up in draft.follow_ups:
        current = follow_up
        for index, step, due in _open_steps(draft, current):
            if due <= draft.now:
                current = _take(draft, current, index, step)
        if current.next_at is not None and current.next_at <= draft.now:
            current = _ask(draft, current, _chart(draft, current))
        if current is not follow_up:
            _replace(draft, follow_up, current)


def _ask(draft: Draft, follow_up: FollowUp, chart: FollowUpChart) -> FollowUp:
    due = follow_up.next_at or draft.now
    agency = _agency(draft, follow_up, chart)
    current = _count_missed(draft, follow_up, chart, agency) if follow_up.questions else follow_up
    _note(draft, "follow_up_due", follow_up, chart, agency, f"asked every {chart.declared.every}", due_at=due)
    credit = current.credit
    if credit is not None and credit[1] >= _opens_at(draft, chart, due):
        because = "it happened before the question"
        _note(draft, "follow_up_answered", follow_up, chart, agency, because, evidence=(credit[0],))
        current = replace(current, missed_in_a_row=0)
    else:
        draft.tell("follow_up_due", agency, track=follow_up.track, subject=follow_up.name, due_at=due)
        current = replace(current, questions=(*_worth_keeping(chart, current.questions), Question(due)))
    return _schedule(draft, replace(current, credit=None), chart, draft.now)


def _count_missed(draft: Draft, follow_up: FollowUp, chart: FollowUpChart, agency: str) -> FollowUp:
    missed = follow_up.missed_in_a_row + 1
    because = f"not answered before the next one, {missed} in a row"
    _note(draft, "follow_up_missed", follow_up, chart, agency, because, due_at=follow_up.questions[-1].due_at)
    for step in chart.declared.missed:
        if step.in_a_row == missed:
            take_step(draft, step, track=follow_up.track, subject=follow_up.name, owner=agency, rule=chart.rule)
    return replace(follow_up, missed_in_a_row=missed)


def _note(
    draft: Draft,
    kind: ChangeKind,
    follow_up: FollowUp,
    chart: FollowUpChart,
    agency: str,
    because: str,
    *,
    due_at: datetime | None = None,
    evidence: tuple[int, ...] = (),
) -> None:
    draft.change(
        kind,
        track=follow_up.track,
        subject=follow_up.name,
        agency=agency,
        due_at=due_at,
        because=because,
        rule=chart.rule,
        evidence=evidence,
    )


def _take(draft: Draft, follow_up: FollowUp, index: int, step: Step) -> FollowUp:
    chart = _chart(draft, follow_up)
    agency = _agency(draft, follow_up, chart)
    take_step(draft, step, track=follow_up.track, subject=follow_up.name, owner=agency, rule=chart.rule)
    nth, question = divmod(index, len(follow_up.questions))
    taken = follow_up.questions[question]
    questions = list(follow_up.questions)
    questions[question] = replace(taken, steps=(*taken.steps, nth))
    return replace(follow_up, questions=tuple(questions))


def _open_steps(draft: Draft, follow_up: FollowUp) -> list[tuple[int, Step, datetime]]:
    """Return the missed steps not taken yet with their due instants; step and question make one index."""
    open_: list[tuple[int, Step, datetime]] = []
    if not follow_up.questions:
        return open_
    chart = _chart(draft, follow_up)
    agency = _agency(draft, follow_up, chart)
    for nth, step in enumerate(chart.declared.missed):
        for position, question in enumerate(follow_up.questions):
            if nth in question.steps:
                continue
            due = step_due(draft, "follow_ups", agency, question.due_at, step.after)
            if due is not None:
                open_.append((nth * len(follow_up.questions) + position, step, due))
    return open_


def _worth_keeping(chart: FollowUpChart, questions: tuple[Question, ...]) -> tuple[Question, ...]:
    """Drop questions about which nothing more will be done, so that an unanswered follow-up does not grow for ever.

    As many as are missed in a row are kept, and one at least: a late event may still answer them.
    """
    steps = chart.declared.missed
    timed = sum(step.after is not None for step in steps)
    oldest = len(questions) - max((step.in_a_row for step in steps if step.in_a_row is not None), default=1)
    return tuple(one for place, one in enumerate(questions) if place >= oldest or len(one.steps) < timed)


def _opens_at(draft: Draft, chart: FollowUpChart, due: datetime) -> datetime:
    """Return from when on an event may answer the question that is due at ``due``."""
    calendar = draft.pathway.calendar
    if chart.declared.early is not None:
        return calendar.window_start(due, chart.declared.early)
    return calendar.resolve(datetime.combine(calendar.local(due).date(), datetime.min.time()))


def _schedule(draft: Draft, follow_up: FollowUp, chart: FollowUpChart, after: datetime) -> FollowUp:
    """Set the next question: the first of the series later than ``after`` that has not been asked."""
    if draft.paused("follow_ups"):
        return replace(follow_up, next_at=None)
    asked = follow_up.asked + 1
    while (due := _nth(draft, follow_up, chart, asked)) <= after:
        asked += 1
    return replace(follow_up, next_at=due, asked=asked)


def _nth(draft: Draft, follow_up: FollowUp, chart: FollowUpChart, nth: int) -> datetime:
    """Return the ``nth`` question's instant, counted from the start so that no night shifts the series.

    A question asked at a wall-clock time at least daily is first asked at the next such time; any other after one
    whole period.
    """
    every, at = chart.declared.every, chart.declared.at
    calendar = draft.pathway.calendar
    if at is None:
        return calendar.add(follow_up.started_at, Duration(every.amount * nth, every.unit))
    daily = every.unit in WALL_UNITS | {Unit.WORKING_DAYS} and every.amount == 1 and every.unit is not Unit.WEEKS
    if not daily:
        whole = calendar.local(calendar.add(follow_up.started_at, Duration(every.amount * nth, every.unit)))
        return calendar.resolve(datetime.combine(whole.date(), at))
    local = calendar.local(follow_up.started_at)
    first = calendar.resolve(datetime.combine(local.date(), at))
    early = first > follow_up.started_at and (every.unit is Unit.DAYS or calendar.is_working_day(local.date()))
    periods = nth - 1 if early else nth
    day = calendar.local(calendar.add(follow_up.started_at, Duration(periods, every.unit)))
    return calendar.resolve(datetime.combine(day.date(), at))


def _agency(draft: Draft, follow_up: FollowUp, chart: FollowUpChart) -> str:
    asked = chart.declared.to
    return draft.tracks[follow_up.track].owner if asked == "owner" else draft.pathway.serving(asked, draft.now)


def _replace(draft: Draft, old: FollowUp, new: FollowUp) -> None:
    draft.follow_ups = tuple(new if one is old else one for one in draft.follow_ups)


def _chart(draft: Draft, follow_up: FollowUp) -> FollowUpChart:
    stage = draft.pathway.tracks[follow_up.track].stages[follow_up.stage]
    return next(chart for chart in stage.follow_ups if chart.name == follow_up.name)
