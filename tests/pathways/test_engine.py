"""The engine's rules of section 4 of the design, each shown on a small pathway."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from pathways.case import Case, Change, Decision, Event, Scalar
from pathways.chart import Pathway
from pathways.engine import advance, fold
from pathways.errors import HistoryNeeded, NotInOrder, PathwayTurnsForEver

Read = Callable[[str], datetime]
NOTHING: dict[str, Scalar] = {}
Journal = Callable[..., list[Event]]

SUPPORT = """
pathway: small
version: 1
title: A small programme
coordinator: council
calendar: england-and-wales
agencies:
  council: {title: Council}
  outreach: {title: Outreach, hours: {every day: "06:00-22:00"}}
  mission: {title: Mission}
  riverside: {title: Riverside}
  police: {title: Police}
roles: [panel_chair, proposer]
reasons:
  decline_reason: {full: system, not_wanted: person}
pauses:
  custody: {from: custody.started, until: custody.ended}
closes:
  death: {event: person.died, silence: true}
events:
  referral.made: {by: [outreach]}
  offer.made: {by: [outreach], fields: {offer: [bed, other], response: [accepted, declined]}}
  behaviour.seen: {by: [police]}
  housed: {by: [mission]}
  left: {by: [mission]}
  custody.started: {by: [police]}
  custody.ended: {by: [police]}
  person.died: {by: [council]}
opens_on: [referral.made]
tracks:
  support:
    start: offered
    stages:
      offered:
        owner: outreach
        tasks:
          check: {owner: council, due: 2 working days, required: true, late: [{after: 1 working day, escalate: police}]}
        follow_ups:
          daily_offer:
            every: 1 day
            at: "10:00"
            answered_by: offer.made
            missed:
              - {after: 4 hours, remind: owner}
              - {after: 1 working day, escalate: council}
              - {in_a_row: 3, raise: no_contact}
        hand_offs:
          bed:
            open_when: {event: {kind: offer.made, where: {offer: bed, response: accepted}}}
            to: [mission, riverside]
            answer_within: 4 working hours
            declined: {ask: decline_reason, then: next}
            expired: {remind: 1, then: next}
            nobody: {raise: no_bed, escalate: council}
        moves:
          - {to: housed, when: {accepted: bed}}
          - {to: lost, when: {waited: {for: 30 days, at: "09:15"}}}
      housed:
        owner: {accepted: bed, otherwise: council}
        due: 28 days
        moves:
          - {to: stable, when: {all: [{event: housed}, {waited: 14 days}]}}
          - {to: offered, when: {event: left}}
      lost:
        owner: council
        moves: [{to: offered, when: {event: offer.made}}]
      stable: {owner: council, final: true, outcome: housed}
  enforcement:
    start: none_considered
    stages:
      none_considered:
        owner: council
        final: true
        moves: [{to: warned, when: {count: {event: behaviour.seen, at_least: 2, within: 14 days}}}]
      warned:
        owner: police
        gate:
          all:
            - count: {event: offer.made, where: {response: declined}, at_least: 2, within: 28 days}
            - done: {task: check, within: 28 days}
            - approved: {role: panel_chair, other_than: proposer, valid_for: 14 days}
        moves: [{to: none_considered, when: {waited: 60 days}}]
blockages:
  no_bed: {theme: housing, attributable_to: system, owner: council, clears_when: {accepted: bed}}
  no_contact: {theme: housing, attributable_to: provider, owner: council, clears_when: {event: offer.made}}
"""


@pytest.fixture(scope="module")
def pathway(compile_pathway: Callable[[str], Pathway]) -> Pathway:
    return compile_pathway(SUPPORT)


def kinds(decision: Decision, *wanted: str) -> list[tuple[str, str | None, str]]:
    return [
        (change.kind, change.agency or change.to, f"{change.at:%d %H:%M}")
        for change in decision.changes
        if change.kind in wanted
    ]


def stage(decision: Decision, track: str = "support") -> str:
    return decision.case.tracks[track].stage


REFERRAL = ("referral.made", "2026-03-02 09:00", NOTHING, "outreach")  # a Monday
ACCEPTED_BED = ("offer.made", "2026-03-02 11:00", {"offer": "bed", "response": "accepted"}, "outreach")


def test_nothing_fires_before_its_instant(pathway: Pathway, journal: Journal, at: Read) -> None:
    opened = fold("A", journal(REFERRAL), pathway).case

    early = advance(opened, (), at("2026-03-02 09:59:59.999999"), pathway)
    due = advance(opened, (), at("2026-03-02 10:00"), pathway)

    assert kinds(early, "follow_up_due") == []
    assert kinds(due, "follow_up_due") == [("follow_up_due", "outreach", "02 10:00")]


def test_what_is_recorded_at_the_very_instant_of_a_deadline_is_in_time(
    pathway: Pathway, journal: Journal, at: Read
) -> None:
    in_time = journal(REFERRAL, ("offer.made", "2026-03-02 14:00", {"offer": "other", "response": "declined"}))
    late = journal(REFERRAL, ("offer.made", "2026-03-02 14:00:00.000001", {"offer": "other", "response": "declined"}))

    assert kinds(fold("A", in_time, pathway, at("2026-03-02 15:00")), "reminded") == []
    assert kinds(fold("A", late, pathway, at("2026-03-02 15:00")), "reminded") == [("reminded", "outreach", "02 14:00")]


def test_an_unanswered_question_is_asked_reminded_escalated_and_raised(
    pathway: Pathway, journal: Journal, at: Read
) -> None:
    decision = fold("A", journal(REFERRAL), pathway, at("2026-03-05 12:00"))

    assert kinds(decision, "follow_up_due", "reminded", "escalated", "follow_up_missed", "blockage_opened") == [
        ("follow_up_due", "outreach", "02 10:00"),
        ("reminded", "outreach", "02 14:00"),
        ("escalated", "council", "03 10:00"),
        ("follow_up_missed", "outreach", "03 10:00"),
        ("follow_up_due", "outreach", "03 10:00"),
        ("reminded", "outreach", "03 14:00"),
        ("escalated", "council", "04 10:00"),
        ("follow_up_missed", "outreach", "04 10:00"),
        ("follow_up_due", "outreach", "04 10:00"),
        ("reminded", "outreach", "04 14:00"),
        ("escalated", "police", "05 09:00"),  # the task of two working days is a working day late
        ("escalated", "council", "05 10:00"),
        ("follow_up_missed", "outreach", "05 10:00"),
        ("blockage_opened", "council", "05 10:00"),
        ("follow_up_due", "outreach", "05 10:00"),
    ]


def test_an_offer_made_earlier_that_day_answers_the_question_in_advance(
    pathway: Pathway, journal: Journal, at: Read
) -> None:
    morning = journal(REFERRAL, ("offer.made", "2026-03-03 08:00", {"response": "declined"}))

    decision = fold("A", morning, pathway, at("2026-03-03 20:00"))

    assert kinds(decision, "follow_up_answered", "reminded") == [
        ("reminded", "outreach", "02 14:00"),
        ("follow_up_answered", "outreach", "03 08:00"),
        ("follow_up_answered", "outreach", "03 10:00"),
    ]


@pytest.mark.parametrize("cadence", [1, 7, 60, 60 * 24], ids=["a minute", "seven minutes", "an hour", "a day"])
def test_how_often_a_case_is_woken_changes_nothing(pathway: Pathway, journal: Journal, at: Read, cadence: int) -> None:
    opened = fold("A", journal(REFERRAL, ACCEPTED_BED), pathway)
    end = at("2026-03-06 12:00")
    once = advance(opened.case, (), end, pathway)

    case = opened.case
    changes: list[Change] = []
    while case.clock is not None and case.clock < end:
        step = advance(case, (), min(end, case.clock + timedelta(minutes=cadence)), pathway)
        case, changes = step.case, [*changes, *step.changes]

    assert case == once.case
    assert tuple(changes) == once.changes


def test_a_batch_gives_what_its_events_one_by_one_give(pathway: Pathway, journal: Journal) -> None:
    events = journal(
        REFERRAL,
        ACCEPTED_BED,
        ("hand_off.declined", "2026-03-02 11:00", {"hand_off": "bed", "reason": "full"}, "mission"),
        ("hand_off.accepted", "2026-03-05 09:00", {"hand_off": "bed"}, "riverside"),
        ("left", "2026-03-09 09:00", NOTHING, "mission"),
    )
    whole = fold("A", events, pathway)

    case = Case("A")
    changes: list[Change] = []
    for event in events:
        step = advance(case, (event,), event.recorded_at, pathway)
        case, changes = step.case, [*changes, *step.changes]

    assert case == whole.case
    assert tuple(changes) == whole.changes


def test_a_bed_is_offered_in_order_and_ownership_moves_on_acceptance_only(
    pathway: Pathway, journal: Journal, at: Read
) -> None:
    offered = fold("A", journal(REFERRAL, ACCEPTED_BED), pathway)
    declined = ("hand_off.declined", "2026-03-02 12:00", {"hand_off": "bed", "reason": "full"}, "mission")
    accepted = ("hand_off.accepted", "2026-03-02 13:00", {"hand_off": "bed"}, "riverside")

    passed_on = fold("A", journal(REFERRAL, ACCEPTED_BED, declined), pathway)
    taken = fold("A", journal(REFERRAL, ACCEPTED_BED, declined, accepted), pathway)

    assert kinds(offered, "hand_off_offered") == [("hand_off_offered", "mission", "02 11:00")]
    assert offered.case.hand_offs[0].due_at == at("2026-03-02 15:00")
    assert passed_on.case.hand_offs[0].agency == "riverside"
    assert passed_on.case.tracks["support"].owner == "outreach"
    assert stage(taken) == "housed"
    assert taken.case.tracks["support"].owner == "riverside"


def test_an_offer_that_nobody_answers_is_reminded_passed_on_and_at_last_a_blockage(
    pathway: Pathway, journal: Journal, at: Read
) -> None:
    decision = fold("A", journal(REFERRAL, ACCEPTED_BED), pathway, at("2026-03-04 17:00"))

    offers = ("hand_off_offered", "hand_off_reminded", "hand_off_expired", "hand_off_exhausted", "blockage_opened")
    assert kinds(decision, *offers) == [
        ("hand_off_offered", "mission", "02 11:00"),
        ("hand_off_reminded", "mission", "02 15:00"),
        ("hand_off_expired", "mission", "03 11:00"),
        ("hand_off_offered", "riverside", "03 11:00"),
        ("hand_off_reminded", "riverside", "03 15:00"),
        ("hand_off_expired", "riverside", "04 11:00"),
        ("hand_off_exhausted", "outreach", "04 11:00"),
        ("blockage_opened", "council", "04 11:00"),
    ]


def test_nobody_answers_for_another_agency_and_the_second_answer_is_refused(pathway: Pathway, journal: Journal) -> None:
    stranger = ("hand_off.accepted", "2026-03-02 12:00", {"hand_off": "bed"}, "riverside")
    rightful = ("hand_off.accepted", "2026-03-02 12:01", {"hand_off": "bed"}, "mission")
    again = ("hand_off.accepted", "2026-03-02 12:02", {"hand_off": "bed"}, "mission")

    decision = fold("A", journal(REFERRAL, ACCEPTED_BED, stranger, rightful, again), pathway)

    refused = [change.because for change in decision.changes if change.kind == "event_refused"]
    assert refused == [
        "hand-off 'bed' belongs to Mission, not to Riverside",
        "hand-off 'bed' is accepted: Mission has accepted it",
    ]
    assert decision.case.tracks["support"].owner == "mission"


def test_leaving_a_stage_ends_its_timers_tasks_and_offers(pathway: Pathway, journal: Journal, at: Read) -> None:
    moved = ("case.moved", "2026-03-02 12:00", {"track": "support", "to": "lost", "reason": "moved away"}, "council")

    decision = fold("A", journal(REFERRAL, ACCEPTED_BED, moved), pathway, at("2026-03-20 12:00"))

    assert (decision.case.tasks, decision.case.follow_ups) == ((), ())
    assert [one.state for one in decision.case.hand_offs] == ["withdrawn"]
    assert kinds(decision, "task_cancelled", "hand_off_withdrawn") == [
        ("task_cancelled", "council", "02 12:00"),
        ("hand_off_withdrawn", "mission", "02 12:00"),
    ]
    assert not [change for change in decision.changes if change.at > at("2026-03-02 12:00")]


def test_waiting_until_a_wall_clock_time_means_the_first_such_time_at_or_after(
    pathway: Pathway, journal: Journal, at: Read
) -> None:
    decision = fold("A", journal(REFERRAL), pathway, at("2026-04-30 12:00"))

    moved = [change.at for change in decision.changes if change.kind == "moved"]
    assert moved == [at("2026-04-01 09:15")]  # 30 days from 2 March 09:00 is 1 April 09:00, in summer time


PROPOSED = ("gate.proposed", "2026-03-05 12:00", {"stage": "warned", "role": "proposer"}, "police")
APPROVED = ("gate.approved", "2026-03-05 13:00", {"stage": "warned", "role": "panel_chair"}, "council")
SEEN = [("behaviour.seen", f"2026-03-0{day} 12:00", NOTHING, "police") for day in (3, 4)]
DECLINED = [("offer.made", f"2026-03-0{day} 09:30", {"response": "declined"}, "outreach") for day in (3, 4)]
CHECKED = ("task.completed", "2026-03-03 10:00", {"task": "check"}, "council")
LIMBS = sorted([*SEEN, *DECLINED, CHECKED], key=lambda line: line[1])


def test_a_gate_lets_through_only_with_every_part_and_two_officers(pathway: Pathway, journal: Journal) -> None:
    events = journal(REFERRAL, *LIMBS, PROPOSED, officer="first") + journal(APPROVED, officer="second", start=8)
    same = journal(REFERRAL, *LIMBS, PROPOSED, APPROVED, officer="first")

    assert stage(fold("A", events, pathway), "enforcement") == "warned"
    held = fold("A", same, pathway)
    assert stage(held, "enforcement") == "none_considered"
    assert held.case.tracks["enforcement"].held == ("warned",)


def test_nobody_becomes_two_officers_by_another_spelling(pathway: Pathway, journal: Journal) -> None:
    events = journal(REFERRAL, *LIMBS, PROPOSED, officer="Ann Lee") + journal(APPROVED, officer=" ann  LEE", start=8)

    assert stage(fold("A", events, pathway), "enforcement") == "none_considered"


@pytest.mark.parametrize(
    "missing", range(5), ids=["a refusal", "a sighting", "the check", "another refusal", "another sighting"]
)
def test_each_missing_part_keeps_the_gate_shut(pathway: Pathway, journal: Journal, missing: int) -> None:
    lines = [line for position, line in enumerate(LIMBS) if position != missing]
    events = journal(REFERRAL, *lines, PROPOSED, officer="first") + journal(APPROVED, officer="second", start=7)

    assert stage(fold("A", events, pathway), "enforcement") == "none_considered"


def test_a_move_by_hand_does_not_pass_a_gate(pathway: Pathway, journal: Journal) -> None:
    by_hand = {"track": "enforcement", "to": "warned", "reason": "impatience"}

    decision = fold("A", journal(REFERRAL, ("case.moved", "2026-03-03 09:00", by_hand, "council")), pathway)

    assert stage(decision, "enforcement") == "none_considered"
    assert [change.kind for change in decision.changes][-1] == "event_refused"


def test_an_approval_is_spent_by_the_entry_it_allowed(pathway: Pathway, journal: Journal) -> None:
    back = (
        "case.moved",
        "2026-03-06 09:00",
        {"track": "enforcement", "to": "none_considered", "reason": "x"},
        "council",
    )
    events = journal(REFERRAL, *LIMBS, PROPOSED, officer="first") + journal(APPROVED, back, officer="second", start=8)

    decision = fold("A", events, pathway)

    assert stage(decision, "enforcement") == "none_considered"
    assert decision.case.tracks["enforcement"].held == ("warned",)


def test_custody_stops_the_clocks_and_release_starts_them(pathway: Pathway, journal: Journal, at: Read) -> None:
    taken = ("custody.started", "2026-03-02 13:00", NOTHING, "police")
    released = ("custody.ended", "2026-03-04 12:00", NOTHING, "police")

    inside = fold("A", journal(REFERRAL, ACCEPTED_BED, taken), pathway, at("2026-03-20 12:00"))
    outside = fold("A", journal(REFERRAL, ACCEPTED_BED, taken, released), pathway)

    assert not [change for change in inside.changes if change.at > at("2026-03-02 13:00")]
    assert inside.case.wake_at is None
    assert outside.case.hand_offs[0].due_at == at("2026-03-04 14:00")  # two of four hours were left
    assert outside.case.follow_ups[0].next_at == at("2026-03-05 10:00")


def test_death_closes_the_case_and_stops_every_notice(pathway: Pathway, journal: Journal, at: Read) -> None:
    died = ("person.died", "2026-03-02 12:00", NOTHING, "council")

    decision = fold("A", journal(REFERRAL, ACCEPTED_BED, died), pathway, at("2026-06-01 12:00"))

    assert (decision.case.status, decision.case.silenced, decision.case.wake_at) == ("closed", True, None)
    assert not [notice for notice in decision.notices if notice.at >= at("2026-03-02 12:00")]


def test_a_late_event_counts_where_it_occurred_and_opens_a_review_if_decisions_would_differ(
    pathway: Pathway, journal: Journal
) -> None:
    harmless = ("offer.made", "2026-03-02 09:30 > 2026-03-02 16:00", {"offer": "other", "response": "declined"})
    decisive = ("offer.made", "2026-03-31 10:30 > 2026-04-02 09:00", {"offer": "bed", "response": "accepted"})

    same = fold("A", journal(REFERRAL, harmless), pathway)
    differs = fold("A", journal(REFERRAL, decisive), pathway)

    assert same.case.reviews == 0
    assert differs.case.reviews == 1
    review = next(change for change in differs.changes if change.kind == "review_opened")
    assert "hand off offered bed mission" in (review.to or "")
    assert [notice.agency for notice in differs.notices if notice.kind == "review"] == ["council"]


def test_an_event_taken_back_counts_no_more_but_undoes_nothing(pathway: Pathway, journal: Journal) -> None:
    void = ("event.voided", "2026-03-06 12:00", {"event": 2, "reason": "somebody else"}, "council")
    events = journal(REFERRAL, *LIMBS, PROPOSED, officer="first") + journal(APPROVED, void, officer="second", start=8)

    decision = fold("A", events, pathway)

    assert stage(decision, "enforcement") == "warned"
    assert decision.case.reviews == 1
    refused_count = decision.case.facts['offer.made {"response":"declined"}']
    assert [fact[0] for fact in refused_count] == [5]


def test_a_window_is_open_at_its_far_end_and_closed_at_the_near_one(pathway: Pathway, journal: Journal) -> None:
    first = ("behaviour.seen", "2026-03-03 12:00", NOTHING, "police")

    inside = fold("A", journal(REFERRAL, first, ("behaviour.seen", "2026-03-17 11:59:59", NOTHING, "police")), pathway)
    outside = fold("A", journal(REFERRAL, first, ("behaviour.seen", "2026-03-17 12:00", NOTHING, "police")), pathway)

    assert inside.case.tracks["enforcement"].held == ("warned",)
    assert outside.case.tracks["enforcement"].held == ()


def test_a_hand_off_opens_again_on_a_new_yes_and_never_by_itself(pathway: Pathway, journal: Journal, at: Read) -> None:
    again = ("offer.made", "2026-03-05 11:00", {"offer": "bed", "response": "accepted"}, "outreach")

    once = fold("A", journal(REFERRAL, ACCEPTED_BED), pathway, at("2026-03-05 11:00"))
    twice = fold("A", journal(REFERRAL, ACCEPTED_BED, again), pathway)

    assert [(one.state, one.nth) for one in once.case.hand_offs] == [("exhausted", 1)]
    assert [(one.state, one.nth, one.agency) for one in twice.case.hand_offs] == [("offered", 2, "mission")]


def test_returned_work_goes_back_to_who_lent_it_with_its_reason(pathway: Pathway, journal: Journal) -> None:
    accepted = ("hand_off.accepted", "2026-03-02 12:00", {"hand_off": "bed"}, "mission")
    returned = ("hand_off.returned", "2026-03-03 12:00", {"hand_off": "bed", "reason": "full"}, "mission")

    decision = fold("A", journal(REFERRAL, ACCEPTED_BED, accepted, returned), pathway)

    assert decision.case.tracks["support"].owner == "outreach"
    assert [(notice.agency, notice.because) for notice in decision.notices if notice.kind == "hand_off_returned"] == [
        ("outreach", "Mission returned it: full")
    ]


def test_a_case_closes_when_every_track_rests_and_reopens_with_a_reason(
    pathway: Pathway, journal: Journal, at: Read
) -> None:
    accepted = ("hand_off.accepted", "2026-03-02 12:00", {"hand_off": "bed"}, "mission")
    housed = ("housed", "2026-03-03 12:00", NOTHING, "mission")
    reopened = ("case.reopened", "2026-04-01 12:00", {"reason": "seen outside again"}, "council")

    closed = fold("A", journal(REFERRAL, ACCEPTED_BED, accepted, housed), pathway, at("2026-03-20 12:00"))
    again = fold("A", journal(REFERRAL, ACCEPTED_BED, accepted, housed, reopened), pathway)

    assert (closed.case.status, stage(closed)) == ("closed", "stable")
    assert kinds(closed, "case_closed") == [("case_closed", "housed", "16 12:00")]
    assert (again.case.status, stage(again), again.case.tracks["support"].nth) == ("open", "offered", 2)


def test_every_change_names_its_rule_and_evidence(pathway: Pathway, journal: Journal) -> None:
    accepted = ("hand_off.accepted", "2026-03-02 12:00", {"hand_off": "bed"}, "mission")

    moved = next(c for c in fold("A", journal(REFERRAL, ACCEPTED_BED, accepted), pathway).changes if c.kind == "moved")

    assert (moved.rule, moved.evidence) == ("support.offered.moves.1", (3,))
    assert moved.because == "Mission accepted bed on 2 March 2026, 12:00"


def test_events_out_of_order_are_refused(pathway: Pathway, journal: Journal, at: Read) -> None:
    opened = fold("A", journal(REFERRAL), pathway).case
    earlier = journal(("housed", "2026-03-01 12:00"), start=2)
    skipped = journal(("housed", "2026-03-03 12:00"), start=3)

    for wrong in (earlier, skipped):
        with pytest.raises(NotInOrder):
            advance(opened, wrong, at("2026-03-04 12:00"), pathway)


def test_a_late_event_without_its_history_is_an_error_and_no_guess(
    pathway: Pathway, journal: Journal, at: Read
) -> None:
    moved_on = fold("A", journal(REFERRAL), pathway, at("2026-04-02 09:00")).case
    late = journal(("behaviour.seen", "2026-03-31 10:30 > 2026-04-02 10:00", NOTHING), start=2)

    with pytest.raises(HistoryNeeded):
        advance(moved_on, late, at("2026-04-02 10:00"), pathway)


def test_a_pathway_that_turns_for_ever_errs_instead_of_hanging(
    compile_pathway: Callable[..., Pathway], journal: Journal
) -> None:
    text = SUPPORT.replace("{event: left}", "{stage: {track: enforcement, is: none_considered}}").replace(
        "{accepted: bed}", "{stage: {track: enforcement, is: none_considered}}"
    )

    turning = compile_pathway(text, checked=False)

    with pytest.raises(PathwayTurnsForEver):
        fold("A", journal(REFERRAL), turning)


def test_changes_come_in_order_of_time(pathway: Pathway, journal: Journal, at: Read) -> None:
    changes = fold("A", journal(REFERRAL, ACCEPTED_BED), pathway, at("2026-05-01 12:00")).changes

    assert all(one.at <= other.at for one, other in pairwise(changes))


def test_an_ended_agency_gives_what_it_holds_to_its_successor(
    compile_pathway: Callable[[str], Pathway], journal: Journal, at: Read
) -> None:
    ended = 'council: {title: Council}\n  old: {title: Old, valid_until: "2026-03-10", successor: council}'
    text = SUPPORT.replace("council: {title: Council}", ended, 1).replace("owner: outreach", "owner: old", 1)

    decision = fold("A", journal(REFERRAL), compile_pathway(text), at("2026-03-10 00:00"))

    assert decision.case.tracks["support"].owner == "council"
    assert kinds(decision, "owner_changed") == [("owner_changed", "council", "10 00:00")]
