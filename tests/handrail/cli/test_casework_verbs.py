"""The verbs that work on a store, each against a real PostgreSQL."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Told = Callable[..., dict[str, Any]]


@pytest.fixture
def told(handrail: Any, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Told:
    """Run a verb with --json on this test's own database, and return what it tells; it must succeed."""
    monkeypatch.setenv("HANDRAIL_DATABASE_URL", database_url)

    def run(*arguments: str | Path) -> dict[str, Any]:
        ran = handrail(*arguments, "--json")
        assert ran.status == 0, ran.errors
        found: dict[str, Any] = json.loads(ran.output)
        return found

    return run


@pytest.fixture
def published(told: Told, shelter: Path) -> Told:
    """The same, with the shelter's rules in force."""
    text = shelter.read_text()
    offer = "        hand_offs: {bed: {to: [mission], answer_within: 4 hours, nobody: {escalate: council}}}\n"
    shelter.write_text(text.replace("        tasks: {visit", f"{offer}        tasks: {{visit"))
    told("publish", shelter)
    return told


def referred(told: Told) -> str:
    found = told("refer", "shelter", "--name", "Sam Sample", "--born", "1980-05-01", "--by", "council")
    return str(found["reference"])


def test_the_same_rules_published_again_change_nothing(told: Told, shelter: Path) -> None:
    first, again = told("publish", shelter), told("publish", shelter)

    assert (first["pathway"], first["version"], first["new"]) == ("shelter", 1, True)
    assert (again["hash"], again["new"]) == (first["hash"], False)


def test_broken_rules_are_not_published(handrail: Any, told: Told, shelter: Path) -> None:
    shelter.write_text(shelter.read_text().replace("to: settled,", "to: setled,"))

    ran = handrail("publish", shelter)

    assert (ran.status, ran.output) == (1, "")
    assert "error[unknown-stage]" in ran.errors
    assert told("case")["cases"] == []


@pytest.mark.usefixtures("published")
def test_a_person_is_referred_and_the_output_does_not_name_them(handrail: Any) -> None:
    ran = handrail("refer", "shelter", "--name", "Sam Sample", "--born", "1980-05-01", "--by", "council")

    assert ran.status == 0
    assert "is the reference of the new case" in ran.output
    assert "Sam" not in ran.output + ran.errors


def test_somebody_like_a_person_on_file_is_told_and_not_merged(published: Told) -> None:
    reference = referred(published)

    again = published("refer", "shelter", "--name", "Sam Sampel", "--born", "1980-05-01", "--by", "council")

    [likely] = again["likely_same"]
    assert likely["cases"] == [reference]
    assert again["person"] != likely["person"]


def test_an_event_is_recorded_with_all_that_follows(published: Told) -> None:
    reference = referred(published)

    done = published("record", reference, "Offer Made", "--by", "mission", "--field", "response=accepted")

    assert (done["reference"], done["event"], done["repeated"]) == (reference, 2, False)
    assert ("waiting", "sheltered") in {(change["from"], change["to"]) for change in done["changes"]}


def test_the_same_external_id_is_answered_as_before(published: Told) -> None:
    reference = referred(published)
    arguments = ("record", reference, "Offer Made", "--by", "mission", "--source", "desk", "--id", "7")

    first, again = published(*arguments), published(*arguments)

    assert (first["event"], again["event"], again["repeated"]) == (2, 2, True)


def test_a_hand_off_is_accepted_by_the_agency_that_was_asked(published: Told, handrail: Any) -> None:
    reference = referred(published)

    refused = handrail("answer", reference, "accept", "bed", "--by", "council")
    published("answer", reference, "accept", "bed", "--by", "mission")

    assert refused.status == 1
    assert "Traceback" not in refused.errors
    assert published("case", reference)["tracks"]["support"]["owner"] == "mission"


def test_a_bed_nobody_took_is_offered_again_and_its_blockage_disputed_and_given_away(
    told: Told, handrail: Any, shelter: Path
) -> None:
    offer = "{to: [mission], answer_within: 4 hours, nobody: {raise: no_bed}}"
    no_bed = "blockages: {no_bed: {theme: housing, attributable_to: system, owner: council}}\n"
    text = shelter.read_text().replace(
        "        tasks: {visit", f"        hand_offs: {{bed: {offer}}}\n        tasks: {{visit"
    )
    shelter.write_text(text + no_bed)
    told("publish", shelter)
    reference = referred(told)
    told("answer", reference, "decline", "bed", "--by", "mission", "--reason", "full")

    told("answer", reference, "dispute", "no_bed", "--by", "mission", "--reason", "there was one")
    told("answer", reference, "reassign", "no_bed", "--by", "council", "--to", "mission", "--reason", "theirs")
    offered = told("answer", reference, "offer-again", "bed", "--by", "council", "--to", "mission", "--reason", "free")
    refused = handrail("answer", reference, "offer-again", "bed", "--by", "council", "--to", "mission", "--reason", "x")

    assert [(change["change"], change["agency"]) for change in offered["changes"]] == [("hand_off_offered", "mission")]
    assert (refused.status, "City Mission has not answered it yet" in refused.errors) == (1, True)
    assert handrail("report", "tasking", "--agency", "mission").output.count("disputed") == 1


def test_a_case_tells_its_timeline_and_the_person_only_when_asked(published: Told, handrail: Any) -> None:
    reference = referred(published)
    published("record", reference, "Offer Made", "--by", "mission", "--field", "response=accepted")

    text = handrail("case", reference).output

    assert text.startswith(f"{reference} on shelter, version 1: open\n  support: sheltered, owned by mission since ")
    assert "2. Offer Made by mission: response accepted" in text
    assert "Sam Sample" not in text
    assert published("case", reference, "--person")["person"] == {
        "names": ["Sam Sample"],
        "date_of_birth": "1980-05-01",
    }


def test_why_tells_what_would_move_a_case(published: Told, handrail: Any) -> None:
    reference = referred(published)

    [track] = published("why", reference)["tracks"]

    [move] = track["moves"]
    assert (track["stage"], move["to"], move["asked"]["holds"], move["gate"]) == ("waiting", "sheltered", False, None)
    assert "not asked for: " in handrail("why", reference).output


def test_a_case_moves_by_hand_for_a_reason(published: Told, handrail: Any) -> None:
    reference = referred(published)

    without = handrail("answer", reference, "move", "support.sheltered", "--by", "council")
    published("answer", reference, "move", "support.sheltered", "--by", "council", "--reason", "a bed was found")

    assert (without.status, without.errors) == (2, "handrail: To move needs a reason. Give --reason.\n")
    assert published("case", reference)["tracks"]["support"]["stage"] == "sheltered"


def test_an_event_is_taken_back(published: Told) -> None:
    reference = referred(published)
    published("record", reference, "Offer Made", "--by", "mission")

    done = published("answer", reference, "void", "2", "--by", "mission", "--reason", "the wrong person")

    assert "event_voided" in {change["change"] for change in done["changes"]}


LOG = """\
case,event,occurred_at,response,nights
a,Referral,2026-03-27 09:00,,
a,Offer Made,2026-03-27 12:00,accepted,3
b,Referral,2026-03-27 10:00,,
b,Offer Made,2026-03-29 12:00,declined,
c,Referral,2026-03-28 10:00,,
"""


def test_an_import_ends_in_the_state_of_a_replay_and_again_is_harmless(
    published: Told, shelter: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log.csv"
    log.write_text(LOG)
    arguments = ("import", log, "--pathway", "shelter", "--source", "old")

    replayed = published("replay", log, "--pathway", shelter, "--until", "2026-04-06 12:00")
    first, again = published(*arguments, "--until", "2026-04-06 12:00"), published(*arguments)

    stages = {row["stage"]: row["people"] for row in published("report", "stages")["rows"]}
    assert stages == replayed["stages"]["support"]
    assert (first["events"], first["new_cases"], again["events"], again["repeated"]) == (5, 3, 0, 5)
    assert published("verify")["wrong"] == 0


@pytest.mark.usefixtures("published")
def test_an_import_refuses_wrong_lines_by_number(handrail: Any, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(f"{LOG}d,Refferal,2026-03-27 10:00,,\n")

    ran = handrail("import", log, "--pathway", "shelter", "--source", "old", "--json")

    assert ran.status == 1
    assert json.loads(ran.output)["refused"] == 1
    assert f"{log}:7: There is no event 'Refferal'." in ran.errors


def test_verify_finds_a_state_that_somebody_changed(published: Told, handrail: Any, engine: Any) -> None:
    reference = referred(published)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE handrail.cases SET state = replace(state, 'waiting', 'settled')")

    ran = handrail("verify")

    assert ran.status == 1
    assert ran.output.startswith(f"{reference}: ")


def test_reports_tell_the_work_of_an_agency(published: Told) -> None:
    reference = referred(published)

    rows = published("report", "tasking", "--agency", "mission")["rows"]

    assert [(row["reference"], row["kind"], row["name"]) for row in rows] == [(reference, "hand_off", "bed")]
    assert published("report", "blockages")["rows"] == []
    assert published("report", "reviews")["rows"] == []


def test_outcomes_are_told_with_their_window_unit_and_scope(told: Told, shelter: Path, tmp_path: Path) -> None:
    measures = (
        "measures:\n  sheltered: {title: Given a bed, unit: people, "
        "event: {kind: Offer Made, where: {response: accepted}}, window: {from: 2026-03-01, to: 2026-03-31}}\n"
    )
    shelter.write_text(shelter.read_text().replace("scenarios:", f"{measures}scenarios:"))
    log = tmp_path / "log.csv"
    log.write_text(LOG)
    told("publish", shelter)
    told("import", log, "--pathway", "shelter", "--source", "old")

    [pathway] = told("report", "outcomes")["pathways"]
    [held] = told("report", "outcomes", "--suppress-below", "5")["pathways"]

    [figure] = pathway["figures"]
    assert (figure["value"], figure["unit"], figure["scope"]) == (1, "people", "cohort")
    assert (figure["from"], figure["to"]) == ("2026-03-01", "2026-03-31")
    assert (held["figures"][0]["value"], held["figures"][0]["told"]) == (None, "fewer than 5")


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("report", "stages", "--agency", "council"), id="an option that the table has no use for"),
        pytest.param(("report", "outcomes", "--from", "2026-01-01"), id="half a period"),
        pytest.param(("report", "outcomes", "--as-at", "yesterday"), id="a date that is none"),
        pytest.param(("refer", "shelter", "--by", "council"), id="nobody is referred"),
        pytest.param(("record", "K4T", "Left", "--by", "mission", "--field", "nights"), id="a field with no value"),
        pytest.param(("record", "K4T", "Left", "--by", "mission", "--id", "7"), id="an id with no source"),
        pytest.param(("answer", "K4T", "accept", "--by", "mission"), id="no hand-off is named"),
        pytest.param(("answer", "K4T", "accept", "bed", "--by", "mission", "--role", "x"), id="a role for a hand-off"),
        pytest.param(("answer", "K4T", "move", "hostel", "--by", "x", "--reason", "y"), id="a stage with no track"),
        pytest.param(("answer", "K4T", "void", "two", "--by", "x", "--reason", "y"), id="an event that is no number"),
        pytest.param(("answer", "K4T", "offer-again", "bed", "--by", "x", "--reason", "y"), id="an offer to nobody"),
        pytest.param(
            ("answer", "K4T", "dispute", "b", "--by", "x", "--reason", "y", "--to", "z"), id="a dispute to whom"
        ),
        pytest.param(
            ("answer", "K4T", "reassign", "--by", "x", "--to", "y", "--reason", "z"), id="nothing is given away"
        ),
        pytest.param(("case", "--person"), id="a person with no case"),
    ],
)
def test_wrong_arguments_are_wrong_use(handrail: Any, arguments: tuple[str, ...]) -> None:
    ran = handrail(*arguments)

    assert ran.status == 2, ran.errors
    assert "Traceback" not in ran.errors


@pytest.mark.usefixtures("told")
def test_a_reference_that_nobody_has_is_told(handrail: Any) -> None:
    ran = handrail("case", "K4T-W9M-P2R", "--json")

    assert ran.status == 1
    assert json.loads(ran.output)["error"]["kind"] == "NotFound"


def test_a_store_with_no_tables_says_what_to_run(
    handrail: Any, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDRAIL_DATABASE_URL", empty_database_url)

    before = handrail("case")
    status = handrail("db", "status", "--json")
    upgraded = handrail("db", "upgrade")
    after = handrail("case")

    assert (before.status, before.errors) == (
        1,
        "handrail: The case store has no tables yet. Run: handrail db upgrade\n",
    )
    assert (status.status, json.loads(status.output)["form"]) == (1, None)
    assert (upgraded.status, after.status, after.output) == (0, 0, "There is no such case.\n")


def test_a_store_that_is_away_is_told_without_its_address(handrail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAIL_DATABASE_URL", "postgresql://somebody:secret@127.0.0.1:1/nowhere")

    ran = handrail("case")

    assert ran.status == 1
    assert "did not answer" in ran.errors
    assert "secret" not in ran.errors
    assert "Traceback" not in ran.errors


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["case", "--pathway", "\udcff"], "not UTF-8 text"),
        (["refer", "\udcff", "--name", "A", "--by", "council"], "not UTF-8 text"),
        (["record", "AAA", "Left", "--by", "mission", "--source", " ", "--id", "1"], "--source is blank or no name"),
        (["record", "AAA", "Left", "--by", "mission", "--source", "s", "--id", "x" * 201], "--id is blank or no name"),
        (["import", "log.csv", "--pathway", "shelter", "--source", ""], "--source is blank or no name"),
        (["answer", "AAA", "void", "9" * 5000, "--by", "council", "--reason", "x"], "is not the number of an event"),
        (["report", "outcomes", "--as-at", "9999-12-31"], "--as-at is of the year 9999"),
    ],
    ids=[
        "half a sign",
        "half a sign in a name",
        "a blank source",
        "a long id",
        "an import from nowhere",
        "a long number",
        "the last year of all",
    ],
)
def test_what_cannot_be_meant_is_wrong_use(handrail: Any, told: Told, arguments: list[str], sentence: str) -> None:
    assert told("case")["cases"] == []
    Path("log.csv").write_text("case,event,occurred_at\n")

    ran = handrail(*arguments)

    assert ran.status == 2
    assert sentence in ran.errors


LOST = """
import os, sys, psycopg
from handrail import steps
from handrail.cli import main

kept = steps.save_steps

def save_steps(connection, saved):
    with psycopg.connect(os.environ["HANDRAIL_DATABASE_URL"].replace("+psycopg", "")) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
    kept(connection, saved)

steps.save_steps = save_steps
sys.argv = ["handrail", "record", sys.argv[1], "Offer Made", "--by", "council"]
main()
"""


def test_a_connection_that_is_lost_in_the_middle_is_told_in_a_sentence(published: Told) -> None:
    reference = referred(published)

    done = subprocess.run([sys.executable, "-c", LOST, reference], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr == "handrail: The case store did not answer. Repeat it when PostgreSQL is up.\n"


def test_why_knows_no_stage_that_the_pathway_does_not(handrail: Any, published: Told) -> None:
    ran = handrail("why", referred(published), "--stage", "setled")

    assert ran.status == 2
    assert "There is no stage 'setled'. Known: settled, sheltered, waiting." in ran.errors
