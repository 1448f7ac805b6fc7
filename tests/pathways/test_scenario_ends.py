"""What is told of a scenario that does not end as it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pathways.chart import Pathway
from pathways.declaration import Scenario
from pathways.loading import load_agencies, load_pathway, read_published
from pathways.scenarios import run_scenario

EVERY_KEY = Path(__file__).with_name("every_key.yaml").read_text("utf-8")
GIVEN = [
    {"event": "referral.made", "at": "2026-03-02 09:00", "by": "outreach"},
    {"event": "contact.attempted", "at": "2026-03-02 10:00", "by": "outreach", "fields": {"found": True}},
    {"event": "task.completed", "at": "2026-03-02 11:00", "fields": {"task": "tell_police"}},
]


@pytest.fixture(scope="module")
def pathway(compile_pathway: Callable[[str], Pathway]) -> Pathway:
    return compile_pathway(EVERY_KEY)


@pytest.mark.parametrize(
    ("expect", "differences"),
    [
        ({"support": "offered_support", "refused": 1}, []),
        ({"support": "nsno", "refused": 1}, ["support: expected 'nsno', found 'offered_support'"]),
        ({"refused": 2}, ["refused: expected 2, found 1"]),
        ({"reviews": 0}, ["refused: task 'tell_police' is not open; open tasks: safeguarding_check"]),
        ({"refused": 1, "reviews": 1, "closed": False}, ["reviews: expected 1, found 0"]),
        ({"refused": 1, "closed": True}, ["closed: expected True, found False"]),
        ({"refused": 1, "not_allowed": ["warned"], "held": [], "blockages": []}, []),
        ({"refused": 1, "not_allowed": "nowhere"}, []),
        ({"refused": 1, "not_allowed": "order"}, ["allowed: order: expected False, found True"]),
        ({"refused": 1, "held": "warned"}, ["held: expected ['warned'], found []"]),
        ({"refused": 1, "owner": {"support": "outreach"}, "tasks": {"safeguarding_check": "open"}}, []),
        ({"refused": 1, "tasks": {"tell_police": "done"}}, ["tasks tell_police: expected 'done', found 'none'"]),
        ({"refused": 1, "hand_offs": {"script": "offered", "nsno_bed": "none"}}, []),
        (
            {"refused": 1, "weather": "fine"},
            ["weather: expected 'fine', found 'weather is not something a scenario can expect'"],
        ),
    ],
)
def test_what_differs_from_what_a_scenario_expects_is_told(
    expect: dict[str, object], differences: list[str], pathway: Pathway
) -> None:
    scenario = Scenario.model_validate({"name": "a", "given": GIVEN, "at": "2026-03-02 12:00", "expect": expect})

    assert list(run_scenario(scenario, pathway).differences) == differences


def test_a_published_text_is_read_again_with_the_agencies_it_was_published_with() -> None:
    loaded = load_pathway(EVERY_KEY, "every_key.yaml")
    alone = read_published(EVERY_KEY, None, "every_key.yaml")
    agencies = "agencies: {council: {title: Council}}\n"

    file, known, problems = read_published(EVERY_KEY, agencies, "every_key.yaml")

    assert alone == (loaded.file, None, ())
    assert (file, problems) == (loaded.file, ())
    assert known is not None
    assert list(known.agencies) == ["council"]


@pytest.mark.parametrize("text", ["a: &a [", "", "pathway: {}\n"])
def test_a_published_text_that_cannot_be_read_any_more_is_told_with_its_place(text: str) -> None:
    file, known, problems = read_published(text, text, "every_key.yaml")

    assert (file, known) == (None, None)
    assert {problem.level for problem in problems} == {"error"}


def test_a_file_of_agencies_that_is_no_yaml_declares_none_and_says_where() -> None:
    agencies, problems = load_agencies("agencies: [", "agencies.yaml")

    assert agencies is None
    assert [problem.rule for problem in problems] == ["bad-yaml"]
