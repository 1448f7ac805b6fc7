"""References can be read out and typed, and a slip is noticed."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from handrail.errors import NotFound
from handrail.references import SIGNS, make_reference, read_reference

REFERENCES = st.randoms().map(lambda chance: make_reference(chance.choice))


@given(REFERENCES)
def test_a_reference_is_read_however_it_is_typed(reference: str) -> None:
    assert read_reference(reference) == reference
    assert read_reference(f" {reference.lower().replace('-', ' ')}") == reference


@given(REFERENCES, st.integers(0, 8), st.sampled_from(SIGNS))
def test_one_wrong_sign_is_always_noticed(reference: str, place: int, sign: str) -> None:
    signs = reference.replace("-", "")
    assume(signs[place] != sign)

    with pytest.raises(NotFound):
        read_reference(signs[:place] + sign + signs[place + 1 :])


@given(REFERENCES)
def test_a_reference_is_never_a_word_and_has_no_signs_that_look_alike(reference: str) -> None:
    groups = reference.split("-")

    assert [len(group) for group in groups] == [3, 3, 3]
    assert all(group[1].isdigit() for group in groups)
    assert not set(reference) & set("01ILOU")


@pytest.mark.parametrize("given_", ["", "K4T-W9M", "K4T-W9M-P2R-X", "O0O-O0O-O0O", "Maria", "ß4T-W9M-P2R"])
def test_what_cannot_be_a_reference_is_refused(given_: str) -> None:
    with pytest.raises(NotFound, match="something like K4T-W9M-P2R"):
        read_reference(given_)
