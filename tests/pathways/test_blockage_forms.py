"""What may be written of a blockage, and what it must not say together."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pathways.blockage_forms import Blockage

USUAL = {"within": "4 weeks", "than": "26 weeks"}
OWNED = {"theme": "housing", "owner": "council"}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        pytest.param({"service": {"full_for": "1 day"}}, "either 'places' or 'hand_off'", id="of what service"),
        pytest.param(
            {"service": {"places": "room", "hand_off": "room", "full_for": "1 day"}},
            "either 'places' or 'hand_off'",
            id="two services",
        ),
        pytest.param({"service": {"places": "room"}}, "'full_for', 'void_for' or 'unfit_for'", id="no symptom"),
        pytest.param(
            {"service": {"places": "room", "full_for": "1 day", "void_for": "1 day"}}, "exactly one", id="two symptoms"
        ),
        pytest.param(
            {"service": {"hand_off": "room", "full_for": "1 day"}}, "'slower' or 'declines'", id="another's symptom"
        ),
        pytest.param({"step": {"stage": "a.b"}}, "either 'piling_up_for' or 'slower'", id="a step without a symptom"),
        pytest.param(
            {"step": {"stage": "a.b", "piling_up_for": "4 weeks", "slower": USUAL}}, "either", id="a step with two"
        ),
        pytest.param(
            {"service": {"places": "room", "full_for": "1 day"}, "step": {"stage": "a.b", "piling_up_for": "1 week"}},
            "at most one of 'service', 'step' or 'rule'",
            id="of two kinds",
        ),
        pytest.param(
            {"service": {"places": "room", "full_for": "1 day"}, "when": {"accepted": "room"}},
            "this one is found by itself",
            id="found and asked for",
        ),
        pytest.param({"clears_after": "1 day"}, "use 'clears_when'", id="a person's that clears after a while"),
    ],
)
def test_what_contradicts_itself_is_refused_with_what_was_expected(said: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Blockage.model_validate(OWNED | {"attributable_to": "system"} | said)


def test_only_of_a_rule_each_reason_says_whose_doing_it_is() -> None:
    rule = {"reasons": "no", "within": "28 days", "act_within": "5 working days"}

    assert Blockage.model_validate(OWNED | {"rule": rule}).is_shared
    with pytest.raises(ValidationError, match="there each reason knows"):
        Blockage.model_validate(OWNED | {"rule": rule, "attributable_to": "system"})
    with pytest.raises(ValidationError, match="expected 'attributable_to'"):
        Blockage.model_validate(OWNED)
