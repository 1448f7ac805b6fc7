"""Reviews: what is recorded late, or taken back, rewrites nothing and is shown when decisions would have differed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pathways.case import Decision, Event, Scalar
from pathways.chart import Pathway
from pathways.engine import fold

Journal = Callable[..., list[Event]]
Line = tuple[str, str, dict[str, Scalar], str]

NOTHING: dict[str, Scalar] = {}
REFERRAL: Line = ("referral.made", "2026-03-02 09:00", NOTHING, "outreach")
BED: Line = ("offer.made", "2026-03-02 10:00", {"offer": "bed", "response": "accepted"}, "outreach")
CONTACT: Line = ("contact.made", "2026-03-10 09:00", NOTHING, "outreach")
DECLINED: Line = ("offer.made", "2026-03-03 09:00", {"offer": "other", "response": "declined"}, "outreach")
CHECKED: Line = ("task.completed", "2026-03-03 09:10", {"task": "safeguarding_check"}, "council")
SEEN: list[Line] = [("behaviour.seen", f"2026-03-03 09:{minute}", NOTHING, "police") for minute in (20, 25)]
PROPOSED: Line = ("gate.proposed", "2026-03-03 09:30", {"stage": "warned", "role": "proposer"}, "police")
APPROVED: Line = ("gate.approved", "2026-03-03 09:40", {"stage": "warned", "role": "panel_chair"}, "council")

EXPIRED_MEANWHILE = (
    "blockage opened no_bed old_trust, blockage opened no_contact council, blockage opened waiting_for_bed council, "
    "hand off offered bed old_trust, hand off offered bed riverside"
)


def late(kind: str, occurred: str, recorded: str, fields: dict[str, Scalar] = NOTHING) -> Line:
    return (kind, f"2026-03-{occurred} > 2026-03-{recorded}", fields, "outreach")


def void(number: int, at: str) -> Line:
    return ("event.voided", f"2026-03-{at}", {"event": number, "reason": "somebody else"}, "council")


def warned(journal: Journal, *after: Line) -> list[Event]:
    """Return the journal of a case that is warned at 09:40 on 3 March by its event 7; ``after`` follows as 8 and on."""
    before = journal(REFERRAL, DECLINED, CHECKED, *SEEN, PROPOSED, officer="first")
    return [*before, *journal(APPROVED, *after, officer="second", start=7)]


def reviews(decision: Decision) -> list[tuple[str | None, str | None]]:
    return [(change.from_, change.to) for change in decision.changes if change.kind == "review_opened"]


@pytest.fixture
def pathway(properties_pathways: dict[str, Pathway]) -> Pathway:
    return properties_pathways["Europe/London"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        pytest.param([late("contact.made", "02 10:00", "02 16:30")], None, id="a contact that decides nothing"),
        pytest.param(
            [late("room.given", "02 10:00", "12 09:00")], None, id="evidence for work that nobody had accepted"
        ),
        pytest.param(
            [late("script.changed", "04 09:00", "12 09:00", {"status": "on"})],
            (
                "aftercare stayed; support went on to lost; blockage opened no_contact council",
                "aftercare went on to awake; support went on to treated; hand off offered keywork old_trust",
            ),
            id="a script that would have kept the person from being lost",
        ),
        pytest.param(
            [late("contact.made", "10 20:00", "12 09:00")],
            ("support went on to lost", "support stayed"),
            id="a contact that would have come before the case was lost",
        ),
        pytest.param(
            [late("offer.made", "02 10:00", "03 16:00", {"offer": "bed", "response": "accepted"})],
            ("nothing more", "blockage opened waiting_for_bed council, hand off offered bed riverside"),
            id="a bed that would have been offered further by now",
        ),
        pytest.param(
            [BED, late("custody.started", "02 11:00", "09 09:00")],
            (
                EXPIRED_MEANWHILE,
                "nothing more",
            ),
            id="custody recorded late, when offers had expired meanwhile",
        ),
        pytest.param(
            [late("custody.started", "02 12:00", "02 15:00")], None, id="custody recorded late, when nothing was due"
        ),
    ],
)
def test_a_late_event_is_reviewed_only_if_decisions_would_have_differed(
    pathway: Pathway, journal: Journal, lines: list[Line], told: tuple[str, str] | None
) -> None:
    decision = fold("A", journal(REFERRAL, *lines), pathway)

    assert reviews(decision) == ([told] if told else [])
    assert decision.case.reviews == (1 if told else 0)
    assert [notice.agency for notice in decision.notices if notice.kind == "review"] == ["council"] * bool(told)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        pytest.param(2, ("enforcement went on to warned", "enforcement stayed"), id="the declined offer"),
        pytest.param(
            4,
            ("enforcement went on to warned; held warned", "enforcement stayed; nothing more"),
            id="one of two behaviours",
        ),
        pytest.param(3, ("enforcement went on to warned", "enforcement stayed"), id="the safeguarding check"),
        pytest.param(7, ("enforcement went on to warned", "enforcement stayed"), id="the approval"),
        pytest.param(
            1,
            (
                "enforcement went on to warned; case opened outreach, held warned",
                "enforcement stayed; nothing more",
            ),
            id="the referral itself",
        ),
        pytest.param(8, None, id="a contact that decided nothing"),
        pytest.param(77, None, id="an event that there is not"),
    ],
)
def test_a_void_undoes_no_move_and_is_reviewed_only_if_decisions_would_have_differed(
    pathway: Pathway, journal: Journal, number: int, told: tuple[str, str] | None
) -> None:
    contact: Line = ("contact.made", "2026-03-03 10:00", NOTHING, "outreach")

    decision = fold("A", warned(journal, contact, void(number, "03 11:00")), pathway)

    assert decision.case.tracks["enforcement"].stage == "warned"
    assert reviews(decision) == ([told] if told else [])


def test_an_approval_that_was_taken_back_opens_no_gate(pathway: Pathway, journal: Journal) -> None:
    lines = (REFERRAL, DECLINED, CHECKED, PROPOSED)
    before = journal(*lines, officer="first")
    after = journal(APPROVED, void(5, "03 09:50"), *(seen_at("09:55"), seen_at("09:56")), officer="second", start=5)

    decision = fold("A", [*before, *after], pathway)

    assert decision.case.tracks["enforcement"].stage == "none_considered"
    assert decision.case.tracks["enforcement"].held == ("warned",)
    assert decision.case.reviews == 0


def seen_at(time: str) -> Line:
    return ("behaviour.seen", f"2026-03-03 {time}", NOTHING, "police")


def test_the_void_of_a_death_is_reviewed_and_the_case_opens_again_by_hand_alone(
    pathway: Pathway, journal: Journal
) -> None:
    died: Line = ("person.died", "2026-03-03 09:00", NOTHING, "council")
    again: Line = ("case.reopened", "2026-03-05 09:00", {"reason": "alive"}, "council")

    taken_back = fold("A", journal(REFERRAL, died, void(2, "04 09:00")), pathway)
    opened = fold("A", journal(REFERRAL, died, void(2, "04 09:00"), again), pathway)

    assert (taken_back.case.status, taken_back.case.silenced) == ("closed", True)
    assert reviews(taken_back) == [("case closed", "nothing more")]
    assert [notice.kind for notice in taken_back.notices][-1] == "review"
    assert (opened.case.status, opened.case.silenced) == ("open", False)


def test_the_void_of_a_pause_lets_the_clocks_go_on(pathway: Pathway, journal: Journal) -> None:
    custody: Line = ("custody.started", "2026-03-02 12:00", NOTHING, "police")

    decision = fold("A", journal(REFERRAL, custody, void(2, "02 13:00")), pathway)

    assert [pause.until_at is None for pause in decision.case.pauses] == [False]
    assert decision.case.wake_at is not None
    assert decision.case.reviews == 0


def test_a_late_event_is_never_put_before_the_event_that_opened_the_case(pathway: Pathway, journal: Journal) -> None:
    stray: Line = ("contact.made", "2026-03-01 09:00", NOTHING, "outreach")
    before_all = late("offer.made", "01 12:00", "02 09:30", {"offer": "bed", "response": "accepted"})

    decision = fold("A", journal(stray, REFERRAL, before_all), pathway)

    assert decision.case.reviews == 0


def test_in_its_place_a_late_event_moves_the_numbers_that_others_speak_of(pathway: Pathway, journal: Journal) -> None:
    custody: Line = ("custody.started", "2026-03-02 12:00", NOTHING, "police")
    before = [REFERRAL, custody, void(2, "02 13:00")]

    decision = fold("A", journal(*before, late("room.given", "02 10:00", "12 09:00")), pathway)

    assert reviews(decision) == []
