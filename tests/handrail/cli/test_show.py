"""``handrail show``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET


def test_a_pathway_is_told_in_plain_english(handrail: Any, pathways: Path) -> None:
    ran = handrail("show", pathways / "peep.yaml")

    assert (ran.status, ran.errors) == (0, "")
    assert ran.output.startswith("Partnership Engagement and Enforcement Programme\n====")
    assert "Stage: Offered support" in ran.output


def test_text_keeps_to_the_width_that_was_asked(handrail: Any, shelter: Path) -> None:
    ran = handrail("show", shelter, "--width", "50")

    assert max(len(line) for line in ran.output.splitlines()) <= 50


def test_a_diagram_is_written_into_the_file_that_was_named(handrail: Any, shelter: Path, tmp_path: Path) -> None:
    ran = handrail("show", shelter, "--diagram", "out.svg")

    assert ran.status == 0
    assert "out.svg" in ran.output
    root = ET.fromstring((tmp_path / "out.svg").read_text())  # noqa: S314 (our own text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"


def test_json_holds_the_text_and_its_outline(handrail: Any, shelter: Path) -> None:
    told = json.loads(handrail("show", shelter, "--json").output)

    assert told["pathway"] == "shelter"
    assert told["text"].startswith("Shelter\n=======")
    assert "Track: support" in {section["heading"] for section in told["outline"]["sections"]}


def test_a_broken_file_is_not_shown_but_its_faults_are(handrail: Any, shelter: Path) -> None:
    shelter.write_text(shelter.read_text().replace("to: settled,", "to: setled,"))

    ran = handrail("show", "shelter.yaml")

    assert (ran.status, ran.output) == (1, "")
    assert "shelter.yaml:25:18: error[unknown-stage]" in ran.errors
    assert ran.errors.endswith("handrail: shelter.yaml was not shown: it has 1 error. Mend them first.\n")


def test_a_diagram_that_cannot_be_written_is_wrong_use(handrail: Any, shelter: Path) -> None:
    ran = handrail("show", shelter, "--diagram", "no/such/folder/out.svg")

    assert ran.status == 2
    assert "no/such/folder/out.svg cannot be written" in ran.errors


def test_a_picture_is_never_drawn_over_the_rules_themselves(handrail: Any, shelter: Path) -> None:
    rules = shelter.read_text()

    ran = handrail("show", shelter, "--diagram", shelter.parent / "." / shelter.name)

    assert (ran.status, ran.output) == (2, "")
    assert "it is what is read" in ran.errors
    assert shelter.read_text() == rules
