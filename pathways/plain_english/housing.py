"""Places, and blockages that belong to no one case, in plain English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pathways.blockage_forms import AgainstUsual, Blockage, OfRule, OfService, OfStep
from pathways.place_forms import EventSaid, FitRule, Nightly, PlaceKind, PlaceTest, Saying
from pathways.plain_english.conditions import lead
from pathways.plain_english.names import Names, either, plain, quoted, value
from pathways.plain_english.outline import Point

THIS_CASE = "in this case"
SAYINGS: Mapping[Saying, str] = {
    "came": "When somebody comes in time",
    "missed": "When somebody does not come in time",
    "refused": "When somebody is refused at the door",
    "moved_in": "When somebody moves in",
    "left": "When somebody leaves",
}
TESTS: Mapping[str, tuple[str, str]] = {
    "single": ("for one person alone", "shared"),
    "accessible": ("accessible", "not accessible"),
    "women_only": ("for women only", "not for women only"),
    "dogs": ("open to dogs", "closed to dogs"),
    "couples": ("open to couples", "closed to couples"),
}


def place_point(name: str, kind: PlaceKind, names: Names) -> Point:
    """Return who waits for such places, whom they fit, who comes first, and how a night goes."""
    return Point(f"{begun(names.place(name))}:", tuple(_about_places(kind, names)))


def begun(text: str) -> str:
    """Return a text with a capital where a sentence begins."""
    return text[:1].upper() + text[1:]


def _about_places(kind: PlaceKind, names: Names) -> Iterator[Point]:
    waiting = either(names.hand_off(each) for each in kind.waiting)
    yield Point(f"People wait for one while nobody has accepted the hand-off {waiting}.")
    yield Point(f"One is kept for {kind.hold} for the person to whom it is offered.")
    if kind.stay_aim is not None:
        yield Point(f"A stay is meant to last {kind.stay_aim}.")
    if kind.nightly is not None:
        yield from _night(kind.nightly, names)
    if kind.refusals is not None:
        yield Point(f"Who refuses somebody at the door gives a reason from the list {quoted(plain(kind.refusals))}.")
    yield from (_fit(rule, names) for rule in kind.fits.values())
    if kind.order:
        lines = tuple(lead(f"{quoted(line.title)}:", line.when, names, THIS_CASE) for line in kind.order)
        yield Point("Who comes first, each line before the next, and then who has waited longer:", lines)
    yield from (Point(f"{SAYINGS[saying]}, {_said(said, names)}.") for saying, said in kind.says.items())


def _night(nightly: Nightly, names: Names) -> Iterator[Point]:
    guests = either((names.whole_stage(each) for each in nightly.guests), "and")
    yield Point(f"It is given for one night at a time. The people at {guests} are expected every night.")
    yield Point(f"It is kept for them until {nightly.cut_off:%H:%M}; then it is free for others.")
    yield Point(f"The night is over at {nightly.until:%H:%M} on the next morning.")


def _fit(rule: FitRule, names: Names) -> Point:
    must = f"{rule.title}: the place must be {_test(rule.place)}; where it is not, the reason is"
    told = f"{must} {quoted(plain(rule.reason))}."
    if rule.when is None:
        return Point(f"{told} This concerns everybody.")
    return Point(told, (lead("This concerns a person when", rule.when, names, THIS_CASE),))


def _test(test: PlaceTest) -> str:
    asked = ((TESTS[name], getattr(test, name)) for name in TESTS)
    words = [yes if wanted else no for (yes, no), wanted in asked if wanted is not None]
    if test.accepts is not None:
        words.append(f"one that does not exclude {quoted(plain(test.accepts))}")
    return either(words, "and")


def _said(said: EventSaid, names: Names) -> str:
    fields = [f"{plain(field)} {value(wanted)}" for field, wanted in said.fields.items()]
    told = f" with {either(fields, 'and')}" if fields else ""
    return f"{names.event(said.event)}{told} is recorded"


def shared_points(blockage: Blockage, names: Names) -> Iterator[Point]:
    """Yield when a blockage of a service, a step or a rule opens and clears."""
    if blockage.service is not None:
        yield Point(f"It opens when {_service(blockage.service, names)}.")
    if blockage.step is not None:
        yield Point(f"It opens when {_step(blockage.step, names)}.")
    if blockage.rule is not None:
        yield from _rule(blockage.rule)
    after = blockage.clears_after or "2 days"
    yield Point(f"It belongs to no one case, and clears when its cause has been gone for {after}.")


def _service(service: OfService, names: Names) -> str:
    if service.places is not None:
        places = names.place(service.places)
        if service.full_for is not None:
            return f"people wait for {places} and none of these has been free for {service.full_for}"
        if service.void_for is not None:
            return f"one of {places} has not been usable for {service.void_for}"
        return f"one of {places} has been free for {service.unfit_for}, people wait, and it fits none of them"
    hand_off = names.hand_off(service.hand_off or "")
    if service.slower is not None:
        return f"an agency takes longer to answer the hand-off {hand_off} than it used to: {_usual(service.slower)}"
    declines = _usual(service.declines) if service.declines is not None else ""
    return f"an agency declines a larger part of the hand-off {hand_off} than it used to: {declines}"


def _step(step: OfStep, names: Names) -> str:
    stage = names.whole_stage(step.stage)
    if step.piling_up_for is not None:
        return f"more people have come to {stage} than have left it over {step.piling_up_for}"
    slower = _usual(step.slower) if step.slower is not None else ""
    return f"people stay longer at {stage} than they used to, those who are still there counted: {slower}"


def _usual(against: AgainstUsual) -> str:
    return f"the last {against.within} against the {against.than} before"


def _rule(rule: OfRule) -> Iterator[Point]:
    reasons = quoted(plain(rule.reasons))
    yield Point(
        f"It opens when the same reason of the list {reasons} has stopped {rule.people} people within {rule.within}."
    )
    yield Point(f"Its owner has {rule.act_within} to act.")
