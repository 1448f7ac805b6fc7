"""Referrals: a person comes onto a pathway, if the pathway's rule of eligibility holds."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal

import psycopg
from sqlalchemy import Connection

from handrail.errors import FieldsRefused, NotEligible, NotFound, NotPossible
from handrail.persons import check_names
from handrail.publishing import get_newest
from handrail.recording import Said, Speaker, check_said
from handrail.references import make_reference
from handrail.rules import Rules
from handrail.saving import Step, save_steps
from handrail.steps import Saying, check_same, entry_of, refusal, transaction
from handrail.wiring import Store
from models.cases import Opening, StoredCase, reserve_ids
from models.database import now as database_now
from models.database import raw
from models.journal import Origin, find_recorded, list_changes_at
from models.persons import (
    EarlierCase,
    Identity,
    LikelySame,
    find_identity,
    find_person_of,
    link_case,
    list_likely_same,
    lock_cases_of,
    record_person,
)
from pathways.case import Case, Change
from pathways.draft import Draft
from pathways.engine import advance

ReferredBy = Literal["professional", "self", "public"]
TRIES = 5


@dataclass(frozen=True, slots=True)
class Referral:
    """Who is referred, by whom, and why.

    ``person`` is an id on file, or what is known of somebody new. ``kind`` is the event that opens the case; left
    out, the pathway's own if it has just one. ``age`` in years is for who has no date of birth on file.
    """

    person: int | Identity
    speaker: Speaker
    fields: Mapping[str, object] = field(default_factory=dict)
    referred_by: ReferredBy = "professional"
    age: int | None = field(default=None, repr=False)
    kind: str | None = None
    occurred_at: datetime | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Referred:
    """The case that a referral opened. ``likely_same`` warns: these persons on file may be the same one."""

    reference: str
    person: int
    earlier: str | None
    likely_same: tuple[LikelySame, ...]
    changes: tuple[Change, ...]
    repeated: bool = False


def refer(store: Store, pathway: str, referral: Referral) -> Referred:
    """Open a case of the person on the newest rules of ``pathway``, and tell who may be the same person.

    Nobody is merged by it: who is meant says the caller, by giving a person's id.

    Raises:
        NotEligible: the pathway is not for this person; nothing was recorded.
        NotPossible: the person has an open case on this pathway already.
        NotFound: the pathway was never published, or no person has this id.
        FieldsRefused, NotYours, InstantRefused, SaidDifferently, Delayed: as ``handrail.recording.record``.
    """
    publication = get_newest(store, pathway).hash
    for left in reversed(range(TRIES)):
        try:
            with transaction(store) as connection:
                return _refer(store, connection, publication, referral)
        except psycopg.errors.UniqueViolation:  # a reference that is taken, or the same referral twice at once
            if left == 0:
                raise
    raise AssertionError


def age_on(day: date, born: date) -> int:
    """Return the age in whole years; who was born on 29 February has the birthday on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _refer(store: Store, connection: Connection, publication: str, referral: Referral) -> Referred:
    rules, now = store.rules(connection, publication), database_now(connection)
    saying = check_said(rules, _said(rules, referral), now)
    before = _referred_before(connection, saying)
    if before is not None:
        return before
    identity = _identity(connection, referral.person)
    _check_eligible(rules, referral, identity, now)
    likely = list_likely_same(connection, identity) if isinstance(referral.person, Identity) else []
    person = record_person(connection, identity) if isinstance(referral.person, Identity) else referral.person
    earlier = _earlier(connection, person, rules)
    step = _first_step(connection, rules, saying, now, _opening(referral, earlier))
    save_steps(raw(connection), [step])
    link_case(connection, step.stored.id, person)
    reference = step.stored.reference
    told = earlier.reference if earlier is not None else None
    return Referred(reference, person, told, tuple(likely), step.decision.changes)


def _said(rules: Rules, referral: Referral) -> Said:
    kind = referral.kind
    opening = sorted(rules.pathway.opens_on)
    if kind is None and len(opening) == 1:
        kind = opening[0]
    if kind is None or (opening and kind not in opening):
        expected = ", ".join(opening) or "any event of the pathway"
        raise FieldsRefused(str(kind), [f"A case of {rules.pathway.key} opens with: {expected}. Name one of them."])
    return Said(kind, referral.fields, referral.speaker, referral.occurred_at, referral.origin)


def _referred_before(connection: Connection, saying: Saying) -> Referred | None:
    if saying.origin is None:
        return None
    known = find_recorded(raw(connection), [saying.origin]).get(saying.origin)
    if known is None:
        return None
    check_same(saying, known.reference, known)
    person = find_person_of(connection, known.reference)
    if person is None:
        raise NotPossible(f"{known.reference} is a case without a person: it was imported. Refer under another id.")
    changes = tuple(list_changes_at(raw(connection), known.case_id, known.event.recorded_at))
    return Referred(known.reference, person, None, (), changes, repeated=True)


def _identity(connection: Connection, person: int | Identity) -> Identity:
    if isinstance(person, Identity):
        check_names(person.names)
        return person
    found = find_identity(connection, person)
    if found is None:
        message = f"There is no person {person} on file. Look the person up, or give a name."
        raise NotFound(message)
    return found


def _check_eligible(rules: Rules, referral: Referral, identity: Identity, now: datetime) -> None:
    """Hold the pathway's rule against what is known. The sentence of a refusal says which part fails."""
    rule = rules.pathway.eligibility
    if rule is None:
        return
    facts: dict[str, bool | int | float | str] = {"agency": referral.speaker.agency}
    named = referral.speaker.officer is not None or referral.referred_by != "professional"
    if named:
        facts["referred_by"] = referral.referred_by
    today = now.astimezone(rules.pathway.zone).date()
    age = referral.age if identity.date_of_birth is None else age_on(today, identity.date_of_birth)
    if age is not None:
        facts["age"] = age
    answer = rule.explain(Draft(Case("", referral=facts), rules.pathway, now).case_view())
    if not answer.holds:
        hint = "" if named else "; name the professional who refers"
        raise NotEligible(rules.pathway.title, answer.sentence + hint)


def _earlier(connection: Connection, person: int, rules: Rules) -> EarlierCase | None:
    key = rules.pathway.key
    cases = [case for case in lock_cases_of(connection, person) if case.pathway == key]
    running = next((case for case in cases if case.status != "closed"), None)
    if running is not None:
        raise NotPossible(
            f"The person has an open case on {rules.pathway.title}: {running.reference}. Go on with that."
        )
    return cases[0] if cases else None


def _opening(referral: Referral, earlier: EarlierCase | None) -> Opening:
    facts = {"referred_by": referral.referred_by, "agency": referral.speaker.agency}
    return Opening(facts, earlier.id if earlier is not None else None)


def _first_step(connection: Connection, rules: Rules, saying: Saying, now: datetime, opening: Opening) -> Step:
    reference = make_reference(secrets.choice)
    stored = StoredCase(reserve_ids(raw(connection), 1)[0], reference, rules.hash, "", 0, 0, now)
    before = Case(reference)
    entry = entry_of(saying, 1, now.astimezone(UTC))
    decision = advance(before, [entry.event], now, rules.pathway)
    refused = refusal(decision.changes)
    if refused is not None:
        raise NotPossible(f"The referral was not recorded: {refused}.")
    return Step(stored, before, (entry,), decision, rules, opening=opening)
