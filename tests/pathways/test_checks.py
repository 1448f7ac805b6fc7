"""The checks where the broken files do not show the edge: what is allowed, and what excludes what."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pathways.checks.rules import RULES
from pathways.findings import circles, did_you_mean, listed
from pathways.loading import load_pathway

SOURCES = Path(__file__).parents[2] / "pathways"
HEAD = """\
pathway: two_stages
version: 1
title: Two stages
coordinator: council
calendar: england-and-wales
agencies:
  council: {title: Council}
  outreach: {title: Outreach}
  housing: {title: Housing}
events:
  seen: {by: [outreach], fields: {found: boolean, score: integer, place: [street, shelter], why: refusals}}
  script: {by: [outreach], fields: {status: ["on", "off"]}}
reasons: {refusals: {full: system, unwanted: person}}
"""
USES = "opens_on: [seen, script]\n"


def _rules(text: str) -> list[str]:
    return [problem.rule for problem in load_pathway(HEAD + USES + text, "two_stages.yaml").problems]


def _two_stages(there: str, back: str, gate: str = "", there_gate: str = "") -> str:
    lines = [
        "tracks:",
        "  other:",
        "    start: calm",
        "    stages:",
        "      calm: {owner: council, final: true, moves: [{to: loud, by_hand: true}]}",
        "      loud: {owner: council, final: true}",
        "  main:",
        "    start: first",
        "    stages:",
        "      first:",
        "        owner: outreach",
        f"        moves: [{{to: away, when: {there}}}]",
        "      away:",
        "        owner: council",
        f"        gate: {there_gate}" if there_gate else "",
        "        tasks: {safeguarding_check: {owner: council, due: 2 days}}",
        f"        moves: [{{to: second, when: {back}}}]",
        "      second:",
        "        owner: housing",
        f"        gate: {gate}" if gate else "",
        "        moves: [{to: away, when: {latest: {event: seen, field: place, is: street}}}]",
    ]
    return "\n".join(line for line in lines if line) + "\n"


ON_STREET = "{latest: {event: seen, field: place, is: street}}"


@pytest.mark.parametrize(
    "back",
    [
        pytest.param("{latest: {event: seen, field: found, is: true}}", id="another field"),
        pytest.param("{latest: {event: seen, field: place, is: [street, shelter]}}", id="a value in common"),
        pytest.param("{count: {event: seen, at_least: 1, within: 7 days}}", id="a count in a window"),
        pytest.param("{count: {event: seen, at_most: 3, since: stage}}", id="at most some in the stage"),
        pytest.param("{absent: {event: seen, for: 3 days}}", id="absence since the case began"),
        pytest.param("{stage: {track: other, is: calm}}", id="another track"),
        pytest.param("{waited: 0 days}", id="no wait at all"),
        pytest.param("{done: {task: safeguarding_check}}", id="something done at any time"),
        pytest.param("{none: [{event: script}]}", id="nothing happening"),
        pytest.param("{any: [{event: seen}, {done: {task: safeguarding_check}}]}", id="one of two without a wait"),
    ],
)
def test_stages_that_may_change_places_at_one_instant_are_told(back: str) -> None:
    assert _rules(_two_stages(ON_STREET, back)) == ["loop-with-no-wait"]


@pytest.mark.parametrize(
    "back",
    [
        pytest.param("{event: seen}", id="an event"),
        pytest.param("{waited: 1 day}", id="a wait"),
        pytest.param('{waited: {for: 1 day, at: "09:00"}}', id="a wait until a time of day"),
        pytest.param("{absent: {event: seen, for: 3 days, since: stage}}", id="absence since the stage began"),
        pytest.param("{count: {event: seen, at_least: 1, since: stage}}", id="an event since the stage began"),
        pytest.param("{open: {task: safeguarding_check, for: 2 days}}", id="a task open for long"),
        pytest.param("{all: [{waited: 1 day}, {stage: {track: other, is: calm}}]}", id="a wait among others"),
        pytest.param("{any: [{event: seen}, {waited: 1 day}]}", id="one of two waits"),
        pytest.param("{latest: {event: seen, field: place, is: shelter}}", id="another value of the same field"),
        pytest.param("{latest: {event: seen, field: place, is: {is_not: street}}}", id="any other value"),
        pytest.param("{none: [{latest: {event: seen, field: place, is: street}}]}", id="the contrary"),
        pytest.param(
            "{any: [{latest: {event: seen, field: place, is: shelter}}, {waited: 1 day}]}",
            id="either excluded or a wait",
        ),
    ],
)
def test_stages_that_wait_or_exclude_each_other_are_no_loop(back: str) -> None:
    assert _rules(_two_stages(ON_STREET, back)) == []


@pytest.mark.parametrize(
    ("here", "gate", "excluded"),
    [
        pytest.param(
            "at_most: 0, within: 28 days", "at_least: 2, within: 14 days", True, id="more in a smaller window"
        ),
        pytest.param(
            "at_most: 0, within: 14 days", "at_least: 2, within: 28 days", False, id="more in a larger window"
        ),
        pytest.param("at_most: 2, within: 14 days", "at_least: 2, within: 14 days", False, id="as many as allowed"),
        pytest.param("at_most: 1, since: case", "at_least: 2, within: 14 days", True, id="more than in the whole case"),
    ],
)
def test_counts_exclude_each_other_when_one_wants_more_than_the_other_allows(
    here: str, gate: str, *, excluded: bool
) -> None:
    text = _two_stages(
        "{event: seen}",
        "{latest: {event: seen, field: found, is: true}}",
        gate=f"{{count: {{event: seen, {gate}}}}}",
    ).replace(ON_STREET, f"{{count: {{event: seen, {here}}}}}")

    assert _rules(text) == ([] if excluded else ["loop-with-no-wait"])


def test_a_gate_that_is_approved_anew_breaks_a_loop() -> None:
    approved = "{approved: {role: chair, other_than: proposer, valid_for: 7 days}}"
    gate = f"{{all: [{approved}, {{done: {{task: safeguarding_check}}}}]}}"

    assert _rules(_two_stages(ON_STREET, ON_STREET, gate=gate) + "roles: [chair, proposer]\n") == []
    assert _rules(_two_stages(ON_STREET, ON_STREET)) == ["loop-with-no-wait"]


def test_stages_that_follow_the_start_count_as_the_way_back() -> None:
    text = _two_stages(ON_STREET, "{event: seen}")
    third = "      third: {owner: housing, moves: [{to: second, when: {event: script}}]}\n"
    head, _, tail = text.rpartition("to: away")

    assert _rules(text) == []
    assert _rules(f"{head}to: third{tail}{third}") == ["no-way-back-to-support", "no-way-back-to-support"]


@pytest.mark.parametrize(
    ("where", "rules"),
    [
        pytest.param("{found: true}", [], id="a truth"),
        pytest.param("{found: 1}", ["unknown-value"], id="a number for a truth"),
        pytest.param("{score: {at_least: 3}}", [], id="a range of numbers"),
        pytest.param("{score: {at_least: 3, at_most: 2}}", ["empty-range"], id="an empty range"),
        pytest.param("{score: true}", ["unknown-value"], id="a truth for a number"),
        pytest.param("{score: 1.5}", ["unknown-value"], id="a fraction for a whole number"),
        pytest.param("{place: [street, sheltr]}", ["unknown-value"], id="one wrong choice of two"),
        pytest.param("{place: {is_not: street}}", [], id="not a choice"),
        pytest.param("{place: {is_not: stret}}", ["unknown-value"], id="not a wrong choice"),
        pytest.param("{why: full}", [], id="a code of a list of reasons"),
        pytest.param("{why: fool}", ["unknown-value"], id="a wrong code of a list of reasons"),
    ],
)
def test_what_is_wanted_of_a_field_must_be_possible(where: str, rules: list[str]) -> None:
    assert _rules(_two_stages(f"{{event: {{kind: seen, where: {where}}}}}", "{event: script}")) == rules


@pytest.mark.parametrize(
    ("condition", "rules"),
    [
        pytest.param("{event: {kind: task.completed, where: {task: safeguarding_check}}}", [], id="a built-in event"),
        pytest.param(
            "{event: {kind: task.completed, where: {task: safegarding}}}", ["unknown-task"], id="of an unknown task"
        ),
        pytest.param("{event: {kind: task.completed, where: {tsk: x}}}", ["unknown-field"], id="by an unknown field"),
        pytest.param("{event: task.complete}", ["unknown-event"], id="a misspelt built-in event"),
    ],
)
def test_built_in_events_are_known_with_their_fields(condition: str, rules: list[str]) -> None:
    assert _rules(_two_stages(condition, "{event: script}")) == rules


@pytest.mark.parametrize(
    ("duties", "rules"),
    [
        pytest.param(
            "tasks: {call: {owner: owner, due: 2 days, late: [{after: 1 day, remind: owner}, "
            "{after: 1 day, escalate: council}]}}",
            [],
            id="two steps at one instant",
        ),
        pytest.param(
            "tasks: {call: {owner: owner, due: 2 days, late: [{after: 1 day, escalate: outreach}]}}",
            ["escalation-to-owner"],
            id="an escalation to the stage's owner",
        ),
        pytest.param(
            "due: {after: 9 days, late: [{after: 1 day, escalate: outreach}]}",
            ["escalation-to-owner"],
            id="a stay escalated to the stage's owner",
        ),
        pytest.param(
            "follow_ups: {call: {every: 1 day, answered_by: script, missed: [{in_a_row: 3, escalate: council}]}}",
            [],
            id="a follow-up that the owner may answer",
        ),
        pytest.param(
            "follow_ups: {call: {to: housing, every: 1 day, answered_by: [seen, script], "
            "missed: [{in_a_row: 3, escalate: council}]}}",
            ["unanswerable-follow-up"],
            id="a follow-up that the one asked may not answer",
        ),
        pytest.param(
            "follow_ups: {call: {to: housing, every: 1 day, answered_by: task.completed, "
            "missed: [{in_a_row: 3, escalate: council}]}}",
            [],
            id="a follow-up answered by a built-in event",
        ),
        pytest.param(
            "hand_offs: {bed: {to: housing, answer_within: 1 working day, nobody: {escalate: outreach}}}",
            [],
            id="an escalation to the owner when nobody takes it",
        ),
    ],
)
def test_duties_are_asked_of_those_who_can_do_them(duties: str, rules: list[str]) -> None:
    text = _two_stages(ON_STREET, "{event: script}").replace(
        "owner: outreach\n", f"owner: outreach\n        {duties}\n"
    )

    assert _rules(text) == rules


def test_who_accepts_a_hand_off_may_answer_for_the_stage() -> None:
    asked = "{every: 1 day, answered_by: script, missed: [{in_a_row: 3, remind: owner}]}"
    bed = "{to: outreach, answer_within: 1 day, nobody: {escalate: council}}"
    text = _two_stages(ON_STREET, "{event: script}")
    alone = text.replace("owner: housing\n", f"owner: housing\n        follow_ups: {{call: {asked}}}\n")
    with_hand_off = alone.replace("owner: housing\n", f"owner: housing\n        hand_offs: {{bed: {bed}}}\n")

    assert _rules(alone) == ["unanswerable-follow-up"]
    assert _rules(with_hand_off) == []


@pytest.mark.parametrize(
    ("expect", "rules"),
    [
        pytest.param("{main: first, other: calm}", [], id="stages"),
        pytest.param("{not_allowed: [away, main.second]}", [], id="not allowed, with and without the track"),
        pytest.param("{not_allowed: awey}", ["unknown-stage"], id="not allowed, misspelt"),
        pytest.param("{owner: {main: outreach}}", [], id="an owner"),
        pytest.param("{owner: {mian: outreach}}", ["unknown-track"], id="an owner of a misspelt track"),
        pytest.param("{owner: {main: outraech}}", ["unknown-agency"], id="a misspelt owner"),
        pytest.param("{tasks: {safeguarding_check: none}}", [], id="a task that is none"),
        pytest.param("{tasks: {safeguarding_check: opened}}", ["unknown-value"], id="a state that is none"),
        pytest.param("{tasks: [safeguarding_check]}", ["wrong-type"], id="a list of tasks"),
        pytest.param("{hand_offs: {bed: offered}}", ["unknown-hand-off"], id="an unknown hand-off"),
        pytest.param("{blockages: []}", [], id="no blockage"),
        pytest.param("{blockages: [no_bed]}", ["unknown-blockage"], id="an unknown blockage"),
        pytest.param("{closed: maybe}", ["wrong-type"], id="closed perhaps"),
        pytest.param("{reviews: 0}", [], id="no reviews"),
        pytest.param("{reviews: true}", ["wrong-type"], id="reviews as a truth"),
        pytest.param("{}", ["empty"], id="nothing"),
    ],
)
def test_what_a_scenario_expects_is_checked(expect: str, rules: list[str]) -> None:
    scenario = (
        "scenarios:\n  - name: seen\n    given: [{event: seen, at: 2026-03-02 10:00, by: outreach}]\n"
        f"    at: 2026-03-03 10:00\n    expect: {expect}\n"
    )

    assert _rules(_two_stages(ON_STREET, "{event: seen}") + scenario) == rules


def test_every_rule_that_is_told_is_registered_and_every_registered_one_is_told() -> None:
    files = [*SOURCES.glob("checks/*.py"), *SOURCES.glob("yaml_*.py"), SOURCES / "form_faults.py"]
    text = "\n".join(path.read_text() for path in files if not path.name.startswith("rules"))
    quoted = set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)*)"', text))
    told = set(re.findall(r'(?:Finding|YamlFault|_stop|_fault)\(\s*"([a-z0-9-]+)"', text))

    assert told - RULES.keys() == set()
    assert RULES.keys() - quoted == set()


def test_every_rule_says_something_and_how_to_mend_it() -> None:
    for rule in RULES.values():
        assert re.fullmatch(r"[A-Z'\"].+\.", rule.says), rule.id
        assert re.fullmatch(r"[a-z].*[^.]", rule.mend), rule.id


def test_a_likely_name_is_asked_for_and_an_unlikely_one_is_not() -> None:
    assert did_you_mean("NSNOO", ["hostel", "nsno"]) == "did you mean 'nsno'?"
    assert did_you_mean("moon", ["hostel", "nsno"]) is None


def test_a_long_list_of_names_is_cut() -> None:
    assert listed(["a"]) == "'a'"
    assert listed(["a", "b", "c"]) == "one of 'a', 'b' or 'c'"
    assert listed([str(number) for number in range(5)], 2) == "one of '0', '1' … and 3 more"
    assert listed([]) == "nothing: none is declared"


def test_a_circle_is_told_once_and_what_leads_into_it_is_not() -> None:
    assert list(circles({"a": "b", "b": "c", "c": "b", "d": None, "e": "e", "f": "unknown"})) == ["b", "e"]
