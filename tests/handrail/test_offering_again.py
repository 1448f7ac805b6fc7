"""What nobody took stays visible with its owner, can be offered again, and is proved like everything else."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest
from sqlalchemy import text

from handrail.answers import accept, close, decline, dispute_blockage, move_by_hand, offer_again, reassign_blockage
from handrail.errors import NotPossible
from handrail.recording import Said, Speaker, record
from handrail.survey import survey_blockages
from handrail.tasking import open_tasking
from handrail.verification import verify
from handrail.wiring import Store
from models.work import Work, list_open

OUTREACH, COUNCIL, MISSION = Speaker("outreach"), Speaker("council"), Speaker("mission")
RIVERSIDE = Speaker("riverside")
MIGRATION = import_module("models.migrations.versions.0004_add_places")


@pytest.fixture
def untaken(store: Store, new_case: Callable[[], str]) -> str:
    """The reference of a case whose bed nobody took."""
    reference = new_case()
    record(store, reference, Said("offer.made", {"response": "accepted"}, OUTREACH))
    decline(store, reference, "bed", MISSION, "full")
    decline(store, reference, "bed", RIVERSIDE, "full")
    return reference


def shown(store: Store, kind: str) -> list[Work]:
    with store.engine.connect() as connection:
        return [each.work for each in list_open(connection) if each.work.kind == kind]


def test_what_nobody_took_stays_open_with_the_owner_of_the_track(store: Store, untaken: str) -> None:
    (hand_off,) = shown(store, "hand_off")

    assert (hand_off.name, hand_off.state, hand_off.agency) == ("bed", "exhausted", "outreach")
    assert (hand_off.due_at, hand_off.overdue) == (None, False)
    assert not verify(store).wrong, untaken


def test_nobody_is_tasked_with_it(store: Store, untaken: str) -> None:
    items = [item for agency in open_tasking(store).agencies for item in agency.items]

    assert "hand_off" not in {item.kind for item in items}
    assert untaken in {item.reference for item in items if item.kind == "blockage"}


def test_it_goes_with_the_stage_and_with_the_case(store: Store, untaken: str, new_case: Callable[[], str]) -> None:
    other = new_case()
    record(store, other, Said("offer.made", {"response": "accepted"}, OUTREACH))
    for agency in (MISSION, RIVERSIDE):
        decline(store, other, "bed", agency, "full")

    move_by_hand(store, untaken, ("support", "shelter"), COUNCIL, "taken in elsewhere")
    close(store, other, COUNCIL, "gone")

    assert shown(store, "hand_off") == []
    with store.engine.connect() as connection:
        ended = connection.scalars(text("SELECT state FROM handrail.work WHERE kind = 'hand_off'")).all()
    assert ended == ["exhausted", "exhausted"]
    assert not verify(store).wrong


def test_a_place_that_falls_free_is_offered_and_taken(store: Store, untaken: str) -> None:
    offer_again(store, untaken, "bed", "riverside", COUNCIL, "a place fell free")

    (hand_off,) = shown(store, "hand_off")
    assert (hand_off.state, hand_off.agency, hand_off.due_at is not None) == ("offered", "riverside", True)
    accept(store, untaken, "bed", RIVERSIDE)
    (support,) = (work for work in shown(store, "track") if work.track == "support")
    assert (support.stage, support.agency) == ("shelter", "riverside")
    assert not verify(store).wrong


def test_an_agency_that_is_asked_already_is_not_asked_again(store: Store, untaken: str) -> None:
    offer_again(store, untaken, "bed", "riverside", OUTREACH, "a place fell free")

    with pytest.raises(NotPossible, match="Riverside has not answered it yet"):
        offer_again(store, untaken, "bed", "mission", OUTREACH, "another place")


def test_a_blockage_changes_hands_and_is_disputed_in_the_open(store: Store, untaken: str) -> None:
    reassign_blockage(store, untaken, "no_bed", "mission", COUNCIL, "theirs to mend")
    dispute_blockage(store, untaken, "no_bed", MISSION, "the bed was there")

    (blockage,) = shown(store, "blockage")
    assert (blockage.agency, blockage.state) == ("mission", "disputed")
    assert [row.owner for row in survey_blockages(store).blockages] == ["mission"]
    assert not verify(store).wrong


def test_what_nobody_took_before_it_was_shown_is_shown_once_the_store_is_brought_up_to_date(
    store: Store, untaken: str, new_case: Callable[[], str]
) -> None:
    new_case()
    with store.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE handrail.work SET closed_at = clock_timestamp(), agency = 'riverside', overdue = true"
                " WHERE kind = 'hand_off' AND state = 'exhausted'"
            )
        )
    assert verify(store).wrong == 1

    with store.engine.begin() as connection:
        connection.execute(text(MIGRATION.SHOW_WHAT_NOBODY_TOOK))

    assert [work.agency for work in shown(store, "hand_off")] == ["outreach"], untaken
    assert not verify(store).wrong
