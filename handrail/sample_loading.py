"""The sample programme brought into a store: once, whatever was interrupted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, cast

from handrail import casework
from handrail.casework import Brought, Identity, ImportOptions, Origin, Referral, Said, Speaker
from handrail.housing.place_imports import import_places
from handrail.sample import SampleEvent, SamplePerson, published_events
from handrail.sample.live import live_events
from handrail.sample.occupancy import vacancies
from handrail.sample.person_a import CASE as PERSON_A
from handrail.sample.person_a import person_a_events
from handrail.sample.places import load_sample_places
from handrail.steps import transaction
from handrail.story import Told
from handrail.wiring import Store
from models.sources import count_cases_of, find_case_of

PATHWAY = "peep"
SOURCE = "sample"
LIVE = "sample-live"
PATHWAYS = Path(__file__).parents[1] / "pathways"
ReferredBy = Literal["professional", "self", "public"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much of the sample is there; ``new`` counts what this call brought."""

    cases: int
    events: int
    new: int


def publish_sample(store: Store) -> bool:
    """Have PEEP and its agencies in force, and return whether they were not before."""
    text = (PATHWAYS / "peep.yaml").read_text(encoding="utf-8")
    agencies = (PATHWAYS / "agencies.yaml").read_text(encoding="utf-8")
    return casework.publish(store, text, agencies, file_name="peep.yaml", officer="Sample").new


def load_published_year(store: Store) -> Loaded:
    """Have everybody of the published year but Person A in the store, and what happened in the locality."""
    with transaction(store) as connection:
        if there := count_cases_of(connection, SOURCE):
            return Loaded(there, 0, 0)
    events = [event for event in published_events() if event.case != PERSON_A]
    locality = casework.record_locality(store, PATHWAY, [_said(event) for event in events if event.case is None])
    loaded = _import(store, [event for event in events if event.case is not None], SOURCE)
    return Loaded(loaded.cases, loaded.events + locality.recorded, loaded.new)


def load_live_cases(store: Store) -> Loaded:
    """Have cases in the store that are in trouble today, as they stood when something was last said of them."""
    with transaction(store) as connection:
        if there := count_cases_of(connection, LIVE):
            return Loaded(there, 0, 0)
    return _import(store, live_events(casework.database_now(store)), LIVE)


def load_places(store: Store) -> int:
    """Have a city's places in the store, as full as they are today; return how many are new."""
    new = load_sample_places(store).places.new
    if new:
        lines = list(vacancies(casework.database_now(store)))
        refused: list[str] = []
        import_places(store, lines, lambda _number, sentence: refused.append(sentence))
        if refused:
            raise SampleRefused(refused)
    return new


def come_tonight(store: Store) -> None:
    """Have some of those who are expected come for the night, as they do before your eyes; again is harmless."""
    for kind in casework.nightly_kinds(store):
        expected = [guest for guest in casework.tonight(store, kind).guests if guest.reference is not None]
        for guest in expected[::2]:
            if guest.reference is not None and guest.state in {"expected", "held"}:
                casework.present(store, kind, guest.reference, Speaker("riverside", "Night worker"))


def story_of_person_a(store: Store) -> list[Told]:
    """Return his story, event by event, to be told to ``store``; what it holds of it already is not told twice."""
    return _Telling(store).story(person_a_events())


def begin_of_person_a() -> datetime:
    """Return when his story begins."""
    return person_a_events()[0].recorded_at


def find_person_a(store: Store) -> tuple[str | None, bool]:
    """Return the reference of his case, and whether his story is told to its end."""
    events = person_a_events()
    with transaction(store) as connection:
        reference = find_case_of(connection, SOURCE, [event.external_id for event in events])
        ended = find_case_of(connection, SOURCE, [events[-1].external_id])
    return reference, ended is not None


@dataclass
class _Telling:
    """Records one case's events one by one."""

    store: Store
    reference: str = ""

    def story(self, events: Iterable[SampleEvent]) -> list[Told]:
        return [Told(event.recorded_at, self._teller(event)) for event in events]

    def _teller(self, event: SampleEvent) -> Callable[[], object]:
        return lambda: self._tell(event)

    def _tell(self, event: SampleEvent) -> None:
        if event.person is None:
            casework.record(self.store, self.reference, _said(event))
            return
        referral = Referral(
            _identity(event.person),
            Speaker(event.agency, event.officer),
            event.fields,
            cast("ReferredBy", event.fields.get("referred_by", "professional")),
            kind=event.kind,
            occurred_at=event.occurred_at,
            origin=Origin(SOURCE, event.external_id),
        )
        self.reference = casework.refer(self.store, PATHWAY, referral).reference


def _import(store: Store, events: Iterable[SampleEvent], source: str) -> Loaded:
    cases: dict[str, list[SampleEvent]] = {}
    for event in events:
        cases.setdefault(str(event.case), []).append(event)
    people = {case: event.person for case, told in cases.items() for event in told if event.person is not None}
    refused: list[str] = []
    done = casework.import_events(
        store,
        PATHWAY,
        [(case, [_brought(event) for event in sorted(told, key=_recorded)]) for case, told in cases.items()],
        ImportOptions(source, persons=lambda case: _identity(people[case])),
        lambda _number, sentence: refused.append(sentence),
    )
    if refused:
        raise SampleRefused(refused)
    return Loaded(done.cases, done.events, done.new_cases)


class SampleRefused(Exception):
    """The store did not take the sample: the pathway was changed so that it no longer fits."""

    def __init__(self, refused: Sequence[str]) -> None:
        super().__init__(f"{len(refused)} events of the sample were refused. The first: {refused[0]}")


def _brought(event: SampleEvent) -> Brought:
    return Brought(
        str(event.case),
        event.kind,
        event.occurred_at,
        event.recorded_at,
        event.agency,
        event.officer,
        event.fields,
        event.external_id,
    )


def _said(event: SampleEvent) -> Said:
    speaker = Speaker(event.agency, event.officer)
    return Said(event.kind, event.fields, speaker, event.occurred_at, Origin(SOURCE, event.external_id))


def _identity(person: SamplePerson) -> Identity:
    return Identity((f"{person.given_name} {person.family_name}", *person.aliases), person.born)


def _recorded(event: SampleEvent) -> tuple[datetime, datetime]:
    return event.recorded_at, event.occurred_at
