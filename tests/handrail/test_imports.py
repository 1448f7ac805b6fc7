"""Whole logs come in, once, and end where their events lead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text

from handrail.imports import Brought, Imported, ImportOptions, import_events
from handrail.reading import list_of_cases, person_of, timeline, view
from handrail.recording import Said, Speaker, record
from handrail.sweeps import database_now
from handrail.verification import verify
from handrail.wiring import Store
from models.persons import Identity
from pathways.case import Event, Scalar
from pathways.case_json import from_json, to_json
from pathways.engine import fold

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
SOURCE = ImportOptions("log")


def story(name: str, offers: int = 3) -> tuple[str, list[Brought]]:
    """A case with one referral and some declined offers, a day apart."""
    made = [
        Brought(name, "offer.made", MONDAY + timedelta(days=day), agency="outreach", fields={"response": "declined"})
        for day in range(1, offers + 1)
    ]
    return name, [Brought(name, "referral.made", MONDAY, agency="outreach"), *made]


def fields_of(brought: Brought) -> dict[str, Scalar]:
    return {name: str(value) for name, value in brought.fields.items()}


def bring(store: Store, *cases: tuple[str, list[Brought]], options: ImportOptions = SOURCE) -> Imported:
    return import_events(store, "shelter", cases, options)


def test_an_imported_case_ends_where_its_events_lead_in_memory(store: Store) -> None:
    name, brought = story("A", offers=5)
    until = MONDAY + timedelta(days=9)
    reference = bring(store, (name, brought), options=ImportOptions("log", until)).references[name]

    seen = view(store, reference)
    events = [
        Event(number, each.kind, each.occurred_at, each.occurred_at, each.agency, None, fields_of(each))
        for number, each in enumerate(brought, 1)
    ]

    assert to_json(fold(reference, events, seen.rules.pathway, until).case) == to_json(seen.case)
    assert not verify(store).wrong


def test_the_same_log_again_changes_nothing(store: Store) -> None:
    first = bring(store, story("A"), story("B"))

    again = bring(store, story("A"), story("B"))

    assert (first.events, first.new_cases, first.repeated) == (8, 2, 0)
    assert (again.events, again.new_cases, again.repeated) == (0, 0, 8)
    assert again.references == first.references


def test_a_longer_log_adds_what_is_new(store: Store) -> None:
    bring(store, story("A", offers=1))

    told = bring(store, story("A", offers=3))

    assert (told.events, told.repeated, told.new_cases) == (2, 2, 0)
    assert not verify(store).wrong


def test_a_changed_line_is_refused_with_the_difference(store: Store) -> None:
    bring(store, story("A", offers=1))
    name, brought = story("A", offers=1)
    brought[1] = Brought(name, "offer.made", brought[1].occurred_at, agency="outreach", fields={"response": "accepted"})
    refused: list[str] = []

    told = import_events(store, "shelter", [(name, brought)], SOURCE, lambda _, sentence: refused.append(sentence))

    assert (told.refused, told.repeated) == (1, 1)
    assert "response was 'declined' and is now 'accepted'" in refused[0]


def test_a_wrong_line_is_refused_by_number_and_the_rest_goes_on(store: Store) -> None:
    name, brought = story("A", offers=1)
    brought += [
        Brought(name, "offer.maid", MONDAY + timedelta(days=2), agency="outreach", number=3),
        Brought(name, "offer.made", MONDAY + timedelta(days=2), agency="riverside", number=4),
        Brought(name, "offer.made", MONDAY + timedelta(days=9000), agency="outreach", number=5),
        Brought(name, "seen", MONDAY + timedelta(days=3), agency="outreach", fields={"times": "many"}, number=6),
        Brought(name, "seen", MONDAY + timedelta(days=3), agency="outreach", fields={"times": "4"}, number=7),
    ]
    refused: dict[int, str] = {}

    told = import_events(store, "shelter", [(name, brought)], SOURCE, refused.__setitem__)

    assert told.events == 3
    assert sorted(refused) == [3, 4, 5, 6]
    assert "Did you mean 'offer.made'?" in refused[3]
    assert "may not record 'offer.made'" in refused[4]
    assert "has not come yet" in refused[5]
    assert "expected a number" in refused[6]


def test_unknown_events_may_be_passed_over(store: Store) -> None:
    name, brought = story("A", offers=1)
    brought.append(Brought(name, "coffee.had", MONDAY, number=3))

    told = bring(store, (name, brought), options=ImportOptions("log", ignore_unknown=True))

    assert (told.events, told.ignored, told.refused) == (2, 1, 0)


def test_columns_that_belong_to_other_rows_are_left_out(store: Store) -> None:
    fields = {"response": "declined", "area": "north"}
    name, brought = story("A", offers=0)
    brought.append(Brought(name, "offer.made", MONDAY, agency="outreach", fields=fields, tabular=True))

    reference = bring(store, (name, brought)).references[name]

    assert timeline(store, reference)[-1].events[-1].fields == {"response": "declined"}


def test_what_a_log_tells_of_a_case_that_lived_on_is_recorded_now(store: Store) -> None:
    reference = bring(store, story("A", offers=1)).references["A"]
    record(store, reference, Said("seen", {}, Speaker("outreach")))
    before = database_now(store)

    bring(store, story("A", offers=2))

    late = timeline(store, reference)[-1].events[-1]
    assert late.kind == "offer.made"
    assert late.recorded_at >= before
    assert late.occurred_at == MONDAY + timedelta(days=2)
    assert not verify(store).wrong


def test_nobody_is_told_of_what_happened_long_ago(store: Store) -> None:
    bring(store, story("A"))

    with store.engine.connect() as connection:
        assert set(connection.scalars(text("SELECT DISTINCT state FROM handrail.notices"))) <= {"superseded"}


def test_an_import_may_tell_who_the_people_are(store: Store) -> None:
    somebody = Identity(("Anna Example",), date(1980, 1, 1))

    told = bring(store, story("A"), story("B"), options=ImportOptions("log", persons={"A": somebody}.get))

    assert person_of(store, told.references["A"]) == somebody
    assert person_of(store, told.references["B"]) is None


def test_many_cases_at_once_end_as_one_by_one(store: Store, new_case: Callable[[], str]) -> None:
    new_case()
    log = [story(f"case {n}", offers=n % 7) for n in range(120)]

    together = import_events(store, "shelter", log, ImportOptions("together"))
    apart = [import_events(store, "shelter", [each], ImportOptions("apart")) for each in log[:20]]

    assert together.new_cases == 120
    found = verify(store)
    assert (found.cases, found.wrong) == (141, 0)
    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT source, external_id, reference, state FROM handrail.cases ORDER BY id"))
        states = {(row.source, row.external_id): from_json(row.state.replace(row.reference, "X")) for row in rows}
    assert len(apart) == 20
    assert all(states["apart", f"case {n}"] == states["together", f"case {n}"] for n in range(20))


def test_a_line_that_the_case_did_not_allow_is_told_as_in_a_replay(store: Store) -> None:
    name, brought = story("A", offers=1)
    done = {"task": "no such task"}
    brought.append(Brought(name, "task.completed", MONDAY + timedelta(days=2), agency="council", fields=done, number=9))
    refused: dict[int, str] = {}

    told = import_events(store, "shelter", [(name, brought)], SOURCE, refused.__setitem__)

    assert (told.events, told.refused) == (2, 1)
    assert "task 'no such task' is not open" in refused[9]
    assert not verify(store).wrong


def test_a_case_of_the_log_that_nothing_opens_is_not_in_the_store(store: Store) -> None:
    lost = Brought("B", "offer.made", MONDAY, agency="outreach", fields={"response": "declined"}, number=2)
    refused: dict[int, str] = {}

    told = import_events(store, "shelter", [story("A"), ("B", [lost])], SOURCE, refused.__setitem__)

    assert (told.new_cases, told.refused, list(told.references)) == (1, 1, ["A"])
    assert "it opens with referral.made" in refused[2]
    assert len(list_of_cases(store)) == 1


def test_a_case_with_an_endless_name_is_refused_and_the_others_go_on(store: Store) -> None:
    endless = "".join(chr(33 + number % 90) for number in range(5000))

    told = bring(store, story(endless, offers=0), story("A"))

    assert (told.new_cases, told.refused, list(told.references)) == (1, 1, ["A"])


def test_a_line_that_was_mended_comes_in_and_nothing_comes_in_twice(store: Store) -> None:
    name, brought = story("A", offers=3)
    broken = [brought[0], replace(brought[1], fields={"response": "perhaps"}), *brought[2:]]
    first = bring(store, (name, broken))

    again = bring(store, (name, brought))

    assert (first.events, first.refused) == (3, 1)
    assert (again.events, again.repeated, again.refused) == (1, 3, 0)
    assert len([each for moment in timeline(store, again.references[name]) for each in moment.events]) == 4


def test_the_same_happening_twice_at_one_instant_is_two_events(store: Store) -> None:
    name, brought = story("A", offers=1)
    twice = (name, [*brought, brought[1]])

    told = bring(store, twice)

    assert (told.events, bring(store, twice).repeated) == (3, 3)
