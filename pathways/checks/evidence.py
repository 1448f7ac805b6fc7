"""Events: who may record them, and whether anything asks for them."""

from __future__ import annotations

from collections.abc import Iterator

from pathways.built_in_events import BUILT_IN_EVENTS
from pathways.checks.event_uses import event_uses
from pathways.checks.subject import Subject
from pathways.checks.walk import StagePlace, follow_ups
from pathways.declaration import FollowUp
from pathways.findings import Finding, did_you_mean

MOST_UNKNOWN = 10
"""Unknown events for which a declared one is sought that may have been meant."""


def built_in_names(subject: Subject) -> Iterator[Finding]:
    """A declared event does not take the name of a built-in one."""
    for name in subject.file.events:
        if name in BUILT_IN_EVENTS:
            message = f"The event {name!r} is known to every pathway and is not declared."
            yield Finding("built-in-event", ("events", name), message, on_key=True)


def recorders(subject: Subject) -> Iterator[Finding]:
    """Every event may be recorded by an agency that does not end without a successor."""
    for name, event in subject.file.events.items():
        known = [subject.agencies[agency] for agency in event.by if agency in subject.agencies]
        ended = [agency for agency in known if agency.valid_until is not None and agency.successor is None]
        if known and len(known) == len(event.by) == len(ended):
            message = f"The event {name!r} may be recorded only by agencies that end."
            yield Finding("event-nobody-may-record", ("events", name, "by"), message)


def unused(subject: Subject) -> Iterator[Finding]:
    """Something asks for every declared event."""
    used = {use.kind for use in event_uses(subject.file)}
    declared = set(subject.file.events)
    unknown = sorted(used - declared - BUILT_IN_EVENTS.keys())
    misspelt = {did_you_mean(kind, sorted(declared - used)) for kind in unknown[:MOST_UNKNOWN]}
    for name in subject.file.events:
        if name not in used and name not in BUILT_IN_EVENTS and f"did you mean {name!r}?" not in misspelt:
            message = f"Nothing in the pathway asks for the event {name!r}."
            yield Finding("unused-event", ("events", name), message, on_key=True)


def answerable(subject: Subject) -> Iterator[Finding]:
    """The agency that a follow-up asks may record an answer to it."""
    for path, place, name, follow_up in follow_ups(subject.file):
        asked = place.owner if follow_up.to == "owner" else follow_up.to
        if asked is not None and not _may_answer(subject, place, follow_up, asked):
            message = f"The agency {asked!r} may record no answer to the follow-up {name!r} that it is asked."
            yield Finding("unanswerable-follow-up", (*path, "answered_by"), message, on_key=True)


def _may_answer(subject: Subject, place: StagePlace, follow_up: FollowUp, asked: str) -> bool:
    answers = follow_up.answered_by if isinstance(follow_up.answered_by, tuple) else (follow_up.answered_by,)
    for answer in answers:
        event = subject.file.events.get(answer.kind)
        if event is None or asked in event.by or asked == subject.file.coordinator:
            return True
    return follow_up.to == "owner" and bool(place.stage.hand_offs)  # whoever accepts one owns the stage then


def reasons(subject: Subject) -> Iterator[Finding]:
    """A code of reason is attributed to the same in every list."""
    first: dict[str, tuple[str, str]] = {}
    for listed_as, codes in subject.file.reasons.items():
        if not codes:
            yield Finding("empty", ("reasons", listed_as), "The list of reasons is empty.", expected="at least one")
        for code, attribution in codes.items():
            elsewhere, meant = first.setdefault(code, (listed_as, attribution))
            if meant != attribution:
                message = f"The reason {code!r} is attributed to {meant!r} in {elsewhere!r} and differently here."
                path = ("reasons", listed_as, code)
                yield Finding("reason-conflict", path, message, repr(attribution), repr(meant))
