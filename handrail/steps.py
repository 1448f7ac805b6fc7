"""The one place where a case is loaded, advanced and saved: one case, one lock, one transaction.

An act may be asked for twice and by two at once. Whoever comes second waits for the row, sees what the first one
made of it, and is answered from that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from msgspec import Struct
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from handrail.errors import Delayed, NotFound, NotPossible, SaidDifferently
from handrail.rules import Rules
from handrail.saving import Entry, Step, save_steps
from handrail.store_faults import told
from handrail.wiring import Store
from models.cases import CaseMovedOn, CaseNotFound, StoredCase, lock_case
from models.database import RawConnection, raw
from models.journal import Origin, Recorded, find_recorded, list_changes_at, list_events
from pathways.case import Case, Change, Event, Scalar
from pathways.case_json import from_json
from pathways.engine import advance

TICK = timedelta(microseconds=1)
TRIES = 3


@dataclass(frozen=True, slots=True)
class Scene:
    """A case held fast, the rules it stands on, and the instant at which what comes next is recorded."""

    connection: RawConnection
    stored: StoredCase
    case: Case
    rules: Rules
    now: datetime


class Saying(Struct, frozen=True, gc=False):
    """What somebody wants recorded: an event before it has a number. Without ``occurred_at`` it happened just now."""

    kind: str
    fields: Mapping[str, Scalar] = {}
    agency: str | None = None
    officer: str | None = None
    occurred_at: datetime | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act came to. ``number`` is the event's; ``repeated`` says that it had been recorded before."""

    reference: str
    number: int | None
    recorded_at: datetime
    case: Case
    changes: tuple[Change, ...]
    repeated: bool = False


Plan = Callable[[Scene], Sequence[Saying]]
"""What to record, seeing the case as it stands. It refuses by raising."""


def act(store: Store, reference: str, plan: Plan) -> Outcome:
    """Have what ``plan`` asks for recorded, with all that follows from it, as one durable transaction.

    What came from outside under an id that was recorded before is answered as it was then.

    Raises:
        Refused: it may not be done as the case stands; nothing was changed.
        NotFound: no case has this reference.
        Delayed: the case is held by somebody for too long, or the store is away.
    """
    for left in reversed(range(TRIES)):
        try:
            with transaction(store) as connection:
                scene = look(store, connection, reference)
                sayings = plan(scene)
                return _recorded_before(scene, sayings) or conclude(scene, sayings)
        except psycopg.errors.UniqueViolation:  # the same id was brought to another case at the same time
            if left == 0:
                raise
    raise AssertionError


def conclude(scene: Scene, sayings: Sequence[Saying]) -> Outcome:
    """Advance the case of ``scene`` by ``sayings`` to its ``now``, and save it.

    Raises:
        NotPossible: the engine refuses the act; the transaction must be given up.
    """
    step = decided(scene, sayings)
    save_steps(scene.connection, [step])
    return outcome_of(scene, step)


def decided(scene: Scene, sayings: Sequence[Saying]) -> Step:
    """Return what ``sayings`` make of the case of ``scene`` at its ``now``; nothing is saved.

    Raises:
        NotPossible: the engine refuses the act.
    """
    entries = [entry_of(saying, number, scene.now) for number, saying in enumerate(sayings, scene.case.events + 1)]
    events = [entry.event for entry in entries]
    decision = advance(scene.case, events, scene.now, scene.rules.pathway, journal_of(scene))
    refused = refusal(decision.changes)
    if refused is not None:
        raise NotPossible(f"This was not recorded: {refused}.")
    return Step(scene.stored, scene.case, tuple(entries), decision, scene.rules)


def outcome_of(scene: Scene, step: Step) -> Outcome:
    """Return what the act came to that was saved as ``step``."""
    number = step.entries[-1].event.number if step.entries else None
    return Outcome(scene.stored.reference, number, scene.now, step.decision.case, step.decision.changes)


@contextmanager
def transaction(store: Store) -> Iterator[Connection]:
    """Give a transaction that ends with the block; faults of the store come out as ``handrail.store_faults`` tells."""
    try:
        with store.engine.begin() as connection:
            yield connection
    except (psycopg.Error, SQLAlchemyError) as error:
        ours = told(error)
        if ours is None:
            raise
        raise ours from error
    except CaseMovedOn as error:
        raise Delayed(str(error)) from error
    except CaseNotFound as error:
        raise NotFound(str(error)) from error


def look(store: Store, connection: Connection, reference: str) -> Scene:
    """Return the case, held until the transaction ends."""
    below = raw(connection)
    return scene_of(store, connection, lock_case(below, reference))


def scene_of(store: Store, connection: Connection, stored: StoredCase) -> Scene:
    """Return the scene of a case that is held already.

    Its ``now`` is the database's clock, and later than all that the case has lived: a clock that was set back,
    or two workers with one instant, do no harm.
    """
    case = from_json(stored.state)
    now = stored.read_at if case.clock is None else max(stored.read_at, case.clock + TICK)
    return Scene(raw(connection), stored, case, store.rules(connection, stored.publication), now)


def journal_of(scene: Scene) -> Callable[[], list[Event]]:
    """Return what reads the case's events; the engine asks only when one came late."""
    return lambda: list_events(scene.connection, scene.stored.id)


def entry_of(saying: Saying, number: int, now: datetime) -> Entry:
    """Return the saying as the case's event ``number``, recorded at ``now``."""
    event = Event(number, saying.kind, saying.occurred_at or now, now, saying.agency, saying.officer, saying.fields)
    return Entry(event, saying.origin)


def refusal(changes: Sequence[Change]) -> str | None:
    """Return why the engine refused an act, as a sentence; None if it refused none."""
    return next((change.because for change in changes if change.kind == "event_refused"), None)


def check_same(saying: Saying, reference: str, recorded: Recorded) -> None:
    """Make sure that ``saying`` is what its id brought before, to the same case.

    Raises:
        SaidDifferently: it is not; the error tells each difference.
    """
    found = _difference(saying, recorded)
    if recorded.reference != reference:
        found = {"case": (recorded.reference, reference), **found}
    if found and saying.origin is not None:
        raise SaidDifferently(saying.origin.source, saying.origin.external_id, found)


def _difference(saying: Saying, recorded: Recorded) -> dict[str, tuple[object, object]]:
    was, parts = recorded.event, ("kind", "agency", "officer")
    found: dict[str, tuple[object, object]] = {
        part: (getattr(was, part), getattr(saying, part))
        for part in parts
        if getattr(was, part) != getattr(saying, part)
    }
    if saying.occurred_at is not None and saying.occurred_at != was.occurred_at:
        found["occurred_at"] = (was.occurred_at.isoformat(), saying.occurred_at.isoformat())
    for name in sorted({*was.fields, *saying.fields}):
        if was.fields.get(name) != saying.fields.get(name):
            found[name] = (was.fields.get(name), saying.fields.get(name))
    return found


def _recorded_before(scene: Scene, sayings: Sequence[Saying]) -> Outcome | None:
    """Return the outcome of then if all of ``sayings`` were recorded before.

    Raises:
        SaidDifferently: the same id brought something else then.
    """
    origins = [saying.origin for saying in sayings if saying.origin is not None]
    known = find_recorded(scene.connection, origins) if origins else {}
    for saying in sayings:
        recorded = known.get(saying.origin) if saying.origin is not None else None
        if recorded is None:
            continue
        check_same(saying, scene.stored.reference, recorded)
        event = recorded.event
        changes = tuple(list_changes_at(scene.connection, recorded.case_id, event.recorded_at))
        return Outcome(recorded.reference, event.number, event.recorded_at, scene.case, changes, repeated=True)
    return None
