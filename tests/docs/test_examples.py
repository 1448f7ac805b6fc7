"""The documents are true: examples load, names exist, links lead somewhere, commands are commands."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from sqlalchemy import Engine, text

from handrail.cli import main
from handrail.settings import Settings
from pathways import blockage_forms, built_in_events, case, conditions, declaration, place_forms
from pathways.chart_building import build
from pathways.loading import Loaded, load_agencies, load_pathway
from pathways.scenarios import run_scenario
from pathways.yaml_text import read_yaml

DOCS = Path(__file__).parents[2] / "docs"
LANGUAGE = DOCS / "language.md"
GLOSSARY = DOCS / "glossary.md"
PAGES = sorted(DOCS.rglob("*.md"))
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """A fenced block: ``place`` is where it belongs in the whole file, empty for its top."""

    line: int
    language: str
    place: str
    text: str

    @property
    def value(self) -> Any:
        yaml, faults = read_yaml(self.text)
        assert yaml is not None, faults
        assert not faults
        return yaml.value


def blocks(page: Path) -> list[Example]:
    text = page.read_text(encoding="utf-8")
    found = []
    for fence in FENCE.finditer(text):
        language, _, place = fence["info"].partition(" ")
        found.append(Example(text.count("\n", 0, fence.start()) + 1, language, place, fence["text"]))
    return found


EXAMPLES = [block for block in blocks(LANGUAGE) if block.language == "yaml"]
WHOLE = next(example for example in EXAMPLES if example.text.startswith("pathway:"))
FRAGMENTS = [one for one in EXAMPLES if one is not WHOLE and one.place != "agencies.yaml"]


def merged(base: Any, more: Any) -> Any:
    """Return ``base`` with ``more``: mappings key by key, the items of ``more`` before those of a list."""
    if isinstance(base, Mapping) and isinstance(more, Mapping):
        return {key: merged(base.get(key), more[key]) if key in more else base[key] for key in {**base, **more}}
    if isinstance(base, list) and isinstance(more, list):
        return [*more, *base]
    return more


def assembled(fragment: Example) -> str:
    """Return the whole file with ``fragment`` in its place, as text that the loader reads."""
    nested = fragment.value
    for key in reversed(fragment.place.split(".") if fragment.place else []):
        nested = {key: nested}
    return json.dumps(merged(WHOLE.value, nested), indent=1, ensure_ascii=False)


@cache
def loaded(example: Example) -> Loaded:
    return load_pathway(WHOLE.text if example is WHOLE else assembled(example), "example.yaml")


@pytest.mark.parametrize("example", [WHOLE, *FRAGMENTS], ids=lambda example: f"line-{example.line}")
def test_every_example_of_the_language_loads_and_its_scenarios_end_as_told(example: Example) -> None:
    file = loaded(example).file
    assert file is not None, "\n".join(map(str, loaded(example).errors))

    pathway = build(file, None, frozenset({date(2026, 4, 3), date(2026, 4, 6)}))
    differences = [run_scenario(scenario, pathway).differences for scenario in file.scenarios]

    assert not any(differences), differences


def test_the_whole_file_has_no_warning_either() -> None:
    assert load_pathway(WHOLE.text, "whole.yaml").problems == ()


def test_every_example_of_agencies_loads() -> None:
    texts = [example.text for example in EXAMPLES if example.place == "agencies.yaml"]

    assert texts
    for told in texts:
        agencies, problems = load_agencies(told, "agencies.yaml")
        assert agencies is not None, problems
        assert problems == ()


def models() -> set[type[BaseModel]]:
    """Return every part of a pathway file, the file itself included."""
    found: set[type[BaseModel]] = set()
    left: list[Any] = [declaration.PathwayFile, declaration.AgenciesFile]
    while left:
        part = left.pop()
        if isinstance(part, type) and issubclass(part, BaseModel):
            if part not in found:
                found.add(part)
                left += [field.annotation for field in part.model_fields.values()]
        else:
            left += get_args(part)
    return found


def key_of(model: type[BaseModel], name: str) -> str:
    return model.model_fields[name].alias or name


def written_keys(part: Any) -> Iterator[tuple[type[BaseModel], str]]:
    if isinstance(part, BaseModel):
        for name in part.model_fields_set:
            yield type(part), key_of(type(part), name)
            yield from written_keys(getattr(part, name))
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from written_keys(value)
    elif isinstance(part, tuple):
        for value in part:
            yield from written_keys(value)


def test_every_key_of_the_language_appears_in_an_example() -> None:
    files: list[Any] = [loaded(example).file for example in (WHOLE, *FRAGMENTS)]
    files += [load_agencies(one.text, "agencies.yaml")[0] for one in EXAMPLES if one.place == "agencies.yaml"]
    written = {key for file in files for key in written_keys(file)}

    keys = {(model, key_of(model, name)) for model in models() for name in model.model_fields}
    keys.remove((declaration.LateStep, "in_a_row"))  # refused there: it is for follow-ups only
    missing = sorted(f"{model.__name__}.{key}" for model, key in keys - written)

    assert {declaration.PathwayFile, declaration.Step, conditions.Condition} <= models()
    assert not missing


def test_every_key_and_word_of_the_language_is_named_in_its_text() -> None:
    told = set(re.findall(r"`([^`\n]+)`", FENCE.sub("", LANGUAGE.read_text(encoding="utf-8"))))
    words = {key_of(model, name) for model in models() for name in model.model_fields}
    for closed in (
        blockage_forms.Attribution,
        blockage_forms.Theme,
        declaration.ClockGroup,
        declaration.FieldKind,
        place_forms.Saying,
    ):
        words |= set(get_args(closed))
    words |= set(built_in_events.BUILT_IN_EVENTS)
    words |= {field for fields in built_in_events.BUILT_IN_EVENTS.values() for field in fields}

    assert not sorted(words - told)


NAMES_IN_CODE = re.findall(r"\| `([a-z_.]+\.[A-Za-z_]+)` \|$", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", sorted(set(NAMES_IN_CODE)))
def test_every_word_of_the_glossary_lives_where_it_says(name: str) -> None:
    assert resolve_name(name) is not None


def test_everything_that_a_case_is_made_of_stands_in_the_glossary() -> None:
    parts = {
        f"{case.__name__}.{name}"
        for name, part in vars(case).items()
        if isinstance(part, type) and issubclass(part, case.Value) and part is not case.Value
    }

    assert len(parts) > 10
    assert not sorted(parts - set(NAMES_IN_CODE))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as a forge makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_every_link_leads_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        if not linked.exists() or (anchor and anchor not in anchors(linked)):
            broken.append(target)

    assert not broken


def changed(text: str, diff: str) -> str:
    """Return ``text`` with one hunk of a diff applied; what it changes must stand there exactly once."""
    lines = diff.splitlines()
    before = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
    after = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
    assert text.count(before) == 1, f"found {text.count(before)} times:\n{before}"
    return text.replace(before, after)


def assert_printed(shown: str, printed: str, command: str) -> None:
    """A line of dots stands for any lines; places in a file, references and numbers of scenarios are not compared."""
    changing = re.compile(r"(?<=:)\d+:\d+(?=:)|\b([0-9A-Z]{3}-){2}[0-9A-Z]{3}\b|\d+ of \d+(?= scenarios)")
    exact = [changing.sub("*", part).strip("\n") for part in re.split(r"^…$", shown, flags=re.MULTILINE)]
    printed, at = changing.sub("*", printed), 0
    for part in exact:
        found = printed.find(part, at)
        assert found >= 0, f"{command} did not print:\n{part}\nbut:\n{printed}"
        at = found + len(part)
    if len(exact) == 1:
        assert printed.strip("\n") == exact[0]


def test_the_first_change_goes_as_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_url: str
) -> None:
    (tmp_path / "pathways").mkdir()
    for name in ("peep.yaml", "agencies.yaml"):
        (tmp_path / "pathways" / name).write_bytes((DOCS.parent / "pathways" / name).read_bytes())
    rules = tmp_path / "pathways" / "peep.yaml"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HANDRAIL_DATABASE_URL", database_url)

    for block in blocks(DOCS / "first-change.md"):
        match block.language:
            case "diff":
                rules.write_text(changed(rules.read_text(encoding="utf-8"), block.text), encoding="utf-8")
            case "csv":
                (tmp_path / block.place).write_text(block.text, encoding="utf-8")
            case "console":
                for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
                    line, _, shown = part.partition("\n")
                    monkeypatch.setattr("sys.argv", shlex.split(line))
                    with suppress(SystemExit):
                        main()
                    assert_printed(shown, "".join(capsys.readouterr()), line)


def statements() -> list[str]:
    """Return every query that running.md asks operators to make."""
    blocks_of_sql = [
        block.text for block in blocks(DOCS / "running.md") if (block.language, block.place) == ("sql", "")
    ]
    return [each for each in ";".join(blocks_of_sql).split(";") if each.strip()]


def test_every_query_for_operators_is_one_that_the_store_answers(engine: Engine) -> None:
    assert len(statements()) > 3
    with engine.connect() as connection:
        for statement in statements():
            assert connection.execute(text(statement)).all() == [], statement


def test_every_setting_is_told_and_every_one_that_is_told_exists() -> None:
    told = set(re.findall(r"\bHANDRAIL_[A-Z_]+", (DOCS / "running.md").read_text(encoding="utf-8")))

    assert told == {f"HANDRAIL_{name.upper()}" for name in Settings.model_fields}
