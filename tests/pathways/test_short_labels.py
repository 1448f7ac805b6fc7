"""The few words beside an arrow of the drawing: the first thing that a move waits for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from pathways.conditions import Condition
from pathways.declaration import PathwayFile
from pathways.plain_english.names import Names
from pathways.swim_lanes.short_labels import TIMES, condition_label, move_label

EVERY_KEY = YAML(typ="safe", pure=True).load(Path(__file__).with_name("every_key.yaml"))
FILE = PathwayFile.model_validate(EVERY_KEY)


@pytest.mark.parametrize(
    ("condition", "label"),
    [
        ({"event": "room.given"}, "room given"),
        ({"event": {"kind": "contact.attempted", "where": {"found": True}}}, "contact attempted: found"),
        ({"event": {"kind": "contact.attempted", "where": {"found": False}}}, "contact attempted: not found"),
        ({"event": {"kind": "offer.made", "where": {"offer": ["nsno", "hostel"]}}}, "offer made: nsno or hostel"),
        ({"event": {"kind": "review.held", "where": {"score": {"at_least": 3}}}}, "review held: score ≥3"),
        ({"event": {"kind": "review.held", "where": {"score": 3}}}, "review held: score 3"),
        ({"latest": {"event": "contact.attempted", "field": "found", "is": True}}, "found yes"),
        ({"latest": {"event": "script.changed", "field": "status", "is": ["on", "off"]}}, "status on or off"),
        ({"latest": {"event": "script.changed", "field": "status", "is": {"is_not": "on"}}}, "status not on"),
        ({"count": {"event": "room.given", "at_least": 1, "since": "case"}}, "room given"),
        ({"count": {"event": "room.given", "at_least": 2, "since": "case"}}, f"2 {TIMES} room given"),
        ({"count": {"event": "room.given", "at_most": 0, "since": "case"}}, "no room given"),
        ({"count": {"event": "room.given", "at_most": 2, "since": "case"}}, f"at most 2 {TIMES} room given"),
        ({"absent": {"event": "room.given", "for": "3 days"}}, "3 days without room given"),
        ({"done": {"task": "tell_police"}}, "Tell the police done"),
        ({"done": {"hand_off": "nsno_bed"}}, "NSNO bed done"),
        ({"open": {"task": "tell_police"}}, "Tell the police open"),
        ({"open": {"hand_off": "nsno_bed", "for": "2 days"}}, "NSNO bed open 2 days"),
        ({"open": {"blockage": "no_bed"}}, "No bed open"),
        ({"accepted": "nsno_bed"}, "NSNO bed accepted"),
        ({"approved": {"role": "panel_chair", "valid_for": "3 days"}}, "approved by panel chair"),
        ({"stage": {"track": "support", "is": ["nsno", "hostel"]}}, "Support at No Second Night Out or Hostel"),
        ({"stage": {"track": "support", "is_not": "hostel"}}, "Support not at Hostel"),
        ({"waited": "3 days"}, "after 3 days"),
        ({"waited": {"for": "3 days", "at": "09:15"}}, "after 3 days, 09:15"),
        ({"referred_by": "self"}, "known at referral"),
        ({"all": [{"waited": "3 days"}]}, "after 3 days"),
        ({"all": [{"waited": "3 days"}, {"accepted": "nsno_bed"}]}, "after 3 days + 1 more"),
        ({"any": [{"waited": "3 days"}, {"accepted": "nsno_bed"}, {"waited": "1 day"}]}, "after 3 days or 2 more"),
        ({"none": [{"waited": "3 days"}, {"accepted": "nsno_bed"}]}, "not: after 3 days nor 1 more"),
    ],
)
def test_a_condition_is_labelled_by_the_first_thing_it_asks_for(condition: dict[str, Any], label: str) -> None:
    assert condition_label(Condition.model_validate(condition), Names(FILE)) == label


def test_a_move_is_labelled_by_its_title_or_as_made_by_hand() -> None:
    titled = FILE.tracks["support"].stages["identified"].moves[1]
    by_hand = FILE.tracks["enforcement"].stages["considered"].moves[0]

    assert [move_label(move, Names(FILE)) for move in (titled, by_hand)] == ["No longer at risk", "by hand"]
