"""``handrail check``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


def test_the_pathways_of_the_house_have_no_fault(handrail: Any, pathways: Path) -> None:
    files = [pathways / name for name in ("peep.yaml", "hospital_discharge.yaml", "agencies.yaml")]

    ran = handrail("check", "--strict", *files)

    assert (ran.status, ran.output) == (0, "")
    assert ran.errors.startswith("3 files, 0 errors, 0 warnings,")


def test_a_fault_is_told_with_its_place_and_ends_in_status_one(handrail: Any, shelter: Path) -> None:
    shelter.write_text(shelter.read_text().replace("to: settled,", "to: setled,"))

    ran = handrail("check", "shelter.yaml")

    assert ran.status == 1
    assert "shelter.yaml:25:18: error[unknown-stage]" in ran.output
    assert "settled" in ran.output


def test_a_scenario_that_ends_differently_is_a_fault_of_its_file(handrail: Any, shelter: Path) -> None:
    shelter.write_text(shelter.read_text().replace("waited: 10 days", "waited: 11 days"))

    ran = handrail("check", "shelter.yaml")

    assert ran.status == 1
    assert "shelter.yaml:29:5: error[scenario-differs]" in ran.output
    assert "'ten nights are enough'" in ran.output
    assert "expected 'settled', found 'sheltered'" in ran.output


def test_scenarios_need_not_be_run(handrail: Any, shelter: Path) -> None:
    shelter.write_text(shelter.read_text().replace("waited: 10 days", "waited: 11 days"))

    assert handrail("check", "--no-scenarios", "shelter.yaml").status == 0


@pytest.mark.parametrize("option", ["--json", "--format=json"])
def test_json_tells_files_problems_and_scenarios(handrail: Any, shelter: Path, option: str) -> None:
    shelter.write_text(shelter.read_text().replace("  Left: {by: [mission]}", "  Left: {by: [misson]}"))

    ran = handrail("check", option, "shelter.yaml")

    told = json.loads(ran.output)
    [problem] = told["files"][0]["problems"]
    assert ran.status == 1
    assert (told["errors"], told["warnings"]) == (1, 0)
    assert (problem["file"], problem["line"], problem["rule"]) == ("shelter.yaml", 13, "unknown-agency")


def test_json_tells_which_scenarios_passed(handrail: Any, shelter: Path) -> None:
    ran = handrail("check", "--json", shelter)

    [file] = json.loads(ran.output)["files"]
    assert ran.status == 0
    assert (file["pathway"], file["version"]) == ("shelter", 1)
    assert file["scenarios"] == [{"name": "ten nights are enough", "line": 29, "passed": True, "differences": []}]


def test_github_gets_one_annotation_a_problem(handrail: Any, shelter: Path) -> None:
    shelter.write_text(shelter.read_text().replace("waited: 10 days", "waited: 11 days"))

    ran = handrail("check", "--format", "github", "shelter.yaml")

    assert ran.status == 1
    [line] = ran.output.splitlines()
    assert line.startswith("::error file=shelter.yaml,line=29,col=5,title=scenario-differs::The scenario ")


def test_warnings_count_only_when_asked(handrail: Any, shelter: Path) -> None:
    shelter.write_text(shelter.read_text().replace("  Left:", "  Never: {by: [mission]}\n  Left:"))

    assert handrail("check", "shelter.yaml").status == 0
    assert handrail("check", "--strict", "shelter.yaml").status == 1


def test_agencies_are_taken_from_the_file_beside_the_pathway_or_the_one_that_is_named(
    handrail: Any, shelter: Path, tmp_path: Path
) -> None:
    text = shelter.read_text()
    begin, end = text.index("agencies:"), text.index("opens_on:")
    shelter.write_text(text[:begin] + text[end:])
    named = tmp_path / "elsewhere.yaml"
    named.write_text(text[begin:end])

    assert handrail("check", shelter).status == 1
    assert handrail("check", shelter, "--agencies", named).status == 0
    named.rename(tmp_path / "agencies.yaml")
    assert handrail("check", shelter).status == 0


def test_a_file_that_is_not_there_is_wrong_use(handrail: Any) -> None:
    ran = handrail("check", "nowhere.yaml")

    assert ran.status == 2
    assert ran.errors == "handrail: nowhere.yaml cannot be read: No such file or directory. Give the path of a file.\n"


def test_no_file_at_all_is_wrong_use(handrail: Any) -> None:
    assert handrail("check").status == 2


def test_every_rule_can_be_listed(handrail: Any) -> None:
    ran = handrail("check", "--rules", "--json")

    rules = json.loads(ran.output)["rules"]
    assert {"id", "level", "says", "mend"} == set(rules[0])
    assert "unknown-stage" in {rule["id"] for rule in rules}


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no endless file")
def test_an_endless_file_is_too_large_and_not_read_to_its_end(handrail: Any) -> None:
    ran = handrail("check", "/dev/zero")

    assert ran.status == 1
    assert "error[too-large]" in ran.output
