"""A track and its stages in plain English: who owns what, what is asked of whom, and what leads where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pathways.declaration import (
    AcceptedBy,
    Declined,
    ExpectedStay,
    Expired,
    FollowUp,
    HandOff,
    LateStep,
    Move,
    Stage,
    Step,
    Task,
    Track,
)
from pathways.plain_english.conditions import lead, match_text, matches_text
from pathways.plain_english.names import Names, either, every, plain, quoted
from pathways.plain_english.outline import Point, Section


def track_section(name: str, track: Track, names: Names) -> Section:
    """Return everything that a track declares, stage by stage in the file's order."""
    stages = tuple(stage_section(key, stage, names) for key, stage in track.stages.items())
    start = Point(f"A case starts this track at {names.stage(track.start)}.")
    return Section(f"Track: {names.track(name)}", (start,), stages)


def stage_section(name: str, stage: Stage, names: Names) -> Section:
    """Return who owns the stage, what happens there, who may enter and what leads away."""
    points = [
        *_about(stage, names),
        *(point for key, task in stage.tasks.items() for point in _task(key, task, names)),
        *(_follow_up(key, follow_up, names) for key, follow_up in stage.follow_ups.items()),
        *(_hand_off(key, hand_off, names) for key, hand_off in stage.hand_offs.items()),
        *_stay(stage, names),
        *_moves(stage.moves, names),
    ]
    return Section(f"Stage: {names.stage_title(name)}", tuple(points))


def _about(stage: Stage, names: Names) -> Iterator[Point]:
    if stage.description:
        yield Point(stage.description)
    if isinstance(stage.owner, AcceptedBy):
        yield Point(
            f"Owner: the agency that last accepted the hand-off {names.hand_off(stage.owner.accepted)}; "
            f"if none did, {names.agency(stage.owner.otherwise)}."
        )
    else:
        yield Point(f"Owner: {names.agency(stage.owner)}.")
    if stage.gate is not None:
        yield lead("Gate: nobody enters this stage, by any way, unless", stage.gate, names)
    if stage.final:
        outcome = f", with the outcome {quoted(stage.outcome)}" if stage.outcome else ""
        yield Point(f"This track may rest here: a case whose tracks all rest may close{outcome}.")
    elif stage.outcome:
        yield Point(f"Outcome: {quoted(stage.outcome)}.")


def _task(name: str, task: Task, names: Names) -> Iterator[Point]:
    parts: list[Point] = []
    if task.when is not None:
        parts.append(lead("It opens when", task.when, names))
    else:
        parts.append(Point("It opens on entry to the stage."))
    parts.extend(_due(task))
    if task.done_by is not None:
        parts.append(Point(f"It is also done as soon as {match_text(task.done_by, names)} is recorded."))
    if task.outcomes:
        parts.append(Point(f"It ends as {either(quoted(plain(outcome)) for outcome in task.outcomes)}."))
    parts.extend(_late(task.late, names))
    if task.required:
        parts.append(Point("It is required: when it is late the coordinator is told as well."))
    yield Point(f"Task {names.task(name)} for {names.agency(task.owner)}:", tuple(parts))


def _due(task: Task) -> Iterator[Point]:
    if task.due == "same day":
        by = f"by {task.at:%H:%M}" if task.at else "by the end of the day"
        yield Point(f"It is due {by} on the day on which the event that opens it happened.")
    elif task.due is not None:
        then = f", at the first {task.at:%H:%M} from then on" if task.at else ""
        yield Point(f"It is due {task.due} after it opens{then}.")
    elif task.at is not None:
        yield Point(f"It is due at the next {task.at:%H:%M}.")
    else:
        yield Point("It has no due time.")


def _late(steps: Sequence[LateStep], names: Names) -> Iterator[Point]:
    for step in steps:
        yield Point(f"When it is {step.after} late, {_acts(step, names)}.")


def _acts(step: Step, names: Names) -> str:
    acts = []
    if step.remind is not None:
        acts.append(f"{names.agency(step.remind)} is reminded")
    if step.escalate is not None:
        acts.append(f"it is escalated to {names.agency(step.escalate)}")
    if step.raise_ is not None:
        acts.append(f"the blockage {names.blockage(step.raise_)} is opened")
    return either(acts, "and")


def _follow_up(name: str, follow_up: FollowUp, names: Names) -> Point:
    title = quoted(follow_up.title) if follow_up.title else quoted(plain(name))
    at = f" at {follow_up.at:%H:%M}" if follow_up.at else ""
    parts = [Point(f"It is answered by {matches_text(follow_up.answered_by, names)}.")]
    if follow_up.early is not None:
        parts.append(Point(f"An answer counts from {follow_up.early} before it is due."))
    for step in follow_up.missed:
        trigger = f"{step.after} without an answer" if step.after else f"{step.in_a_row} missed in a row"
        parts.append(Point(f"After {trigger}, {_acts(step, names)}."))
    if follow_up.until is not None:
        parts.append(lead("It is asked no more in this stay once", follow_up.until, names))
    return Point(
        f"Follow-up {title}, asked of {names.agency(follow_up.to)} {every(follow_up.every)}{at}:", tuple(parts)
    )


def _hand_off(name: str, hand_off: HandOff, names: Names) -> Point:
    asked = (hand_off.to,) if isinstance(hand_off.to, str) else hand_off.to
    if hand_off.open_when is not None:
        parts = [lead("It opens when", hand_off.open_when, names)]
    else:
        parts = [Point("It opens on entry to the stage.")]
    if len(asked) > 1:
        order = tuple(Point(f"{place}. {names.agency(agency)}") for place, agency in enumerate(asked, start=1))
        parts.append(Point("These agencies are asked, one after the other:", order))
    if hand_off.answer_within is not None:
        parts.append(Point(f"An agency that is asked has {hand_off.answer_within} to answer."))
    parts.append(Point("Whoever accepts becomes the owner of this track."))
    parts.append(_declined(hand_off.declined, asked))
    parts.append(_expired(hand_off.expired, asked))
    parts.extend(_nobody(hand_off, names))
    if hand_off.done_by is not None:
        parts.append(Point(f"It is done as soon as {match_text(hand_off.done_by, names)} is recorded."))
    return Point(f"Hand-off {names.hand_off(name)} to {names.agencies(asked)}:", tuple(parts))


def _then(then: Literal["next", "back"], asked: Sequence[str]) -> str:
    if then == "back":
        return "it goes back to the owner"
    return "the next agency is asked" if len(asked) > 1 else "no other agency is left to ask"


def _declined(declined: Declined, asked: Sequence[str]) -> Point:
    reason = ""
    if declined.ask is not None:
        one = "a coded reason" if declined.ask == "reason" else f"a reason from the list {quoted(plain(declined.ask))}"
        reason = f" with {one}"
    return Point(f"When it is declined{reason}, {_then(declined.then, asked)}.")


def _expired(expired: Expired, asked: Sequence[str]) -> Point:
    reminders = ""
    if expired.remind:
        times = "once" if expired.remind == 1 else f"{expired.remind} times"
        reminders = f" (an agency is reminded {times} first, each time with as long again to answer)"
    return Point(f"When nobody answers in time{reminders}, {_then(expired.then, asked)}.")


def _nobody(hand_off: HandOff, names: Names) -> Iterator[Point]:
    acts = []
    if hand_off.nobody.raise_ is not None:
        acts.append(f"the blockage {names.blockage(hand_off.nobody.raise_)} is opened")
    if hand_off.nobody.escalate is not None:
        acts.append(f"it is escalated to {names.agency(hand_off.nobody.escalate)}")
    if acts:
        yield Point(f"When no agency is left to ask, {either(acts, 'and')}.")


def _stay(stage: Stage, names: Names) -> Iterator[Point]:
    if isinstance(stage.due, ExpectedStay):
        late = tuple(_late(stage.due.late, names))
        yield Point(f"Expected stay: at most {stage.due.after}{':' if late else '.'}", late)
    elif stage.due is not None:
        yield Point(f"Expected stay: at most {stage.due}.")


def _moves(moves: Sequence[Move], names: Names) -> Iterator[Point]:
    if not moves:
        yield Point("Nothing leads on from here.")
    for move in moves:
        title = f" ({move.title})" if move.title else ""
        if move.when is None:
            yield Point(f"On to {names.stage(move.to)}{title} by a person's decision only.")
        else:
            yield lead(f"On to {names.stage(move.to)}{title} when", move.when, names)
