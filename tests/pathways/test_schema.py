"""The JSON Schema for editors: fresh, and of one mind with the loader about forms."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from pathways.schema import agencies_schema_text, pathway_schema_text
from pathways.yaml_text import read_yaml

FOLDER = Path(__file__).parents[2] / "pathways"
BROKEN = Path(__file__).parent / "broken"
SEEN_BY_AN_EDITOR = (
    "misspelt_key",
    "missing_key",
    "key_of_another_part",
    "version_as_text",
    "yes_is_text",
    "number_as_name",
    "text_for_list",
    "agency_with_capitals",
    "unit_misspelt",
    "duration_without_unit",
    "time_of_day_24",
    "value_of_a_closed_list",
    "two_conditions_in_one",
    "empty_list",
    "out_of_range",
)


def _faults(schema_text: str, path: Path) -> list[str]:
    yaml, _ = read_yaml(path.read_bytes())
    assert yaml is not None
    return [error.message for error in Draft202012Validator(json.loads(schema_text)).iter_errors(yaml.value)]


@pytest.mark.parametrize(
    ("name", "text"),
    [("pathway.schema.json", pathway_schema_text), ("agencies.schema.json", agencies_schema_text)],
)
def test_the_schema_in_the_repository_is_the_one_that_the_models_give(name: str, text: Callable[[], str]) -> None:
    assert (FOLDER / name).read_text() == text(), f"Write what pathways.schema gives to pathways/{name}."


@pytest.mark.parametrize("text", [pathway_schema_text(), agencies_schema_text()], ids=["pathway", "agencies"])
def test_the_schema_is_a_schema(text: str) -> None:
    Draft202012Validator.check_schema(json.loads(text))


@pytest.mark.parametrize("path", [FOLDER / "peep.yaml", FOLDER / "hospital_discharge.yaml"], ids=lambda path: path.stem)
def test_an_editor_finds_nothing_in_a_good_pathway(path: Path) -> None:
    assert _faults(pathway_schema_text(), path) == []


def test_an_editor_finds_nothing_in_good_agencies() -> None:
    assert _faults(agencies_schema_text(), FOLDER / "agencies.yaml") == []


@pytest.mark.parametrize("name", SEEN_BY_AN_EDITOR)
def test_an_editor_sees_a_fault_of_form_while_one_types(name: str) -> None:
    assert _faults(pathway_schema_text(), BROKEN / f"{name}.yaml")


def test_an_editor_lets_an_event_be_its_name_or_a_mapping_with_event_or_kind() -> None:
    definition = json.loads(pathway_schema_text())
    validator = Draft202012Validator({"$ref": "#/$defs/EventMatch", "$defs": definition["$defs"]})

    assert all(
        validator.is_valid(one) for one in ("seen", {"kind": "seen"}, {"event": "seen", "where": {"found": True}})
    )
    assert not validator.is_valid({"where": {"found": True}})
