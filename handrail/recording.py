"""Recording what agencies say happened, checked against what they may say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from handrail.errors import FieldsRefused, InstantRefused, NotYours
from handrail.event_fields import read_fields
from handrail.references import read_reference
from handrail.rules import Rules
from handrail.steps import Outcome, Saying, Scene, act
from handrail.wiring import Store
from models.journal import Origin
from pathways.built_in_events import BUILT_IN_EVENTS

LONGEST_NAME = 200
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says it: an agency, and the officer who speaks for it."""

    agency: str
    officer: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """An event as somebody brings it; ``fields`` may still be text. ``occurred_at`` left out means now."""

    kind: str
    fields: Mapping[str, object]
    speaker: Speaker
    occurred_at: datetime | None = None
    origin: Origin | None = None


def record(store: Store, reference: str, said: Said) -> Outcome:
    """Have the event in the case's journal, with all that follows from it.

    Raises:
        FieldsRefused, NotYours, InstantRefused: the event is not one that may be recorded like this.
        NotPossible: it may not be done as the case stands.
        SaidDifferently: the same external id brought something else before.
        NotFound, Delayed: as ``handrail.steps.act``.
    """
    return act(store, read_reference(reference), lambda scene: [checked(scene, said)])


def checked(scene: Scene, said: Said) -> Saying:
    """Return what may be recorded of ``said``, in canonical form.

    Raises:
        FieldsRefused, NotYours, InstantRefused: it may not be recorded.
    """
    return check_said(scene.rules, said, scene.now)


def check_said(rules: Rules, said: Said, now: datetime) -> Saying:
    """Return what may be recorded of ``said`` at ``now``, in canonical form.

    Raises:
        FieldsRefused, NotYours, InstantRefused: it may not be recorded.
    """
    fields = read_fields(rules.pathway, said.kind, said.fields)
    check_speaker(rules, said, now)
    occurred = None if said.occurred_at is None else said.occurred_at.astimezone(UTC)
    check_instant(said.kind, occurred, now)
    return Saying(said.kind, fields, said.speaker.agency, said.speaker.officer, occurred, said.origin)


def check_speaker(rules: Rules, said: Said, now: datetime) -> None:
    """Make sure that the agency is one that may say this: named in the rules, or the successor of one.

    Raises:
        FieldsRefused: there is no such agency, or the officer's name is none.
        NotYours: it is for others to say.
    """
    agency = said.speaker.agency
    if agency not in rules.pathway.agencies:
        known = ", ".join(sorted(rules.pathway.agencies))
        raise FieldsRefused(said.kind, [f"There is no agency {agency!r}. Known: {known}."])
    officer = said.speaker.officer
    if officer is not None and (not officer.strip() or not officer.isprintable() or len(officer) > LONGEST_NAME):
        raise FieldsRefused(said.kind, [f"The officer's name is blank or no name. Give up to {LONGEST_NAME} signs."])
    if said.kind in BUILT_IN_EVENTS:
        return  # the engine knows who owns what
    by = rules.pathway.declaration.events[said.kind].by
    if agency not in by and agency not in {rules.pathway.serving(each, now) for each in by}:
        raise NotYours(agency, f"record {said.kind!r}", by)


def check_instant(kind: str, occurred: datetime | None, now: datetime) -> None:
    """Make sure that what is recorded at ``now`` has happened.

    Raises:
        InstantRefused: it lies in the future, or before 1900.
    """
    if occurred is None:
        return
    if occurred > now:
        raise InstantRefused(
            f"The event {kind!r} is said to occur at {occurred.isoformat()}, which has not come yet: "
            f"it is {now.isoformat()}. Record it once it has happened."
        )
    if occurred < EARLIEST:
        raise InstantRefused(f"The event {kind!r} is said to have occurred at {occurred.isoformat()}. Check the year.")
