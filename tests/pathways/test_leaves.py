"""Conditions asked of a case directly: what counts, what is told, and when time alone would change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest

from pathways.answers import Answer, compile_condition
from pathways.case import Case, Fact
from pathways.chart import Pathway
from pathways.conditions import Condition
from pathways.draft import Draft, View
from pathways.watches import Watches

Read = Callable[[str], datetime]
Tree = Mapping[str, object]

TWO_DAYS, THREE_DAYS = {"waited": "2 days"}, {"waited": "3 days"}
NEVER, ALWAYS = {"open": {"task": "call"}}, {"none": [{"open": {"task": "call"}}]}


def answer_to(condition: Tree) -> Answer:
    return compile_condition(Condition.model_validate(condition), Watches())


@pytest.fixture
def entered(at: Read) -> datetime:
    """When the stage was entered, by event 2; the case was opened an hour before."""
    return at("2026-03-02 09:00")


@pytest.fixture
def view(properties_pathways: dict[str, Pathway], entered: datetime) -> View:
    """What conditions see a day after the stage was entered."""
    hours = {number: entered + timedelta(hours=hours) for number, hours in ((1, -2), (2, -1), (3, 0), (4, 1), (5, 2))}
    facts: dict[str, tuple[Fact, ...]] = {"seen": tuple((number, instant, None) for number, instant in hours.items())}
    case = Case("A", opened_at=entered - timedelta(hours=1), clock=entered + timedelta(days=1), facts=facts)
    draft = Draft(case, properties_pathways["Europe/London"], entered)
    return View(draft, entered, 2, entered, "")


@pytest.mark.parametrize(
    ("bounds", "holds", "sentence"),
    [
        ({"since": "case", "at_most": 4}, True, "4 of at most 4 seen since the case began"),
        ({"since": "case", "at_most": 3}, False, "4 of at most 3 seen since the case began"),
        ({"since": "case", "at_least": 4}, True, "4 of at least 4 seen since the case began"),
        ({"since": "case", "at_least": 5}, False, "4 of at least 5 seen since the case began"),
        ({"since": "stage", "at_most": 3}, True, "3 of at most 3 seen since the stage began"),
        ({"since": "stage", "at_most": 2}, False, "3 of at most 2 seen since the stage began"),
        ({"since": "stage", "at_least": 3, "at_most": 3}, True, "3 (3 to 3 asked for) seen since the stage began"),
        ({"since": "stage", "at_least": 4, "at_most": 9}, False, "3 (4 to 9 asked for) seen since the stage began"),
    ],
)
def test_a_count_takes_in_what_happened_since_the_stage_or_the_case_began(
    bounds: Tree,
    holds: bool,  # noqa: FBT001 - a column of the table
    sentence: str,
    view: View,
) -> None:
    answer = answer_to({"count": {"event": "seen"} | dict(bounds)})

    reason = answer.explain(view)

    assert answer.holds(view) is reason.holds is holds
    assert reason.sentence == sentence
    assert reason.evidence == ((2, 3, 4, 5) if bounds["since"] == "case" else (3, 4, 5))
    assert answer.next_change(view) is None


def test_the_event_of_a_visit_is_its_latest_and_told_with_its_day(view: View) -> None:
    seen, heard = answer_to({"event": "seen"}), answer_to({"event": {"kind": "heard", "where": {"found": True}}})

    assert seen.explain(view).sentence == "seen on 2 March 2026, 11:00"
    assert heard.explain(view).sentence == "no heard (found yes) since 2 March 2026, 09:00"
    assert (seen.explain(view).holds, heard.explain(view).holds) == (True, False)
    assert (seen.explain(view).evidence, heard.explain(view).evidence) == ((5,), ())


def test_what_is_not_open_is_told_so(view: View) -> None:
    answer = answer_to({"open": {"task": "call"}})

    assert answer.holds(view) is answer.explain(view).holds is False
    assert answer.explain(view).sentence == "task call is not open"


@pytest.mark.parametrize(
    ("condition", "days"),
    [
        ({"all": [TWO_DAYS, THREE_DAYS]}, 2),
        ({"all": [THREE_DAYS, TWO_DAYS]}, 2),
        ({"any": [TWO_DAYS, THREE_DAYS]}, 2),
        ({"none": [THREE_DAYS, TWO_DAYS]}, 2),
        ({"all": [TWO_DAYS, ALWAYS]}, 2),
        ({"any": [TWO_DAYS, NEVER]}, 2),
        ({"none": [TWO_DAYS, NEVER]}, 2),
        ({"all": [TWO_DAYS, NEVER]}, None),
        ({"any": [TWO_DAYS, ALWAYS]}, None),
        ({"none": [TWO_DAYS, ALWAYS]}, None),
        ({"all": [NEVER, ALWAYS]}, None),
    ],
)
def test_time_alone_changes_a_group_when_it_changes_a_part_unless_another_part_decides(
    condition: Tree, days: int | None, view: View, entered: datetime
) -> None:
    expected = None if days is None else entered + timedelta(days=days)

    assert answer_to(condition).next_change(view) == expected


@pytest.mark.parametrize(
    ("condition", "remembered"),
    [
        ({"event": "seen"}, ["0 hours"]),
        ({"latest": {"event": "seen", "field": "found", "is": True}}, ["0 hours"]),
        ({"absent": {"event": "seen", "for": "3 days"}}, ["3 days"]),
        ({"count": {"event": "seen", "at_least": 1, "within": "5 working days"}}, ["5 working days"]),
        ({"count": {"event": "seen", "at_least": 1, "since": "stage"}}, []),
    ],
    ids=["the latest", "a field of the latest", "an absence", "a window", "all of them"],
)
def test_a_case_remembers_no_more_events_than_its_conditions_need(condition: Tree, remembered: list[str]) -> None:
    watches = Watches()
    compile_condition(Condition.model_validate(condition), watches)

    (watch,) = watches.by_kind()["seen"]

    assert [str(window) for window in watch.windows] == remembered
