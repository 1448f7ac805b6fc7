"""What is wrong with a file, told so that its writer can mend it without asking anybody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake at one place; ``line`` and ``column`` count from 1.

    ``message`` is a sentence. ``found`` and ``expected`` are phrases, ``hint`` says what to do next.
    """

    file: str
    line: int
    column: int
    rule: str
    level: Level
    message: str
    found: str | None = None
    expected: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.level}[{self.rule}] {self.text}"

    @property
    def text(self) -> str:
        """The message with what was found, what was expected and the hint in brackets."""
        facts = []
        if self.found is not None:
            facts.append(f"found {self.found}")
        if self.expected is not None and self.expected not in (self.hint or ""):
            facts.append(f"expected {self.expected}")
        parts = [", ".join(facts), self.hint]
        told = "; ".join(part for part in parts if part)
        return f"{self.message.rstrip('.')} ({told})" if told else self.message


def in_reading_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return each problem once, from the top of the file to its end."""
    return tuple(sorted(set(problems), key=lambda one: (one.line, one.column, one.rule, one.message)))
