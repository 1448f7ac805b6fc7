"""What is asked about a case: where it stands, how it came there, what is held back and what would move it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from handrail.blockages.counting import newest_rules
from handrail.blockages.listing import shared_work
from handrail.disclosure import WITHHELD, withheld_kinds
from handrail.references import read_reference
from handrail.rules import Rules
from handrail.steps import transaction
from handrail.wiring import Store
from models.approvals import Review, list_reviews
from models.cases import CaseRow, StoredCase, get_case, list_cases
from models.database import raw
from models.journal import list_changes, list_events
from models.persons import Identity, find_identity, find_person_of
from models.work import OpenWork, Work, WorkKind, count_stages, list_open, list_open_of
from pathways.case import Case, Change, Event
from pathways.case_json import from_json
from pathways.engine import advance
from pathways.explanations import Explanation, explain

STEPS = frozenset(("case_opened", "moved", "held", "case_closed", "case_reopened"))


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as it stands, with the rules it stands on and its open work."""

    reference: str
    case: Case
    rules: Rules
    work: tuple[Work, ...]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant of a timeline: the events recorded then, and what changed."""

    at: datetime
    events: tuple[Event, ...]
    changes: tuple[Change, ...]
    withheld: frozenset[int] = frozenset()
    """Numbers of those of the events whose fields the asker may not read; they come without."""


def view(store: Store, reference: str) -> CaseView:
    """Return the case as it stands.

    Raises:
        NotFound: no case has this reference.
    """
    with transaction(store) as connection:
        stored = get_case(connection, read_reference(reference))
        work = tuple(list_open_of(connection, [stored.id])[stored.id])
        rules = store.rules(connection, stored.publication)
    return CaseView(stored.reference, from_json(stored.state), rules, work, stored.read_at)


def timeline(store: Store, reference: str, seen_by: str | None = None) -> list[Moment]:
    """Return all that was recorded and all that followed from it, by instant.

    ``seen_by`` is the agency that reads it: of an event whose fields it may not read come no fields, and of what
    rests on such an event neither the sentence nor where it led. Left out, the coordinator reads it.

    Raises:
        NotFound: no case has this reference, or its pathway knows no such agency.
    """
    with transaction(store) as connection:
        stored = get_case(connection, read_reference(reference))
        kinds: frozenset[str] = frozenset()
        if seen_by is not None:
            pathway = store.rules(connection, stored.publication).pathway
            kinds = withheld_kinds(pathway, seen_by, stored.read_at)
        events = list_events(raw(connection), stored.id, kinds)
        withheld = frozenset(event.number for event in events if event.kind in kinds)
        changes = list_changes(connection, stored.id, withheld=withheld)
    told = [replace(each, because=WITHHELD) if withheld.intersection(each.evidence) else each for each in changes]
    return _moments(events, told, withheld)


def why(store: Store, reference: str, stage: str | None = None) -> Explanation:
    """Return why the case stands where it does now and what would move it; with ``stage``, only the ways there.

    What is due and has not been woken yet counts as done; nothing is saved.

    Raises:
        NotFound: no case has this reference.
    """
    seen = view(store, reference)
    pathway = seen.rules.pathway
    return explain(advance(seen.case, (), seen.read_at, pathway).case, pathway, stage)


def steps(store: Store, reference: str) -> list[Change]:
    """Return the moves that a case has made and those that a gate kept back, each with its rule and evidence.

    Raises:
        NotFound: no case has this reference.
    """
    with transaction(store) as connection:
        stored = get_case(connection, read_reference(reference))
        return [change for change in list_changes(connection, stored.id) if change.kind in STEPS]


def person_of(store: Store, reference: str) -> Identity | None:
    """Return who the case is about; an imported case may be about nobody known.

    Raises:
        NotFound: no case has this reference.
    """
    with transaction(store) as connection:
        stored: StoredCase = get_case(connection, read_reference(reference))
        person = find_person_of(connection, stored.reference)
        return find_identity(connection, person) if person is not None else None


def list_of_cases(
    store: Store, *, pathway: str | None = None, status: str | None = None, after: str = "", limit: int = 100
) -> list[CaseRow]:
    """Return cases by reference, from the one after ``after`` on."""
    with transaction(store) as connection:
        return list_cases(connection, pathway, status, after, limit)


def open_work_of(
    store: Store, agency: str | None = None, kinds: Sequence[WorkKind] | None = None, limit: int = 10_000
) -> list[OpenWork]:
    """Return open work, of one agency or of all, what is due first in front; blockages of no one case at the end."""
    with transaction(store) as connection:
        found = list_open(connection, agency=agency, kinds=kinds, limit=limit)
        if kinds is None or "blockage" in kinds:
            found += shared_work(connection, newest_rules(store, connection), agency)
    return found


def people_per_stage(store: Store) -> list[tuple[str, str, str, int]]:
    """Return pathway, track, stage and how many cases are there."""
    with transaction(store) as connection:
        return count_stages(connection)


def open_reviews(store: Store) -> list[Review]:
    """Return the reviews that wait for somebody, the oldest in front."""
    with transaction(store) as connection:
        return list_reviews(connection)


def _moments(events: Sequence[Event], changes: Sequence[Change], withheld: frozenset[int]) -> list[Moment]:
    instants = sorted({event.recorded_at for event in events} | {change.at for change in changes})
    said: dict[datetime, list[Event]] = {at: [] for at in instants}
    changed: dict[datetime, list[Change]] = {at: [] for at in instants}
    for event in events:
        said[event.recorded_at].append(event)
    for change in changes:
        changed[change.at].append(change)
    return [
        Moment(at, tuple(said[at]), tuple(changed[at]), withheld.intersection(event.number for event in said[at]))
        for at in instants
    ]
