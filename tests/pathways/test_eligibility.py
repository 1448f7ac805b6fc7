"""What is asked at referral: an age between bounds, and who refers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import pytest

from pathways.answers import compile_condition
from pathways.case import Case, Event, Scalar
from pathways.chart import Pathway
from pathways.conditions import Condition
from pathways.draft import Draft
from pathways.engine import fold
from pathways.watches import Watches

Journal = Callable[..., list[Event]]
Read = Callable[[str], datetime]


@pytest.mark.parametrize(
    ("condition", "referral", "holds", "sentence"),
    [
        ({"person": {"age": {"at_least": 18}}}, {"age": 18}, True, "age of at least 18: met"),
        ({"person": {"age": {"at_least": 18}}}, {"age": 17}, False, "age of at least 18: not met"),
        ({"person": {"age": {"at_most": 24}}}, {"age": 24}, True, "age of at most 24: met"),
        ({"person": {"age": {"at_most": 24}}}, {"age": 25}, False, "age of at most 24: not met"),
        ({"person": {"age": {"at_least": 18, "at_most": 24}}}, {"age": 18}, True, "age (18 to 24 asked for): met"),
        ({"person": {"age": {"at_least": 18, "at_most": 24}}}, {"age": 25}, False, "age (18 to 24 asked for): not met"),
        ({"person": {"age": {"at_least": 18}}}, {}, False, "age of at least 18: not evidenced"),
        ({"person": {"age": {"at_least": 18}}}, {"age": "18"}, False, "age of at least 18: not evidenced"),
        ({"referred_by": "self"}, {"referred_by": "self"}, True, "referred by self: self"),
        ({"referred_by": "self"}, {"referred_by": "professional"}, False, "referred by self: professional"),
        ({"referred_by": "police"}, {"referred_by": "professional", "agency": "police"}, True, "police: professional"),
        ({"referred_by": "police"}, {}, False, "referred by police: not stated"),
    ],
)
def test_an_eligibility_rule_is_answered_from_the_referral(
    condition: Mapping[str, object],
    referral: Mapping[str, Scalar],
    holds: bool,  # noqa: FBT001 - a column of the table
    sentence: str,
    properties_pathways: dict[str, Pathway],
    at: Read,
) -> None:
    answer = compile_condition(Condition.model_validate(condition), Watches())
    view = Draft(Case("A", referral=referral), properties_pathways["Europe/London"], at("2026-03-02 09:00")).case_view()

    reason = answer.explain(view)

    assert reason.sentence.endswith(sentence)
    assert answer.holds(view) is reason.holds is holds
    assert (answer.timed, answer.next_change(view), answer.kinds) == (False, None, frozenset())


def test_what_is_asked_at_referral_is_what_the_opening_event_said(
    properties_pathways: dict[str, Pathway], journal: Journal
) -> None:
    pathway = properties_pathways["Europe/London"]
    opening = journal(("referral.made", "2026-03-02 09:00", {"age": 40, "referred_by": "professional"}, "outreach"))
    case = fold("A", opening, pathway).case
    assert pathway.eligibility is not None

    reason = pathway.eligibility.explain(Draft(case, pathway, opening[0].recorded_at).case_view())

    assert reason.sentence == "age of at least 18: met; referred by professional: professional"
    assert case.referral == {"age": 40, "referred_by": "professional", "agency": "outreach"}
