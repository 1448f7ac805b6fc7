"""What may be recorded, by whom and with which fields; everything else is refused with a clear sentence."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from handrail.errors import CaseworkError, FieldsRefused, InstantRefused, NotYours, SaidDifferently
from handrail.publishing import publish
from handrail.reading import timeline, view, why
from handrail.recording import Said, Speaker, record
from handrail.sweeps import database_now
from handrail.verification import verify
from handrail.wiring import Store
from models.journal import Origin
from pathways.case_json import to_json

OUTREACH = Speaker("outreach", "P. Officer")


@pytest.mark.parametrize(
    ("said", "error", "sentence"),
    [
        (Said("offer.maid", {}, OUTREACH), FieldsRefused, "Did you mean 'offer.made'"),
        (Said("seen", {"tims": 1}, OUTREACH), FieldsRefused, "Did you mean 'times'"),
        (Said("seen", {"times": 1.5}, OUTREACH), FieldsRefused, "expected a whole number"),
        (Said("seen", {"score": "nan"}, OUTREACH), FieldsRefused, "expected a number"),
        (Said("seen", {"score": 1e300}, OUTREACH), FieldsRefused, "expected a number"),
        (Said("offer.made", {"response": "maybe"}, OUTREACH), FieldsRefused, "expected one of accepted, declined"),
        (Said("offer.made", {"available": "perhaps"}, OUTREACH), FieldsRefused, "expected yes or no"),
        (Said("offer.made", {"note": "a\x00b"}, OUTREACH), FieldsRefused, "without NUL"),
        (Said("offer.made", {"note": "\ud800"}, OUTREACH), FieldsRefused, "without NUL"),
        (Said("seen", {}, Speaker("mission")), NotYours, "'mission' may not record 'seen'. It is for: outreach"),
        (Said("seen", {}, Speaker("outreach", "a\x00b")), FieldsRefused, "The officer's name is blank or no name"),
        (Said("seen", {}, Speaker("nobody")), FieldsRefused, "There is no agency 'nobody'"),
    ],
    ids=[
        "an unknown event", "an unknown field", "half a time", "no number", "too large a number", "an unknown choice",
        "neither yes nor no", "a null character", "half a character", "another's event", "no officer's name",
        "an unknown agency",
    ],
)  # fmt: skip
def test_what_may_not_be_recorded_is_refused(
    store: Store, new_case: Callable[[], str], said: Said, error: type[CaseworkError], sentence: str
) -> None:
    reference = new_case()

    with pytest.raises(error, match=sentence):
        record(store, reference, said)

    assert verify(store).events == 1


def test_text_is_read_as_the_declared_kind(store: Store, new_case: Callable[[], str]) -> None:
    reference = new_case()

    record(store, reference, Said("seen", {"times": "3", "score": "2.50"}, OUTREACH))
    record(store, reference, Said("offer.made", {"available": "Yes", "note": "ü 🙂"}, OUTREACH))

    fields = [event.fields for moment in timeline(store, reference) for event in moment.events]
    assert fields[1:] == [{"times": 3, "score": 2.5}, {"available": True, "note": "ü 🙂"}]
    assert not verify(store).wrong


def test_the_future_has_not_happened_yet(store: Store, new_case: Callable[[], str]) -> None:
    tomorrow = database_now(store) + timedelta(days=1)

    with pytest.raises(InstantRefused, match="has not come yet"):
        record(store, new_case(), Said("seen", {}, OUTREACH, tomorrow))


def test_a_late_event_keeps_both_its_times(store: Store, new_case: Callable[[], str]) -> None:
    reference = new_case()
    earlier = database_now(store) - timedelta(days=3)

    record(store, reference, Said("offer.made", {"response": "accepted"}, OUTREACH, earlier))

    event = timeline(store, reference)[-1].events[-1]
    assert event.occurred_at == earlier
    assert event.recorded_at > earlier
    assert not verify(store).wrong


def test_recorded_time_goes_on_although_the_clock_was_set_back(store: Store, new_case: Callable[[], str]) -> None:
    reference = new_case()
    ahead = database_now(store) + timedelta(hours=1)
    with store.engine.begin() as connection:
        state = to_json(replace(view(store, reference).case, clock=ahead))
        connection.execute(text("UPDATE handrail.cases SET state = :state"), {"state": state})

    outcome = record(store, reference, Said("seen", {}, OUTREACH))

    assert outcome.recorded_at == ahead + timedelta(microseconds=1)


def test_a_case_stays_on_the_rules_it_began_on(store: Store, new_case: Callable[[], str], shelter_text: str) -> None:
    old = new_case()
    publish(store, shelter_text.replace("version: 1", "version: 2"), None, file_name="shelter.yaml")

    assert view(store, old).rules.pathway.version == 1
    assert view(store, new_case()).rules.pathway.version == 2
    assert not verify(store).wrong


def test_a_case_says_why_it_is_where_it_is(store: Store, new_case: Callable[[], str]) -> None:
    reference = new_case()

    explained = {track.track: track for track in why(store, reference).tracks}

    assert explained["support"].stage == "street"
    assert explained["support"].owner == "outreach"


def test_one_id_brought_to_two_cases_at_once_is_recorded_once_and_refused_once(
    store: Store, new_case: Callable[[], str]
) -> None:
    def recorded(reference: str, number: int) -> str:
        try:
            record(store, reference, Said("seen", {}, OUTREACH, origin=Origin("register", str(number))))
        except SaidDifferently:
            return "refused"
        return "recorded"

    both = [new_case(), new_case()]
    with ThreadPoolExecutor(2) as pool:
        for number in range(5):
            assert sorted(pool.map(recorded, both, [number, number])) == ["recorded", "refused"]
    assert not verify(store).wrong
