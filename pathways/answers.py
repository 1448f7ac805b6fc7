"""Conditions, answered: does it hold now, why or why not, and when could time alone change that.

Every leaf answers the three questions from the same facts. ``compile_condition`` turns the declared
form into an ``Answer`` once; the engine asks it often.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from pathways.case import Fact, Reason
from pathways.conditions import Condition
from pathways.wall_clock import earlier
from pathways.watches import Watches

if TYPE_CHECKING:
    from pathways.draft import View


class Asked:
    """What a condition asks about, or several taken together: if nothing of it is new, none need be asked.

    ``kinds`` are the event kinds (and the words ``task``, ``hand_off``, ``blockage``, ``stage``, ``gate`` for
    what the engine itself keeps) that can change an answer. ``timed`` says whether time alone ever can.
    """

    kinds: frozenset[str]
    timed: bool

    def _ask(self, parts: Sequence[Asked]) -> None:
        self.kinds = frozenset[str]().union(*(part.kinds for part in parts))
        self.timed = any(part.timed for part in parts)


class AskedTogether(Asked):
    def __init__(self, answers: Iterable[Answer | None]) -> None:
        self._ask([answer for answer in answers if answer is not None])


class Answer(Asked, ABC):
    """A compiled condition."""

    @abstractmethod
    def holds(self, view: View) -> bool:
        """Return whether the condition holds of what is seen."""

    @abstractmethod
    def explain(self, view: View) -> Reason:
        """Return whether it holds, and why, in words and with the events that say so."""

    @abstractmethod
    def next_change(self, view: View) -> datetime | None:
        """Return the first instant after ``view.now`` at which time alone could change the answer, if any."""


class AllOf(Answer):
    def __init__(self, parts: Sequence[Answer]) -> None:
        self.parts = tuple(parts)
        self._ask(self.parts)

    def holds(self, view: View) -> bool:
        for part in self.parts:  # noqa: SIM110 - a plain loop: this is the engine's hottest line
            if not part.holds(view):
                return False
        return True

    def explain(self, view: View) -> Reason:
        parts = tuple(part.explain(view) for part in self.parts)
        missing = tuple(part for part in parts if not part.holds)
        return _joined(holds=not missing, told=missing or parts, word="; ", parts=parts)

    def next_change(self, view: View) -> datetime | None:
        return _earliest(self.parts, view, decisive=False) if self.timed else None


class AnyOf(Answer):
    def __init__(self, parts: Sequence[Answer]) -> None:
        self.parts = tuple(parts)
        self._ask(self.parts)

    def holds(self, view: View) -> bool:
        return any(part.holds(view) for part in self.parts)

    def explain(self, view: View) -> Reason:
        parts = tuple(part.explain(view) for part in self.parts)
        holding = tuple(part for part in parts if part.holds)
        return _joined(holds=bool(holding), told=holding[:1] or parts, word=", nor: ", parts=parts)

    def next_change(self, view: View) -> datetime | None:
        return _earliest(self.parts, view, decisive=True) if self.timed else None


class NoneOf(Answer):
    def __init__(self, parts: Sequence[Answer]) -> None:
        self.parts = tuple(parts)
        self._ask(self.parts)

    def holds(self, view: View) -> bool:
        return not any(part.holds(view) for part in self.parts)

    def explain(self, view: View) -> Reason:
        parts = tuple(part.explain(view) for part in self.parts)
        holding = tuple(part for part in parts if part.holds)
        reason = _joined(holds=not holding, told=holding or parts, word="; ", parts=parts)
        if holding:
            return Reason(
                holds=False, sentence=f"must not be: {reason.sentence}", evidence=reason.evidence, parts=parts
            )
        return reason

    def next_change(self, view: View) -> datetime | None:
        return _earliest(self.parts, view, decisive=True) if self.timed else None


def _joined(*, holds: bool, told: Sequence[Reason], word: str, parts: tuple[Reason, ...]) -> Reason:
    evidence = tuple(sorted({number for part in told for number in part.evidence}))
    return Reason(holds, word.join(part.sentence for part in told), evidence, parts)


def _earliest(parts: tuple[Answer, ...], view: View, *, decisive: bool) -> datetime | None:
    """Return the first change of any part; none if a part that time cannot change decides the whole."""
    earliest: datetime | None = None
    for part in parts:
        change = part.next_change(view)
        if change is None and part.holds(view) is decisive:
            return None
        earliest = earlier(earliest, change)
    return earliest


def compile_condition(condition: Condition, watches: Watches) -> Answer:
    """Return the answer to ``condition``, its questions about events added to ``watches``."""
    from pathways import leaves  # noqa: PLC0415 - the leaves are made of answers, and conditions of leaves

    for word, join in (("all", AllOf), ("any", AnyOf), ("none", NoneOf)):
        parts = getattr(condition, word)
        if parts is not None:
            return join([compile_condition(part, watches) for part in parts])
    return leaves.compile_leaf(condition, watches)


def latest_fact(facts: tuple[Fact, ...]) -> Fact | None:
    """Return the fact that occurred last; of two at one instant, the one recorded later."""
    if len(facts) <= 1:
        return facts[0] if facts else None
    return max(facts, key=lambda fact: (fact[1], fact[0]))
