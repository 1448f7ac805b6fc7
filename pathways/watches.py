"""Watches: which events the conditions of a pathway look for, and how long they are remembered.

A case does not carry its history. It carries, for every distinct thing that a condition looks for, the
numbers and instants of the events that matched, so that a step costs the same after ten events or ten thousand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pathways.calendars import Calendar
from pathways.case import Fact, Scalar
from pathways.clocks import Duration, Unit
from pathways.conditions import Range, Test, Where

Fields = Mapping[str, Scalar]
ALWAYS_KEPT = 16
"""The latest facts that no window prunes: enough to take a few of them back."""
PRUNE_FROM = 32
THE_LATEST = Duration(0, Unit.HOURS)
"""The window of a question that only looks at what happened last."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Events of one kind whose fields pass ``test``; ``field`` is the value that is remembered with them."""

    name: str
    kind: str
    test: Callable[[Fields], bool] | None
    field: str | None = None
    windows: tuple[Duration, ...] = ()
    """Facts older than all of these are forgotten, save the latest; without any, none is."""

    def remember(
        self, facts: tuple[Fact, ...], fact: Fact, recorded_at: datetime, calendar: Calendar
    ) -> tuple[Fact, ...]:
        """Return ``facts`` with ``fact`` at the end and without what has left the widest window."""
        if not self.windows or len(facts) < PRUNE_FROM:
            return (*facts, fact)
        start = min(calendar.window_start(recorded_at, window) for window in self.windows)
        old, latest = facts[:-ALWAYS_KEPT], facts[-ALWAYS_KEPT:]
        last = max(old, key=_occurrence)
        return (*(known for known in old if known[1] > start or known is last), *latest, fact)


def _occurrence(fact: Fact) -> tuple[datetime, int]:
    return fact[1], fact[0]


class Watches:
    """The distinct watches of one pathway, gathered while its conditions are compiled."""

    def __init__(self) -> None:
        self._windows: dict[str, set[Duration | None]] = {}
        self._watches: dict[str, Watch] = {}

    def add(self, kind: str, where: Where, *, field: str | None = None, window: Duration | None = None) -> str:
        """Return the name of the watch; the same question twice is one watch, kept as long as the longest asks."""
        name = watch_name(kind, where, field)
        if name not in self._watches:
            self._watches[name] = Watch(name, kind, compile_where(where), field)
        self._windows.setdefault(name, set()).add(window)
        return name

    def by_kind(self) -> dict[str, tuple[Watch, ...]]:
        found: dict[str, list[Watch]] = {}
        for name, watch in self._watches.items():
            found.setdefault(watch.kind, []).append(replace(watch, windows=self._kept(name)))
        return {kind: tuple(watches) for kind, watches in found.items()}

    def _kept(self, name: str) -> tuple[Duration, ...]:
        """Return every window that is asked for: which of ``28 days`` and ``5 working days`` reaches back further
        depends on the calendar. None, if one question looks back without end.
        """
        windows = self._windows[name]
        return () if None in windows else tuple(sorted((one for one in windows if one is not None), key=str))


def watch_name(kind: str, where: Where, field: str | None = None) -> str:
    """Return the canonical text of what is looked for."""
    tests = {name: _plain(test) for name, test in where.items()}
    parts = [kind]
    if tests:
        parts.append(json.dumps(tests, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
    if field is not None:
        parts.append("." + field)
    return " ".join(parts)


def compile_where(where: Where) -> Callable[[Fields], bool] | None:
    """Return the test of an event's fields; ``None`` when every event passes."""
    if not where:
        return None
    tests = tuple((name, compile_test(test)) for name, test in where.items())
    if len(tests) == 1:
        ((name, passes),) = tests
        return lambda fields: name in fields and passes(fields[name])
    return lambda fields: all(name in fields and passes(fields[name]) for name, passes in tests)


def compile_test(test: Test) -> Callable[[Scalar], bool]:
    """Return the test of one value; a value that a range cannot be compared with does not pass."""
    if isinstance(test, Range):
        return _range_test(test)
    wanted = test if isinstance(test, tuple) else (test,)
    choices = frozenset((type(value) is bool, value) for value in wanted)
    return lambda value: (type(value) is bool, value) in choices


def describe_where(where: Where) -> str:
    """Return the tests as words in brackets, or nothing."""
    if not where:
        return ""
    return f" ({', '.join(f'{name} {describe_test(test)}' for name, test in where.items())})"


def describe_test(test: Test) -> str:
    match test:
        case Range():
            bounds = (("at least", test.at_least), ("at most", test.at_most), ("not", test.is_not))
            return " and ".join(f"{word} {value}" for word, value in bounds if value is not None)
        case tuple():
            return " or ".join(_word(value) for value in test)
        case _:
            return _word(test)


def _word(value: Scalar) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _range_test(test: Range) -> Callable[[Scalar], bool]:
    low, high, other = test.at_least, test.at_most, test.is_not

    def passes(value: Scalar) -> bool:
        if other is not None and (type(value) is bool, value) == (type(other) is bool, other):
            return False
        if low is None and high is None:
            return True
        if isinstance(value, bool | str):
            return False
        return (low is None or value >= low) and (high is None or value <= high)

    return passes


def _plain(test: Test) -> object:
    match test:
        case Range():
            return test.model_dump(exclude_none=True)
        case tuple():
            return list(test)
        case _:
            return test
