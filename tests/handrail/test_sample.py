"""The sample programme: the published figures out of events alone, and every case a legal history under PEEP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from handrail.event_fields import read_fields
from handrail.sample import SampleEvent, published_events, sample_events
from handrail.sample.person_a import CASE as PERSON_A
from integrations.bank_holidays import england_and_wales
from pathways.built_in_events import BUILT_IN_EVENTS
from pathways.case import Case, Decision, Event
from pathways.chart import Pathway
from pathways.chart_building import build
from pathways.engine import fold
from pathways.loading import load_agencies, load_pathway
from pathways.measures import MeasureEvent, Scope, outcome_table

FOLDER = Path(__file__).parents[2] / "pathways"
END_OF_YEAR = datetime(2018, 7, 2, 12, tzinfo=UTC)
TODAYS = {
    "a Monday in winter": datetime(2026, 11, 23, 10, 30, tzinfo=UTC),
    "a Saturday night": datetime(2026, 5, 30, 23, 10, tzinfo=UTC),
    "the hour that comes twice": datetime(2026, 10, 25, 1, 15, tzinfo=UTC),
    "the hour that is missing": datetime(2026, 3, 29, 1, 5, tzinfo=UTC),
    "Easter Monday": datetime(2026, 4, 6, 9, 0, tzinfo=UTC),
    "New Year": datetime(2027, 1, 1, 0, 20, tzinfo=UTC),
}


@cache
def peep() -> Pathway:
    agencies, _ = load_agencies((FOLDER / "agencies.yaml").read_bytes(), "agencies.yaml")
    loaded = load_pathway((FOLDER / "peep.yaml").read_bytes(), "peep.yaml", agencies)
    assert loaded.file is not None
    return build(loaded.file, agencies, england_and_wales())


@cache
def published() -> tuple[SampleEvent, ...]:
    return tuple(published_events())


def by_case(events: Iterable[SampleEvent]) -> Mapping[str, list[SampleEvent]]:
    cases: dict[str, list[SampleEvent]] = {}
    for event in events:
        if event.case is not None:
            cases.setdefault(event.case, []).append(event)
    return cases


def journal(events: Iterable[SampleEvent]) -> list[Event]:
    return [
        Event(number, one.kind, one.occurred_at, one.recorded_at, one.agency, one.officer, one.fields)
        for number, one in enumerate(events, 1)
    ]


@cache
def lived() -> Mapping[str, Decision]:
    return {case: fold(case, journal(events), peep(), END_OF_YEAR) for case, events in by_case(published()).items()}


def live(today: datetime) -> dict[str, Decision]:
    events = [event for event in sample_events(today) if event.case is not None and event.case.startswith("live")]
    return {case: fold(case, journal(told), peep(), today) for case, told in by_case(events).items()}


def measured(events: Iterable[SampleEvent]) -> Iterator[MeasureEvent]:
    for event in events:
        scope: Scope = "cohort" if event.case else "locality"
        yield MeasureEvent(event.case, event.case, event.kind, event.occurred_at, event.fields, scope)


def refused(decisions: Mapping[str, Decision]) -> list[str]:
    return [
        f"{case}: {change.subject}: {change.because}"
        for case, decision in decisions.items()
        for change in decision.changes
        if change.kind == "event_refused"
    ]


def test_the_outcome_table_is_the_published_one() -> None:
    table = outcome_table(peep().declaration.measures, measured(published()), END_OF_YEAR, calendar=peep().calendar)

    assert {figure.name: figure.told for figure in table} == {
        "referred": "58",
        "accommodated": "29",
        "maintained": "16",
        "in_treatment": "40",
        "dispersals": "554",
        "arrests": "170",
        "custodial_sentences": "28",
        "custodial_time": "18 years 10 months",
    }


@pytest.mark.parametrize("today", TODAYS.values(), ids=TODAYS)
def test_the_table_stays_the_same_with_the_cases_of_today_beside_it(today: datetime) -> None:
    table = outcome_table(peep().declaration.measures, measured(sample_events(today)), today, calendar=peep().calendar)

    assert [figure.value for figure in table] == [58, 29, 16, 40, 554, 170, 28, 226]


def test_the_figures_depend_on_what_the_measures_ask_for() -> None:
    """There is something in the sample for every condition of every measure to leave out."""
    events = published()
    loosely = {
        "moved in": {event.case for event in events if event.fields.get("status") == "moved_in"},
        "sentenced": {event.case for event in events if event.kind == "sentence.passed"},
        "dispersals": [event for event in events if event.kind == "dispersal.issued"],
        "arrests": [event for event in events if event.kind == "arrest.made"],
    }

    assert len(loosely["moved in"]) > 29
    assert len(loosely["sentenced"]) > 28
    assert len(loosely["dispersals"]) > 554
    assert len(loosely["arrests"]) > 170


def test_the_sample_is_the_same_every_time() -> None:
    assert tuple(published_events()) == published()


def test_events_come_in_order_of_occurrence_with_ids_of_their_own() -> None:
    instants = [event.occurred_at for event in published()]

    assert instants == sorted(instants)
    assert len({event.external_id for event in published()}) == len(published())


def test_within_a_case_nothing_is_recorded_before_what_happened_earlier() -> None:
    for events in by_case(published()).values():
        recorded = [event.recorded_at for event in events]
        assert recorded == sorted(recorded)
        assert all(event.occurred_at <= event.recorded_at for event in events)


def test_the_first_event_of_a_case_refers_an_adult_by_a_professional_and_no_other_names_anybody() -> None:
    for events in by_case(published()).values():
        first, *others = events
        assert first.kind == "referral.made"
        assert first.person is not None
        assert int(first.fields["age"]) >= 18
        assert first.fields["referred_by"] == "professional"
        assert all(event.person is None for event in others)


def test_a_date_of_birth_agrees_with_the_age_that_was_stated() -> None:
    known = 0
    for first, *_ in by_case(published()).values():
        born = first.person.born if first.person is not None else None
        if born is not None:
            known += 1
            day = first.occurred_at.date()
            age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
            assert age == first.fields["age"], first.case
    assert 40 <= known < 58


def test_everybody_has_a_name_of_their_own() -> None:
    people = [events[0].person for events in by_case(published()).values()]

    assert len({(one.given_name, one.family_name) for one in people if one is not None}) == 58


def test_nothing_in_a_case_is_refused() -> None:
    assert refused(lived()) == []


def test_every_event_may_be_said_by_the_agency_that_says_it_and_has_the_fields_of_its_kind() -> None:
    for event in (*published(), *sample_events(TODAYS["Easter Monday"])):
        assert dict(event.fields) == read_fields(peep(), event.kind, event.fields), event
        if event.kind not in BUILT_IN_EVENTS:
            assert event.agency in peep().declaration.events[event.kind].by, event


def test_at_the_end_of_the_year_every_case_is_closed() -> None:
    assert {decision.case.status for decision in lived().values()} == {"closed"}


def test_the_cohort_ends_in_many_places() -> None:
    ends = {(case.tracks["support"].stage) for case in map(_case, lived().values())}

    assert ends >= {"stable", "treatment", "hostel", "offered_support"}


def test_person_a_goes_from_the_street_to_stable_by_way_of_the_shelter_and_a_room() -> None:
    moves = [change for change in lived()[PERSON_A].changes if change.kind == "moved" and change.track == "support"]

    assert [move.to for move in moves] == ["offered_support", "nsno", "hostel", "treatment", "stable"]


def test_person_a_declined_for_five_weeks_and_support_never_ended() -> None:
    events = by_case(published())[PERSON_A]
    declined = [event for event in events if event.fields.get("response") == "declined"]
    accepted = next(event for event in events if event.fields.get("response") == "accepted")

    assert len(declined) > 20
    assert all(event.occurred_at < accepted.occurred_at for event in declined)


def test_person_a_came_for_his_bed_before_four_every_day() -> None:
    came = [event for event in by_case(published())[PERSON_A] if event.kind == "bed.presented"]

    assert len({event.occurred_at.date() for event in came}) == len(came) == 16
    assert all(peep().calendar.local(event.occurred_at).hour == 15 for event in came)


def test_a_warning_for_person_a_was_held_back_and_fell_away_when_he_accepted_help() -> None:
    enforcement = [
        (change.kind, change.to)
        for change in lived()[PERSON_A].changes
        if change.track == "enforcement" and change.kind in {"moved", "held"}
    ]

    assert enforcement[:3] == [("moved", "considered"), ("held", "warned"), ("moved", "not_considered")]
    assert ("moved", "warned") not in enforcement


def test_the_room_that_person_a_waited_for_was_a_blockage_of_the_system() -> None:
    blockages = [
        (change.kind, change.subject) for change in lived()[PERSON_A].changes if change.kind.startswith("blockage_")
    ]

    assert blockages == [
        ("blockage_opened", "no_room"),
        ("blockage_escalated", "no_room"),
        ("blockage_cleared", "no_room"),
    ]


def test_person_a_ends_on_script_in_a_hostel_room_and_still_uses() -> None:
    events = by_case(published())[PERSON_A]
    script = [event.fields["status"] for event in events if event.kind == "script.changed"]
    housing = [event.fields["status"] for event in events if event.kind == "accommodation.changed"]
    reviews = [event.fields for event in events if event.kind == "review.completed"]

    assert (script[-1], housing) == ("on", ["moved_in"])
    assert {review["substance_use"] for review in reviews} == {"same"}
    assert lived()[PERSON_A].case.tracks["support"].owner == "riverside"


@pytest.mark.parametrize("today", TODAYS.values(), ids=TODAYS)
def test_today_there_is_work_that_is_late_open_or_blocked(today: datetime) -> None:
    decisions = live(today)
    cases = [decision.case for decision in decisions.values()]

    assert refused(decisions) == []
    assert all(case.status == "open" for case in cases)
    assert any(task.overdue for case in cases for task in case.tasks)
    assert any(one.state == "offered" for case in cases for one in case.hand_offs)
    assert {one.name for case in cases for one in case.blockages} >= {"no_bed", "no_room", "no_offer"}
    assert any("warned" in visit.held for case in cases for visit in case.tracks.values())


@pytest.mark.parametrize("today", TODAYS.values(), ids=TODAYS)
def test_nothing_happens_after_today(today: datetime) -> None:
    assert all(event.recorded_at <= today for event in sample_events(today))


def _case(decision: Decision) -> Case:
    return decision.case
