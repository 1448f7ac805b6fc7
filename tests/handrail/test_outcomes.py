"""The outcome table comes from the store's events alone, over the windows that the pathway declares."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from handrail import casework
from handrail.casework import Brought, Identity, ImportOptions, Origin, Said, Speaker
from handrail.errors import InstantRefused, NotFound
from handrail.outcomes import Asked, Period, outcome_tables
from handrail.wiring import Store

MEASURES = """
measures:
  referred: {title: People referred, unit: people, event: referral.made, window: {from: 2024-01-01, to: 2024-12-31}}
  offers: {title: Offers, unit: events, event: offer.made, window: {from: 2024-01-01, to: 2024-12-31}}
  seen: {title: Seen, unit: events, event: seen, scope: locality, window: {from: 2024-01-01, to: 2024-12-31}}
"""
OUTREACH = Speaker("outreach", "P. Officer")


@pytest.fixture
def measured(store: Store, shelter_text: str) -> Store:
    """Two cases of 2024 with three offers, one of 2025, and what was seen in the place."""
    text = shelter_text.replace("version: 1", "version: 2") + MEASURES
    casework.publish(store, text, None, file_name="shelter.yaml")
    offer = {"response": "declined", "available": True}
    log = [
        ("a", [("referral.made", at(2024, 3, 1), {}), *[("offer.made", at(2024, 3, day), offer) for day in (2, 3)]]),
        ("b", [("referral.made", at(2024, 12, 31, 23), {}), ("offer.made", at(2025, 1, 1), offer)]),
    ]
    cases = [
        (name, [Brought(name, kind, when, None, "outreach", "P", fields) for kind, when, fields in told])
        for name, told in log
    ]
    persons = ImportOptions("log", persons=lambda case: Identity((f"Somebody {case}",)))
    casework.import_events(store, "shelter", cases, persons)
    said = Said("seen", {"times": 1}, OUTREACH, at(2024, 5, 1), Origin("police", "1"))
    casework.record_locality(store, "shelter", [said])
    return store


def at(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def figures(store: Store, asked: Asked) -> dict[str, int | float | None]:
    (table,) = outcome_tables(store, asked)
    return {figure.name: figure.value for figure in table.figures}


def test_every_measure_counts_within_its_own_window(measured: Store) -> None:
    assert figures(measured, Asked()) == {"referred": 2, "offers": 2, "seen": 1}


def test_what_happened_after_the_day_asked_for_is_not_looked_at(measured: Store) -> None:
    assert figures(measured, Asked(as_at=date(2024, 3, 2))) == {"referred": 1, "offers": 1, "seen": 0}


def test_a_period_takes_the_place_of_the_declared_windows(measured: Store) -> None:
    period = Period(date(2025, 1, 1), date(2025, 1, 31))

    assert figures(measured, Asked(period=period)) == {"referred": 0, "offers": 1, "seen": 0}


def test_a_voided_event_is_not_counted(measured: Store) -> None:
    references = [row.reference for row in casework.list_of_cases(measured)]
    reference = next(each for each in references if offers(measured, each) == [2, 3])

    casework.void(measured, reference, 2, OUTREACH, "entered twice")

    assert figures(measured, Asked()) == {"referred": 2, "offers": 1, "seen": 1}


def offers(store: Store, reference: str) -> list[int]:
    events = [event for moment in casework.timeline(store, reference) for event in moment.events]
    return [event.number for event in events if event.kind == "offer.made"]


def test_a_pathway_that_was_never_published_is_told(measured: Store) -> None:
    with pytest.raises(NotFound, match="'harbour' was never published"):
        outcome_tables(measured, Asked(pathway="harbour"))


def test_a_period_that_ends_before_it_begins_is_refused(measured: Store) -> None:
    with pytest.raises(InstantRefused, match="Turn them round"):
        outcome_tables(measured, Asked(period=Period(date(2025, 1, 2), date(2025, 1, 1))))
