"""What is known of a person grows, and is found by any of the names."""

from __future__ import annotations

from datetime import date

import pytest

from handrail.errors import NotFound, Refused
from handrail.persons import add_names, correct_birth, likely_same
from handrail.recording import Speaker
from handrail.referrals import Referral, refer
from handrail.wiring import Store
from models.persons import Identity


@pytest.fixture
def anna(store: Store) -> int:
    """A person on file."""
    anna = Identity(("Anna Example",), date(1980, 1, 1))
    return refer(store, "shelter", Referral(anna, Speaker("outreach", "P. Officer"))).person


def test_an_alias_is_found_as_well_as_the_name(store: Store, anna: int) -> None:
    known = add_names(store, anna, ["Red", "Anna Example"])

    assert known.names == ("Anna Example", "Red")
    assert [each.person for each in likely_same(store, Identity(("RED",)))] == [anna]


def test_a_date_of_birth_can_be_corrected_or_unknown(store: Store, anna: int) -> None:
    assert correct_birth(store, anna, date(1981, 1, 1)).date_of_birth == date(1981, 1, 1)
    assert correct_birth(store, anna, None, "about 40").age_evidence == "about 40"
    assert not likely_same(store, Identity(("Somebody Else",), date(1981, 1, 1)))


def test_nobody_is_named_by_nothing(store: Store, anna: int) -> None:
    with pytest.raises(Refused, match="blank"):
        add_names(store, anna, [" "])
    with pytest.raises(NotFound, match="no person 77"):
        add_names(store, 77, ["Red"])


def test_a_name_does_not_show_where_a_value_is_printed(store: Store, anna: int) -> None:
    add_names(store, anna, ["Red"])
    (found,) = likely_same(store, Identity(("Red",)))

    assert "Anna" not in repr(found)
    assert "1980" not in repr(found)
