"""The plain English of a pathway: complete, readable, and wrapped for paper."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML

from pathways import blockage_forms, conditions, declaration, forms, place_forms
from pathways.conditions import Condition
from pathways.declaration import AgenciesFile, PathwayFile, Step
from pathways.plain_english import Names, condition_point, inline, pathway_in_english

EVERY_KEY = YAML(typ="safe", pure=True).load(Path(__file__).with_name("every_key.yaml"))
FILE = PathwayFile.model_validate(EVERY_KEY)
OTHERS = (
    "Another", "other_one", "7 days", "11:11", "2020-02-02 02:02", "riverside", "system", "law", "housing", "courts",
    "people", "events", "months", "stage", "case", "locality", "next", "back", "self", "public", "all", "boolean",
    "text", "owner", "tasks", "follow_ups",
)  # fmt: skip
NOT_TOLD = {("agencies", "outreach", "contacts", "email", "to")}
"""An address is nobody's business but the sender's."""


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the path of every scalar in a file."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))
    else:
        yield path


def changed(path: tuple[Any, ...]) -> Iterator[PathwayFile]:
    """Give valid files that differ from the sample in the value at ``path`` only, the last without it."""
    for other in (*OTHERS, True, False, 4, 77, None):
        tree = copy.deepcopy(EVERY_KEY)
        place = tree
        for step in path[:-1]:
            place = place[step]
        if other is None:
            del place[path[-1]]
        elif place[path[-1]] == other:
            continue
        else:
            place[path[-1]] = other
        try:
            yield PathwayFile.model_validate(tree)
        except ValidationError:
            continue


def test_no_value_of_a_file_can_change_without_changing_the_text() -> None:
    before = pathway_in_english(FILE)

    silent = {
        path
        for path in places(EVERY_KEY)
        if path not in NOT_TOLD
        and path[-1] != "by_hand"  # it can only be true, and not beside the condition that would replace it
        and not any(pathway_in_english(after) != before for after in changed(path))
    }

    assert silent == set()


MODELS = [
    thing
    for module in (blockage_forms, conditions, declaration, forms, place_forms)
    for thing in vars(module).values()
    if isinstance(thing, type) and issubclass(thing, BaseModel)
]
ELSEWHERE = {("AgenciesFile", "agencies"), ("LateStep", "in_a_row")} | {("Step", name) for name in Step.model_fields}
"""Keys of another file, a key that is always refused, and those that only the kinds of a step have."""


def keys(part: Any) -> Iterator[tuple[str, str]]:
    """Give every model's key that is written in a file."""
    if isinstance(part, BaseModel):
        for name in part.model_fields_set:
            yield (type(part).__name__, name)
            yield from keys(getattr(part, name))
    elif isinstance(part, Mapping):
        for inner in part.values():
            yield from keys(inner)
    elif isinstance(part, tuple):
        for inner in part:
            yield from keys(inner)


def test_every_key_of_the_language_occurs_in_the_sample() -> None:
    declared = {(model.__name__, name) for model in MODELS for name in model.model_fields}

    assert declared - ELSEWHERE - set(keys(FILE)) == set()


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        pytest.param(
            {"event": {"kind": "offer.made", "where": {"response": ["declined", "no_answer"]}}},
            "“offer made” with response “declined” or “no answer” is recorded in this stay",
            id="event with a choice of values",
        ),
        pytest.param(
            {"count": {"event": "offer.made", "at_least": 1, "within": "1 day"}},
            "there was at least 1 record of “offer made” within the last 1 day",
            id="a single record",
        ),
        pytest.param(
            {"count": {"event": "offer.made", "at_most": 0, "since": "stage"}},
            "there was no record of “offer made” since this stage was entered",
            id="none at all",
        ),
        pytest.param(
            {"count": {"event": "offer.made", "at_least": 2, "at_most": 2, "since": "case"}},
            "there were exactly 2 records of “offer made” since the case began",
            id="an exact number",
        ),
        pytest.param({"waited": "1 day"}, "1 day has passed in this stage", id="a day"),
        pytest.param(
            {"waited": {"for": "30 days", "at": "09:15"}},
            "30 days have passed in this stage, and then the clock next shows 09:15",
            id="a wait until a time of day",
        ),
        pytest.param(
            {"any": [{"waited": "2 days"}, {"none": [{"accepted": "nsno_bed"}, {"open": {"task": "tell_police"}}]}]},
            "at least one of these holds (2 days have passed in this stage; none of these holds "
            "(the hand-off “NSNO bed” is accepted in this stay; the task “Tell the police” is open))",
            id="groups in groups",
        ),
        pytest.param(
            {"all": [{"all": [{"waited": "2 days"}, {"accepted": "nsno_bed"}]}, {"waited": "3 days"}]},
            "all of these hold (2 days have passed in this stage; the hand-off “NSNO bed” is accepted in this stay; "
            "3 days have passed in this stage)",
            id="a group within a group of its kind",
        ),
        pytest.param(
            {"person": {"age": {"at_least": 18, "at_most": 24}}},
            "the person is between 18 and 24 years old",
            id="ages between",
        ),
        pytest.param({"referred_by": "self"}, "the person referred themselves", id="self-referral"),
        pytest.param(
            {"referred_by": "public"}, "the person was referred by a member of the public", id="by the public"
        ),
        pytest.param(
            {"approved": {"role": "panel_chair", "valid_for": "14 days"}},
            "a named officer acting as panel chair has approved this entry "
            "(an approval is good for 14 days and for one entry)",
            id="an approval by anybody in a role",
        ),
        pytest.param(
            {"referred_by": "police"}, "the person was referred by Derbyshire Constabulary", id="by an agency"
        ),
    ],
)
def test_a_condition_reads_as_a_sentence(condition: dict[str, Any], sentence: str) -> None:
    point = condition_point(Condition.model_validate(condition), Names(FILE))

    assert inline(point) == sentence


def test_what_clears_a_blockage_is_told_from_when_it_opened() -> None:
    text = " ".join(pathway_in_english(FILE).split())

    assert "It is cleared when the hand-off “NSNO bed” is accepted since it opened." in text


def test_lines_stay_within_the_width() -> None:
    lines = pathway_in_english(FILE, width=60).splitlines()

    assert max(len(line) for line in lines) <= 60


def test_agencies_of_their_own_file_are_told_when_the_pathway_names_them() -> None:
    alone = {key: value for key, value in EVERY_KEY.items() if key != "agencies"}
    unknown = {"unheard_of": {"title": "Never named"}}
    agencies = AgenciesFile.model_validate({"agencies": EVERY_KEY["agencies"] | unknown})

    text = pathway_in_english(PathwayFile.model_validate(alone), agencies)

    assert "- Derby City Council, Adult Social Care" in text
    assert "Never named" not in text


def test_two_stages_of_one_title_are_told_apart_by_their_names() -> None:
    tree = copy.deepcopy(EVERY_KEY)
    tree["tracks"]["enforcement"]["stages"]["notice"]["title"] = "Warned"

    text = pathway_in_english(PathwayFile.model_validate(tree))

    assert "Stage: Warned [warned]" in text
    assert "Stage: Warned [notice]" in text
