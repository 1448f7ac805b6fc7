"""Agencies answer for themselves, officers decide by name, and of two at once one is told no."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from handrail.answers import (
    accept,
    approve,
    ask_back,
    close,
    complete,
    complete_hand_off,
    decline,
    move_by_hand,
    propose,
    reopen,
    return_,
    void,
)
from handrail.errors import NotFound, NotPossible, NotYours, SaidDifferently
from handrail.recording import Said, Speaker, checked, record
from handrail.steps import Saying, Scene, act
from handrail.sweeps import wake
from handrail.verification import verify
from handrail.wiring import Store
from models.approvals import list_approvals
from models.cases import get_case
from models.journal import Origin
from models.work import Work, list_open

OUTREACH = Speaker("outreach", "P. Officer")
COUNCIL = Speaker("council", "C. Officer")
MISSION = Speaker("mission", "M. Officer")
ACCEPTED = Said("offer.made", {"response": "accepted"}, OUTREACH)


@pytest.fixture
def offered(store: Store, new_case: Callable[[], str]) -> str:
    """The reference of a case whose bed is offered to the mission."""
    reference = new_case()
    record(store, reference, ACCEPTED)
    return reference


def open_work(store: Store, reference: str, kind: str) -> list[Work]:
    with store.engine.connect() as connection:
        return [each.work for each in list_open(connection, reference=reference) if each.work.kind == kind]


def test_acceptance_moves_the_person_and_the_ownership(store: Store, offered: str) -> None:
    accept(store, offered, "bed", MISSION)

    owners = {work.track: (work.stage, work.agency) for work in open_work(store, offered, "track")}
    assert owners["support"] == ("shelter", "mission")
    assert not verify(store).wrong


def test_a_decline_passes_the_offer_on(store: Store, offered: str) -> None:
    decline(store, offered, "bed", MISSION, "full")

    (hand_off,) = open_work(store, offered, "hand_off")
    assert (hand_off.agency, hand_off.state) == ("riverside", "offered")


def test_a_decline_without_one_of_the_reasons_is_refused(store: Store, offered: str) -> None:
    with pytest.raises(NotPossible, match="one of full, needs_too_high"):
        decline(store, offered, "bed", MISSION, "no idea")


def test_a_question_goes_back_and_returned_work_too(store: Store, offered: str) -> None:
    asked = ask_back(store, offered, "bed", MISSION, "Is there a dog?")
    accept(store, offered, "bed", MISSION)
    returned = return_(store, offered, "bed", MISSION, "could not stay")

    assert asked.changes[-1].kind == "hand_off_asked_back"
    assert "hand_off_returned" in [change.kind for change in returned.changes]
    assert {work.agency for work in open_work(store, offered, "track")} == {"council", "outreach"}


def test_nobody_answers_for_another_agency(store: Store, offered: str) -> None:
    with pytest.raises(NotPossible, match="belongs to City Mission, not to Riverside"):
        accept(store, offered, "bed", Speaker("riverside"))
    with pytest.raises(NotPossible, match="belongs to Council, not to Outreach"):
        complete(store, offered, "check", OUTREACH)


def test_a_finished_task_is_no_longer_open(store: Store, offered: str) -> None:
    complete(store, offered, "check", COUNCIL)

    assert not open_work(store, offered, "task")
    with pytest.raises(NotPossible, match="not open; open tasks: none"):
        complete(store, offered, "check", COUNCIL)
    with store.engine.connect() as connection:
        assert connection.scalar(text("SELECT state FROM handrail.tasks")) == "done"


def test_accepted_work_can_be_done(store: Store, offered: str) -> None:
    accept(store, offered, "bed", MISSION)

    assert complete_hand_off(store, offered, "bed", MISSION).changes[0].kind == "hand_off_done"
    assert not open_work(store, offered, "hand_off")


def test_a_gate_opens_for_two_named_officers_and_no_other_way(store: Store, offered: str) -> None:
    warned = ("enforcement", "warned")
    with pytest.raises(NotPossible, match="gate of warned does not hold"):
        move_by_hand(store, offered, warned, COUNCIL, "persistent")
    propose(store, offered, "warned", COUNCIL)
    approve(store, offered, "warned", Speaker("council", "C. Officer"), "chair")
    with pytest.raises(NotPossible, match="gate of warned does not hold"):
        move_by_hand(store, offered, warned, COUNCIL, "persistent")
    approve(store, offered, "warned", Speaker("council", "Another Officer"), "chair")
    move_by_hand(store, offered, warned, COUNCIL, "persistent")

    with store.engine.connect() as connection:
        acts = list_approvals(connection, get_case(connection, offered).id)
    assert [(act.act, act.officer) for act in acts] == [
        ("proposed", "C. Officer"),
        ("approved", "C. Officer"),
        ("approved", "Another Officer"),
    ]


def test_a_decision_without_a_name_is_refused(store: Store, offered: str) -> None:
    with pytest.raises(NotPossible, match="named officer"):
        approve(store, offered, "warned", Speaker("council"), "chair")


def test_only_who_said_it_or_the_coordinator_takes_it_back(store: Store, offered: str) -> None:
    with pytest.raises(NotYours, match="take back event 2"):
        void(store, offered, 2, MISSION, "not mine")

    outcome = void(store, offered, 2, COUNCIL, "wrong person")

    assert outcome.changes[0].kind == "event_voided"
    with pytest.raises(NotPossible, match="Its events are 1 to 3"):
        void(store, offered, 9, COUNCIL, "wrong person")


def test_a_closed_case_can_be_opened_again(store: Store, offered: str) -> None:
    close(store, offered, COUNCIL, "moved away")

    with pytest.raises(NotPossible, match="closed"):
        complete(store, offered, "check", COUNCIL)
    assert reopen(store, offered, COUNCIL, "came back").case.status == "open"
    assert not verify(store).wrong


def test_death_stops_every_notice_that_has_not_left(store: Store, offered: str) -> None:
    record(store, offered, Said("person.died", {}, OUTREACH))

    with store.engine.connect() as connection:
        states = set(connection.scalars(text("SELECT state FROM handrail.notices")))
    assert states <= {"silenced", "superseded"}


def test_two_officers_at_once_get_one_answer_and_one_clear_refusal(store: Store, offered: str) -> None:
    held = threading.Event()

    def accept_when_somebody_waits(scene: Scene) -> list[Saying]:
        held.set()
        wait_until_somebody_waits(store)
        return [checked(scene, Said("hand_off.accepted", {"hand_off": "bed"}, MISSION))]

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(act, store, offered, accept_when_somebody_waits)
        assert held.wait(20)
        second = pool.submit(decline, store, offered, "bed", MISSION, "full")

        assert first.result(20).changes[0].kind == "hand_off_accepted"
        with pytest.raises(NotPossible, match="City Mission has accepted it"):
            second.result(20)
    assert not verify(store).wrong


def wait_until_somebody_waits(store: Store) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with store.engine.connect() as connection:
        for _ in range(2000):
            if connection.scalar(waiting):
                return
            connection.rollback()  # a transaction sees one picture of who waits
            time.sleep(0.005)
    raise AssertionError("nobody ever waited for the case")


def test_the_same_message_again_is_answered_as_before(store: Store, offered: str) -> None:
    origin = Origin("web", "form-17")
    first = accept(store, offered, "bed", MISSION, origin=origin)

    again = accept(store, offered, "bed", MISSION, origin=origin)

    assert (again.number, again.recorded_at, again.repeated) == (first.number, first.recorded_at, True)
    assert again.changes == first.changes
    assert verify(store).events == 3


def test_the_same_id_with_another_body_is_refused_with_the_difference(store: Store, offered: str) -> None:
    origin = Origin("app", "17")
    record(store, offered, Said("seen", {"times": "2"}, OUTREACH, origin=origin))

    with pytest.raises(SaidDifferently) as refused:
        record(store, offered, Said("seen", {"times": "3"}, OUTREACH, origin=origin))

    assert refused.value.differences == {"times": (2, 3)}


def test_the_same_id_for_another_case_is_refused(store: Store, offered: str, new_case: Callable[[], str]) -> None:
    origin = Origin("app", "17")
    record(store, offered, Said("seen", {}, OUTREACH, origin=origin))

    with pytest.raises(SaidDifferently, match=f"case was '{offered}'"):
        record(store, new_case(), Said("seen", {}, OUTREACH, origin=origin))


def test_a_mistyped_reference_is_noticed(store: Store) -> None:
    with pytest.raises(NotFound, match="a sign is missing or mistaken"):
        wake(store, "K4T-W9M-P2Q")


def test_waking_a_case_that_waits_for_nothing_changes_nothing(store: Store, offered: str) -> None:
    assert not wake(store, offered.lower()).changes
    assert not verify(store).wrong
