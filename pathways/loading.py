"""From the text of a file to its declaration, or to everything that is wrong with it at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from pathways.checks import check_agencies, check_names, check_pathway
from pathways.checks.names import names_in
from pathways.checks.rules import level_of, mend_of
from pathways.checks.rules_of_form import RULES_OF_FORM
from pathways.checks.subject import Subject
from pathways.declaration import AgenciesFile, PathwayFile
from pathways.findings import Finding
from pathways.form_faults import form_findings, keys_without_value
from pathways.partial_form import well_formed_part
from pathways.problems import Problem, in_reading_order
from pathways.yaml_text import Path, YamlText, read_yaml

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True)
class Loaded:
    """A checked file: ``file`` and ``agencies`` are ``None`` as long as there is an error."""

    file: PathwayFile | None
    agencies: AgenciesFile | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.level == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.level == "warning")


def load_pathway(
    text: str | bytes,
    file_name: str,
    agencies: AgenciesFile | None = None,
    *,
    previous: PathwayFile | None = None,
) -> Loaded:
    """Return the pathway that ``text`` declares, or all of its problems; never raises for any text.

    ``agencies`` are those of agencies.yaml; agencies declared in the file itself take their place.
    ``previous`` is the published file of the same pathway, which this one must be later than.
    """
    yaml, problems = _read(text, file_name)
    if yaml is None:
        return Loaded(None, None, problems)
    file, faults = _form(yaml, PathwayFile)
    if file is None:
        faults += _names_in_the_rest(yaml, faults, agencies)
    else:
        if file.agencies is not None:
            agencies = AgenciesFile(agencies=file.agencies)
        faults += check_pathway(Subject(file, yaml.value, agencies, previous))
    faults += keys_without_value(yaml.value, faults)
    problems = _all(problems, faults, yaml, file_name)
    if any(problem.level == "error" for problem in problems):
        return Loaded(None, None, problems)
    return Loaded(file, agencies, problems)


def read_published(
    text: str, agencies: str | None, file_name: str
) -> tuple[PathwayFile | None, AgenciesFile | None, tuple[Problem, ...]]:
    """Return what was checked when it was published: only the form is read again.

    Cases run on published texts for years. A check that a later release adds must not stop them.
    """
    yaml, told = _read(text, file_name)
    file, faults = _form(yaml, PathwayFile) if yaml is not None else (None, [])
    problems = _all(told, faults, yaml, file_name) if yaml is not None else told
    if agencies is None:
        return file, None, problems
    known_yaml, known_told = _read(agencies, "agencies.yaml")
    known, known_faults = _form(known_yaml, AgenciesFile) if known_yaml is not None else (None, [])
    problems += _all(known_told, known_faults, known_yaml, "agencies.yaml") if known_yaml is not None else known_told
    return file, known, problems


def load_agencies(text: str | bytes, file_name: str) -> tuple[AgenciesFile | None, tuple[Problem, ...]]:
    """Return the agencies that ``text`` declares (``None`` if there is an error) and all of its problems."""
    yaml, problems = _read(text, file_name)
    if yaml is None:
        return None, problems
    agencies, faults = _form(yaml, AgenciesFile)
    if agencies is not None:
        faults += check_agencies(agencies)
    faults += keys_without_value(yaml.value, faults)
    problems = _all(problems, faults, yaml, file_name)
    broken = any(problem.level == "error" for problem in problems)
    return None if broken else agencies, problems


def _read(text: str | bytes, file_name: str) -> tuple[YamlText | None, tuple[Problem, ...]]:
    yaml, faults = read_yaml(text)
    problems = [
        Problem(
            file_name,
            fault.mark.line,
            fault.mark.column,
            fault.rule,
            level_of(fault.rule),
            fault.message,
            fault.found,
            fault.expected,
            mend_of(fault.rule),
        )
        for fault in faults
    ]
    return yaml, in_reading_order(problems)


def _form(yaml: YamlText, model: type[_Model]) -> tuple[_Model | None, list[Finding]]:
    try:
        return model.model_validate(yaml.value, by_alias=True, by_name=False), []
    except ValidationError as error:
        return None, form_findings(error, model, yaml.value)


def _names_in_the_rest(yaml: YamlText, faults: list[Finding], agencies: AgenciesFile | None) -> list[Finding]:
    """Check the names in what is of the right form, so that one look tells as much as it can."""
    known = names_in(yaml.value, agencies).agencies
    part = well_formed_part(yaml.value, faults, next(iter(known), "unknown"))
    return [] if part is None else check_names(Subject(part, yaml.value, agencies))


def _all(told: tuple[Problem, ...], faults: list[Finding], yaml: YamlText, file_name: str) -> tuple[Problem, ...]:
    """Return ``told`` and ``faults`` in reading order; a value that cannot be read is blamed only once."""
    unread = {(problem.line, problem.column) for problem in told}
    placed = (one for one in _placed(faults, yaml, file_name) if (one.line, one.column) not in unread)
    return in_reading_order([*told, *placed])


def _placed(findings: list[Finding], yaml: YamlText, file_name: str) -> list[Problem]:
    problems = []
    for finding in findings:
        mark = yaml.mark(_written(finding.path, yaml), key=finding.on_key)
        problems.append(
            Problem(
                file_name,
                mark.line,
                mark.column,
                finding.rule,
                level_of(finding.rule),
                finding.message,
                finding.found,
                finding.expected,
                finding.hint or _mend(finding),
            )
        )
    return problems


def _mend(finding: Finding) -> str | None:
    """Of a fault of form, what was expected says what to do already."""
    if finding.rule in RULES_OF_FORM and finding.expected is not None:
        return None
    return mend_of(finding.rule)


def _written(path: Path, yaml: YamlText) -> Path:
    """The kind of an event may be written ``kind`` or ``event``, or be the whole value."""
    if path and path[-1] == "kind" and path not in yaml.values:
        return (*path[:-1], "event")
    return path
