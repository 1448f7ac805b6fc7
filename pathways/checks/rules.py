"""Every rule of the loader: its id, its level, what it says and how to mend what breaks it."""

from __future__ import annotations

from dataclasses import dataclass

from pathways.problems import Level


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; ``says`` is what holds in a good file, ``mend`` what to do next in a bad one."""

    id: str
    level: Level
    says: str
    mend: str


RULES: dict[str, Rule] = {}


def level_of(rule: str) -> Level:
    return RULES[rule].level if rule in RULES else "error"


def mend_of(rule: str) -> str | None:
    return RULES[rule].mend if rule in RULES else None
