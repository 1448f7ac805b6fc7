"""What nobody took is offered again, and a blockage is given to another agency or disputed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from pathways.case import Decision, Event, Scalar
from pathways.case_json import from_json, to_json
from pathways.chart import Pathway
from pathways.engine import fold

Read = Callable[[str], datetime]
Journal = Callable[..., list[Event]]
PROGRAMME = """
pathway: small
version: 1
title: A small programme
coordinator: council
calendar: england-and-wales
agencies:
  council: {title: Council}
  outreach: {title: Outreach}
  mission: {title: Mission}
  riverside: {title: Riverside, valid_until: 2026-03-10, successor: harbour}
  harbour: {title: Harbour}
reasons: {decline_reason: {full: system}}
events:
  offer.made: {by: [outreach]}
  left: {by: [mission]}
  found: {by: [outreach]}
tracks:
  support:
    start: offered
    stages:
      offered:
        owner: outreach
        hand_offs:
          bed:
            open_when: {event: offer.made}
            to: [mission, riverside]
            answer_within: 4 hours
            declined: {ask: decline_reason, then: next}
            expired: {remind: 1, then: next}
            nobody: {raise: no_bed, escalate: council}
        moves: [{to: housed, when: {accepted: bed}}, {to: away, when: {event: found}}]
      housed:
        owner: {accepted: bed, otherwise: council}
        moves: [{to: offered, when: {event: left}}]
      away: {owner: council, moves: [{to: offered, when: {event: left}}]}
blockages:
  no_bed:
    theme: housing
    attributable_to: system
    owner: outreach
    clears_when: {accepted: bed}
    escalate: [{after: 3 days, to: council}]
"""
OFFER = ("offer.made", "2026-03-02 09:00")
BED: dict[str, Scalar] = {"hand_off": "bed"}
FULL = BED | {"reason": "full"}
NOBODY = (
    OFFER,
    ("hand_off.declined", "2026-03-02 10:00", FULL, "mission"),
    ("hand_off.declined", "2026-03-02 11:00", FULL, "riverside"),
)
AGAIN: dict[str, Scalar] = BED | {"to": "mission", "reason": "a place fell free"}
OFFERED_AGAIN = ("hand_off.offered", "2026-03-03 09:00", AGAIN, "outreach")


@pytest.fixture(scope="module")
def pathway(compile_pathway: Callable[[str], Pathway]) -> Pathway:
    return compile_pathway(PROGRAMME)


def bed(decision: Decision) -> tuple[str, str | None]:
    (found,) = decision.case.hand_offs
    return found.state, found.agency


def refusals(decision: Decision) -> list[str]:
    return [change.because for change in decision.changes if change.kind == "event_refused"]


def test_what_nobody_took_is_offered_again_with_a_new_clock(pathway: Pathway, journal: Journal, at: Read) -> None:
    before = fold("A", journal(*NOBODY), pathway)
    after = fold("A", journal(*NOBODY, OFFERED_AGAIN), pathway)

    (was,), (now,) = before.case.hand_offs, after.case.hand_offs
    assert (was.state, now.state, now.agency) == ("exhausted", "offered", "mission")
    assert (now.due_at, now.opened_at, now.nth) == (at("2026-03-03 13:00"), was.opened_at, was.nth)
    assert after.case.tracks["support"].owner == "outreach"
    assert [notice.kind for notice in after.notices[len(before.notices) :]] == ["hand_off_offered"]
    assert after.notices[-1].agency == "mission"
    assert [blockage.name for blockage in after.case.blockages] == ["no_bed"]
    assert after.changes[-1].because == "a place fell free"


def test_whoever_accepts_then_owns_the_track_and_the_blockage_is_over(pathway: Pathway, journal: Journal) -> None:
    accepted = ("hand_off.accepted", "2026-03-03 10:00", BED, "mission")

    decision = fold("A", journal(*NOBODY, OFFERED_AGAIN, accepted), pathway)

    track = decision.case.tracks["support"]
    assert (track.stage, track.owner) == ("housed", "mission")
    assert decision.case.blockages == ()


def test_a_second_no_leaves_nobody_again_and_is_told_again(pathway: Pathway, journal: Journal) -> None:
    declined = ("hand_off.declined", "2026-03-03 10:00", FULL, "mission")

    decision = fold("A", journal(*NOBODY, OFFERED_AGAIN, declined), pathway)

    assert bed(decision)[0] == "exhausted"
    assert [change.kind for change in decision.changes].count("hand_off_exhausted") == 2
    assert len(decision.case.blockages) == 1


def test_an_offer_made_again_is_reminded_and_expires_like_the_first(
    pathway: Pathway, journal: Journal, at: Read
) -> None:
    decision = fold("A", journal(*NOBODY, OFFERED_AGAIN), pathway, at("2026-03-03 18:00"))

    late = [(change.kind, f"{change.at:%H:%M}") for change in decision.changes if change.at > at("2026-03-03 09:00")]
    assert late == [
        ("hand_off_reminded", "13:00"),
        ("hand_off_expired", "17:00"),
        ("hand_off_exhausted", "17:00"),
        ("escalated", "17:00"),
    ]


def test_one_that_went_back_to_its_owner_goes_on_to_those_who_were_never_asked(
    compile_pathway: Callable[[str], Pathway], journal: Journal
) -> None:
    back = compile_pathway(PROGRAMME.replace("declined: {ask: decline_reason, then: next}", "declined: {then: back}"))
    onwards = compile_pathway(PROGRAMME)
    lines = journal(OFFER, NOBODY[1], ("hand_off.offered", "2026-03-02 10:30", AGAIN | {"to": "riverside"}, "council"))

    assert bed(fold("A", lines, back)) == ("offered", "riverside")
    assert refusals(fold("A", lines, onwards)) == [
        "hand-off 'bed' is offered: Riverside has not answered it yet",
    ]


def test_the_successor_is_asked_once_the_agency_has_ended(pathway: Pathway, journal: Journal) -> None:
    later = ("hand_off.offered", "2026-03-11 09:00", AGAIN | {"to": "riverside"}, "council")

    decision = fold("A", journal(*NOBODY, later), pathway)

    assert bed(decision) == ("offered", "harbour")
    assert decision.case.hand_offs[0].asked == ("mission", "riverside", "harbour")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        pytest.param(
            (OFFER, ("hand_off.offered", "2026-03-02 09:30", AGAIN, "outreach")),
            "hand-off 'bed' is offered: Mission has not answered it yet",
            id="while somebody is asked",
        ),
        pytest.param(
            (*NOBODY, ("hand_off.offered", "2026-03-03 09:00", AGAIN, "mission")),
            "only Outreach or the coordinator may do that",
            id="by an agency that wants it",
        ),
        pytest.param(
            (*NOBODY, ("hand_off.offered", "2026-03-03 09:00", AGAIN | {"to": "outreach"}, "outreach")),
            "hand-off 'bed' is offered to Mission or Riverside, not to Outreach",
            id="to an agency that it is not declared for",
        ),
        pytest.param(
            (*NOBODY, ("hand_off.offered", "2026-03-03 09:00", BED | {"to": "mission"}, "outreach")),
            "a hand-off is offered again with a reason",
            id="without a reason",
        ),
        pytest.param(
            (
                *NOBODY,
                ("found", "2026-03-02 12:00"),
                ("left", "2026-03-02 13:00"),
                ("hand_off.offered", "2026-03-03 09:00", AGAIN, "outreach"),
            ),
            "hand-off 'bed' belongs to a visit to offered that is over",
            id="of an earlier visit",
        ),
        pytest.param(
            (OFFER, ("hand_off.offered", "2026-03-03 09:00", AGAIN | {"hand_off": "room"}, "outreach")),
            "hand-off 'room' has not been opened",
            id="of an unknown hand-off",
        ),
    ],
)
def test_it_is_refused_with_a_sentence_otherwise(
    pathway: Pathway, journal: Journal, lines: tuple[tuple[str, str]], told: str
) -> None:
    assert refusals(fold("A", journal(*lines), pathway)) == [told]


GIVEN: dict[str, Scalar] = {"blockage": "no_bed", "to": "mission", "reason": "theirs to mend"}


def test_a_blockage_is_given_to_another_agency_which_is_told(pathway: Pathway, journal: Journal) -> None:
    decision = fold("A", journal(*NOBODY, ("blockage.reassigned", "2026-03-03 09:00", GIVEN, "council")), pathway)

    (blockage,) = decision.case.blockages
    assert (blockage.owner, blockage.opened_at.day) == ("mission", 2)
    change, notice = decision.changes[-1], decision.notices[-1]
    assert (change.kind, change.from_, change.to) == ("blockage_reassigned", "outreach", "mission")
    assert (notice.kind, notice.agency, notice.subject) == ("blockage", "mission", "no_bed")


def test_who_was_given_a_blockage_may_clear_it_and_the_former_owner_no_longer(
    pathway: Pathway, journal: Journal
) -> None:
    given = ("blockage.reassigned", "2026-03-03 09:00", GIVEN, "outreach")
    cleared: dict[str, Scalar] = {"blockage": "no_bed", "reason": "there is a bed"}

    former = fold("A", journal(*NOBODY, given, ("blockage.cleared", "2026-03-03 10:00", cleared, "outreach")), pathway)
    present = fold("A", journal(*NOBODY, given, ("blockage.cleared", "2026-03-03 10:00", cleared, "mission")), pathway)

    assert refusals(former) == ["blockage 'no_bed' belongs to Mission"]
    assert present.case.blockages == ()


def test_a_disputed_blockage_stays_where_it_is_and_the_coordinator_hears_why(
    pathway: Pathway, journal: Journal, at: Read
) -> None:
    disputed: dict[str, Scalar] = {"blockage": "no_bed", "reason": "the bed was there"}
    lines = journal(*NOBODY, ("blockage.disputed", "2026-03-03 09:00", disputed, "riverside"))

    decision = fold("A", lines, pathway, at("2026-03-05 12:00"))

    (blockage,) = decision.case.blockages
    assert (blockage.owner, blockage.disputed, blockage.escalations) == ("outreach", "the bed was there", 1)
    told = [(notice.agency, notice.subject) for notice in decision.notices if notice.kind == "blockage_disputed"]
    assert told == [("council", "no_bed")]
    assert from_json(to_json(decision.case)) == decision.case


@pytest.mark.parametrize(
    ("kind", "fields", "agency", "told"),
    [
        ("blockage.reassigned", GIVEN, "riverside", "blockage 'no_bed' belongs to Outreach"),
        ("blockage.reassigned", GIVEN | {"to": "outreach"}, "council", "belongs to Outreach already"),
        ("blockage.reassigned", GIVEN | {"to": "nobody"}, "council", "no agency is called 'nobody'"),
        ("blockage.reassigned", GIVEN | {"reason": ""}, "council", "given to another agency with a reason"),
        ("blockage.reassigned", GIVEN | {"blockage": "other"}, "council", "blockage 'other' is not open"),
        ("blockage.disputed", {"blockage": "no_bed"}, "mission", "a blockage is disputed with a reason"),
        ("blockage.disputed", {"blockage": "other", "reason": "x"}, "mission", "blockage 'other' is not open"),
    ],
)
def test_nobody_gives_away_or_disputes_what_is_not_there_or_not_theirs(
    pathway: Pathway, journal: Journal, kind: str, fields: dict[str, Scalar], agency: str, told: str
) -> None:
    decision = fold("A", journal(*NOBODY, (kind, "2026-03-03 09:00", fields, agency)), pathway)

    (refusal,) = refusals(decision)
    assert told in refusal
    (blockage,) = decision.case.blockages
    assert (blockage.owner, blockage.disputed) == ("outreach", None)


def test_a_state_of_before_disputes_were_kept_is_read(pathway: Pathway, journal: Journal) -> None:
    text = to_json(fold("A", journal(*NOBODY), pathway).case)

    assert "disputed" not in str(text)
    assert from_json(text).blockages[0].disputed is None
