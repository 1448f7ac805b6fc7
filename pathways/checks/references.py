"""Every place where a pathway names something that must be declared, and the check that it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pathways.blockage_forms import Blockage
from pathways.checks.event_uses import event_uses
from pathways.checks.names import NameKind
from pathways.checks.subject import Subject
from pathways.checks.walk import ConditionPlace, follow_ups, hand_offs, leaves, stages, steps, tasks
from pathways.declaration import AcceptedBy, PathwayFile
from pathways.findings import Finding, did_you_mean, listed
from pathways.yaml_text import Path

PROFESSIONAL_OR_NOT = frozenset({"professional", "self", "public"})

_RULES: dict[NameKind, tuple[str, str]] = {
    "agency": ("unknown-agency", "agency"),
    "event": ("unknown-event", "event"),
    "track": ("unknown-track", "track"),
    "stage": ("unknown-stage", "stage"),
    "task": ("unknown-task", "task"),
    "hand_off": ("unknown-hand-off", "hand-off"),
    "blockage": ("unknown-blockage", "blockage"),
    "role": ("unknown-role", "role"),
    "reasons": ("unknown-reason", "list of reasons"),
    "measure": ("unknown-measure", "measure"),
    "whole_stage": ("unknown-stage", "stage, written as track.stage"),
    "place": ("unknown-kind-of-places", "kind of places"),
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A name at a path; of a stage, ``track`` says in which track it must be (``None``: in any)."""

    kind: NameKind
    name: str
    path: Path
    track: str | None = None
    on_key: bool = False


def unknown_names(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for every name that is declared nowhere."""
    for reference in references(subject.file):
        finding = unknown_name(reference, subject)
        if finding is not None:
            yield finding


def unknown_name(reference: Reference, subject: Subject) -> Finding | None:
    """Return what is wrong with a reference; ``None`` when its name is declared."""
    names = subject.names
    if names.knows(reference.kind, reference.name, reference.track):
        return None
    known = names.of(reference.kind, reference.track)
    in_unknown_track = reference.track is not None and not names.knows("track", reference.track)
    if in_unknown_track or (reference.kind == "agency" and not known):
        return None
    rule, word = _RULES[reference.kind]
    where = f" in track {reference.track!r}" if reference.kind == "stage" and reference.track else ""
    return Finding(
        rule,
        reference.path,
        f"There is no such {word}{where}.",
        repr(reference.name),
        listed(known),
        _meant(reference, known),
        on_key=reference.on_key,
    )


def _meant(reference: Reference, known: Collection[str]) -> str | None:
    """Return the hint that a name was misspelt, or that a stage's track was left out."""
    if reference.kind == "whole_stage":
        whole = next((name for name in known if name.endswith(f".{reference.name}")), None)
        if whole is not None:
            return f"did you mean {whole!r}?"
    return did_you_mean(reference.name, known)


def references(file: PathwayFile) -> Iterator[Reference]:
    """Yield every reference outside the scenarios."""
    yield Reference("agency", file.coordinator, ("coordinator",))
    for use in event_uses(file):
        yield Reference("event", use.kind, use.path)
    yield from _in_events(file)
    yield from _in_stages(file)
    yield from _in_duties(file)
    yield from _in_hand_offs(file)
    for place in leaves(file):
        yield from _in_leaf(place)
    yield from _in_blockages(file)
    yield from _in_places(file)
    for name, measure in file.measures.items():
        if measure.of is not None:
            yield Reference("measure", measure.of, ("measures", name, "of"))


def _in_events(file: PathwayFile) -> Iterator[Reference]:
    for name, event in file.events.items():
        for key, agencies in (("by", event.by), ("shown_to", event.shown_to)):
            for index, agency in enumerate(agencies):
                yield Reference("agency", agency, ("events", name, key, index))


def _in_stages(file: PathwayFile) -> Iterator[Reference]:
    for name, track in file.tracks.items():
        yield Reference("stage", track.start, ("tracks", name, "start"), name)
    for place in stages(file):
        owner, path = place.stage.owner, place.path
        if isinstance(owner, AcceptedBy):
            yield Reference("hand_off", owner.accepted, (*path, "owner", "accepted"))
            yield Reference("agency", owner.otherwise, (*path, "owner", "otherwise"))
        else:
            yield Reference("agency", owner, (*path, "owner"))
        for index, move in enumerate(place.stage.moves):
            yield Reference("stage", move.to, (*path, "moves", index, "to"), place.track)


def _in_duties(file: PathwayFile) -> Iterator[Reference]:
    for path, _, _, task in tasks(file):
        if task.owner != "owner":
            yield Reference("agency", task.owner, (*path, "owner"))
    for path, _, _, follow_up in follow_ups(file):
        if follow_up.to != "owner":
            yield Reference("agency", follow_up.to, (*path, "to"))
    for place in steps(file):
        yield from _of_step(place.path, place.step.remind, place.step.escalate, place.step.raise_)


def _in_hand_offs(file: PathwayFile) -> Iterator[Reference]:
    for path, _, _, hand_off in hand_offs(file):
        asked = (hand_off.to,) if isinstance(hand_off.to, str) else hand_off.to
        for index, agency in enumerate(asked):
            yield Reference("agency", agency, (*path, "to", index))
        if hand_off.declined.ask not in {None, "reason"}:
            yield Reference("reasons", str(hand_off.declined.ask), (*path, "declined", "ask"))
        yield from _of_step((*path, "nobody"), None, hand_off.nobody.escalate, hand_off.nobody.raise_)


def _of_step(path: Path, remind: str | None, escalate: str | None, blockage: str | None) -> Iterator[Reference]:
    if remind is not None and remind != "owner":
        yield Reference("agency", remind, (*path, "remind"))
    if escalate is not None:
        yield Reference("agency", escalate, (*path, "escalate"))
    if blockage is not None:
        yield Reference("blockage", blockage, (*path, "raise"))


def _in_leaf(place: ConditionPlace) -> Iterator[Reference]:
    leaf, path = place.condition, place.path
    for key, subject in (("done", leaf.done), ("open", leaf.open)):
        for kind in ("task", "hand_off", "blockage"):
            name = getattr(subject, kind, None)
            if name is not None:
                yield Reference(kind, name, (*path, key, kind))
    if leaf.accepted is not None:
        yield Reference("hand_off", leaf.accepted, (*path, "accepted"))
    if leaf.approved is not None:
        yield Reference("role", leaf.approved.role, (*path, "approved", "role"))
        if leaf.approved.other_than is not None:
            yield Reference("role", leaf.approved.other_than, (*path, "approved", "other_than"))
    if leaf.stage is not None:
        yield from _of_stage_leaf(place)
    if leaf.referred_by is not None and leaf.referred_by not in PROFESSIONAL_OR_NOT:
        yield Reference("agency", leaf.referred_by, (*path, "referred_by"))


def _of_stage_leaf(place: ConditionPlace) -> Iterator[Reference]:
    leaf, path = place.condition.stage, (*place.path, "stage")
    if leaf is None:
        return
    yield Reference("track", leaf.track, (*path, "track"))
    for key, named in (("is", leaf.is_), ("is_not", leaf.is_not)):
        for index, name in enumerate((named,) if isinstance(named, str) else named or ()):
            yield Reference("stage", name, (*path, key, index), leaf.track)


def _in_blockages(file: PathwayFile) -> Iterator[Reference]:
    for name, blockage in file.blockages.items():
        yield Reference("agency", blockage.owner, ("blockages", name, "owner"))
        for index, escalation in enumerate(blockage.escalate):
            yield Reference("agency", escalation.to, ("blockages", name, "escalate", index, "to"))
        yield from _of_shared(name, blockage)


def _of_shared(name: str, blockage: Blockage) -> Iterator[Reference]:
    path = ("blockages", name)
    if blockage.service is not None and blockage.service.places is not None:
        yield Reference("place", blockage.service.places, (*path, "service", "places"))
    if blockage.service is not None and blockage.service.hand_off is not None:
        yield Reference("hand_off", blockage.service.hand_off, (*path, "service", "hand_off"))
    if blockage.step is not None:
        yield Reference("whole_stage", blockage.step.stage, (*path, "step", "stage"))
    if blockage.rule is not None:
        yield Reference("reasons", blockage.rule.reasons, (*path, "rule", "reasons"))


def _in_places(file: PathwayFile) -> Iterator[Reference]:
    for name, kind in file.places.items():
        path = ("places", name)
        for index, hand_off in enumerate(kind.waiting):
            yield Reference("hand_off", hand_off, (*path, "waiting", index))
        if kind.refusals is not None:
            yield Reference("reasons", kind.refusals, (*path, "refusals"))
        for index, stage in enumerate(kind.nightly.guests if kind.nightly else ()):
            yield Reference("whole_stage", stage, (*path, "nightly", "guests", index))
