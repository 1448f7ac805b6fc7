"""Who may come onto a pathway, and how somebody who was here before is recognised."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from handrail.answers import close
from handrail.errors import FieldsRefused, NotEligible, NotFound, NotPossible, NotYours, Refused, SaidDifferently
from handrail.recording import Said, Speaker, record
from handrail.referrals import Referral, age_on, refer
from handrail.verification import verify
from handrail.wiring import Store
from models.journal import Origin
from models.persons import Identity

OUTREACH = Speaker("outreach", "P. Officer")
ANNA = Identity(("Anna Marie Example", "Annie"), date(1980, 1, 1))
REFERRAL = Referral(ANNA, OUTREACH, {"risk": "self"})


def test_a_referral_opens_a_case_under_a_reference_that_tells_nothing(store: Store) -> None:
    referred = refer(store, "shelter", REFERRAL)

    assert referred.changes[0].kind == "case_opened"
    assert (referred.earlier, referred.likely_same) == (None, ())
    assert not verify(store).wrong


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"person": Identity(("Kid Example",), date(2015, 1, 1))}, "18: not met"),
        ({"person": Identity(("No Papers",))}, "18: not evidenced"),
        ({"referred_by": "self"}, "referred by professional: self"),
        ({"speaker": Speaker("outreach")}, "name the professional who refers"),
    ],
    ids=["a child", "no evidence of age", "by themselves", "no professional named"],
)
def test_who_is_not_eligible_is_refused_with_the_reason(store: Store, change: dict[str, object], reason: str) -> None:
    with pytest.raises(NotEligible, match=reason):
        refer(store, "shelter", replace(REFERRAL, **change))  # type: ignore[arg-type]  # of several types

    with store.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM handrail.persons")) == 0


def test_an_age_that_somebody_vouches_for_is_enough(store: Store) -> None:
    nobody = Identity(("No Papers",), age_evidence="about 40, seen by outreach")

    assert refer(store, "shelter", replace(REFERRAL, person=nobody, age=40)).reference


@pytest.mark.parametrize(
    ("day", "age"),
    [(date(2026, 2, 27), 17), (date(2026, 2, 28), 17), (date(2026, 3, 1), 18)],
    ids=["two days before", "the day before", "the first of March"],
)
def test_who_was_born_on_a_leap_day_is_18_on_the_first_of_march(day: date, age: int) -> None:
    assert age_on(day, date(2008, 2, 29)) == age


@pytest.mark.parametrize(
    ("identity", "because"),
    [
        (Identity(("Ána  marie EXAMPLE",), date(1980, 1, 1)), "a similar name and the same date of birth"),
        (Identity(("ANNIE",)), "the same name"),
        (Identity(("Somebody Else",), date(1980, 1, 1)), "the same date of birth"),
        (Identity(("Anna Mary Example",), date(1980, 1, 2)), "a similar name"),
    ],
    ids=["accents", "an alias", "a birthday", "a slip of the pen"],
)
def test_who_may_be_the_same_person_is_told_and_not_merged(store: Store, identity: Identity, because: str) -> None:
    first = refer(store, "shelter", REFERRAL)

    second = refer(store, "shelter", replace(REFERRAL, person=identity, age=40))

    assert [(each.person, each.cases, each.because) for each in second.likely_same] == [
        (first.person, (first.reference,), because)
    ]
    assert second.person != first.person


def test_a_stranger_is_like_nobody(store: Store) -> None:
    refer(store, "shelter", REFERRAL)

    assert not refer(store, "shelter", replace(REFERRAL, person=Identity(("Zed Other",), date(1970, 5, 5)))).likely_same


def test_without_the_extension_the_same_name_is_still_found(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("DROP EXTENSION IF EXISTS pg_trgm CASCADE"))
    refer(store, "shelter", REFERRAL)

    again = refer(store, "shelter", replace(REFERRAL, person=Identity(("anna marie example",)), age=40))

    assert [each.because for each in again.likely_same] == ["the same name"]


def test_a_similar_name_is_found_wherever_the_extension_stands(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text('CREATE SCHEMA "out of the way"'))
        connection.execute(text('ALTER EXTENSION pg_trgm SET SCHEMA "out of the way"'))
    refer(store, "shelter", REFERRAL)

    again = refer(store, "shelter", replace(REFERRAL, person=Identity(("Anna Mary Example",)), age=40))

    assert [each.because for each in again.likely_same] == ["a similar name"]


def test_a_referral_after_an_earlier_case_links_to_it(store: Store) -> None:
    first = refer(store, "shelter", REFERRAL)
    close(store, first.reference, Speaker("council", "C. Officer"), "moved away")

    second = refer(store, "shelter", replace(REFERRAL, person=first.person))

    assert second.earlier == first.reference
    assert second.person == first.person


def test_a_person_has_one_open_case_a_pathway(store: Store) -> None:
    first = refer(store, "shelter", REFERRAL)

    with pytest.raises(NotPossible, match=first.reference):
        refer(store, "shelter", replace(REFERRAL, person=first.person))


def test_the_same_referral_sent_twice_at_once_opens_one_case(store: Store) -> None:
    referral = replace(REFERRAL, origin=Origin("web", "form-1"))

    with ThreadPoolExecutor(4) as pool:
        referred = list(pool.map(lambda _: refer(store, "shelter", referral), range(8)))

    assert len({each.reference for each in referred}) == 1
    assert [each.repeated for each in referred].count(False) == 1
    assert verify(store).cases == 1


def test_the_same_id_with_another_body_is_refused(store: Store) -> None:
    origin = Origin("web", "form-1")
    refer(store, "shelter", replace(REFERRAL, origin=origin))

    with pytest.raises(SaidDifferently, match="risk was 'self' and is now 'others'"):
        refer(store, "shelter", replace(REFERRAL, fields={"risk": "others"}, origin=origin))


def test_a_pathway_that_was_never_published_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="Published: shelter"):
        refer(store, "peep", REFERRAL)
    with pytest.raises(NotFound, match="no person 99"):
        refer(store, "shelter", replace(REFERRAL, person=99))


def test_only_who_may_refer_refers_and_successors_count(store: Store) -> None:
    with pytest.raises(NotYours, match="It is for: outreach, council, old_probation"):
        refer(store, "shelter", replace(REFERRAL, speaker=Speaker("mission", "M. Officer")))

    assert refer(store, "shelter", replace(REFERRAL, speaker=Speaker("probation", "N. Officer"))).reference


@pytest.mark.parametrize("name", [" ", "a\x00b", "x" * 201], ids=["blank", "a null character", "endless"])
def test_what_is_no_name_is_refused_and_not_repeated(store: Store, name: str) -> None:
    with pytest.raises(Refused, match="blank or no name") as refused:
        refer(store, "shelter", replace(REFERRAL, person=Identity((name,), date(1980, 1, 1))))

    assert name not in str(refused.value).split()


def test_somebody_whose_name_nobody_knows_can_be_referred(store: Store) -> None:
    assert refer(store, "shelter", replace(REFERRAL, person=Identity((), age_evidence="about 30"), age=30)).reference


def test_a_case_opens_with_its_own_event_only(store: Store) -> None:
    with pytest.raises(FieldsRefused, match=r"opens with: referral\.made"):
        refer(store, "shelter", replace(REFERRAL, kind="seen"))


def test_no_name_stands_outside_the_tables_of_identity(store: Store) -> None:
    reference = refer(store, "shelter", REFERRAL).reference
    record(store, reference, Said("offer.made", {"response": "accepted"}, OUTREACH))

    with store.engine.connect() as connection:
        tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'handrail'")).all()
        telling = {
            table
            for table in tables
            for row in connection.execute(text(f"SELECT CAST(t AS text) FROM handrail.{table} AS t"))  # noqa: S608
            if any(name in row[0] for name in ("Anna", "Annie", "1980-01-01"))
        }

    assert telling == {"identities", "person_names"}
