"""Sweeps: cases whose time has come, woken in batches that any number of workers may share.

One transaction a batch. Cases that another worker holds are passed over, so a doubled run does nothing twice.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from handrail.collecting import collecting_afterwards
from handrail.references import read_reference
from handrail.saving import Step, save_steps
from handrail.steps import Outcome, Scene, act, journal_of, scene_of, transaction
from handrail.wiring import Store
from models import database, faults
from models.attempts import open_incident
from models.cases import StoredCase, WakeKind, claim_due, find_wake, postpone
from models.database import raw
from pathways.case import Change, Decision
from pathways.engine import advance

NOW = timedelta(0)
GRACE = timedelta(minutes=2)
"""How long a case waits for its own sweep before the other one takes it: no sweep's failing loses a deadline."""
LOOK_AGAIN = timedelta(minutes=15)
"""When a case that could not be woken is tried again."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something a sweep did, told by reference and codes only."""

    reference: str
    agency: str
    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class WakeBatch:
    """What one batch came to. No ``cases``: nothing was due."""

    cases: int
    changes: Counter[str]
    acts: tuple[Act, ...]
    stuck: tuple[str, ...] = ()
    """References of cases that could not be woken; each has an incident."""

    @property
    def size(self) -> int:
        return self.cases


def wake(store: Store, reference: str) -> Outcome:
    """Have everything due in the case happen now.

    Raises:
        NotFound, Delayed: as ``handrail.steps.act``.
    """
    return act(store, read_reference(reference), lambda _: [])


def wake_due(store: Store, kind: WakeKind | None = None, limit: int = 500) -> WakeBatch:
    """Wake up to ``limit`` cases whose time has come, the longest waiting first, as one transaction.

    ``kind`` says whose sweep it is; left out, either's. A sweep takes what the other has left for too long.

    Raises:
        Delayed: the store is away or busy; what was due still is.
    """
    woken: list[tuple[Scene, Decision]] = []
    stuck: list[str] = []
    with collecting_afterwards(), transaction(store) as connection:
        for each, late in _order(kind):
            for stored in claim_due(raw(connection), each, limit - len(woken), late):
                done = _wake_one(store, connection, stored)
                if done is None:
                    stuck.append(stored.reference)
                else:
                    woken.append(done)
        save_steps(raw(connection), [Step(s.stored, s.case, (), decision, s.rules) for s, decision in woken])
    return _batch(woken, stuck)


def next_due(store: Store, kind: WakeKind | None = None) -> datetime | None:
    """Return when the next case is to be woken by that sweep, by the database's clock; it may be past."""
    with transaction(store) as connection:
        found = [(find_wake(connection, each), late) for each, late in _order(kind)]
    return min((instant + late for instant, late in found if instant is not None), default=None)


def database_now(store: Store) -> datetime:
    """Return the database's clock, in UTC: the only clock that counts."""
    with transaction(store) as connection:
        return database.now(connection)


def acts_of(reference: str, changes: Sequence[Change]) -> list[Act]:
    """Return what ``changes`` of a case did, in order."""
    return [Act(reference, change.agency or "", change.kind, change.subject or "") for change in changes]


def _wake_one(store: Store, connection: Connection, stored: StoredCase) -> tuple[Scene, Decision] | None:
    """Return what time makes of a case, or None: then an incident tells of it, and the others go on."""
    try:
        scene = scene_of(store, connection, stored)
        return scene, advance(scene.case, (), scene.now, scene.rules.pathway, journal_of(scene))
    except (psycopg.Error, SQLAlchemyError):
        raise
    except Exception as error:  # noqa: BLE001 - one case that cannot be woken must not hold up all others
        details = "".join(traceback.format_exception(error))
        number = faults.record(connection, "wake", type(error).__name__, details)
        sentence = f"The case cannot be woken ({type(error).__name__}, recorded as fault {number})."
        open_incident(connection, "case_stuck", stored.reference, None, sentence)
        postpone(raw(connection), stored.id, LOOK_AGAIN)
        return None


def _order(kind: WakeKind | None) -> list[tuple[WakeKind, timedelta]]:
    """Return what a sweep looks for, and how long it must have been due: its own at once, the other's after a while."""
    other: WakeKind = "hand_offs" if kind == "follow_ups" else "follow_ups"
    return [(kind or "hand_offs", NOW), (other, NOW if kind is None else GRACE)]


def _batch(woken: Sequence[tuple[Scene, Decision]], stuck: Sequence[str]) -> WakeBatch:
    acts = [each for scene, decision in woken for each in acts_of(scene.stored.reference, decision.changes)]
    return WakeBatch(len(woken), Counter(each.kind for each in acts), tuple(acts), tuple(stuck))
