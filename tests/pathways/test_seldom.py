"""What the engine does where few cases ever come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pathways.case import Case, Decision, Event, Scalar
from pathways.chart import Pathway
from pathways.engine import advance, fold

Read = Callable[[str], datetime]
Journal = Callable[..., list[Event]]
Compile = Callable[..., Pathway]

RULES = Path(__file__).with_name("properties_pathway.yaml").read_text("utf-8").replace("ZONE", "Europe/London")
NOTHING: dict[str, Scalar] = {}


def told(decision: Decision, kind: str) -> list[tuple[str | None, str | None, str]]:
    return [(one.subject, one.agency, one.because) for one in decision.changes if one.kind == kind]


def test_a_case_without_events_is_new_and_nothing_happens_in_it(
    properties_pathways: dict[str, Pathway], at: Read
) -> None:
    decision = fold("A", [], properties_pathways["Europe/London"], at("2026-03-02 09:00"))

    assert decision == Decision(Case("A"), (), ())


def test_a_decision_about_a_gate_needs_somebody_who_made_it(
    properties_pathways: dict[str, Pathway], journal: Journal
) -> None:
    proposed = ("gate.proposed", "2026-03-02 10:00", {"stage": "warned", "role": "proposer"}, "police")
    events = journal(("referral.made", "2026-03-02 09:00"), proposed, officer=None)

    decision = fold("A", events, properties_pathways["Europe/London"])

    assert told(decision, "event_refused") == [
        ("gate.proposed", "police", "a decision about a gate needs a named officer")
    ]
    assert decision.case.approvals == ()


def test_an_approval_alone_is_enough_where_nobody_else_is_asked_for(
    compile_pathway: Compile, journal: Journal, at: Read
) -> None:
    gate = "gate:\n          all:\n            - count: {event: offer.made"
    alone = RULES.replace("other_than: proposer, ", "").replace(gate, gate.replace("all:", "any:"))
    seen = [("behaviour.seen", f"2026-03-02 10:{minute}") for minute in ("00", "30")]
    approved = ("gate.approved", "2026-03-02 11:00", {"stage": "warned", "role": "panel_chair"}, "council")
    pathway = compile_pathway(
        alone.replace("    - stage: {track: support, is_not: stable}\n", "    - stage: {track: support, is: stable}\n"),
        checked=False,
    )

    decision = fold("A", journal(("referral.made", "2026-03-02 09:00"), *seen, approved), pathway)

    moved = [(one.subject, one.because, one.at) for one in decision.changes if one.kind == "moved"]
    assert [(subject, instant) for subject, _, instant in moved] == [("warned", at("2026-03-02 11:00"))]


def test_a_task_of_an_agency_that_ends_goes_to_its_successor_who_is_told(
    compile_pathway: Compile, journal: Journal, at: Read
) -> None:
    text = RULES.replace("{owner: council, due: 2 working days, required", "{owner: old_trust, due: 2 days, required")
    referral = ("referral.made", "2026-04-01 09:00", NOTHING, "outreach")

    decision = fold("A", journal(referral), compile_pathway(text), at("2026-04-02 12:00"))

    assert told(decision, "task_reassigned") == [
        ("safeguarding_check", "new_trust", "Old Trust has been succeeded"),
    ]
    assert [task.owner for task in decision.case.tasks] == ["new_trust"]
    notice = decision.notices[-1]
    assert (notice.kind, notice.agency, notice.subject) == ("task_opened", "new_trust", "safeguarding_check")
    assert notice.due_at == at("2026-04-03 09:00")


@pytest.mark.parametrize(("agency", "serves"), [("old_trust",) * 2, ("new_trust",) * 2, ("first_trust", "old_trust")])
def test_agencies_that_succeed_each_other_in_a_circle_hang_nobody(
    compile_pathway: Compile, agency: str, serves: str
) -> None:
    circle = (
        "new_trust: {title: New Trust, valid_until: '2026-04-02 12:00', successor: old_trust}\n"
        "  first_trust: {title: First Trust, valid_until: '2026-04-02 12:00', successor: old_trust}"
    )
    pathway = compile_pathway(RULES.replace("new_trust: {title: New Trust}", circle), checked=False)

    assert pathway.serving(agency, pathway.successions[-1]) == serves


LATE = ("offer.made", "2026-03-05 09:00 > 2026-03-08 09:00", {"offer": "bed", "response": "accepted"}, "outreach")


def test_what_came_late_is_judged_by_the_journal_that_was_handed_in_or_is_fetched_then(
    properties_pathways: dict[str, Pathway], journal: Journal, at: Read
) -> None:
    pathway = properties_pathways["Europe/London"]
    events = journal(("referral.made", "2026-03-02 09:00", NOTHING, "outreach"), LATE)
    before, late, now = events[:1], events[1:], at("2026-03-08 09:00")
    case = advance(Case("A"), before, before[0].recorded_at, pathway).case
    fetched: list[int] = []

    def fetch() -> list[Event]:
        fetched.append(1)
        return before

    handed, asked = advance(case, late, now, pathway, before), advance(case, late, now, pathway, fetch)
    together = advance(Case("A"), events, now, pathway)

    assert handed == asked
    assert (handed.case, handed.case.reviews, fetched) == (together.case, 1, [1])


def test_a_case_is_closed_only_by_the_event_that_is_asked_for_fields_and_all(
    compile_pathway: Compile, journal: Journal
) -> None:
    closes = "gone: {event: {kind: offer.made, where: {offer: other, response: accepted}}, outcome: helped elsewhere}"
    pathway = compile_pathway(
        RULES.replace("gone: {event: moved.away}", closes).replace("  moved.away: {by", "  x: {by")
    )
    bed, other = ({"offer": offer, "response": "accepted"} for offer in ("bed", "other"))
    events = journal(("referral.made", "2026-03-02 09:00"), ("offer.made", "2026-03-02 10:00", bed))
    last = journal(("offer.made", "2026-03-02 11:00", other), start=3)

    assert fold("A", events, pathway).case.status == "open"
    closed = fold("A", events + last, pathway)
    assert [(one.to, one.because) for one in closed.changes if one.kind == "case_closed"] == [
        ("helped elsewhere", "offer.made was recorded")
    ]


def test_what_happened_on_the_day_before_the_question_was_asked_answers_it(
    properties_pathways: dict[str, Pathway], journal: Journal, at: Read
) -> None:
    offered = ("offer.made", "2026-03-03 00:30", {"offer": "other", "response": "declined"}, "outreach")

    decision = fold(
        "A",
        journal(("referral.made", "2026-03-02 09:00"), offered),
        properties_pathways["Europe/London"],
        at("2026-03-03 05:30"),
    )

    answered = [one for one in decision.changes if one.kind == "follow_up_answered"]
    assert [(one.subject, one.at, one.because, one.evidence) for one in answered] == [
        ("daily_offer", at("2026-03-03 01:30"), "it happened before the question", (2,))
    ]
    assert "daily_offer" not in {notice.subject for notice in decision.notices}


@pytest.mark.parametrize(
    ("begun", "asked"),
    [
        ("2026-03-06 09:00", "2026-03-06 10:00"),
        ("2026-03-06 10:00", "2026-03-09 10:00"),
        ("2026-03-07 09:00", "2026-03-09 10:00"),
        ("2026-04-02 09:00", "2026-04-02 10:00"),
        ("2026-04-03 09:00", "2026-04-07 10:00"),
    ],
    ids=["a Friday morning", "the very hour", "a Saturday", "before Easter", "Good Friday"],
)
def test_a_question_of_every_working_day_is_first_asked_at_the_next_such_hour(
    begun: str, asked: str, compile_pathway: Compile, journal: Journal, at: Read
) -> None:
    text = RULES.replace('every: 1 day\n            at: "01:30"', 'every: 1 working day\n            at: "10:00"')
    pathway = compile_pathway(text.replace("{after: 4 hours, remind: owner}", "{after: 4 hours, remind: police}"))

    decision = fold("A", journal(("referral.made", begun)), pathway, at(asked) + timedelta(hours=4))

    due = [one.at for one in decision.changes if (one.kind, one.subject) == ("follow_up_due", "daily_offer")]
    assert due[0] == at(asked)
    reminded = [one.agency for one in decision.changes if (one.kind, one.subject) == ("reminded", "daily_offer")]
    assert reminded == ["police"]


SILENCE = """
pathway: silence
version: 1
title: Three days of silence
coordinator: council
agencies: {council: {title: Council}, outreach: {title: Outreach}}
events: {referral.made: {by: [outreach]}, seen: {by: [outreach]}, called: {by: [outreach]}}
opens_on: [referral.made]
tracks:
  support:
    start: looked_for
    stages:
      looked_for: {owner: outreach, moves: [{to: lost, when: {absent: {event: seen, for: 3 days}}}]}
      lost: {owner: council, moves: [{to: looked_for, when: {event: called}}]}
"""


@pytest.mark.parametrize(("occurred", "reviews"), [("08:59:59", 1), ("09:00", 1), ("09:00:01", 0)])
def test_what_occurred_at_the_very_instant_of_a_decision_was_in_time_and_is_reviewed_if_it_comes_late(
    occurred: str, reviews: int, compile_pathway: Compile, journal: Journal
) -> None:
    seen = ("seen", f"2026-03-05 {occurred} > 2026-03-06 09:00")

    decision = fold("A", journal(("referral.made", "2026-03-02 09:00"), seen), compile_pathway(SILENCE))

    assert (decision.case.tracks["support"].stage, decision.case.reviews) == ("lost", reviews)
