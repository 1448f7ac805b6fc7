"""What is seen every day: the tasking, the blockages, the locality, and that the sweeps live."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from handrail.casework import (
    Brought,
    ImportOptions,
    Origin,
    Said,
    Speaker,
    accept,
    beat,
    decline,
    import_events,
    list_of_cases,
    open_incidents,
    open_reviews,
    open_work_of,
    people_per_stage,
    record,
    record_fault,
    record_locality,
    settle_incident,
    settle_review,
    signs_of_life,
    survey_blockages,
    void,
    wake_due,
)
from handrail.errors import SaidDifferently
from handrail.tasking import open_tasking
from handrail.wiring import Store
from models.attempts import open_incident
from models.faults import find_fault
from models.locality import stream_locality_events

OUTREACH = Speaker("outreach", "P. Officer")
LONG_AGO = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture
def on_every_day(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store whose tasking is drawn up on whatever day the tests run."""
    monkeypatch.setattr("pathways.calendars.Calendar.is_working_day", lambda *_: True)
    return store


def test_the_tasking_puts_late_and_carried_over_work_first(on_every_day: Store, new_case: Callable[[], str]) -> None:
    fresh = new_case()
    log = [("old", [Brought("old", "referral.made", LONG_AGO, agency="outreach")])]
    old = import_events(on_every_day, "shelter", log, ImportOptions("log")).references["old"]
    wake_due(on_every_day)

    council = next(each for each in open_tasking(on_every_day).agencies if each.agency == "council")

    assert council.title == "Council"
    assert [(item.reference, item.name, item.late, item.carried_over) for item in council.items] == [
        (old, "check", True, True),
        (fresh, "check", False, False),
    ]
    assert (council.late, council.carried_over) == (1, 1)


def test_nothing_is_tasked_on_a_day_on_which_nobody_works(
    store: Store, new_case: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    new_case()
    monkeypatch.setattr("pathways.calendars.Calendar.is_working_day", lambda *_: False)

    drawn_up = open_tasking(store)

    assert (drawn_up.working, drawn_up.agencies) == (False, ())


def test_a_bed_that_nobody_has_is_a_blockage_of_the_system(store: Store, new_case: Callable[[], str]) -> None:
    reference = new_case()
    record(store, reference, Said("offer.made", {"response": "accepted"}, OUTREACH))
    decline(store, reference, "bed", Speaker("mission"), "full")
    decline(store, reference, "bed", Speaker("riverside"), "full")

    (blockage,) = survey_blockages(store).blockages

    assert (blockage.reference, blockage.name, blockage.owner) == (reference, "no_bed", "council")
    assert (blockage.attributable_to, blockage.theme, blockage.days) == ("system", "housing", 0)


def test_people_are_counted_by_stage_and_listed(store: Store, new_case: Callable[[], str]) -> None:
    references = sorted(new_case() for _ in range(3))

    assert people_per_stage(store) == [("shelter", "enforcement", "none_yet", 3), ("shelter", "support", "street", 3)]
    assert [case.reference for case in list_of_cases(store, pathway="shelter", status="open")] == references
    assert [case.reference for case in list_of_cases(store, after=references[0], limit=1)] == references[1:2]
    assert {each.work.agency for each in open_work_of(store, "council")} == {"council"}


def test_the_locality_is_counted_once_and_belongs_to_no_case(store: Store) -> None:
    hour = timedelta(hours=1)
    seen = [Said("seen", {"times": n}, OUTREACH, LONG_AGO + n * hour, Origin("rota", str(n))) for n in range(1500)]

    first = record_locality(store, "shelter", seen)
    again = record_locality(store, "shelter", seen[:10])

    assert (first.recorded, first.repeated) == (1500, 0)
    assert (again.recorded, again.repeated) == (0, 10)
    with store.engine.begin() as connection:
        kept = [event.fields["times"] for event in stream_locality_events(connection, "shelter")]
        assert connection.scalar(text("SELECT count(*) FROM handrail.events")) == 0
    assert kept == list(range(1500))
    with pytest.raises(SaidDifferently):
        record_locality(store, "shelter", [Said("seen", {"times": 7}, OUTREACH, LONG_AGO, Origin("rota", "1"))])


def test_a_sweep_that_lives_leaves_a_sign(store: Store) -> None:
    beat(store, "hand-offs", {"cases": 2})
    beat(store, "hand-offs", {"cases": 3})

    (sign,) = signs_of_life(store)

    assert (sign.sweep, sign.beats, sign.counts) == ("hand-offs", 2, {"cases": 3})


def test_a_fault_is_kept_under_a_number(store: Store) -> None:
    number = record_fault(store, "ValueError", "flows.follow_ups", "all of it\x00")

    with store.engine.connect() as connection:
        fault = find_fault(connection, number)
    assert fault is not None
    assert (fault.kind, fault.place, fault.details) == (
        "ValueError",
        "flows.follow_ups",
        "all of it\N{REPLACEMENT CHARACTER}",
    )


def test_an_incident_is_opened_once_and_closed_by_name(store: Store) -> None:
    with store.engine.begin() as connection:
        opened = [open_incident(connection, "undeliverable", "x/1", "mission", "nobody answers") for _ in range(2)]

    (incident,) = open_incidents(store)

    assert opened == [True, False]
    assert settle_incident(store, incident.id, "C. Officer")
    assert not settle_incident(store, incident.id, "C. Officer")
    assert not open_incidents(store)


def test_what_might_have_gone_otherwise_waits_for_a_named_officer(store: Store, new_case: Callable[[], str]) -> None:
    reference = new_case()
    record(store, reference, Said("offer.made", {"response": "accepted"}, OUTREACH))
    accepted = accept(store, reference, "bed", Speaker("mission"))
    void(store, reference, accepted.number or 0, Speaker("council", "C. Officer"), "it was somebody else")

    (review,) = open_reviews(store)

    assert (review.reference, review.nth) == (reference, 1)
    assert settle_review(store, reference, 1, "C. Officer")
    assert not settle_review(store, reference, 1, "C. Officer")
    assert not open_reviews(store)
