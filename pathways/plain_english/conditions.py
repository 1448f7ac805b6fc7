"""A condition as sentences that may be read aloud: groups become a lead with parts below it."""

from __future__ import annotations

from collections.abc import Sequence

from pathways.conditions import (
    AbsentLeaf,
    AgeTest,
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
    Where,
)
from pathways.plain_english.names import Names, either, plain, quoted, value
from pathways.plain_english.outline import Point

STAY = "in this stay"
"""The time that ``event`` and ``accepted`` look at, except where a text says otherwise."""


def condition_point(condition: Condition, names: Names, period: str = STAY) -> Point:
    """Return what must be the case, as a clause: "the hand-off “NSNO bed” is accepted in this stay"."""
    return _group(condition, names, period) or Point(_leaf(condition, names, period))


def lead(start: str, condition: Condition, names: Names, period: str = STAY) -> Point:
    """Return ``start`` and the condition as one point: one sentence when it is a single clause."""
    clause = condition_point(condition, names, period)
    return Point(f"{start} {clause.text}{'' if clause.parts else '.'}", clause.parts)


def match_text(match: EventMatch | str, names: Names) -> str:
    """Return "“offer made” with response “declined”"."""
    if isinstance(match, str):
        return names.event(match)
    return f"{names.event(match.kind)}{_where(match.where)}"


def matches_text(matches: EventMatch | Sequence[EventMatch], names: Names) -> str:
    several = [matches] if isinstance(matches, EventMatch) else matches
    return either(match_text(match, names) for match in several)


def test_text(test: Test) -> str:
    """Return what passes a test: "“a” or “b”", "at least 3", "anything but “no”"."""
    if isinstance(test, Range):
        bounds = [
            None if test.at_least is None else f"at least {test.at_least}",
            None if test.at_most is None else f"at most {test.at_most}",
            None if test.is_not is None else f"anything but {value(test.is_not)}",
        ]
        return " and ".join(bound for bound in bounds if bound)
    if isinstance(test, tuple):
        return either(value(each) for each in test)
    return value(test)


def _where(where: Where) -> str:
    tests = [f"{plain(field)} {test_text(test)}" for field, test in where.items()]
    return f" with {either(tests, 'and')}" if tests else ""


def _group(condition: Condition, names: Names, period: str) -> Point | None:
    for name, text in (
        ("all", "all of these hold:"),
        ("any", "at least one of these holds:"),
        ("none", "none of these holds:"),
    ):
        if getattr(condition, name) is not None:
            parts = _flat(condition, name) if name != "none" else condition.none or ()
            return Point(text, tuple(condition_point(part, names, period) for part in parts))
    return None


def _flat(condition: Condition, name: str) -> tuple[Condition, ...]:
    """Return the parts of a group, those of a group of its own kind within it as parts of its own."""
    found: list[Condition] = []
    for part in getattr(condition, name):
        found.extend(_flat(part, name) if getattr(part, name) is not None else (part,))
    return tuple(found)


def _leaf(condition: Condition, names: Names, period: str) -> str:  # noqa: PLR0911 (one line a leaf)
    match condition:
        case Condition(event=EventMatch() as leaf):
            return f"{match_text(leaf, names)} is recorded {period}"
        case Condition(count=CountLeaf() as leaf):
            return _count(leaf, names)
        case Condition(absent=AbsentLeaf() as leaf):
            return _absent(leaf, names)
        case Condition(done=DoneLeaf() as leaf):
            return _done(leaf, names)
        case Condition(open=OpenLeaf() as leaf):
            return _open(leaf, names)
        case Condition(accepted=str() as leaf):
            return f"the hand-off {names.hand_off(leaf)} is accepted {period}"
        case Condition(approved=ApprovedLeaf() as leaf):
            return _approved(leaf)
        case Condition(stage=StageLeaf() as leaf):
            return _stage(leaf, names)
        case Condition(latest=LatestLeaf() as leaf):
            return f"the latest {names.event(leaf.event)} says {plain(leaf.field)} {test_text(leaf.is_)}"
        case _:
            return _waited_or_known(condition, names)


def _waited_or_known(condition: Condition, names: Names) -> str:
    if condition.waited is not None:
        return _waited(condition)
    if condition.person is not None:
        return f"the person is {_age(condition.person.age)}"
    match condition.referred_by:
        case "professional":
            return "the person was identified and referred by a professional"
        case "self":
            return "the person referred themselves"
        case "public":
            return "the person was referred by a member of the public"
        case agency:
            return f"the person was referred by {names.agency(agency or 'nobody')}"


def _count(leaf: CountLeaf, names: Names) -> str:
    times = f"of {names.event(leaf.event)}{_where(leaf.where)}"
    if leaf.within is not None:
        window = f"within the last {leaf.within}"
    else:
        window = "since this stage was entered" if leaf.since == "stage" else "since the case began"
    number = _number(leaf.at_least, leaf.at_most)
    unit = "" if number.endswith("record") else " record" if number.endswith(" 1") else " records"
    return f"there {number}{unit} {times} {window}"


def _number(at_least: int | None, at_most: int | None) -> str:
    if at_least is not None and at_most is not None:
        return f"were exactly {at_least}" if at_least == at_most else f"were between {at_least} and {at_most}"
    if at_least is not None:
        return f"was at least {at_least}" if at_least == 1 else f"were at least {at_least}"
    return "was no record" if at_most == 0 else f"were at most {at_most}"


def _absent(leaf: AbsentLeaf, names: Names) -> str:
    start = "this stage was entered" if leaf.since == "stage" else "the case began"
    return (
        f"there was no record of {names.event(leaf.event)}{_where(leaf.where)} for {leaf.for_} "
        f"(counted from the last one, or from when {start})"
    )


def _done(leaf: DoneLeaf, names: Names) -> str:
    if leaf.task is not None:
        subject = f"the task {names.task(leaf.task)}"
    else:
        subject = f"the hand-off {names.hand_off(leaf.hand_off or '')}"
    outcome = f" with the outcome {quoted(plain(leaf.outcome))}" if leaf.outcome else ""
    window = f" within the last {leaf.within}" if leaf.within else ""
    return f"{subject} was completed{outcome}{window}"


def _open(leaf: OpenLeaf, names: Names) -> str:
    if leaf.task is not None:
        subject, state = f"the task {names.task(leaf.task)}", "open"
    elif leaf.hand_off is not None:
        subject, state = f"the hand-off {names.hand_off(leaf.hand_off)}", "waiting for an agency to accept"
    else:
        subject, state = f"the blockage {names.blockage(leaf.blockage or '')}", "open"
    return f"{subject} has been {state} for {leaf.for_}" if leaf.for_ else f"{subject} is {state}"


def _approved(leaf: ApprovedLeaf) -> str:
    other = ""
    if leaf.other_than is not None:
        other = f", who is not the officer who acted as {plain(leaf.other_than)},"
    return (
        f"a named officer acting as {plain(leaf.role)}{other} has approved this entry "
        f"(an approval is good for {leaf.valid_for} and for one entry)"
    )


def _stage(leaf: StageLeaf, names: Names) -> str:
    stages = leaf.is_ if leaf.is_ is not None else leaf.is_not
    several = (stages,) if isinstance(stages, str) else stages or ()
    verb = "is" if leaf.is_ is not None else "is not"
    return f"the track {names.track(leaf.track)} {verb} at {either(names.stage(each) for each in several)}"


def _waited(condition: Condition) -> str:
    waited = condition.waited
    time = waited.for_ if isinstance(waited, WaitedFor) else waited
    verb = "has" if time is not None and time.amount == 1 else "have"
    at = waited.at if isinstance(waited, WaitedFor) else None
    then = f", and then the clock next shows {at:%H:%M}" if at else ""
    return f"{time} {verb} passed in this stage{then}"


def _age(age: AgeTest) -> str:
    if age.at_least is not None and age.at_most is not None:
        return f"between {age.at_least} and {age.at_most} years old"
    if age.at_least is not None:
        return f"{age.at_least} years old or older"
    return f"{age.at_most} years old or younger" if age.at_most is not None else "of any age"
