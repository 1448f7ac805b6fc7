"""What the plain model found in the engine, so that it stays mended: each a story of a few events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from lives import as_yaml, compiled
from made_words import AGENCIES, EVENTS, Tree

from pathways.case import Change, Event, Scalar
from pathways.engine import fold
from pathways.loading import load_pathway

Line = tuple[str, str] | tuple[str, str, dict[str, Scalar]]
"""Of an event: its kind, "occurred" or "occurred > recorded" on a day of November 2026, and its fields."""


def pathway(stage: Tree, **more: object) -> Tree:
    """Return the tree of a pathway whose only stage of interest is ``stage``."""
    first = {"owner": "outreach", "moves": [{"to": "over", "by_hand": True}]} | stage
    return {
        "pathway": "small",
        "version": 1,
        "title": "Small",
        "calendar": "england-and-wales",
        "coordinator": "council",
        "agencies": dict(AGENCIES),
        "opens_on": ["referral.made"],
        "events": {kind: {"by": list(AGENCIES)} for kind in EVENTS},
        "pauses": {"held": {"from": "held.began", "until": "held.ended"}},
        "tracks": {"one": {"start": "first", "stages": {"first": first, "over": {"owner": "mission", "final": True}}}},
    } | more


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC)


def changes(tree: Tree, lines: Sequence[Line], until: str) -> list[Change]:
    """Return what changes when ``lines`` are recorded and time goes on."""
    events = []
    for number, (kind, when, *fields) in enumerate(lines, 1):
        occurred, _, recorded = when.partition(" > ")
        held = fields[0] if fields else {}
        events.append(Event(number, kind, at(occurred), at(recorded or occurred), None, "Officer One", held))
    return list(fold("A", events, compiled(tree), at(until)).changes)


def of_kind(found: Sequence[Change], *kinds: str) -> list[tuple[str, str]]:
    return [(one.kind, f"{one.at:%d %H:%M}") for one in found if one.kind in kinds]


def follow_up(**more: object) -> Tree:
    return {"follow_ups": {"question": {"every": "1 day", "at": "10:00", "answered_by": "called"} | more}}


def test_a_question_that_is_still_ahead_when_a_pause_ends_is_asked() -> None:
    held: list[Line] = [("referral.made", "02 09:00"), ("held.began", "02 12:00"), ("held.ended", "02 18:00")]

    found = changes(pathway(follow_up(every="1 week")), held, "09 12:00")

    assert of_kind(found, "follow_up_due") == [("follow_up_due", "09 10:00")]


def test_a_question_that_falls_due_as_a_pause_ends_is_asked() -> None:
    held: list[Line] = [("referral.made", "02 11:00"), ("held.began", "02 12:00"), ("held.ended", "03 10:00")]

    found = changes(pathway(follow_up()), held, "03 12:00")

    assert of_kind(found, "follow_up_due") == [("follow_up_due", "03 10:00")]


def test_no_question_is_asked_within_a_pause() -> None:
    held: list[Line] = [("referral.made", "02 11:00"), ("held.began", "03 10:00"), ("held.ended", "04 10:01")]

    found = changes(pathway(follow_up()), held, "05 12:00")

    assert of_kind(found, "follow_up_due") == [("follow_up_due", "05 10:00")]


def test_an_older_event_recorded_late_takes_no_answer_from_the_next_question() -> None:
    called: list[Line] = [("referral.made", "02 11:00"), ("called", "03 08:00"), ("called", "02 12:00 > 03 09:00")]

    found = changes(pathway(follow_up()), called, "03 10:00")

    assert ("follow_up_answered", "03 10:00") in of_kind(found, "follow_up_answered")


@pytest.mark.parametrize(
    "missed",
    [[{"in_a_row": 3, "escalate": "council"}], [{"after": "4 hours", "escalate": "council"}], []],
    ids=["counted in a row", "told about already", "that nobody hears of"],
)
def test_a_missed_question_is_answered_by_an_event_recorded_after_the_next_was_asked(missed: list[Tree]) -> None:
    called: list[Line] = [("referral.made", "02 11:00"), ("called", "03 09:00 > 04 15:00")]

    found = changes(pathway(follow_up(missed=missed)), called, "05 12:00")

    assert ("follow_up_answered", "04 15:00") in of_kind(found, "follow_up_answered")


def test_an_answer_recorded_late_begins_the_count_of_missed_questions_again() -> None:
    called: list[Line] = [("referral.made", "02 11:00"), ("called", "04 09:00 > 05 15:00")]
    missed = [{"in_a_row": 3, "escalate": "council"}]

    found = changes(pathway(follow_up(missed=missed)), called, "08 09:00")

    assert of_kind(found, "escalated") == []


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("task.completed", {"task": "nothing"}), ("hand_off.accepted", {"hand_off": "nothing"})],
)
def test_no_condition_counts_an_act_that_was_refused(kind: str, fields: dict[str, Scalar]) -> None:
    moves = [{"to": "over", "when": {"event": kind}}]

    found = changes(pathway({"moves": moves}), [("referral.made", "02 09:00"), (kind, "02 10:00", fields)], "02 11:00")

    assert of_kind(found, "event_refused", "moved") == [("event_refused", "02 10:00")]


def test_moves_are_tried_after_every_event_even_one_that_the_stage_does_not_ask_for() -> None:
    moves = [{"to": "over", "when": {"waited": "3 hours"}}]
    events = [Event(1, "referral.made", at("02 09:00"), at("02 09:00"))]
    events.append(Event(2, "called", at("02 12:00"), at("02 12:00")))

    case = fold("A", events, compiled(pathway({"moves": moves}))).case

    assert case.tracks["one"].stage == "over"


def test_what_happened_before_the_case_is_not_counted_since_it_began() -> None:
    moves = [{"to": "over", "when": {"count": {"event": "seen", "at_least": 1, "since": "case"}}}]
    before: list[Line] = [("referral.made", "02 09:00"), ("seen", "01 09:00 > 02 10:00")]

    found = changes(pathway({"moves": moves}), before, "02 11:00")

    assert of_kind(found, "moved") == []


@pytest.mark.parametrize("pauses", [[], [("held.began", "06 09:01"), ("held.ended", "06 09:02")]])
def test_a_pause_that_was_over_before_changes_nothing_in_how_long_an_absence_lasts(pauses: list[Line]) -> None:
    moves = [{"to": "over", "when": {"absent": {"event": "seen", "for": "1 working day"}}}]
    lines: list[Line] = [("referral.made", "06 09:00"), *pauses, ("seen", "07 20:00")]  # a Saturday evening

    found = changes(pathway({"moves": moves}), lines, "12 09:00")

    assert of_kind(found, "moved") == [("moved", "09 20:00")]


@pytest.mark.parametrize(("task", "refused"), [("visit", True), ("form", False)], ids=["of both tracks", "of its own"])
def test_a_task_that_another_track_may_have_open_is_nothing_to_wait_for(task: str, refused: bool) -> None:  # noqa: FBT001
    back = [{"to": "first", "when": {"open": {"task": task, "for": "1 hour"}}}]
    turning: Tree = {
        "start": "first",
        "stages": {
            "first": {"owner": "outreach", "moves": [{"to": "second", "when": {"none": [{"done": {"task": "form"}}]}}]},
            "second": {"owner": "outreach", "tasks": {task: {"owner": "mission"}}, "moves": back},
        },
    }
    tree = pathway({"tasks": {"visit": {"owner": "mission"}, "check": {"owner": "mission"}}})
    turning["stages"]["second"]["tasks"]["form"] = {"owner": "mission"}
    tree["tracks"]["two"] = turning

    found = load_pathway(as_yaml(tree), "turning.yaml").errors

    assert [one.rule for one in found] == ["loop-with-no-wait"] * refused


def test_an_event_that_is_not_asked_for_opens_no_offer_again() -> None:
    asked_for = {"event": {"kind": "seen", "where": {"kind": "loud"}}}
    tree = pathway({"hand_offs": {"bed": {"to": "mission", "answer_within": "20 minutes", "open_when": asked_for}}})
    while_asked: list[Line] = [
        ("referral.made", "02 09:00"),
        ("seen", "02 10:00", {"kind": "loud"}),
        ("seen", "02 10:10", {"kind": "loud"}),
    ]
    calm: Line = ("seen", "02 11:00", {"kind": "calm"})
    loud: Line = ("seen", "02 11:00", {"kind": "loud"})

    found, again = (changes(tree, [*while_asked, last], "02 12:00") for last in (calm, loud))

    assert of_kind(found, "hand_off_offered") == [("hand_off_offered", "02 10:00")]
    assert of_kind(again, "hand_off_offered") == [("hand_off_offered", "02 10:00"), ("hand_off_offered", "02 11:00")]
