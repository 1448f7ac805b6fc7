"""Conditions, answered by looking through the whole list of events, every time anew.

Each leaf is a few lines after the language's own words. ``View`` says from where a condition is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pathways.case import Event

if TYPE_CHECKING:
    from naive_keeping import Keeping

Tree = dict[str, Any]
BOUNDS = frozenset({"at_least", "at_most", "is_not"})


@dataclass(frozen=True)
class View:
    """Whose condition it is: of a track's visit, of a gate (``stage``), or of the whole case (a blockage)."""

    track: str | None
    gate: str | None = None
    since: int = 0
    """``event`` and ``accepted`` look only at what was recorded after the event of this number."""
    begun: datetime | None = None
    """In what clears a blockage: when it opened. ``event`` looks only at what occurred since."""


def holds(case: Keeping, condition: Tree, view: View) -> bool:
    """Whether ``condition`` holds at the case's own instant."""
    ((word, body),) = condition.items()
    match word:
        case "all":
            return all(holds(case, part, view) for part in body)
        case "any":
            return any(holds(case, part, view) for part in body)
        case "none":
            return not any(holds(case, part, view) for part in body)
        case _:
            return LEAVES[word](case, body, view)


def leaves(condition: Tree) -> Iterator[tuple[str, Any]]:
    ((word, body),) = condition.items()
    if word in {"all", "any", "none"}:
        for part in body:
            yield from leaves(part)
    else:
        yield word, body


def wanted_events(condition: Tree) -> Iterator[Any]:
    """Yield the events that a condition asks for, not those that must not have been."""
    ((word, body),) = condition.items()
    if word == "event":
        yield body
    elif word in {"all", "any"}:
        for part in body:
            yield from wanted_events(part)


def matches(event: Event, match: Any) -> bool:
    """Whether an event is such an event, in any of the three forms in which one may be asked for."""
    if isinstance(match, str):
        return event.kind == match
    kind = match.get("kind", match.get("event"))
    tests = match.get("where", {})
    return event.kind == kind and all(
        field in event.fields and passes(event.fields[field], test) for field, test in tests.items()
    )


def passes(value: Any, test: Any) -> bool:
    """Whether a field's value passes a test: a value, a list of values, bounds, or what it must not be."""
    if isinstance(test, Mapping):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return (
            ("at_least" not in test or (number and value >= test["at_least"]))
            and ("at_most" not in test or (number and value <= test["at_most"]))
            and ("is_not" not in test or not same(value, test["is_not"]))
        )
    return any(same(value, one) for one in (test if isinstance(test, list) else [test]))


def same(value: Any, other: Any) -> bool:
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


def of_event(case: Keeping, body: Any, view: View) -> bool:
    return any(in_visit(case, event, view) for event in case.counted() if matches(event, body))


def in_visit(case: Keeping, event: Event, view: View) -> bool:
    """Whether it happened in this visit: it occurred at or after the entry, and was recorded after it."""
    if event.number <= view.since:
        return False
    if view.track is None:
        return event.occurred_at >= (view.begun or case.opened_at)
    visit = case.visits[view.track]
    if visit.first:
        return event.occurred_at >= case.opened_at
    return event.number > visit.entered_by and event.occurred_at >= visit.entered_at


def of_count(case: Keeping, body: Tree, view: View) -> bool:
    found = [event for event in case.counted() if matches(event, body)]
    if "within" in body:
        found = [event for event in found if case.clocks.within(event.occurred_at, body["within"], case.now)]
    elif body["since"] == "case":
        found = [event for event in found if event.occurred_at >= case.opened_at]
    else:
        assert view.track is not None
        found = [event for event in found if in_visit(case, event, View(view.track))]
    return bool(body.get("at_least", 0) <= len(found) <= body.get("at_most", len(found)))


def of_absent(case: Keeping, body: Tree, view: View) -> bool:
    due = case.waits(absent_since(case, body, view), body["for"])
    return due is not None and due <= case.now


def absent_since(case: Keeping, body: Tree, view: View) -> datetime:
    beginning = case.opened_at
    if body.get("since") == "stage":
        assert view.track is not None
        beginning = case.visits[view.track].entered_at
    occurred = [event.occurred_at for event in case.counted() if matches(event, body)]
    return max([beginning, *occurred])


def of_done(case: Keeping, body: Tree, _: View) -> bool:
    key = f"task.{body['task']}" if "task" in body else f"hand_off.{body['hand_off']}"
    last = case.last(key)
    if last is None:
        return False
    if "outcome" in body and last.outcome != body["outcome"]:
        return False
    return "within" not in body or case.clocks.within(last.at, body["within"], case.now)


def of_open(case: Keeping, body: Tree, _: View) -> bool:
    begun = open_since(case, body)
    if begun is None:
        return False
    if "for" not in body:
        return True
    due = case.waits(begun, body["for"])
    return due is not None and due <= case.now


def open_since(case: Keeping, body: Tree) -> datetime | None:
    if "task" in body:
        return min((task.opened_at for task in case.tasks if task.name == body["task"]), default=None)
    if "hand_off" in body:
        one = case.hand_offs.get(body["hand_off"])
        return one.opened_at if one is not None and one.state == "offered" else None
    blockage = case.blockages.get(body["blockage"])
    return blockage.opened_at if blockage is not None else None


def of_accepted(case: Keeping, body: str, view: View) -> bool:
    accepted = case.last(f"accepted.{body}")
    since = view.since
    if view.track is not None:
        since = max(since, case.visits[view.track].entered_by)
    return accepted is not None and accepted.number > since


def of_approved(case: Keeping, body: Tree, view: View) -> bool:
    acts = [
        one
        for one in case.approvals
        if one.stage == view.gate and one.number > case.spent.get(one.stage, 0) and one.number not in case.voided
    ]
    approvals = [
        one
        for one in acts
        if one.kind == "gate.approved"
        and one.role == body["role"]
        and case.clocks.within(one.at, body["valid_for"], case.now)
    ]
    if "other_than" not in body:
        return bool(approvals)
    proposals = [one for one in acts if one.role == body["other_than"]]
    return bool(proposals) and any(one.officer != proposals[-1].officer for one in approvals)


def of_stage(case: Keeping, body: Tree, _: View) -> bool:
    stage = case.visits[body["track"]].stage
    named = body.get("is", body.get("is_not"))
    inside = stage in (named if isinstance(named, list) else [named])
    return inside == ("is" in body)


def of_waited(case: Keeping, body: Any, view: View) -> bool:
    assert view.track is not None
    due = waited_until(case, body, case.visits[view.track].entered_at)
    return due is not None and due <= case.now


def waited_until(case: Keeping, body: Any, entered: datetime) -> datetime | None:
    if isinstance(body, str):
        return case.waits(entered, body)
    due = case.waits(entered, body["for"])
    return case.clocks.next_time(due, body["at"]) if due is not None and "at" in body else due


def of_latest(case: Keeping, body: Tree, _: View) -> bool:
    found = [event for event in case.counted() if event.kind == body["event"]]
    if not found:
        return False
    last = max(found, key=lambda event: (event.occurred_at, event.number))
    return body["field"] in last.fields and passes(last.fields[body["field"]], body["is"])


LEAVES: Mapping[str, Callable[[Keeping, Any, View], bool]] = {
    "event": of_event,
    "count": of_count,
    "absent": of_absent,
    "done": of_done,
    "open": of_open,
    "accepted": of_accepted,
    "approved": of_approved,
    "stage": of_stage,
    "waited": of_waited,
    "latest": of_latest,
}


def instants(case: Keeping, condition: Tree) -> Iterator[datetime]:
    """Yield every instant at which time might change an answer, and many at which it does not."""
    for word, body in leaves(condition):
        yield from _instants_of_leaf(case, word, body)


def _instants_of_leaf(case: Keeping, word: str, body: Any) -> Iterator[datetime]:
    match word:
        case "count" | "done" | "approved":
            window = body.get("within", body.get("valid_for"))
            if window is not None:
                for at in {at for event in case.journal for at in (event.occurred_at, event.recorded_at)}:
                    yield case.clocks.leaves(at, window)
        case "absent":
            begun = {event.occurred_at for event in case.journal} | case.beginnings()
            yield from filter(None, (case.waits(at, body["for"]) for at in begun))
        case "open" if "for" in body:
            begun_at = open_since(case, body)
            due = case.waits(begun_at, body["for"]) if begun_at is not None else None
            if due is not None:
                yield due
        case "waited":
            yield from filter(None, (waited_until(case, body, visit.entered_at) for visit in case.visits.values()))
        case _:
            return
