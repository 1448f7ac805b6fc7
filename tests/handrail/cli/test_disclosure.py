"""What an agency may not read of a case is not shown to it, and never leaves the database for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from models.cases import get_case
from models.database import raw
from models.journal import list_changes, list_events

PATROL = """\
pathway: patrol
version: 1
title: Patrol
coordinator: council
agencies:
  council: {title: Council}
  housing: {title: Housing}
  police: {title: Police}
  clinic: {title: Clinic}
  old_probation: {title: Old Probation, valid_until: 2021-06-26, successor: probation}
  probation: {title: Probation}
opens_on: [Referral]
events:
  Referral: {by: [council]}
  Offer Made: {by: [housing], fields: {nights: integer}}
  Arrest:
    by: [police]
    restricted: true
    shown_to: [clinic, old_probation]
    fields: {charge: [affray, burglary], place: text}
tracks:
  support:
    start: waiting
    stages:
      waiting:
        owner: council
        moves: [{to: custody_desk, when: {event: {kind: Arrest, where: {charge: affray}}}}]
      custody_desk: {owner: council, final: true, moves: [{to: waiting, by_hand: true}]}
"""
SECRETS = ("affray", "Quay Street")


@pytest.fixture
def arrested(handrail: Any, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The reference of a case with something of the police in it that moved it, and something of housing."""
    monkeypatch.setenv("HANDRAIL_DATABASE_URL", database_url)
    (tmp_path / "patrol.yaml").write_text(PATROL)

    def done(*arguments: str) -> dict[str, Any]:
        ran = handrail(*arguments, "--json")
        assert ran.status == 0, ran.errors
        found: dict[str, Any] = json.loads(ran.output)
        return found

    done("publish", "patrol.yaml")
    told = done("refer", "patrol", "--name", "Sam Sample", "--born", "1980-05-01", "--by", "council")
    reference = str(told["reference"])
    done("record", reference, "Offer Made", "--by", "housing", "--field", "nights=3")
    charge = ("--field", "charge=affray", "--field", "place=Quay Street")
    done("record", reference, "Arrest", "--by", "police", *charge)
    return reference


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_what_only_the_police_may_read_is_not_in_what_housing_gets(
    handrail: Any, arrested: str, form: tuple[str, ...]
) -> None:
    ran = handrail("case", arrested, "--for", "housing", *form)

    assert ran.status == 0, ran.errors
    assert not [secret for secret in SECRETS if secret in ran.output]
    assert "fields withheld" in ran.output
    assert "Arrest" in ran.output
    assert "nights" in ran.output


def test_a_line_that_rests_on_it_says_neither_why_nor_where_the_case_went(handrail: Any, arrested: str) -> None:
    told = json.loads(handrail("case", arrested, "--for", "housing", "--json").output)

    changes = [change for moment in told["timeline"] for change in moment["changes"]]
    [moved] = [change for change in changes if change["change"] == "moved" and change["from"] == "waiting"]
    [arrest] = [each for moment in told["timeline"] for each in moment["events"] if each["event"] == "Arrest"]
    assert (moved["to"], moved["because"]) == (None, "fields withheld")
    assert (arrest["fields"], arrest["withheld"], arrest["agency"]) == (None, True, "police")
    assert "moved support: waiting: fields withheld" in handrail("case", arrested, "--for", "housing").output


@pytest.mark.parametrize(
    "agency",
    [
        pytest.param(("--for", "council"), id="the coordinator"),
        pytest.param((), id="the coordinator, not named"),
        pytest.param(("--for", "police"), id="who recorded it"),
        pytest.param(("--for", "clinic"), id="whom it is shown to"),
        pytest.param(("--for", "probation"), id="who succeeded one of these"),
    ],
)
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_who_may_read_it_gets_it(handrail: Any, arrested: str, agency: tuple[str, ...], form: tuple[str, ...]) -> None:
    ran = handrail("case", arrested, *agency, *form)

    assert all(secret in ran.output for secret in SECRETS)
    assert "fields withheld" not in ran.output


def test_what_is_withheld_is_in_no_row_that_the_database_gives(engine: Engine, arrested: str) -> None:
    with engine.connect() as connection:
        case = get_case(connection, arrested).id
        everything = repr([list_events(raw(connection), case), list_changes(connection, case)])
        events = list_events(raw(connection), case, {"Arrest"})
        numbers = {event.number for event in events if event.kind == "Arrest"}
        changes = list_changes(connection, case, withheld=numbers)

    assert all(secret in everything for secret in SECRETS)
    assert not [secret for secret in SECRETS if secret in repr([events, changes])]
    assert not [change for change in changes if numbers.intersection(change.evidence) and (change.to or change.because)]


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("--for", "housing"), 2, "--for belongs to one case."),
        (("REFERENCE", "--for", "hosing"), 1, "There is no agency 'hosing' on this case's pathway. Known: clinic, "),
    ],
    ids=["no case", "an agency that there is not"],
)
def test_whom_it_is_for_must_make_sense(
    handrail: Callable[..., Any], arrested: str, arguments: tuple[str, ...], status: int, sentence: str
) -> None:
    ran = handrail("case", *(arrested if each == "REFERENCE" else each for each in arguments))

    assert (ran.status, ran.output) == (status, "")
    assert sentence in ran.errors
