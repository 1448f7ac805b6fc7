"""Every rule of the loader: its id, its level, what it says and how to mend what breaks it."""

from __future__ import annotations

from dataclasses import dataclass

from pathways.checks.rules_of_form import RULES_OF_FORM
from pathways.checks.rules_of_names import RULES_OF_NAMES
from pathways.checks.rules_of_work import RULES_OF_WORK, WARNINGS_OF_WORK
from pathways.problems import Level


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; ``says`` is what holds in a good file, ``mend`` what to do next in a bad one."""

    id: str
    level: Level
    says: str
    mend: str


def _rules() -> dict[str, Rule]:
    errors = {**RULES_OF_FORM, **RULES_OF_NAMES, **RULES_OF_WORK}
    rules = [Rule(name, "error", *words) for name, words in errors.items()]
    rules += [Rule(name, "warning", *words) for name, words in WARNINGS_OF_WORK.items()]
    return {rule.id: rule for rule in rules}


RULES: dict[str, Rule] = _rules()
"""By id: form first, then names, then work, then the warnings."""


def level_of(rule: str) -> Level:
    return RULES[rule].level if rule in RULES else "error"


def mend_of(rule: str) -> str | None:
    return RULES[rule].mend if rule in RULES else None
