"""Tasks: opened by entry or by a condition, completed by their owner or by evidence, late at their due instant."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from pathways.case import Done, Event, Task
from pathways.chart import TaskChart
from pathways.draft import Draft
from pathways.late_steps import step_due, take_step
from pathways.news import news_of
from pathways.reopening import may_open, note_opened
from pathways.wall_clock import earlier


def open_on_entry(draft: Draft, track: str) -> None:
    """Open the tasks of the track's stage that wait for no condition."""
    for chart in draft.chart_of(track).tasks:
        if chart.when is None:
            _open(draft, track, chart, "the stage was entered", ())


def open_when_asked(draft: Draft, track: str) -> bool:
    """Open the tasks whose condition holds; return whether any was."""
    opened, news = False, news_of(draft)
    for chart in draft.chart_of(track).tasks:
        if chart.when is None or not news.may_make_hold(chart.when):
            continue
        if _find(draft, track, chart.name) is not None:
            continue
        view = may_open(draft, track, chart.rule, chart.reopened_by)
        if view is not None and chart.when.holds(view):
            reason = chart.when.explain(view)
            _open(draft, track, chart, reason.sentence, reason.evidence)
            opened, news = True, news_of(draft)
    return opened


def _open(draft: Draft, track: str, chart: TaskChart, because: str, evidence: tuple[int, ...]) -> None:
    visit = draft.tracks[track]
    declared = chart.declared
    owner = visit.owner if declared.owner == "owner" else draft.pathway.serving(declared.owner, draft.now)
    occurred = draft.event.occurred_at if draft.event is not None else draft.now
    task = Task(
        name=chart.name,
        track=track,
        visit=visit.nth,
        stage=visit.stage,
        owner=owner,
        opened_at=draft.now,
        opened_by=draft.events,
        due_at=_due(draft, chart, owner, draft.now, occurred),
    )
    draft.tasks = (*draft.tasks, task)
    note_opened(draft, chart.rule)
    draft.decide(
        "task_opened",
        track=track,
        subject=chart.name,
        agency=owner,
        due_at=task.due_at,
        because=because,
        rule=chart.rule,
        evidence=evidence,
    )
    draft.tell("task_opened", owner, track=track, subject=chart.name, due_at=task.due_at, because=because)


def _due(draft: Draft, chart: TaskChart, owner: str, opened: datetime, occurred: datetime) -> datetime | None:
    due, at = chart.declared.due, chart.declared.at
    if due is None:
        return None
    calendar = draft.pathway.calendar
    if due == "same day":
        day_end = calendar.next_midnight(occurred)
        at_time = calendar.next_time(occurred, at) if at is not None else day_end
        return min(at_time, day_end)
    instant = draft.pathway.due(owner, opened, due, draft.standstills("tasks"))
    return calendar.next_time(instant, at) if instant is not None and at is not None else instant


def restate_due(draft: Draft) -> None:
    """Set the due instants of open tasks anew after a pause began or ended; "that day" stands still for nobody."""
    draft.tasks = tuple(
        task
        if (chart := _chart(draft, task)).declared.due == "same day"
        else replace(task, due_at=_due(draft, chart, task.owner, task.opened_at, task.opened_at))
        for task in draft.tasks
    )


def find_open(draft: Draft, name: str) -> Task | None:
    return next((task for task in draft.tasks if task.name == name), None)


def complete(draft: Draft, task: Task, event: Event, outcome: str | None) -> None:
    """Close ``task`` as done by ``event``; it was done when the event occurred."""
    draft.tasks = tuple(one for one in draft.tasks if one is not task)
    draft.done[f"task.{task.name}"] = Done(event.occurred_at, event.number, outcome, task.owner)
    draft.decide(
        "task_done",
        track=task.track,
        subject=task.name,
        agency=task.owner,
        to=outcome,
        because=f"{event.kind} was recorded",
        rule=_chart(draft, task).rule,
        evidence=(event.number,),
    )


def complete_by_evidence(draft: Draft, event: Event) -> None:
    for task in draft.tasks:
        evidence = _chart(draft, task).done_by
        if evidence is not None and evidence.matches(event.kind, event.fields):
            complete(draft, task, event, None)


def cancel_of_visit(draft: Draft, track: str, because: str) -> None:
    """Cancel the open tasks of a visit that ends."""
    for task in draft.tasks:
        if task.track == track:
            draft.change("task_cancelled", track=track, subject=task.name, agency=task.owner, because=because)
    draft.tasks = tuple(task for task in draft.tasks if task.track != track)


def next_due(draft: Draft) -> datetime | None:
    """Return when a task is due, or the next step about one."""
    due: datetime | None = None
    for task in draft.tasks:
        due = earlier(due, _next_due(draft, task))
    return due


def fire(draft: Draft) -> None:
    """Do what is due for tasks at ``draft.now``: call them late, and take their late steps."""
    for task in draft.tasks:
        current = task
        while (due := _next_due(draft, current)) is not None and due <= draft.now:
            current = _act(draft, current)
            draft.tasks = tuple(
                current if one.name == task.name and one.track == task.track else one for one in draft.tasks
            )


def _next_due(draft: Draft, task: Task) -> datetime | None:
    if task.due_at is None or not task.overdue:
        return task.due_at
    late = _chart(draft, task).late
    if task.late_steps >= len(late):
        return None
    return step_due(draft, "tasks", task.owner, task.due_at, late[task.late_steps].after)


def _act(draft: Draft, task: Task) -> Task:
    chart = _chart(draft, task)
    if task.overdue:
        step = chart.late[task.late_steps]
        take_step(draft, step, track=task.track, subject=task.name, owner=task.owner, rule=chart.rule)
        return replace(task, late_steps=task.late_steps + 1)
    because = f"{task.name} was due and has not been completed"
    draft.change(
        "task_overdue",
        track=task.track,
        subject=task.name,
        agency=task.owner,
        due_at=task.due_at,
        because=because,
        rule=chart.rule,
    )
    draft.tell("task_overdue", task.owner, track=task.track, subject=task.name, due_at=task.due_at, because=because)
    if chart.declared.required:
        draft.tell(
            "escalation",
            draft.pathway.coordinator,
            track=task.track,
            subject=task.name,
            due_at=task.due_at,
            because=because,
        )
    return replace(task, overdue=True)


def _find(draft: Draft, track: str, name: str) -> Task | None:
    return next((task for task in draft.tasks if task.name == name and task.track == track), None)


def _chart(draft: Draft, task: Task) -> TaskChart:
    stage = draft.pathway.tracks[task.track].stages[task.stage]
    return next(chart for chart in stage.tasks if chart.name == task.name)
