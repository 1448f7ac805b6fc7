"""Places, and blockages that belong to no one case: whether what is declared of them can ever come about."""

from __future__ import annotations

from collections.abc import Iterator

from pathways.blockage_forms import AgainstUsual
from pathways.checks.references import references
from pathways.checks.subject import Subject
from pathways.checks.timing import hours
from pathways.checks.values import fields_of
from pathways.checks.walk import ConditionPlace, leaves
from pathways.findings import Finding, did_you_mean, listed
from pathways.place_forms import PlaceKind, Saying
from pathways.yaml_text import Path

_NEVER_SAID: dict[bool, dict[Saying, str]] = {
    True: {
        "moved_in": "A place that is given for a night is never moved into.",
        "left": "A place that is given for a night is never left for good.",
    },
    False: {"came": "Nobody comes at a cut-off for a place that is moved into."},
}
"""By whether the places are nightly: what is never said of them."""


def fit_reasons(subject: Subject) -> Iterator[Finding]:
    """Why a place does not fit is a declared reason, and never the person's own doing."""
    known = {code: who for codes in subject.file.reasons.values() for code, who in codes.items()}
    declared = tuple(dict.fromkeys([*known, *_plain_codes(subject)]))
    for name, kind in subject.file.places.items():
        for key, rule in kind.fits.items():
            path = ("places", name, "fits", key, "reason")
            if rule.reason not in declared:
                hint = did_you_mean(rule.reason, declared)
                yield Finding(
                    "unknown-reason", path, "There is no such reason.", repr(rule.reason), listed(declared), hint
                )
            elif known.get(rule.reason) == "person":
                message = "A place that does not fit would be booked as the person's own refusal."
                yield Finding("misfit-of-the-person", path, message, repr(rule.reason))


def _plain_codes(subject: Subject) -> Iterator[str]:
    """Give the codes of lists that are not of the right form otherwise."""
    reasons = subject.plain.get("reasons") if isinstance(subject.plain, dict) else None
    for codes in reasons.values() if isinstance(reasons, dict) else ():
        yield from map(str, codes) if isinstance(codes, dict) else ()


def visit_facts(subject: Subject) -> Iterator[Finding]:
    """Whom a place fits and who comes first is asked of the whole case: there is no visit to ask about."""
    for place in leaves(subject.file):
        if place.purpose in {"fit", "order"}:
            yield from _of_a_visit(place)


def _of_a_visit(place: ConditionPlace) -> Iterator[Finding]:
    leaf, path = place.condition, place.path
    for key, expected in (
        ("event", "'count' with 'within' or 'since: case', or 'latest'"),
        ("waited", "'absent' or 'open' with 'for'"),
    ):
        if getattr(leaf, key) is not None:
            message = f"{key!r} asks about a visit to a stage, and a place is given to a case."
            yield Finding("visit-fact-of-a-place", (*path, key), message, repr(key), expected, on_key=True)
    for key in ("count", "absent"):
        counted = getattr(leaf, key)
        if counted is not None and counted.since == "stage":
            message = "This counts since the stage began, and a place is given to a case."
            yield Finding("visit-fact-of-a-place", (*path, key, "since"), message, "'stage'", "'case' or 'within'")


def nights(subject: Subject) -> Iterator[Finding]:
    """A night is over before the next one's cut-off, and somebody hears who did not come."""
    for name, kind in subject.file.places.items():
        if kind.nightly is None:
            continue
        if kind.nightly.until > kind.nightly.cut_off:
            path = ("places", name, "nightly", "until")
            expected = f'at most "{kind.nightly.cut_off:%H:%M}"'
            message = "The night would not be over when the next one's places are given."
            yield Finding("endless-night", path, message, f'"{kind.nightly.until:%H:%M}"', expected)
        if "missed" not in kind.says:
            message = f"Nothing is recorded when somebody does not come for {name!r}: nobody looks for them."
            yield Finding("unheard-no-show", ("places", name), message, expected="'missed' in 'says'", on_key=True)


def sayings(subject: Subject) -> Iterator[Finding]:
    """What is said of a place can happen there, and says why somebody was refused."""
    for name, kind in subject.file.places.items():
        path: Path = ("places", name, "says")
        for saying in kind.says:
            message = _NEVER_SAID[kind.nightly is not None].get(saying)
            if message is not None:
                yield Finding("never-said", (*path, saying), message, repr(saying), on_key=True)
        yield from _refusal(subject, (*path, "refused"), kind)


def _refusal(subject: Subject, path: Path, kind: PlaceKind) -> Iterator[Finding]:
    said = kind.says.get("refused")
    fields = None if said is None else fields_of(subject, said.event)
    if said is None or fields is None or kind.refusals not in subject.file.reasons or kind.refusals in fields.values():
        return
    message = f"The event {said.event!r} has no field for the reason of a refusal."
    expected = f"a field of the kind {kind.refusals!r}"
    yield Finding("reason-not-kept", (*path, "event"), message, repr(said.event), expected)


def shared_in_a_case(subject: Subject) -> Iterator[Finding]:
    """What is found by comparing many cases is neither raised in one case nor asked about there."""
    shared = {name for name, blockage in subject.file.blockages.items() if blockage.is_shared}
    for reference in references(subject.file):
        if reference.kind == "blockage" and reference.name in shared:
            message = f"The blockage {reference.name!r} belongs to no one case: no case has it open."
            yield Finding("shared-in-a-case", reference.path, message, repr(reference.name))


def symptoms(subject: Subject) -> Iterator[Finding]:
    """What is compared with the usual has a longer while to be compared with, and what never fits has a rule."""
    for name, blockage in subject.file.blockages.items():
        service, path = blockage.service, ("blockages", name)
        if service is not None:
            yield from _usual((*path, "service", "slower"), service.slower)
            yield from _usual((*path, "service", "declines"), service.declines)
            kind = subject.file.places.get(service.places or "")
            if service.unfit_for is not None and kind is not None and not kind.fits:
                message = f"The places {service.places!r} have no 'fits': each of them fits everybody."
                yield Finding("fits-everybody", (*path, "service", "unfit_for"), message, on_key=True)
        if blockage.step is not None:
            yield from _usual((*path, "step", "slower"), blockage.step.slower)


def _usual(path: Path, against: AgainstUsual | None) -> Iterator[Finding]:
    if against is not None and hours(against.than) < hours(against.within):
        message = "The usual is taken from a shorter while than the one that is compared with it."
        expected = f"at least {str(against.within)!r}"
        yield Finding("usual-too-short", (*path, "than"), message, repr(str(against.than)), expected)
