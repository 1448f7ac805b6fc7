"""A pathway that says no more than it must: what is told of it in plain English, and its drawing."""

from __future__ import annotations

import copy
from datetime import datetime, time
from typing import Any

import pytest
from pydantic import TypeAdapter

from pathways.clocks import Duration, Unit
from pathways.declaration import AgenciesFile, PathwayFile
from pathways.forms import ClockTime, Instant, Waiting
from pathways.plain_english import pathway_in_english
from pathways.swim_lanes import draw

BARE: dict[str, Any] = {
    "pathway": "bare",
    "version": 1,
    "title": "Bare",
    "coordinator": "council",
    "events": {"seen": {"by": ["council"]}},
    "eligibility": {"any": [{"person": {"age": {"at_most": 24}}}, {"person": {"age": {"at_least": 60}}}]},
    "tracks": {
        "one": {
            "start": "first",
            "stages": {
                "first": {
                    "owner": "council",
                    "tasks": {
                        "call": {"owner": "council"},
                        "write": {"owner": "council", "at": "16:00"},
                        "visit": {"owner": "council", "due": "2 days", "at": "09:15"},
                    },
                    "follow_ups": {"look": {"every": "1 day", "answered_by": "seen"}},
                    "hand_offs": {"room": {"to": "outreach"}},
                    "moves": [{"to": "last", "by_hand": True}],
                },
                "last": {"owner": "council", "final": True},
            },
        }
    },
    "blockages": {"stuck": {"theme": "housing", "attributable_to": "system", "owner": "council"}},
    "scenarios": [
        {
            "name": "nothing",
            "given": [{"event": "seen", "at": "2026-03-02 09:00"}],
            "at": "2026-03-03 09:00",
            "expect": {
                "one": "first",
                "hand_offs": {"room": "offered"},
                "blockages": [],
                "held": [],
                "closed": False,
                "reviews": 0,
                "tasks": {"call": "none"},
                "weather": {"the_day": "fine"},
                "forecast": ["rain", "snow"],
            },
        }
    ],
}


def test_what_a_bare_pathway_leaves_open_is_told_as_a_sentence() -> None:
    told = " ".join(pathway_in_english(PathwayFile.model_validate(BARE)).split())

    for sentence in (
        "A case opens with the first event that is recorded of it.",
        "the person is 24 years old or younger",
        "the person is 60 years old or older",
        "It has no due time.",
        "It is due at the next 16:00.",
        "It is due 2 days after it opens, at the first 09:15 from then on.",
        "Nothing leads on from here.",
        "The hand-off “room” is offered.",
        "The task “call” is not there.",
        "No blockage is open.",
        "No gate holds anything back.",
        "The number of reviews is 0.",
        "weather: the day is fine.",
        "forecast: rain and snow.",
    ):
        assert sentence in told
    assert "Working days leave out" not in told
    assert "Named officers" not in told


def test_an_agency_that_opens_on_bank_holidays_is_told_so_without_hours() -> None:
    agencies = {"council": {"title": "Council", "open_on_holidays": True}, "outreach": {"title": "outreach"}}

    told = pathway_in_english(PathwayFile.model_validate(BARE), AgenciesFile.model_validate({"agencies": agencies}))

    assert "Open on bank holidays." in told


def test_the_legend_of_a_drawing_explains_only_what_is_in_it() -> None:
    drawn = draw(PathwayFile.model_validate(BARE))

    assert "hand-off and agency asked" in drawn
    assert "a track may rest here" in drawn
    assert "black ends: a gate" not in drawn


def test_a_drawing_of_stages_alone_explains_stages_alone() -> None:
    stages = {"first": {"owner": "council", "moves": [{"to": "last", "by_hand": True}]}, "last": {"owner": "council"}}

    drawn = draw(PathwayFile.model_validate(BARE | {"tracks": {"one": {"start": "first", "stages": stages}}}))

    assert "stage and move" in drawn
    assert "hand-off and agency asked" not in drawn
    assert "a track may rest here" not in drawn


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (Waiting, Duration(2, Unit.WORKING_DAYS)),
        (ClockTime, time(16)),
        (Instant, datetime(2026, 3, 21, 9)),  # noqa: DTZ001 - local to the pathway
    ],
    ids=["a duration", "a time of day", "an instant"],
)
def test_what_a_program_gives_ready_made_is_taken_as_it_is(form: Any, value: object) -> None:
    assert TypeAdapter(form).validate_python(value) == value


def test_what_a_pathway_leaves_out_is_told_as_what_holds_then() -> None:
    tree = copy.deepcopy(BARE)
    del tree["eligibility"]
    tree["blockages"]["stuck"]["when"] = {"open": {"task": "call"}}
    tree["tracks"]["one"]["stages"]["first"]["outcome"] = "looked_for"

    text = " ".join(pathway_in_english(PathwayFile.model_validate(tree)).split())

    assert "may be referred when" not in text
    assert "It is cleared when that holds no more." in text
    assert "Outcome: “looked_for”." in text
