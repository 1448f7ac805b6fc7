"""What stands beside an arrow: a condition in a few words. The whole of it stands in the plain English."""

from __future__ import annotations

from collections.abc import Mapping

from pathways.conditions import (
    AbsentLeaf,
    ApprovedLeaf,
    Condition,
    CountLeaf,
    DoneLeaf,
    EventMatch,
    LatestLeaf,
    OpenLeaf,
    Range,
    StageLeaf,
    Test,
    WaitedFor,
)
from pathways.declaration import Move
from pathways.plain_english.names import Names, plain

TIMES = "\u00d7"


def move_label(move: Move, names: Names) -> str:
    """Return the move's own title, or what it waits for in a few words, or "by hand"."""
    if move.title:
        return move.title
    return "by hand" if move.when is None else condition_label(move.when, names)


def condition_label(condition: Condition, names: Names) -> str:
    """Return the first thing that a condition asks for, and how many more there are."""
    for parts, joint in ((condition.all, "+"), (condition.any, "or"), (condition.none, "nor")):
        if parts is not None:
            first = condition_label(parts[0], names)
            begun = f"not: {first}" if joint == "nor" else first
            return begun if len(parts) == 1 else f"{begun} {joint} {len(parts) - 1} more"
    return _leaf(condition, names)


def _leaf(condition: Condition, names: Names) -> str:  # noqa: PLR0911 (one line a leaf)
    match condition:
        case Condition(event=EventMatch() as leaf):
            return f"{_bare(names.event(leaf.kind))}{_tests(leaf.where)}"
        case Condition(count=CountLeaf() as leaf):
            return _count(leaf, names)
        case Condition(absent=AbsentLeaf() as leaf):
            return f"{leaf.for_} without {_bare(names.event(leaf.event))}"
        case Condition(done=DoneLeaf() as leaf):
            return f"{_work(leaf, names)} done"
        case Condition(open=OpenLeaf() as leaf):
            return f"{_open(leaf, names)} open{f' {leaf.for_}' if leaf.for_ else ''}"
        case Condition(accepted=str() as leaf):
            return f"{_bare(names.hand_off(leaf))} accepted"
        case Condition(approved=ApprovedLeaf() as leaf):
            return f"approved by {plain(leaf.role)}"
        case Condition(stage=StageLeaf() as leaf):
            return _stage(leaf, names)
        case Condition(latest=LatestLeaf() as leaf):
            return f"{plain(leaf.field)} {_test(leaf.is_)}"
        case _:
            return _waited(condition)


def _waited(condition: Condition) -> str:
    if isinstance(condition.waited, WaitedFor):
        at = f", {condition.waited.at:%H:%M}" if condition.waited.at else ""
        return f"after {condition.waited.for_}{at}"
    return f"after {condition.waited}" if condition.waited is not None else "known at referral"


def _count(leaf: CountLeaf, names: Names) -> str:
    event = f"{_bare(names.event(leaf.event))}{_tests(leaf.where)}"
    if leaf.at_least is not None:
        return event if leaf.at_least == 1 else f"{leaf.at_least} {TIMES} {event}"
    return f"no {event}" if leaf.at_most == 0 else f"at most {leaf.at_most} {TIMES} {event}"


def _work(leaf: DoneLeaf, names: Names) -> str:
    return _bare(names.task(leaf.task) if leaf.task is not None else names.hand_off(leaf.hand_off or ""))


def _open(leaf: OpenLeaf, names: Names) -> str:
    if leaf.blockage is not None:
        return _bare(names.blockage(leaf.blockage))
    return _bare(names.task(leaf.task) if leaf.task is not None else names.hand_off(leaf.hand_off or ""))


def _stage(leaf: StageLeaf, names: Names) -> str:
    stages = leaf.is_ if leaf.is_ is not None else leaf.is_not
    several = (stages,) if isinstance(stages, str) else stages or ()
    verb = "at" if leaf.is_ is not None else "not at"
    return f"{names.track(leaf.track)} {verb} {' or '.join(names.stage_title(stage) for stage in several)}"


def _tests(where: Mapping[str, Test]) -> str:
    return f": {', '.join(_said(field, test) for field, test in where.items())}" if where else ""


def _said(field: str, test: Test) -> str:
    """Return the value alone where it says enough; "available" or "not available" for yes and no."""
    if isinstance(test, bool):
        return plain(field) if test else f"not {plain(field)}"
    return f"{plain(field)} {_test(test)}" if isinstance(test, (int, float, Range)) else _test(test)


def _test(test: Test) -> str:
    if isinstance(test, Range):
        bounds = (("≥", test.at_least), ("≤", test.at_most), ("not ", test.is_not))
        return " ".join(f"{sign}{_plain(bound)}" for sign, bound in bounds if bound is not None)
    if isinstance(test, tuple):
        return " or ".join(_plain(each) for each in test)
    return _plain(test)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(str(value))


def _bare(quoted: str) -> str:
    return quoted.removeprefix("“").removesuffix("”")
