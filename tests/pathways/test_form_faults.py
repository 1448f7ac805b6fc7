"""A value that may have several forms gives one problem, about the form that was meant."""

from __future__ import annotations

import pytest

from pathways.loading import load_pathway

TEXT = """\
pathway: forms
version: 1
title: Forms
coordinator: council
agencies: {{council: {{title: Council}}, housing: {{title: Housing}}}}
events: {{seen: {{by: [council]}}}}
tracks:
  support:
    start: new
    stages:
      new: {{owner: council, moves: [{{to: over, when: {when}}}]}}
      over: {{owner: {owner}, final: true{more}}}
"""


def _told(
    when: str = "{event: seen}", owner: str = "housing", more: str = ""
) -> list[tuple[str, str | None, str | None]]:
    loaded = load_pathway(TEXT.format(when=when, owner=owner, more=more), "forms.yaml")
    return [(problem.rule, problem.found, problem.expected) for problem in loaded.problems]


A_DURATION = "a duration such as '28 days' or '4 working hours'"


@pytest.mark.parametrize(
    ("when", "told"),
    [
        pytest.param("{waited: 3}", ("wrong-type", "the number 3", f"{A_DURATION} or a mapping"), id="neither form"),
        pytest.param("{waited: {for: 3}}", ("wrong-type", "the number 3", A_DURATION), id="the longer form"),
        pytest.param("{waited: {}}", ("missing-key", None, "'for'"), id="the longer form, empty"),
        pytest.param("{event: 3}", ("wrong-type", "the number 3", "a mapping"), id="neither a name nor a mapping"),
        pytest.param("{event: {kind: 3}}", ("wrong-type", "the number 3", "text"), id="a number for a name"),
        pytest.param("{event: {event: 3}}", ("wrong-type", "the number 3", "text"), id="written with event"),
        pytest.param("{event: {}}", ("missing-key", None, "'kind'"), id="an event of no kind"),
        pytest.param("{stage: {track: support, is: []}}", ("empty", None, "at least one"), id="no stage"),
        pytest.param("{stage: {track: support, is: [over, 3]}}", ("wrong-type", "the number 3", "text"), id="a list"),
        pytest.param("{event: {kind: seen, where: []}}", ("wrong-type", "a list", "a mapping"), id="a list of fields"),
        pytest.param(
            "{referred_by: 3}",
            ("wrong-value", "the number 3", "'professional', 'self' or 'public' or text"),
            id="a closed list or a name",
        ),
        pytest.param(
            "{done: {task: a, hand_off: b}}",
            ("bad-form", "'task' and 'hand_off'", "either 'task' or 'hand_off'"),
            id="two keys of which one is wanted",
        ),
        pytest.param(
            "{count: {event: seen, at_least: 1.0, within: 3 days}}",
            ("wrong-type", "the number 1.0", "a whole number"),
            id="a fraction",
        ),
        pytest.param("[{event: seen}]", ("wrong-type", "a list", "a mapping"), id="a list of conditions"),
    ],
)
def test_a_condition_of_the_wrong_form_gives_one_problem(when: str, told: tuple[str, str | None, str | None]) -> None:
    assert _told(when) == [told]


@pytest.mark.parametrize(
    ("owner", "told"),
    [
        pytest.param("3", [("wrong-type", "the number 3", "text or a mapping")], id="a number"),
        pytest.param("[housing]", [("wrong-type", "a list", "text or a mapping")], id="a list"),
        pytest.param("{accepted: room}", [("missing-key", None, "'otherwise'")], id="half of the longer form"),
        pytest.param(
            "Housing",
            [("bad-name", "'Housing'", "lower-case letters, digits and '_', beginning with a letter")],
            id="a capital",
        ),
    ],
)
def test_an_owner_of_the_wrong_form_gives_one_problem(
    owner: str, told: list[tuple[str, str | None, str | None]]
) -> None:
    assert _told(owner=owner) == told


@pytest.mark.parametrize(
    ("more", "rule", "hint"),
    [
        pytest.param(", due: 3 dayz", "bad-duration", "did you mean '3 days'?", id="a unit"),
        pytest.param(", due: 1 hours", None, None, id="one of many"),
        pytest.param(
            ", tasks: {a: {owner: council, due: same dya}}", "bad-duration", "did you mean 'same day'?", id="a word"
        ),
        pytest.param(", tasks: {a: {owner: Coun Cil}}", "wrong-value", "write 'coun_cil'", id="an agency"),
        pytest.param(", tasks: {a: {ownr: council}}", "unknown-key", "did you mean 'owner'?", id="a key"),
        pytest.param(", outcome: 3", "wrong-type", "write it in quotes", id="a number for text"),
    ],
)
def test_what_was_likely_meant_is_asked(more: str, rule: str | None, hint: str | None) -> None:
    loaded = load_pathway(TEXT.format(when="{event: seen}", owner="housing", more=more), "forms.yaml")

    assert [(problem.rule, problem.hint) for problem in loaded.problems] == ([] if rule is None else [(rule, hint)])


def test_a_list_of_wrong_items_is_not_empty_as_well() -> None:
    wrong = ", hand_offs: {room: {to: [Housing, 3], answer_within: 2 days, nobody: {escalate: council}}}"

    assert [rule for rule, _, _ in _told(more=wrong)] == ["bad-name", "wrong-type"]


def test_a_value_is_shown_only_as_far_as_a_line_goes() -> None:
    ((_, found, _),) = _told(owner=f'"{"x" * 500} y"')

    assert found is not None
    assert len(found) < 70
