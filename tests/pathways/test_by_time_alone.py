"""What time alone does, by whose hours, and to whom: a team that works at night, and an agency that ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from pathways.case import Decision, Event, Scalar
from pathways.chart import Pathway
from pathways.engine import fold

Read = Callable[[str], datetime]
Journal = Callable[..., list[Event]]
PROGRAMME = """
pathway: night_work
version: 1
title: Night work
coordinator: council
calendar: england-and-wales
agencies:
  council: {title: Council}
  night: {title: Night team, hours: {every day: "20:00-24:00"}, valid_until: 2026-03-10, successor: day}
  day: {title: Day team}
  mission: {title: Mission}
reasons: {return_reason: {full: system}}
opens_on: [found]
events:
  found: {by: [night]}
  seen: {by: [night]}
  planned: {by: [night, council]}
  bed.asked_for: {by: [night]}
  custody.started: {by: [council]}
  custody.ended: {by: [council]}
pauses: {custody: {from: custody.started, until: custody.ended, clocks: [tasks]}}
tracks:
  support:
    start: outside
    stages:
      outside:
        owner: night
        due: {after: 2 working hours, late: [{after: 1 working hour, escalate: council}]}
        tasks:
          plan: {owner: council, due: 2 weeks, done_by: planned}
          tell: {owner: council, when: {event: seen}, due: same day}
        follow_ups:
          visit:
            every: 1 day
            at: "12:00"
            answered_by: seen
            missed: [{after: 1 working hour, escalate: council}, {in_a_row: 3, raise: out_of_sight}]
        hand_offs:
          bed:
            open_when: {event: bed.asked_for}
            to: [mission]
            answer_within: 1 day
            declined: {ask: return_reason, then: back}
            nobody: {escalate: council}
        moves: [{to: inside, when: {done: {hand_off: bed}}}]
      inside: {owner: council, final: true}
blockages:
  out_of_sight:
    theme: enforcement
    attributable_to: system
    owner: council
    clears_when: {open: {blockage: out_of_sight, for: 50 hours}}
  stale_plan:
    theme: housing
    attributable_to: system
    owner: council
    when: {all: [{event: planned}, {none: [{done: {task: plan, within: 3 days}}]}]}
"""
NOTHING: dict[str, Scalar] = {}
FOUND = ("found", "2026-03-02 10:00")


@pytest.fixture(scope="module")
def pathway(compile_pathway: Callable[[str], Pathway]) -> Pathway:
    return compile_pathway(PROGRAMME)


def told(decision: Decision, *kinds: str) -> list[tuple[str, str | None]]:
    return [(f"{change.at:%d %H:%M}", change.subject) for change in decision.changes if change.kind in kinds]


def test_a_stay_and_what_comes_late_about_it_are_counted_by_the_hours_of_its_owner(
    pathway: Pathway, journal: Journal, at: Read
) -> None:
    decision = fold("A", journal(FOUND), pathway, at("2026-03-03 09:00"))

    assert decision.case.tracks["support"].due_at == at("2026-03-02 22:00")
    assert told(decision, "stay_overdue") == [("02 22:00", "outside")]
    assert ("02 23:00", "outside") in told(decision, "escalated")


def test_a_question_is_late_by_the_hours_of_who_is_asked(pathway: Pathway, journal: Journal, at: Read) -> None:
    decision = fold("A", journal(FOUND), pathway, at("2026-03-03 11:00"))

    assert ("02 21:00", "visit") in told(decision, "escalated")


def test_who_comes_at_the_hour_of_the_question_is_first_asked_about_the_next_day(
    pathway: Pathway, journal: Journal, at: Read
) -> None:
    decision = fold("A", journal(("found", "2026-03-02 12:00")), pathway, at("2026-03-03 12:00"))

    assert told(decision, "follow_up_due") == [("03 12:00", "visit")]


def test_an_answer_ahead_of_its_question_begins_the_count_again(pathway: Pathway, journal: Journal, at: Read) -> None:
    seen = ("seen", "2026-03-03 09:00")

    decision = fold("A", journal(FOUND, seen), pathway, at("2026-03-08 09:00"))

    assert told(decision, "follow_up_missed") == [(f"0{day} 12:00", "visit") for day in (5, 6, 7)]
    assert told(decision, "blockage_opened") == [("07 12:00", "out_of_sight")]


def test_a_blockage_is_over_when_its_time_is(pathway: Pathway, journal: Journal, at: Read) -> None:
    seen = ("seen", "2026-03-03 09:00")

    decision = fold("A", journal(FOUND, seen), pathway, at("2026-03-09 15:00"))

    assert told(decision, "blockage_cleared") == [("09 14:00", "out_of_sight")]


def test_what_was_done_counts_for_its_time_and_no_longer(pathway: Pathway, journal: Journal, at: Read) -> None:
    planned = ("planned", "2026-03-02 11:00", NOTHING, "council")

    just_before = fold("A", journal(FOUND, planned), pathway, at("2026-03-05 10:59"))
    after = fold("A", journal(FOUND, planned), pathway, at("2026-03-05 11:00"))

    assert told(just_before, "task_done", "blockage_opened") == [("02 11:00", "plan")]
    assert told(after, "blockage_opened") == [("05 11:00", "stale_plan")]


def test_what_is_given_back_goes_to_the_successor_of_who_had_given_it(pathway: Pathway, journal: Journal) -> None:
    bed: dict[str, Scalar] = {"hand_off": "bed"}
    lines = journal(
        FOUND,
        ("bed.asked_for", "2026-03-03 09:00"),
        ("hand_off.accepted", "2026-03-03 10:00", bed, "mission"),
        ("hand_off.returned", "2026-03-12 10:00", bed | {"reason": "full"}, "mission"),
    )

    decision = fold("A", lines, pathway)

    assert decision.case.tracks["support"].owner == "day"
    assert [(one.kind, one.agency) for one in decision.notices][-1] == ("hand_off_returned", "day")


def test_the_day_on_which_something_was_seen_stands_still_for_nobody(
    pathway: Pathway, journal: Journal, at: Read
) -> None:
    written_down_later = ("seen", "2026-03-03 21:00 > 2026-03-04 09:00")
    custody = [
        ("custody.started", "2026-03-04 10:00", NOTHING, "council"),
        ("custody.ended", "2026-03-04 12:00", NOTHING, "council"),
    ]

    decision = fold("A", journal(FOUND, written_down_later, *custody), pathway)

    assert {task.name: task.due_at for task in decision.case.tasks} == {
        "plan": at("2026-03-16 12:00"),
        "tell": at("2026-03-04 00:00"),
    }


ALONE = """
pathway: alone
version: 1
title: Warned and never called
coordinator: council
agencies: {council: {title: Council}}
opens_on: [found]
events: {found: {by: [council]}, warned: {by: [council]}, ended: {by: [council]}}
tracks:
  support:
    start: known
    stages:
      known: {owner: council, moves: [{to: over, when: {event: ended}}]}
      over: {owner: council, final: true}
blockages:
  just_warned:
    theme: enforcement
    attributable_to: system
    owner: council
    when:
      all:
        - count: {event: warned, at_least: 1, within: 1 day}
        - none: [{count: {event: warned, at_least: 1, within: 12 hours}}]
"""


def test_what_is_written_down_when_its_time_is_over_is_shown_to_the_coordinator(
    compile_pathway: Callable[[str], Pathway], journal: Journal
) -> None:
    found = ("found", "2026-03-02 10:00", NOTHING, "council")
    warned = ("warned", "2026-03-02 11:00 > 2026-03-06 09:00", NOTHING, "council")

    decision = fold("A", journal(found, warned), compile_pathway(ALONE))

    assert [(one.from_, one.to) for one in decision.changes if one.kind == "review_opened"] == [
        ("nothing more", "blockage opened just_warned council")
    ]
