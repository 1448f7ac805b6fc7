"""One batch of an import: some cases with all their events, as one transaction."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import Connection

from handrail.errors import FieldsRefused, InstantRefused, Refused
from handrail.event_fields import declared_fields, read_fields
from handrail.recording import LONGEST_NAME, Said, Speaker, check_instant, check_speaker
from handrail.references import make_reference
from handrail.rules import Rules
from handrail.saving import Entry, Step, save_steps
from handrail.steps import TICK, Saying, Scene, check_same, journal_of, scene_of
from handrail.wiring import Store
from models.cases import Opening, StoredCase, find_brought, lock_cases, reserve_ids
from models.database import now as database_now
from models.database import raw
from models.journal import Origin, Recorded, find_recorded
from models.persons import link_case, record_person
from pathways.built_in_events import BUILT_IN_EVENTS
from pathways.case import Case, Decision, Event
from pathways.engine import advance

if TYPE_CHECKING:
    from handrail.imports import Brought, ImportOptions

Chunk = Sequence[tuple[str, Sequence["Brought"]]]


@dataclass
class Batch:
    """What one batch came to. ``references`` by the log's own names of its cases."""

    references: dict[str, str] = field(default_factory=dict)
    refused: list[tuple[int, str]] = field(default_factory=list)
    new_cases: int = 0
    events: int = 0
    repeated: int = 0
    ignored: int = 0


@dataclass(frozen=True, slots=True)
class _Place:
    """A case of the log in the store: held if it was there, about to be opened if not."""

    name: str
    scene: Scene
    opening: Opening | None


class _Line(Struct, frozen=True, gc=False):
    """What a line of the log wants recorded, and the instant at which the log says it was."""

    number: int
    saying: Saying
    recorded_at: datetime


def import_batch(store: Store, connection: Connection, rules: Rules, chunk: Chunk, options: ImportOptions) -> Batch:
    """Have the cases of ``chunk`` and their events in the store, and tell what was left out and why."""
    batch = Batch()
    places = _places(store, connection, rules, [name for name, _ in chunk], options)
    origins = [_origins(options.source, brought) for _, brought in chunk]
    known = find_recorded(raw(connection), [origin for each in origins for origin in each])
    steps = []
    for place, (_, brought), under in zip(places, chunk, origins, strict=True):
        batch.references[place.name] = place.scene.stored.reference
        sayings = [*_sayings(place, brought, under, options, known, batch)]
        step = _step(place, sayings, options)
        if step is None:
            continue
        refused = [*_refused(step, sayings)]
        batch.refused += refused
        if step.after.status != "new":
            batch.events += len(step.entries) - len(refused)
            steps.append(step)
    save_steps(raw(connection), steps)
    opened = {step.stored.id for step in steps if step.opening is not None}
    batch.new_cases = len(opened)
    for place in places:
        if place.scene.stored.id in opened:
            _link_person(connection, place, options)
        elif place.opening is not None:
            del batch.references[place.name]
    return batch


def _places(
    store: Store, connection: Connection, rules: Rules, names: Sequence[str], options: ImportOptions
) -> list[_Place]:
    below = raw(connection)
    ids = find_brought(below, options.source, names)
    held = {stored.id: stored for stored in lock_cases(below, list(ids.values()))} if ids else {}
    fresh = iter(reserve_ids(below, len(names) - len(ids)))
    now = database_now(connection)
    places = []
    for name in names:
        if name in ids:
            places.append(_Place(name, scene_of(store, connection, held[ids[name]]), None))
            continue
        reference = make_reference(secrets.choice)
        stored = StoredCase(next(fresh), reference, rules.hash, "", 0, 0, now)
        opening = Opening({}, None, options.source, name)
        places.append(_Place(name, Scene(below, stored, Case(reference), rules, now), opening))
    return places


def _origins(source: str, brought: Sequence[Brought]) -> list[Origin]:
    """Return under which id each event of a case is known.

    Without one of its own, it is what happened and when, and which of several such; its place would change for
    every event behind a line that is added or mended.
    """
    times: Counter[str] = Counter()
    return [Origin(source, each.external_id or _made_up(each, times)) for each in brought]


def _made_up(each: Brought, times: Counter[str]) -> str:
    known = f"{each.case}#{each.kind}@{each.occurred_at.astimezone(UTC).isoformat()}"
    times[known] += 1
    return f"{known}#{times[known]}"


def _sayings(
    place: _Place,
    brought: Sequence[Brought],
    origins: Sequence[Origin],
    options: ImportOptions,
    known: dict[Origin, Recorded],
    batch: Batch,
) -> Iterator[_Line]:
    """Give what is to be recorded."""
    rules = place.scene.rules
    for each, origin in zip(brought, origins, strict=True):
        if options.ignore_unknown and not _is_known(rules, each.kind):
            batch.ignored += 1
            continue
        try:
            saying = _saying(place.scene, each, origin)
            before = known.get(origin)
            if before is not None:
                check_same(saying, place.scene.stored.reference, before)
                batch.repeated += 1
                continue
        except Refused as refusal:
            batch.refused.append((each.number, str(refusal)))
            continue
        yield _Line(each.number, saying, each.recorded_at or each.occurred_at)


def _is_known(rules: Rules, kind: str) -> bool:
    return kind in rules.pathway.declaration.events or kind in BUILT_IN_EVENTS


def _saying(scene: Scene, brought: Brought, origin: Origin) -> Saying:
    rules, kind, given = scene.rules, brought.kind, brought.fields
    if len(brought.case) > LONGEST_NAME or len(brought.external_id or "") > LONGEST_NAME:
        raise FieldsRefused(kind, [f"The name of its case, or its id, has more than {LONGEST_NAME} signs."])
    if brought.tabular:
        declared = declared_fields(rules.pathway, kind)
        given = {name: value for name, value in given.items() if name in declared}
    fields = read_fields(rules.pathway, kind, given)
    if brought.agency is not None:
        speaker = Speaker(brought.agency, brought.officer)
        check_speaker(rules, Said(kind, fields, speaker), brought.recorded_at or brought.occurred_at)
    recorded = brought.recorded_at or brought.occurred_at
    if recorded < brought.occurred_at:
        message = f"The event {kind!r} was recorded at {recorded.isoformat()}, before it occurred. Check both instants."
        raise InstantRefused(message)
    check_instant(kind, recorded, scene.now)
    return Saying(kind, fields, brought.agency, brought.officer, brought.occurred_at, origin)


def _step(place: _Place, sayings: Sequence[_Line], options: ImportOptions) -> Step | None:
    scene, case = place.scene, place.scene.case
    if not sayings and (place.opening is not None or options.until is None):
        return None
    entries = [*_numbered(scene, sayings)]
    events = [entry.event for entry in entries]
    last = events[-1].recorded_at if events else case.clock or scene.now
    decision = advance(case, events, last, scene.rules.pathway, journal_of(scene)) if events else Decision(case, (), ())
    if options.until is not None and options.until >= last:
        decision = _on_until(scene, decision, options.until)
    quiet = options.quiet
    return Step(scene.stored, case, tuple(entries), decision, scene.rules, quiet, place.opening)


def _refused(step: Step, sayings: Sequence[_Line]) -> Iterator[tuple[int, str]]:
    """Give the lines that the case did not allow as it stood, each with the reason."""
    first = step.before.events + 1
    for change in step.decision.changes:
        if change.kind == "event_refused":
            yield sayings[change.evidence[0] - first].number, f"{change.because}."


def _numbered(scene: Scene, sayings: Sequence[_Line]) -> Iterator[Entry]:
    """Give the sayings as events. What the case has lived past already is recorded now, and all after it."""
    case = scene.case
    earliest = None if case.clock is None else case.clock + TICK if case.swept else case.clock
    for number, line in enumerate(sayings, case.events + 1):
        saying, told = line.saying, line.recorded_at
        recorded = scene.now if earliest is not None and told < earliest else told
        earliest = recorded
        event = Event(
            number, saying.kind, saying.occurred_at or recorded, recorded, saying.agency, saying.officer, saying.fields
        )
        yield Entry(event, saying.origin)


def _on_until(scene: Scene, decision: Decision, until: datetime) -> Decision:
    later = advance(decision.case, (), min(until, scene.now), scene.rules.pathway, journal_of(scene))
    return Decision(later.case, decision.changes + later.changes, decision.notices + later.notices)


def _link_person(connection: Connection, place: _Place, options: ImportOptions) -> None:
    identity = options.persons(place.name) if options.persons is not None else None
    if identity is not None:
        link_case(connection, place.scene.stored.id, record_person(connection, identity))
