"""Tasks, follow-ups, hand-offs and what happens when they are late."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from pathways.checks.subject import Subject
from pathways.checks.walk import follow_ups, hand_offs, step_lists, steps, tasks
from pathways.clocks import Duration
from pathways.declaration import HandOff
from pathways.findings import Finding, repeats
from pathways.yaml_text import Path


def escalations(subject: Subject) -> Iterator[Finding]:
    """What is late is escalated to somebody else than the agency that is late."""
    for place in steps(subject.file):
        if place.step.escalate is not None and place.step.escalate == place.owner:
            yield _to_owner((*place.path, "escalate"), place.owner)
    for name, blockage in subject.file.blockages.items():
        for index, escalation in enumerate(blockage.escalate):
            if escalation.to == blockage.owner:
                yield _to_owner(("blockages", name, "escalate", index, "to"), blockage.owner)


def _to_owner(path: Path, owner: str) -> Finding:
    return Finding("escalation-to-owner", path, "This escalates to the agency that is late itself.", repr(owner))


def step_order(subject: Subject) -> Iterator[Finding]:
    """Late steps stand in the order in which they are taken."""
    for path, listed, _ in step_lists(subject.file):
        timed = [(index, step.after) for index, step in enumerate(listed) if step.after is not None]
        for (_, earlier), (index, later) in pairwise(timed):
            yield from _in_order((*path, index, "after"), earlier, later)
    for name, blockage in subject.file.blockages.items():
        for index, (first, second) in enumerate(pairwise(blockage.escalate), 1):
            yield from _in_order(("blockages", name, "escalate", index, "after"), first.after, second.after)


def _in_order(path: Path, earlier: Duration, later: Duration) -> Iterator[Finding]:
    if earlier.unit == later.unit and later.amount < earlier.amount:
        message = f"The step after {later} stands behind the one after {earlier}."
        yield Finding("steps-out-of-order", path, message, str(later), f"at least {earlier}")


def task_times(subject: Subject) -> Iterator[Finding]:
    """A task with a time of day or late steps has a due time that they belong to."""
    for path, _, name, task in tasks(subject.file):
        if task.due is None and (task.at is not None or task.late):
            key = "at" if task.at is not None else "late"
            message = f"The task {name!r} has {key!r} and is never due."
            yield Finding("never-due", (*path, key), message, on_key=True)


def follow_up_ends(subject: Subject) -> Iterator[Finding]:
    """A follow-up ends some day, and somebody hears when it is not answered."""
    for path, place, name, follow_up in follow_ups(subject.file):
        if follow_up.until is None and not place.stage.moves:
            message = f"The follow-up {name!r} is asked for ever: nobody leaves stage {place.name!r}."
            yield Finding("endless-follow-up", path, message, on_key=True)
        if not follow_up.missed:
            message = f"Nobody hears when the follow-up {name!r} is not answered."
            yield Finding("unheard-follow-up", path, message, on_key=True)


def hand_off_ends(subject: Subject) -> Iterator[Finding]:
    """An offer expires, and somebody hears when no agency takes it."""
    for path, _, name, hand_off in hand_offs(subject.file):
        if hand_off.answer_within is None:
            message = f"The hand-off {name!r} waits for an answer for ever."
            yield Finding("hand-off-without-expiry", path, message, on_key=True)
        if hand_off.nobody.raise_ is None and hand_off.nobody.escalate is None:
            message = f"Nobody hears when no agency takes the hand-off {name!r}."
            yield Finding("unheard-hand-off", path, message, on_key=True)


def hand_off_targets(subject: Subject) -> Iterator[Finding]:
    """A hand-off is offered to each agency once, and never to the one that owns the stage."""
    for path, place, _, hand_off in hand_offs(subject.file):
        asked = _asked(hand_off)
        for index, agency in enumerate(asked):
            if agency == place.owner:
                message = f"This agency owns stage {place.name!r} already."
                yield Finding("hand-off-to-owner", (*path, "to", index), message, repr(agency))
        for index, agency in repeats(asked):
            yield Finding("given-twice", (*path, "to", index), "This agency is asked twice.", repr(agency))


def _asked(hand_off: HandOff) -> tuple[str, ...]:
    return (hand_off.to,) if isinstance(hand_off.to, str) else hand_off.to
