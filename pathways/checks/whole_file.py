"""The file as a whole: its version, and names that mean something else already."""

from __future__ import annotations

from collections.abc import Iterator

from pathways.checks.scenarios import EXPECTATIONS
from pathways.checks.subject import Subject
from pathways.checks.values import FIELD_KINDS
from pathways.checks.walk import follow_ups, hand_offs, leaves, steps, tasks
from pathways.declaration import PathwayFile
from pathways.findings import Finding, repeats
from pathways.yaml_text import Path


def version(subject: Subject) -> Iterator[Finding]:
    """A changed file has a higher version than the published one."""
    before, file = subject.previous, subject.file
    if before is None or before == file:
        return
    if before.pathway != file.pathway:
        message = f"The published file is of the pathway {before.pathway!r}."
        yield Finding("another-pathway", ("pathway",), message, repr(file.pathway), repr(before.pathway))
    elif file.version <= before.version:
        message = f"Version {before.version} is published, and this file differs from it."
        yield Finding("version-not-raised", ("version",), message, str(file.version), f"at least {before.version + 1}")


def reserved_names(subject: Subject) -> Iterator[Finding]:
    """No name means something else in the language already."""
    for name in subject.file.tracks:
        if name in EXPECTATIONS:
            message = f"{name!r} is a key of a scenario's 'expect' and cannot name a track."
            yield Finding("reserved-name", ("tracks", name), message, on_key=True)
    for name in subject.file.reasons:
        if name in FIELD_KINDS or name == "reason":
            message = f"{name!r} is a word of the language and cannot name a list of reasons."
            yield Finding("reserved-name", ("reasons", name), message, on_key=True)


def given_twice(subject: Subject) -> Iterator[Finding]:
    """Roles, opening events, recorders, and who waits or is a guest are listed once."""
    lists: dict[Path, tuple[str, ...]] = {("roles",): subject.file.roles, ("opens_on",): subject.file.opens_on}
    lists |= {("events", name, "by"): event.by for name, event in subject.file.events.items()}
    lists |= {("places", name, "waiting"): kind.waiting for name, kind in subject.file.places.items()}
    lists |= {
        ("places", name, "nightly", "guests"): kind.nightly.guests
        for name, kind in subject.file.places.items()
        if kind.nightly
    }
    for path, names in lists.items():
        for index, name in repeats(names):
            yield Finding("given-twice", (*path, index), "The name is given twice.", repr(name))


def silent_blockages(subject: Subject) -> Iterator[Finding]:
    """Every blockage can open: by its own condition, or by something that raises it."""
    raised = {place.step.raise_ for place in steps(subject.file)}
    raised |= {hand_off.nobody.raise_ for _, _, _, hand_off in hand_offs(subject.file)}
    for name, blockage in subject.file.blockages.items():
        if blockage.when is None and name not in raised and not blockage.is_shared:
            message = f"Nothing opens the blockage {name!r}."
            yield Finding("blockage-never-opens", ("blockages", name), message, on_key=True)


def shared_names(subject: Subject) -> Iterator[Finding]:
    """A hand-off's name is used in one track only: a case keeps the latest of each name."""
    tracks: dict[str, str] = {}
    for path, place, name, _ in hand_offs(subject.file):
        if tracks.setdefault(name, place.track) != place.track:
            message = f"A hand-off of this name belongs to track {tracks[name]!r} already."
            yield Finding("given-twice", path, message, repr(name), on_key=True)


def one_name_one_duty(subject: Subject) -> Iterator[Finding]:
    """A task and a follow-up of one stage have different names, so that a screen can tell them apart."""
    declared = {(place.path, name) for _, place, name, _ in tasks(subject.file)}
    for path, place, name, _ in follow_ups(subject.file):
        if (place.path, name) in declared:
            message = f"A task of stage {place.name!r} has this name already."
            yield Finding("given-twice", path, message, repr(name), on_key=True)


def unused_names(subject: Subject) -> Iterator[Finding]:
    """Something uses every role and every list of reasons."""
    approved = [place.condition.approved for place in leaves(subject.file) if place.condition.approved is not None]
    roles = {role for leaf in approved for role in (leaf.role, leaf.other_than)}
    for index, role in enumerate(subject.file.roles):
        if role not in roles:
            yield Finding("unused-name", ("roles", index), "No gate is approved in this role.", repr(role))
    asked = {hand_off.declined.ask for _, _, _, hand_off in hand_offs(subject.file)}
    asked |= {kind for event in subject.file.events.values() for kind in event.fields.values() if isinstance(kind, str)}
    asked |= set(_lists_of_places_and_rules(subject.file))
    if "reason" in asked or asked - FIELD_KINDS - {None, *subject.file.reasons}:
        return  # any list may be meant, or a misspelt one
    for name in subject.file.reasons:
        if name not in asked | FIELD_KINDS:
            message = "Nobody is asked for these reasons."
            yield Finding("unused-name", ("reasons", name), message, repr(name), on_key=True)


def _lists_of_places_and_rules(file: PathwayFile) -> Iterator[str]:
    """Give the lists whose codes say why a place does not fit, who is refused at the door, or what a rule stops."""
    lists_of: dict[str, list[str]] = {}
    for listed_as, codes in file.reasons.items():
        for code in codes:
            lists_of.setdefault(code, []).append(listed_as)
    for kind in file.places.values():
        if kind.refusals is not None:
            yield kind.refusals
        for rule in kind.fits.values():
            yield from lists_of.get(rule.reason, ())
    for blockage in file.blockages.values():
        if blockage.rule is not None:
            yield blockage.rule.reasons
