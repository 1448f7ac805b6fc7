"""The verbs of tonight's list, of beds and of matching, each against a real PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from handrail.publishing import publish
from handrail.recording import Said, Speaker, record
from handrail.referrals import Referral, refer
from handrail.settings import Settings
from handrail.wiring import Store
from models.persons import Identity

RULES = (Path(__file__).parents[1] / "tonight" / "beds.yaml").read_text(encoding="utf-8")
Told = Callable[..., dict[str, Any]]
PLACES = """
INSERT INTO handrail.projects (key, kind, title, provider)
VALUES ('shelter', 'bed', 'Shelter', 'mission'), ('milestone', 'room', 'Milestone', 'riverside');
INSERT INTO handrail.places (project, kind, name, in_service_from)
VALUES ('shelter', 'bed', '1', '2020-01-01'), ('shelter', 'bed', '2', '2020-01-01'),
    ('milestone', 'room', '01', '2020-01-01'), ('milestone', 'room', '02', '2020-01-01');
"""


@pytest.fixture
def person(engine: Engine, tmp_path: Path) -> Callable[[str], str]:
    """What refers somebody new who accepts a bed or a room, in a town with two of each."""
    store = Store(engine, Settings(state=tmp_path))
    publish(store, RULES, None, file_name="beds.yaml")
    with engine.begin() as connection:
        connection.execute(text(PLACES))
    count = iter(range(100))

    def refer_one(offer: str) -> str:
        identity = Identity((f"Somebody {next(count):04}",), date(1980, 1, 1))
        outreach = Speaker("outreach", "P. Officer")
        reference = refer(store, "beds", Referral(identity, outreach)).reference
        record(store, reference, Said("offer.made", {"offer": offer, "response": "accepted"}, outreach))
        return reference

    return refer_one


@pytest.fixture
def told(handrail: Any, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Told:
    """Run a verb with --json on this test's own database, and return what it tells; it must succeed."""
    monkeypatch.setenv("HANDRAIL_DATABASE_URL", database_url)

    def run(*arguments: str) -> dict[str, Any]:
        ran = handrail(*arguments, "--json")
        assert ran.status == 0, ran.errors
        found: dict[str, Any] = json.loads(ran.output)
        return found

    return run


def test_tonights_list_tells_who_came_and_what_is_free(told: Told, person: Callable[[str], str], handrail: Any) -> None:
    first, second = person("bed"), person("bed")

    came = told("bed", "present", first, "--by", "mission")
    told("bed", "unknown", "--by", "mission")
    refused = told("bed", "refuse", second, "--reason", "full", "--by", "mission")
    (night,) = told("tonight")["nights"]
    shown = handrail("tonight", "bed")

    assert (came["state"], refused["attributable_to"]) == ("allocated", "system")
    assert (night["kind"], night["taken"], night["free"]) == ("bed", 2, [])
    states = {one["reference"]: one["state"] for one in night["people"]}
    assert states == {first: "arrived", None: "arrived", second: "refused"}
    assert shown.status == 0
    assert first in shown.output
    assert "full (system)" in shown.output
    assert "2 taken" in shown.output


def test_a_room_is_held_taken_moved_out_of_and_left(told: Told, person: Callable[[str], str], handrail: Any) -> None:
    reference, other = person("room"), person("room")

    held = told("bed", "hold", reference, "milestone/01", "--by", "riverside")
    taken = handrail("bed", "occupy", other, "milestone/01", "--by", "riverside")
    told("bed", "occupy", reference, "milestone/01", "--by", "riverside")
    moved = told("bed", "occupy", reference, "milestone/02", "--moving", "--by", "riverside")
    left = told("bed", "leave", reference, "--reason", "moved_on", "--by", "riverside")

    assert (held["use"], held["place"]) == ("hold", "milestone/01")
    assert (taken.status, taken.output) == (1, "")
    assert f"milestone/01 is held for {reference} until" in taken.errors
    assert (moved["ended"], left["ended"]) == (["milestone/01"], ["milestone/02"])


def test_a_hold_is_given_up(told: Told, person: Callable[[str], str], handrail: Any) -> None:
    reference = person("room")
    told("bed", "hold", reference, "milestone/01", "--by", "riverside")

    assert told("bed", "give-up", reference, "--by", "riverside")["place"] == "milestone/01"
    again = handrail("bed", "give-up", reference, "--by", "riverside")
    assert (again.status, again.output) == (1, "")
    assert "has no hold now" in again.errors


def test_matching_is_told_of_a_person_and_of_a_place(told: Told, person: Callable[[str], str], handrail: Any) -> None:
    reference = person("room")

    of_person = {one["kind"]: one for one in told("match", reference)["kinds"]}
    of_place = told("match", "milestone/01")

    assert [one["place"] for one in of_person["room"]["places"]] == ["milestone/01", "milestone/02"]
    assert of_person["room"]["nth"] == 1
    assert [one["reference"] for one in of_place["waiting"]] == [reference]
    assert "number 1 of 1" in handrail("match", reference).output
    assert "milestone/01 is free." in handrail("match", "milestone/01").output


@pytest.mark.parametrize(
    ("arguments", "status", "expected"),
    [
        pytest.param(["tonight", "room"], 1, "given for a night. Declared: bed", id="no nightly places"),
        pytest.param(["tonight", "--night", "soon"], 2, "--night is not a date", id="no date"),
        pytest.param(["match", "milestone/99"], 1, "There is no place milestone/99", id="no such place"),
        pytest.param(["match", "K4T"], 1, "not a case's reference", id="no reference"),
        pytest.param(["match", " "], 2, "Give a case's reference", id="nothing to match"),
        pytest.param(
            ["bed", "present", "K4T-W9M-P2R", "--by", "mission"], 1, "is not a case's reference", id="no such case"
        ),
        pytest.param(["bed", "unknown", "--by", "outreach"], 1, "may not", id="somebody else's"),
    ],
)
@pytest.mark.usefixtures("person")
def test_what_cannot_be_done_is_told_in_a_sentence(
    told: Told, handrail: Any, arguments: list[str], status: int, expected: str
) -> None:
    assert told is not None
    ran = handrail(*arguments)

    assert (ran.status, ran.output) == (status, "")
    assert expected in ran.errors
    assert "Traceback" not in ran.errors
