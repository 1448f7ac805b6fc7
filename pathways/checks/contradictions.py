"""Pairs of conditions that can never hold at the same instant."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from pathways.conditions import Condition, CountLeaf, LatestLeaf, Range, StageLeaf, Test

_MOST = 30
"""How many parts of an ``all`` are looked at."""
_DEEPEST = 4
"""How many ``any`` inside each other are looked into; the work doubles with each."""


def contradict(one: Condition, other: Condition, depth: int = 0) -> bool:
    """Whether it is certain that both cannot hold at once; ``False`` may mean that we cannot tell."""
    if depth > _DEEPEST:
        return False
    ones, others = list(islice(_conjuncts(one), _MOST)), list(islice(_conjuncts(other), _MOST))
    return (
        any(_opposed(first, second) for first in ones for second in others)
        or any(all(contradict(part, other, depth + 1) for part in first.any) for first in ones if first.any)
        or any(all(contradict(one, part, depth + 1) for part in second.any) for second in others if second.any)
    )


def _conjuncts(condition: Condition) -> Iterator[Condition]:
    """What must hold for ``condition`` to hold."""
    if condition.all is None:
        yield condition
    else:
        for part in condition.all:
            yield from _conjuncts(part)


def _opposed(one: Condition, other: Condition) -> bool:
    if one.none is not None and other in one.none:
        return True
    if other.none is not None and one in other.none:
        return True
    if one.latest is not None and other.latest is not None:
        return _latest(one.latest, other.latest)
    if one.stage is not None and other.stage is not None:
        return _stages(one.stage, other.stage)
    if one.count is not None and other.count is not None:
        return _counts(one.count, other.count)
    return False


def _latest(one: LatestLeaf, other: LatestLeaf) -> bool:
    if (one.event, one.field) != (other.event, other.field):
        return False
    return _no_common_value(one.is_, other.is_) or _no_common_value(other.is_, one.is_)


def _no_common_value(one: Test, other: Test) -> bool:
    """Whether ``one`` lists values of which ``other`` allows none, or both are ranges that do not meet."""
    if isinstance(one, Range):
        return isinstance(other, Range) and _above(one, other)
    values = one if isinstance(one, tuple) else (one,)
    return not any(_allows(other, value) for value in values)


def _allows(test: Test, value: object) -> bool:
    if not isinstance(test, Range):
        return value in (test if isinstance(test, tuple) else (test,))
    if test.is_not is not None and value == test.is_not:
        return False
    if not isinstance(value, int | float):
        return True
    return (test.at_least is None or value >= test.at_least) and (test.at_most is None or value <= test.at_most)


def _above(one: Range, other: Range) -> bool:
    return one.at_least is not None and other.at_most is not None and one.at_least > other.at_most


def _stages(one: StageLeaf, other: StageLeaf) -> bool:
    if one.track != other.track:
        return False
    in_one, in_other = _named(one.is_), _named(other.is_)
    if in_one and in_other:
        return not in_one & in_other
    if in_one:
        return in_one <= _named(other.is_not)
    return bool(in_other) and in_other <= _named(one.is_not)


def _named(stages: str | tuple[str, ...] | None) -> frozenset[str]:
    return frozenset((stages,) if isinstance(stages, str) else stages or ())


def _counts(one: CountLeaf, other: CountLeaf) -> bool:
    """Whether more events are wanted by one than the other allows in a window at least as wide."""
    if (one.event, one.where) != (other.event, other.where):
        return False
    return _more_than_allowed(one, other) or _more_than_allowed(other, one)


def _more_than_allowed(wants: CountLeaf, allows: CountLeaf) -> bool:
    if wants.at_least is None or allows.at_most is None or wants.at_least <= allows.at_most:
        return False
    if allows.since == "case" or (wants.since, wants.within) == (allows.since, allows.within):
        return True
    narrow, wide = wants.within, allows.within
    return narrow is not None and wide is not None and narrow.unit == wide.unit and narrow.amount <= wide.amount
