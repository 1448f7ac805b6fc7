"""From text to a declaration, or to all that is wrong with it."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from processor_seconds import processor_seconds

from pathways.declaration import AgenciesFile
from pathways.loading import Loaded, load_agencies, load_pathway
from pathways.problems import Problem

FOLDER = Path(__file__).parents[2] / "pathways"
SMALL = """\
pathway: small
version: 3
title: Small
coordinator: council
events:
  seen: {by: [outreach], fields: {found: boolean}}
tracks:
  support:
    start: new
    stages:
      new:
        owner: outreach
        moves:
          - {to: found, when: {event: {kind: seen, where: {found: true}}}}
      found: {owner: council, final: true}
"""
AGENCIES = "agencies:\n  council: {title: Council}\n  outreach: {title: Outreach}\n"


def _agencies(text: str = AGENCIES) -> AgenciesFile:
    agencies, problems = load_agencies(text, "agencies.yaml")
    assert agencies is not None, problems
    return agencies


def _rules(loaded: Loaded) -> list[str]:
    return [problem.rule for problem in loaded.problems]


@pytest.mark.parametrize("name", ["peep", "hospital_discharge"])
def test_the_pathways_of_the_house_load_without_a_warning(name: str) -> None:
    agencies = _agencies((FOLDER / "agencies.yaml").read_text())

    loaded = load_pathway((FOLDER / f"{name}.yaml").read_bytes(), f"{name}.yaml", agencies)

    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.file is not None
    assert loaded.file.pathway == name


def test_a_good_file_is_loaded_with_the_agencies_it_may_name() -> None:
    loaded = load_pathway(SMALL, "small.yaml", _agencies())

    assert loaded.problems == ()
    assert loaded.file is not None
    assert loaded.file.tracks["support"].stages["new"].moves[0].to == "found"
    assert loaded.agencies == _agencies()


def test_agencies_declared_in_the_file_take_the_place_of_the_others() -> None:
    own = SMALL + "agencies:\n  council: {title: The council here}\n  outreach: {title: Outreach}\n"

    loaded = load_pathway(own, "small.yaml", _agencies())

    assert loaded.problems == ()
    assert loaded.agencies is not None
    assert loaded.agencies.agencies["council"].title == "The council here"


def test_without_any_agencies_that_alone_is_told() -> None:
    loaded = load_pathway(SMALL, "small.yaml")

    assert _rules(loaded) == ["no-agencies"]


def test_a_file_with_an_error_gives_no_declaration() -> None:
    loaded = load_pathway(SMALL.replace("owner: council", "owner: counsil"), "small.yaml", _agencies())

    assert loaded.file is None
    assert loaded.agencies is None
    assert loaded.errors == loaded.problems
    assert loaded.warnings == ()


def test_a_file_with_a_warning_is_loaded_all_the_same() -> None:
    unused = SMALL.replace("tracks:", "  unused: {by: [council]}\ntracks:")

    loaded = load_pathway(unused, "small.yaml", _agencies())

    assert loaded.file is not None
    assert loaded.errors == ()
    (warning,) = loaded.warnings
    assert str(warning).startswith("small.yaml:7:3: warning[unused-event] Nothing in the pathway asks for")


@pytest.mark.parametrize(
    ("version", "rules"),
    [
        pytest.param(2, ["version-not-raised"], id="a lower one"),
        pytest.param(3, ["version-not-raised"], id="the same one"),
        pytest.param(4, [], id="the next one"),
        pytest.param(9, [], id="a higher one"),
    ],
)
def test_a_changed_file_needs_a_higher_version_than_the_published_one(version: int, rules: list[str]) -> None:
    published = load_pathway(SMALL, "small.yaml", _agencies()).file
    changed = SMALL.replace("version: 3", f"version: {version}").replace("title: Small", "title: Smaller")

    loaded = load_pathway(changed, "small.yaml", _agencies(), previous=published)

    assert _rules(loaded) == rules


def test_a_file_that_only_looks_different_keeps_its_version() -> None:
    published = load_pathway(SMALL, "small.yaml", _agencies()).file

    loaded = load_pathway("# a comment\n" + SMALL, "small.yaml", _agencies(), previous=published)

    assert loaded.problems == ()


def test_another_pathway_cannot_be_the_next_version() -> None:
    published = load_pathway(SMALL, "small.yaml", _agencies()).file

    loaded = load_pathway(
        SMALL.replace("pathway: small", "pathway: tiny"), "tiny.yaml", _agencies(), previous=published
    )

    assert _rules(loaded) == ["another-pathway"]


def test_names_are_checked_in_what_is_left_when_the_form_is_wrong() -> None:
    text = (
        SMALL.replace("version: 3", "version: three")
        .replace("owner: outreach\n", "owner: [outreach]\n        due: 3 dayz\n")
        .replace("kind: seen", "kind: sen")
        .replace("coordinator: council", "coordinator: counsil")
    )

    loaded = load_pathway(text, "small.yaml", _agencies())

    assert [(problem.rule, problem.line) for problem in loaded.problems] == [
        ("wrong-type", 2),
        ("unknown-agency", 4),
        ("wrong-type", 12),
        ("bad-duration", 13),
        ("unknown-event", 15),
    ]


def test_a_part_of_the_wrong_form_is_declared_all_the_same() -> None:
    text = SMALL.replace("found: {owner: council, final: true}", "found: {ownr: council, final: true}").replace(
        "seen: {by: [outreach], fields", "seen: {by: outreach, fields"
    )

    loaded = load_pathway(text, "small.yaml", _agencies())

    assert _rules(loaded) == ["wrong-type", "unknown-key"]


def test_a_part_that_is_cut_out_moves_no_other_problem() -> None:
    before = ["          - {too: found}", "          - [1]", "          - {to: fonud, by_hand: true}"]
    move = "          - {to: found, when"
    text = SMALL.replace(move, "\n".join([*before, move]))

    loaded = load_pathway(text, "small.yaml", _agencies())

    assert ("unknown-stage", 16, 18) in [(one.rule, one.line, one.column) for one in loaded.problems]


def test_the_names_that_python_uses_inside_are_not_keys() -> None:
    loaded = load_pathway(SMALL + "pauses:\n  away: {from_: seen, until: seen}\n", "small.yaml", _agencies())

    assert [(problem.rule, problem.found, problem.hint) for problem in loaded.problems] == [
        ("unknown-key", "'from_'", "did you mean 'from'?")
    ]


def test_a_problem_reads_file_place_rule_and_sentence() -> None:
    problem = Problem("a.yaml", 12, 7, "unknown-stage", "error", "There is no such stage.", "'nsnoo'", "'nsno'", "ask")

    assert (
        str(problem) == "a.yaml:12:7: error[unknown-stage] There is no such stage (found 'nsnoo', expected 'nsno'; ask)"
    )
    assert str(Problem("a.yaml", 1, 1, "x", "warning", "This is odd.")) == "a.yaml:1:1: warning[x] This is odd."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("agencies: {}", ["1:1 empty"], id="none"),
        pytest.param("agencies:\n  owner: {title: O}", ["2:3 reserved-name"], id="a reserved name"),
        pytest.param("agencies:\n  a: {title: A, successor: b}", ["2:28 unknown-agency"], id="an unknown successor"),
        pytest.param(
            "agencies:\n  a: {title: A, escalation: a}", ["2:29 escalation-to-owner"], id="its own escalation"
        ),
        pytest.param("agencies:\n  a: {title: A, hours: {mon-fri: 9-5}}", ["2:17 bad-hours"], id="unreadable hours"),
        pytest.param("agencies:\n  a: {title: A, hours: {}}", ["2:17 bad-hours"], id="no hours at all"),
        pytest.param(
            "agencies:\n  a: {title: A, valid_from: 2026-02-01, valid_until: 2026-01-01}",
            ["2:54 window-backwards"],
            id="an end before the beginning",
        ),
        pytest.param(
            "agencies:\n  a: {title: A, valid_until: 2026-01-01, successor: b}\n"
            "  b: {title: B, valid_until: 2026-01-01}",
            ["2:53 successor-absent"],
            id="a successor that ends the same day",
        ),
        pytest.param("agencies:\n  A: {title: A}", ["2:3 bad-name"], id="a capital"),
        pytest.param("agencies:\n  a: {titel: A}", ["2:7 unknown-key"], id="a misspelt key"),
        pytest.param("agencys: {}", ["1:1 unknown-key"], id="another key"),
    ],
)
def test_agencies_are_checked_where_they_stand(text: str, told: list[str]) -> None:
    agencies, problems = load_agencies(text, "agencies.yaml")

    assert agencies is None
    assert [f"{one.line}:{one.column} {one.rule}" for one in problems] == told


def test_a_pathway_of_a_thousand_lines_loads_well_under_a_second() -> None:
    content = (FOLDER / "peep.yaml").read_bytes()
    agencies = _agencies((FOLDER / "agencies.yaml").read_text())
    assert content.count(b"\n") > 1_000

    assert processor_seconds(partial(load_pathway, content, "peep.yaml", agencies), most=0.7) < 0.7


def _thicket(stages: int, moves: int) -> str:
    """A pathway whose every stage leads to many others at once."""
    lines = [SMALL.partition("    stages:")[0].replace("start: new", "start: s0") + "    stages:"]
    for number in range(stages):
        lines += [f"      s{number}:", "        owner: council", "        moves:"]
        lines += [
            f"          - {{to: s{(number + step) % stages}, when: {{done: {{task: t{step}}}}}}}"
            for step in range(moves)
        ]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(_thicket(20, 20), id="a thicket of moves"),
        pytest.param(_thicket(700, 1), id="a circle of many stages"),
        pytest.param(SMALL + "blockages:\n" + "".join(f"  b{n}: {{}}\n" for n in range(3_000)), id="thousands of gaps"),
        pytest.param(
            SMALL.replace("tracks:", "".join(f"  e{n}: {{by: [x{n}]}}\n" for n in range(2_000)) + "tracks:"),
            id="thousands of unknown names",
        ),
    ],
)
def test_a_file_of_many_faults_costs_no_more_than_a_few_seconds(text: str) -> None:
    loaded = load_pathway(text, "small.yaml", _agencies())

    assert processor_seconds(partial(load_pathway, text, "small.yaml", _agencies()), most=2) < 2
    assert loaded.errors
    assert len(loaded.problems) <= 600


@settings(deadline=None, max_examples=150)
@given(seed=st.integers(0, 2**32))
def test_no_damage_to_a_file_leads_to_anything_but_problems(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    lines = (Path(__file__).parent / "every_key.yaml").read_text().splitlines()
    words = [word for line in lines for word in line.replace(":", " ").split()]
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(lines))
        parts = lines[at].split(" ")
        parts[chance.randrange(len(parts))] = chance.choice([*words, "", "[]", "{}", "3", "true", "~", "0 days"])
        lines[at] = " ".join(parts)

    loaded = load_pathway("\n".join(lines), "damaged.yaml")

    assert all(str(problem).startswith("damaged.yaml:") for problem in loaded.problems)
