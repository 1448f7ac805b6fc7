"""What is measured runs, and what was kept has the shape that others read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from benchmarks import installed
from benchmarks.__main__ import IN_STORE, PARTS, RESULTS, measure
from benchmarks.figures import Figure, Target, replace_results, table, write_results
from benchmarks.servers import copied
from benchmarks.sizes import TINY
from handrail.settings import Settings
from handrail.wiring import Store, open_store
from integrations.embedded_postgres import EmbeddedPostgres

KEYS = ["name", "value", "unit", "beside", "beside_value", "ratio", "target", "met"]


def check_shape(entries: object) -> None:
    assert isinstance(entries, list)
    for entry in entries:
        assert list(entry) == KEYS
        assert all(isinstance(entry[key], str) and entry[key] for key in ("name", "unit", "beside"))
        assert all(entry[key] > 0 for key in ("value", "beside_value", "ratio"))
        assert entry["ratio"] == pytest.approx(entry["value"] / entry["beside_value"], rel=0.01)
        assert (entry["target"] is None) == (entry["met"] is None)


def test_the_kept_results_have_their_shape_and_name_each_thing_once() -> None:
    entries = json.loads(RESULTS.read_text("utf-8"))

    check_shape(entries)
    names = [entry["name"] for entry in entries]
    assert len(names) == len(set(names))


@pytest.fixture(scope="module")
def empty(
    postgres: EmbeddedPostgres, server_engine: Engine, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """An empty store on the run's server, which does not wait for the disk: what it says is no measure of anything."""
    with server_engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE measured TEMPLATE {template}"))
    url = SecretStr(postgres.url.replace("/handrail?", "/measured?"))
    with open_store(Settings(database_url=url, state=tmp_path_factory.mktemp("measured"))) as store:
        yield store
    with server_engine.connect() as connection:
        connection.execute(text("DROP DATABASE measured WITH (FORCE)"))


@pytest.mark.parametrize("part", IN_STORE)
def test_everything_is_measured_beside_something_else_even_when_tiny(part: str, empty: Store, tmp_path: Path) -> None:
    if part == "timers" and (lacking := installed.sentence_about_missing(["timers"])):
        pytest.skip(lacking)
    told: list[str] = []

    with copied(empty, f"tiny_{part}") as store:
        figures = IN_STORE[part](store, TINY, told.append)

    check_kept(figures, tmp_path / "results.json")
    assert told


def test_a_part_that_needs_no_store_starts_none(tmp_path: Path) -> None:
    told: list[str] = []

    figures = measure(TINY, ("engine",), tmp_path, told.append)

    check_kept(figures, tmp_path / "results.json")
    assert not [each for each in told if "PostgreSQL" in each]


def check_kept(figures: list[Figure], path: Path) -> None:
    write_results(figures, path)
    check_shape(json.loads(path.read_text("utf-8")))
    assert figures


def test_every_part_can_be_asked_for_by_name() -> None:
    assert set(installed.PEERS_OF) <= set(PARTS) == {"engine", "deployments", *IN_STORE}


def test_a_target_is_met_by_the_figure_or_by_its_ratio() -> None:
    half = Figure("batches", 50, "events/s", "bare", 100, Target("ratio", at_least=0.5))
    slow = Figure("recording", 6, "ms", "bare", 3, Target("value", at_most=5))

    assert (half.met, slow.met) == (True, False)
    assert half.entry()["target"] == "ratio >= 0.5"
    assert "NO" in table([slow])


def test_a_part_that_was_measured_again_takes_the_place_of_its_former_figures_and_of_no_others(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write_results([Figure("one", 1.0, "s", "the other", 2.0), Figure("two", 2.0, "s", "the other", 2.0)], path)

    replace_results([Figure("three", 3.0, "s", "the other", 2.0), Figure("one", 4.0, "s", "the other", 2.0)], path)

    kept = [(entry["name"], entry["value"]) for entry in json.loads(path.read_text("utf-8"))]
    assert kept == [("one", 4.0), ("two", 2.0), ("three", 3.0)]
