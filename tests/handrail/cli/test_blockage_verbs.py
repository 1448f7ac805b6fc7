"""Shared blockages are listed, shown, disputed, merged, given away, acted on and closed from the command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from handrail.publishing import publish
from handrail.settings import Settings
from handrail.wiring import Store

HOSTEL = """\
pathway: hostel
version: 1
title: Hostel
coordinator: council
agencies: {council: {title: Council}, mission: {title: City Mission}}
opens_on: [Referral]
reasons: {no: {full: system, no_id: system}}
events:
  Referral: {by: [council]}
  Barrier: {by: [council], fields: {status: [standing, removed], reason: no}}
tracks:
  support:
    start: waiting
    stages:
      waiting: {owner: council, moves: [{to: home, by_hand: true}]}
      home: {owner: council, final: true}
blockages:
  same_reason:
    title: The same reason stops several people
    theme: housing
    owner: mission
    rule: {reasons: no, people: 2, within: 28 days, act_within: 14 days}
"""
Told = Callable[..., dict[str, Any]]


@pytest.fixture
def told(engine: Engine, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, handrail: Any) -> Told:
    """Run a verb with --json, and return what it tells; two reasons stop two people each."""
    monkeypatch.setenv("HANDRAIL_DATABASE_URL", database_url)
    store = Store(engine, Settings(state=tmp_path))
    publish(store, HOSTEL, None, file_name="hostel.yaml")

    def run(*arguments: str) -> dict[str, Any]:
        ran = handrail(*arguments, "--json")
        assert ran.status == 0, ran.errors
        found: dict[str, Any] = json.loads(ran.output)
        return found

    for reason in ("full", "no_id"):
        for name in ("Ann Sample", "Bob Sample"):
            reference = run(
                "refer", "hostel", "--name", f"{name} {reason}", "--by", "council", "--officer", "C. Officer"
            )["reference"]
            fields = ("--field", "status=standing", "--field", f"reason={reason}")
            run("record", reference, "Barrier", "--by", "council", *fields)
    return run


def test_all_kinds_are_listed_with_their_cost(told: Told) -> None:
    rows = told("report", "blockages", "--kind", "rule", "--agency", "mission")["rows"]

    assert [(row["subject"], row["reason"], row["attributable_to"]) for row in rows] == [
        ("no/full", "full", "system"),
        ("no/no_id", "no_id", "system"),
    ]
    assert {(row["kind"], row["owner"], row["level"], row["person_days"]) for row in rows} == {
        ("rule", "mission", 0, 0)
    }
    assert told("report", "blockages", "--kind", "person")["rows"] == []
    assert [row["kind"] for row in told("report", "tasking", "--agency", "mission")["rows"]] == ["blockage", "blockage"]


def test_a_coordinator_acts_on_them(told: Told) -> None:
    first, second = (row["reference"] for row in told("report", "blockages")["rows"])
    mine = ("--by", "council", "--officer", "C. Officer")

    disputed = told("blockage", "dispute", first, "--by", "mission", "--officer", "M. Officer", "--reason", "One left")
    moved = told("blockage", "reassign", first, "council", *mine, "--reason", "Ours to mend")
    acted = told("blockage", "act", first, *mine, "--action", "More rooms", "--due", "2030-01-31")
    merged = told("blockage", "merge", second, first, *mine, "--reason", "The same house")
    closed = told("blockage", "close", first, *mine, "--reason", "A new house opened")

    assert (disputed["disputed"], moved["owner"]) == ("One left", "council")
    assert (acted["action"], acted["due_on"]) == ("More rooms", "2030-01-31")
    assert (merged["state"], merged["merged_into"], closed["state"]) == ("merged", first, "closed")
    shown = told("blockage", "show", first.removeprefix("B-"))
    assert len(shown["cases"]) == 4
    acts = [(act["act"], act["officer"]) for act in shown["acts"]]
    assert acts == [
        ("opened", None),
        ("disputed", "M. Officer"),
        ("reassigned", "C. Officer"),
        ("acted", "C. Officer"),
        ("took_over", "C. Officer"),
        ("closed", "C. Officer"),
    ]


def test_what_cannot_be_done_is_said(told: Told, handrail: Any, engine: Engine) -> None:
    told("report", "blockages")
    mine = ("--by", "council", "--officer", "C. Officer", "--reason", "over")

    nonsense = handrail("blockage", "show", "seventeen")
    unknown = handrail("blockage", "close", "99", *mine)
    nothing = handrail("blockage", "act", "1", "--by", "council", "--officer", "C. Officer")
    kind = handrail("report", "stages", "--kind", "rule")

    assert (nonsense.status, unknown.status, nothing.status, kind.status) == (2, 1, 2, 2)
    assert "Expected 17 or B-17" in nonsense.errors
    assert "There is no blockage B-99" in unknown.errors
    assert "Give --action, --due, or both" in nothing.errors
    assert "--kind is for blockages only" in kind.errors
    with engine.connect() as connection:
        assert (
            connection.scalar(text("SELECT count(*) FROM handrail.shared_blockages WHERE closed_at IS NOT NULL")) == 0
        )


def test_it_is_shown_as_text(told: Told, handrail: Any) -> None:
    first = told("report", "blockages")["rows"][0]["reference"]

    shown = handrail("blockage", "show", first).output

    assert shown.startswith(f"{first}: The same reason stops several people (open)")
    assert "person days: 0.0" in shown
    assert "opened, mission: full stopped 2 people within 28 days" in shown
