"""``handrail check``: everything that is wrong with pathway files, at once, before anybody is moved by them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from handrail.cli.errors import WrongUse
from handrail.cli.output import AsJson, counted, say, say_json, table, tell
from handrail.cli.pathway_files import AgenciesOption, ReadPathway, read_pathway

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathways.chart import Pathway
    from pathways.problems import Problem

EXAMPLE = "Example: handrail check pathways/peep.yaml pathways/hospital_discharge.yaml"


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


@dataclass(frozen=True, slots=True)
class Story:
    """How one scenario ended, and where it stands in its file."""

    name: str
    line: int
    column: int
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    read: ReadPathway
    stories: tuple[Story, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        from pathways.problems import Problem  # noqa: PLC0415 (takes time)

        told = [
            Problem(
                str(self.read.path),
                story.line,
                story.column,
                "scenario-differs",
                "error",
                f"The scenario {story.name!r} ends differently: {difference}.",
                hint="mend the rules, or what the scenario expects of them",
            )
            for story in self.stories
            for difference in story.differences
        ]
        return (*self.read.problems, *told)


def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Pathway files, or agencies.yaml itself.")] = None,
    agencies: AgenciesOption = None,
    form: Annotated[Format, typer.Option("--format", help="How problems are told.")] = Format.TEXT,
    *,
    scenarios: Annotated[bool, typer.Option(help="Run the scenarios of each file too.")] = True,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings count as errors.")] = False,
    rules: Annotated[bool, typer.Option("--rules", help="List every rule that is checked, and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check pathway files and run their scenarios."""
    form = Format.JSON if as_json else form
    if rules:
        _say_rules(form)
        return
    if not files:
        raise WrongUse("No file was given. Name the pathway files to check: handrail check pathways/peep.yaml")
    found = _once([_checked(path, agencies, scenarios=scenarios) for path in files])
    match form:
        case Format.JSON:
            say_json(_told(found))
        case Format.GITHUB:
            for problem in _problems(found):
                say(_annotation(problem))
        case Format.TEXT:
            _say_text(found)
    wrong = any(problem.level == "error" or strict for problem in _problems(found))
    raise typer.Exit(1 if wrong else 0)


def _checked(path: Path, agencies: Path | None, *, scenarios: bool) -> Checked:
    read = read_pathway(path, agencies)
    if read.file is None or read.errors or not scenarios:
        return Checked(read, ())
    return Checked(read, tuple(_stories(read)))


def _once(found: list[Checked]) -> list[Checked]:
    """Return what was found with each problem told once: several files may stand on the same agencies."""
    seen: set[Problem] = set()
    result = []
    for each in found:
        new = tuple(problem for problem in each.read.problems if problem not in seen)
        seen.update(new)
        result.append(Checked(replace(each.read, problems=new), each.stories))
    return result


def _stories(read: ReadPathway) -> Iterator[Story]:
    from pathways.scenarios import run_scenario  # noqa: PLC0415 (takes time)
    from pathways.yaml_text import read_yaml  # noqa: PLC0415

    if read.file is None or not read.file.scenarios:
        return
    yaml, _ = read_yaml(read.text)
    pathway = built(read)
    for place, scenario in enumerate(read.file.scenarios):
        outcome = run_scenario(scenario, pathway)
        mark = yaml.mark(("scenarios", place)) if yaml is not None else None
        yield Story(scenario.name, mark.line if mark else 1, mark.column if mark else 1, outcome.differences)


def built(read: ReadPathway) -> Pathway:
    """Return a checked file as a pathway that is ready to run."""
    from integrations.bank_holidays import england_and_wales  # noqa: PLC0415 (takes time)
    from pathways.chart_building import build  # noqa: PLC0415

    if read.file is None:
        raise ValueError(f"{read.path} has errors: it cannot be run.")
    holidays = england_and_wales() if read.file.calendar is not None else frozenset()
    return build(read.file, read.agencies, holidays)


def _problems(found: list[Checked]) -> list[Problem]:
    return [problem for each in found for problem in each.problems]


def _say_text(found: list[Checked]) -> None:
    problems = _problems(found)
    for problem in problems:
        say(str(problem))
    errors = sum(problem.level == "error" for problem in problems)
    stories = sum(len(each.stories) for each in found)
    passed = sum(not story.differences for each in found for story in each.stories)
    counts = [
        counted(len(found), "file"),
        counted(errors, "error"),
        counted(len(problems) - errors, "warning"),
        f"{passed} of {counted(stories, 'scenario')} as expected",
    ]
    tell(", ".join(counts) + ".")


def _told(found: list[Checked]) -> dict[str, Any]:
    problems = _problems(found)
    errors = sum(problem.level == "error" for problem in problems)
    return {
        "files": [_file_told(each) for each in found],
        "errors": errors,
        "warnings": len(problems) - errors,
    }


def _file_told(checked: Checked) -> dict[str, Any]:
    file = checked.read.file
    return {
        "file": str(checked.read.path),
        "pathway": file.pathway if file else None,
        "version": file.version if file else None,
        "problems": [_problem_told(problem) for problem in checked.problems],
        "scenarios": [
            {"name": story.name, "line": story.line, "passed": not story.differences, "differences": story.differences}
            for story in checked.stories
        ],
    }


def _problem_told(problem: Problem) -> dict[str, Any]:
    names = ("file", "line", "column", "rule", "level", "message", "found", "expected", "hint")
    return {name: getattr(problem, name) for name in names}


def _annotation(problem: Problem) -> str:
    """Return the problem as GitHub shows it beside the line it is about."""

    def value(text: str) -> str:
        return _data(text).replace(":", "%3A").replace(",", "%2C")

    place = f"file={value(problem.file)},line={problem.line},col={problem.column},title={value(problem.rule)}"
    return f"::{problem.level} {place}::{_data(problem.text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _say_rules(form: Format) -> None:
    from pathways.checks.rules import RULES  # noqa: PLC0415 (takes time)

    if form is Format.JSON:
        told = [{"id": one.id, "level": one.level, "says": one.says, "mend": one.mend} for one in RULES.values()]
        say_json({"rules": told})
    else:
        say(table(("rule", "level", "what holds in a good file"), [(r.id, r.level, r.says) for r in RULES.values()]))
