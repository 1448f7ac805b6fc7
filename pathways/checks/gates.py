"""Gates and who may open them, and leaves that only mean something in one place."""

from __future__ import annotations

from collections.abc import Iterator

from pathways.checks.subject import Subject
from pathways.checks.walk import conditions, conjuncts, hand_offs, leaves, leaves_of, tasks
from pathways.findings import Finding, listed
from pathways.yaml_text import Path


def approvals(subject: Subject) -> Iterator[Finding]:
    """What is approved is a gate, by somebody else than the one who proposed it."""
    for place in leaves(subject.file):
        approved = place.condition.approved
        path = (*place.path, "approved")
        if approved is None:
            continue
        if place.purpose != "gate":
            yield Finding("approved-outside-gate", path, "Only a gate is approved.", on_key=True)
        if approved.role == approved.other_than:
            message = "The role that proposes would approve as well."
            yield Finding("self-approved-gate", (*path, "other_than"), message, repr(approved.role))
        elif approved.other_than is None:
            message = "One officer alone may propose and approve."
            yield Finding("gate-without-second-person", path, message, on_key=True)


def safeguarding(subject: Subject) -> Iterator[Finding]:
    """A gate that a person must approve wants a safeguarding check that was done."""
    for place in conditions(subject.file):
        if place.purpose != "gate" or place.stage is None:
            continue
        parts = [leaf.condition for leaf in leaves_of(place)]
        approved = any(part.approved is not None for part in parts)
        checked = any(part.done is not None and "safeguarding" in (part.done.task or "") for part in parts)
        if approved and not checked:
            message = f"The gate of stage {place.stage.name!r} asks for approval and for no safeguarding check."
            yield Finding("enforcement-without-safeguarding", place.path, message, on_key=True)


def locks(subject: Subject) -> Iterator[Finding]:
    """What a gate asks to be done can be done in another stage than the one behind it."""
    doing: dict[tuple[str, str], set[Path]] = {}
    for kind, duties in (("task", tasks(subject.file)), ("hand_off", hand_offs(subject.file))):
        for _, stage, name, _ in duties:
            doing.setdefault((kind, name), set()).add(stage.path)
    for place in conditions(subject.file):
        if place.purpose != "gate" or place.stage is None:
            continue
        for needed in conjuncts(place):
            done = needed.condition.done
            if done is None:
                continue
            asked = ("task", done.task) if done.task is not None else ("hand_off", str(done.hand_off))
            if doing.get(asked) == {place.stage.path}:
                message = f"This can be done only in stage {place.stage.name!r}, which is behind the gate."
                yield Finding("locked-from-inside", (*needed.path, "done", asked[0]), message, repr(asked[1]))


def referral_facts(subject: Subject) -> Iterator[Finding]:
    """What is known at referral is asked for in ``eligibility``, and nothing else is."""
    for place in leaves(subject.file):
        leaf = place.condition
        key = next(iter(leaf.model_fields_set))
        at_referral = leaf.person is not None or leaf.referred_by is not None
        path = (*place.path, key)
        if at_referral and place.purpose != "eligibility":
            message = "What is known at referral is asked for outside 'eligibility'."
            yield Finding("referral-fact-outside-eligibility", path, message, repr(key), on_key=True)
        if not at_referral and place.purpose == "eligibility":
            message = "Before there is a case there is nothing of this to ask for."
            yield Finding(
                "case-fact-in-eligibility", path, message, repr(key), "'person' or 'referred_by'", on_key=True
            )


def ranges(subject: Subject) -> Iterator[Finding]:
    """A wanted age or number of events is possible, and does not go without saying."""
    for place in leaves(subject.file):
        leaf, path = place.condition, place.path
        if leaf.count is not None:
            yield from _range((*path, "count"), leaf.count.at_least, leaf.count.at_most)
            if leaf.count.at_least == 0:
                message = "There are always at least 0 events."
                yield Finding("always-true", (*path, "count", "at_least"), message, "the number 0", "at least 1")
        if leaf.person is not None:
            yield from _range((*path, "person", "age"), leaf.person.age.at_least, leaf.person.age.at_most)


def _range(path: Path, at_least: int | None, at_most: int | None) -> Iterator[Finding]:
    if at_least is not None and at_most is not None and at_least > at_most:
        yield Finding("empty-range", path, "No number is in this range.", f"{at_least} to {at_most}", on_key=True)


def accepted_elsewhere(subject: Subject) -> Iterator[Finding]:
    """``accepted`` in a stage is about a hand-off of that stage: it asks about this visit."""
    declared: dict[str, set[tuple[str, str]]] = {}
    for _, stage, name, _ in hand_offs(subject.file):
        declared.setdefault(name, set()).add((stage.track, stage.name))
    for place in leaves(subject.file):
        asked = place.condition.accepted
        if asked is None or place.stage is None or place.purpose == "gate" or asked not in declared:
            continue
        if (place.stage.track, place.stage.name) not in declared[asked]:
            owner = min(stage for _, stage in declared[asked])
            message = f"The hand-off belongs to stage {owner!r}, so that it is never accepted in this visit."
            expected = listed(place.stage.stage.hand_offs)
            yield Finding("accepted-elsewhere", (*place.path, "accepted"), message, repr(asked), expected)
