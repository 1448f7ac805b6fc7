"""Why a case stands where it does: sentences with evidence, what is held back, and when time alone would move it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from pathways.case import Case, Event, Scalar
from pathways.chart import Pathway
from pathways.engine import fold
from pathways.explanations import explain, gate_reason

Read = Callable[[str], datetime]
Journal = Callable[..., list[Event]]
Line = tuple[str, str, dict[str, Scalar], str]

NOTHING: dict[str, Scalar] = {}
REFERRAL: Line = ("referral.made", "2026-03-02 09:00", NOTHING, "outreach")

GATED = """
pathway: gated
version: 1
title: A gate and what it asks for
coordinator: council
calendar: england-and-wales
agencies:
  council: {title: Council}
  outreach: {title: Outreach}
  mission: {title: Mission}
  police: {title: Police}
roles: [panel_chair, proposer]
pauses:
  custody: {from: custody.started, until: custody.ended}
events:
  referral.made: {by: [outreach]}
  offer.made: {by: [outreach], fields: {response: [accepted, declined]}}
  script.changed: {by: [outreach], fields: {status: ["on", "off"]}}
  custody.started: {by: [police]}
  custody.ended: {by: [police]}
opens_on: [referral.made]
tracks:
  support:
    start: offered
    stages:
      offered:
        owner: outreach
        tasks: {safeguarding_check: {owner: council, due: 2 working days}}
        hand_offs:
          bed: {open_when: {event: {kind: offer.made, where: {response: accepted}}}, to: mission,
                answer_within: 4 hours, nobody: {escalate: council}}
        moves:
          - {to: housed, when: {accepted: bed}}
          - {to: lost, when: {all: [{waited: 30 days}, {absent: {event: offer.made, for: 20 days}}]}}
          - {to: helped, when: {any: [{latest: {event: script.changed, field: status, is: "on"}},
                                      {open: {hand_off: bed, for: 2 hours}}]}}
          - {to: lost, by_hand: true}
      housed: {owner: mission, moves: [{to: offered, when: {event: offer.made}}]}
      helped: {owner: outreach, moves: [{to: offered, when: {event: offer.made}}]}
      lost: {owner: council, moves: [{to: offered, when: {event: offer.made}}]}
  enforcement:
    start: none_considered
    stages:
      none_considered:
        owner: council
        final: true
        moves: [{to: warned, when: {count: {event: offer.made, at_least: 1, since: case}}}]
      warned:
        owner: police
        gate:
          all:
            - count: {event: offer.made, where: {response: declined}, at_least: 3, within: 28 days}
            - done: {task: safeguarding_check, within: 28 days}
            - approved: {role: panel_chair, other_than: proposer, valid_for: 14 days}
            - none: [{stage: {track: support, is: housed}}]
        moves: [{to: none_considered, when: {waited: 60 days}}]
"""


def declined(day: str) -> Line:
    return ("offer.made", f"2026-03-{day} 09:00", {"response": "declined"}, "outreach")


CHECKED: Line = ("task.completed", "2026-03-04 12:00", {"task": "safeguarding_check"}, "council")


@pytest.fixture(scope="module")
def pathway(compile_pathway: Callable[..., Pathway]) -> Pathway:
    return compile_pathway(GATED)


def part(case: Case, pathway: Pathway, nth: int) -> tuple[bool, str, tuple[int, ...]]:
    reason = gate_reason(case, "enforcement.warned", pathway).parts[nth]
    return reason.holds, reason.sentence, reason.evidence


def asked(case: Case, pathway: Pathway, nth: int) -> tuple[bool, str, tuple[int, ...]]:
    reason = explain(case, pathway).tracks[0].moves[nth].asked
    return reason.holds, reason.sentence, reason.evidence


def test_a_gate_counts_its_evidence_and_says_when_the_oldest_no_longer_counts(
    pathway: Pathway, journal: Journal
) -> None:
    case = fold("A", journal(REFERRAL, declined("07"), declined("09")), pathway).case

    assert part(case, pathway, 0) == (
        False,
        (
            "2 of at least 3 offer.made (response declined) in the last 28 days; "
            "the oldest leaves the window on 4 April 2026, 09:00"
        ),
        (2, 3),
    )


def test_a_single_piece_of_evidence_is_called_it_and_leaves_over_summer_time_at_the_same_hour(
    pathway: Pathway, journal: Journal
) -> None:
    case = fold("A", journal(REFERRAL, declined("07")), pathway).case

    sentence = part(case, pathway, 0)[1]

    assert sentence.endswith("in the last 28 days; it leaves the window on 4 April 2026, 09:00")


def test_a_gate_tells_only_what_is_missing_and_all_of_it(pathway: Pathway, journal: Journal) -> None:
    case = fold("A", journal(REFERRAL, CHECKED, declined("07"), declined("08"), declined("09")), pathway).case

    reason = gate_reason(case, "enforcement.warned", pathway)

    assert (reason.holds, reason.sentence, reason.evidence) == (False, "no panel_chair has approved it", ())
    assert [one.holds for one in reason.parts] == [True, True, False, True]
    assert case.tracks["enforcement"].held == ("warned",)


@pytest.mark.parametrize(
    ("officers", "sentence"),
    [
        ((None, "second"), "no proposer has proposed it"),
        (("first", "first"), "the panel_chair and the proposer are the same officer"),
        (("first", None), "no panel_chair has approved it"),
    ],
    ids=["nobody proposed", "one officer alone", "nobody approved"],
)
def test_an_approval_that_does_not_count_says_why(
    pathway: Pathway, journal: Journal, officers: tuple[str | None, str | None], sentence: str
) -> None:
    acts = zip(("proposed", "approved"), ("proposer", "panel_chair"), officers, strict=True)
    events = journal(REFERRAL)
    for act, role, officer in acts:
        if officer is not None:
            line = (f"gate.{act}", "2026-03-05 12:00", {"stage": "warned", "role": role}, "police")
            events += journal(line, officer=officer, start=len(events) + 1)

    assert part(fold("A", events, pathway).case, pathway, 2) == (False, sentence, ())


def test_an_approval_that_has_run_out_says_how_long_it_was_valid(pathway: Pathway, journal: Journal, at: Read) -> None:
    gate: dict[str, Scalar] = {"stage": "warned", "role": "proposer"}
    proposed = journal(REFERRAL, ("gate.proposed", "2026-03-05 12:00", gate, "police"), officer="first")
    approved = journal(
        ("gate.approved", "2026-03-05 13:00", {"stage": "warned", "role": "panel_chair"}, "council"),
        officer="second",
        start=3,
    )

    valid = fold("A", [*proposed, *approved], pathway, at("2026-03-19 12:59")).case
    over = fold("A", [*proposed, *approved], pathway, at("2026-03-19 13:00")).case

    assert part(valid, pathway, 2) == (
        True,
        "approved by the panel_chair on 5 March 2026, 13:00, valid for 14 days",
        (3,),
    )
    assert part(over, pathway, 2) == (False, "the approval of 5 March 2026, 13:00 was valid for 14 days", ())


def test_work_that_was_done_too_long_ago_says_when_it_was(pathway: Pathway, journal: Journal, at: Read) -> None:
    never = fold("A", journal(REFERRAL), pathway).case
    fresh = fold("A", journal(REFERRAL, CHECKED), pathway).case
    stale = fold("A", journal(REFERRAL, CHECKED), pathway, at("2026-04-01 12:00")).case

    assert part(never, pathway, 1) == (False, "safeguarding_check has not been done in the last 28 days", ())
    assert part(fresh, pathway, 1) == (True, "safeguarding_check was done on 4 March 2026, 12:00", (2,))
    assert part(stale, pathway, 1) == (
        False,
        "safeguarding_check was done on 4 March 2026, 12:00, not in the last 28 days",
        (2,),
    )


def test_what_must_not_be_is_called_so(pathway: Pathway, journal: Journal) -> None:
    bed = ("offer.made", "2026-03-02 10:00", {"response": "accepted"}, "outreach")
    accepted = ("hand_off.accepted", "2026-03-02 11:00", {"hand_off": "bed"}, "mission")

    housed = fold("A", journal(REFERRAL, bed, accepted), pathway).case

    assert part(housed, pathway, 3) == (False, "must not be: support is in housed (asked for: housed)", ())


def test_each_way_out_says_what_it_waits_for_and_when_time_alone_would_bring_it(
    pathway: Pathway, journal: Journal, at: Read
) -> None:
    case = fold("A", journal(REFERRAL, declined("07")), pathway).case

    explanation = explain(case, pathway)
    ways = explanation.tracks[0].moves

    assert [(way.to, way.by_hand) for way in ways] == [
        ("housed", False),
        ("lost", False),
        ("helped", False),
        ("lost", True),
    ]
    assert asked(case, pathway, 0)[1] == "bed has not been accepted since 2 March 2026, 09:00"
    assert asked(case, pathway, 1) == (
        False,
        (
            "waiting 30 days since 2 March 2026, 09:00 is over on 1 April 2026, 09:00; "
            "offer.made: the last one was on 7 March 2026, 09:00; 20 days without one are over on 27 March 2026, 09:00"
        ),
        (2,),
    )
    assert asked(case, pathway, 2)[1] == (
        "no script.changed yet (asked for: the latest with status on), nor: hand_off bed is not open"
    )
    assert asked(case, pathway, 3)[1] == "a person must ask for it"
    assert [way.changes_at for way in ways] == [None, at("2026-03-27 09:00"), None, None]
    assert explanation.changes_at == case.wake_at


def test_a_clock_that_stands_still_names_no_date(pathway: Pathway, journal: Journal) -> None:
    bed = ("offer.made", "2026-03-02 10:00", {"response": "accepted"}, "outreach")
    custody = ("custody.started", "2026-03-02 11:00", NOTHING, "police")

    case = fold("A", journal(REFERRAL, bed, custody), pathway).case

    assert asked(case, pathway, 1)[1].startswith("waiting 30 days since 2 March 2026, 09:00: paused; offer.made")
    assert asked(case, pathway, 1)[1].endswith("are over on no date while clocks stand still")
    assert asked(case, pathway, 2)[1].endswith(
        "hand_off bed has been open since 2 March 2026, 10:00, 2 hours are over on no date while clocks stand still"
    )


def test_a_stage_that_no_move_leads_to_is_explained_by_its_gate(pathway: Pathway, journal: Journal) -> None:
    case = fold("A", journal(REFERRAL), pathway).case

    tracks = {one.track: one for one in explain(case, pathway, "enforcement.warned").tracks}

    assert tracks["support"].moves == ()
    (way,) = tracks["enforcement"].moves
    assert way.gate is not None
    assert (way.gate.holds, way.gate.sentence.partition(";")[0]) == (
        False,
        "0 of at least 3 offer.made (response declined) in the last 28 days",
    )


def test_a_stage_without_a_gate_has_nothing_in_the_way(pathway: Pathway, journal: Journal) -> None:
    reason = gate_reason(fold("A", journal(REFERRAL), pathway).case, "support.lost", pathway)

    assert (reason.holds, reason.sentence) == (True, "there is no gate")


def test_a_case_that_has_not_begun_is_an_error_in_a_sentence(pathway: Pathway) -> None:
    with pytest.raises(ValueError, match="Case A has no event yet: there is nothing to explain"):
        explain(Case("A"), pathway)
