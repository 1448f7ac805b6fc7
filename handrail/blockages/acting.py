"""What people do to a blockage that belongs to no one case: dispute, merge, give away, act on it, close it.

Each act is one transaction, is kept with the officer who did it, and needs a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from handrail.blockages.telling import tell
from handrail.blockages.watching import shared
from handrail.errors import NotFound, NotPossible, NotYours
from handrail.recording import Speaker
from handrail.rules import Rules
from handrail.steps import transaction
from handrail.wiring import Store
from models import shared_blockages as register
from models.database import RawConnection, raw
from models.database import now as database_now
from models.publications import find_newest
from models.shared_blockages import SharedAct, SharedBlockage, reference_of
from pathways.case import NoticeKind

LONGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ViewedShared:
    """A blockage with all that is known of it: the references of its cases, and what was done about it, in order."""

    blockage: SharedBlockage
    title: str
    rules: Rules
    cases: tuple[str, ...]
    acts: tuple[SharedAct, ...]


@dataclass(frozen=True, slots=True)
class _Scene:
    """An open blockage, held, and who does something to it."""

    connection: RawConnection
    blockage: SharedBlockage
    rules: Rules
    speaker: Speaker
    now: datetime

    def keep(self, act: str, because: str, number: int | None = None) -> None:
        done = SharedAct(self.now, act, self.speaker.agency, self.speaker.officer, because)
        register.record_act(self.connection, number or self.blockage.id, done)

    def tell(self, blockage: SharedBlockage, kind: NoticeKind) -> None:
        tell(self.connection, self.rules, self.now, blockage, kind)


def view_shared(store: Store, number: int) -> ViewedShared:
    """Return the blockage of that number, open or not.

    Raises:
        NotFound: there is none.
    """
    with transaction(store) as connection:
        blockage = _find(raw(connection), number)
        rules = _rules(store, connection, blockage)
        cases = tuple(register.list_linked(raw(connection), number))
        acts = tuple(register.list_acts(raw(connection), number))
    chart = shared(rules.pathway, blockage.name)
    title = chart.title if chart is not None else blockage.name.replace("_", " ")
    return ViewedShared(blockage, title, rules, cases, acts)


def dispute_shared(store: Store, number: int, speaker: Speaker, because: str) -> None:
    """Have it be known that the blockage is disputed, and why. It stays and ages; while it is, it does not escalate.

    Any agency of the pathway may.

    Raises:
        NotFound, NotPossible, NotYours, Delayed.
    """
    with _held(store, number, speaker, because) as scene:
        if speaker.agency not in scene.rules.pathway.agencies:
            raise NotYours(speaker.agency, f"dispute {scene.blockage.reference}", scene.rules.pathway.agencies)
        register.note_dispute(scene.connection, number, because)
        scene.keep("disputed", because)


def merge_shared(store: Store, number: int, into: int, speaker: Speaker, because: str) -> None:
    """Have the blockage be part of another one, which takes over its cases and its person-days. The coordinator may.

    Raises:
        NotFound, NotPossible, NotYours, Delayed.
    """
    with _held(store, number, speaker, because, also=into) as scene:
        _only_coordinator(scene, "merge")
        target = _open(scene.connection, into)
        if target.id == number or target.pathway != scene.blockage.pathway:
            raise NotPossible(
                f"{reference_of(number)} cannot be merged into {target.reference}. "
                f"Expected another open blockage of {scene.blockage.pathway}: see handrail report blockages."
            )
        register.move_links(scene.connection, number, into)
        register.close_shared(scene.connection, number, (scene.now, "merged", because), into)
        scene.keep("merged", because)
        scene.keep("took_over", f"{reference_of(number)}: {because}", into)


def reassign_shared(store: Store, number: int, to: str, speaker: Speaker, because: str) -> None:
    """Have another agency own the blockage, which is told. Its owner and the coordinator may.

    Raises:
        NotFound, NotPossible, NotYours, Delayed.
    """
    with _held(store, number, speaker, because) as scene:
        _only_owner(scene, "give away")
        pathway = scene.rules.pathway
        if to not in pathway.agencies:
            raise NotPossible(f"There is no agency {to!r}. Expected one of: {', '.join(sorted(pathway.agencies))}.")
        owner = pathway.serving(to, scene.now)
        if owner == scene.blockage.owner:
            raise NotPossible(f"{scene.blockage.reference} belongs to {pathway.agency_title(owner)} already.")
        register.note_owner(scene.connection, number, owner)
        scene.tell(_find(scene.connection, number), "blockage")
        scene.keep("reassigned", f"to {owner}: {because}")


def act_on_shared(
    store: Store, number: int, speaker: Speaker, action: str | None = None, due_on: date | None = None
) -> None:
    """Say what is being done about the blockage, and by when. Its owner and the coordinator may.

    Raises:
        NotFound, NotPossible, NotYours, Delayed.
    """
    told = " ".join(part for part in (action, f"(by {due_on.isoformat()})" if due_on else None) if part)
    with _held(store, number, speaker, told) as scene:
        _only_owner(scene, "act on")
        register.note_action(scene.connection, number, action, due_on)
        scene.keep("acted", told)


def close_shared(store: Store, number: int, speaker: Speaker, because: str) -> None:
    """Have the blockage be over. What is known of it by now does not open it again; the coordinator may.

    Raises:
        NotFound, NotPossible, NotYours, Delayed.
    """
    with _held(store, number, speaker, because) as scene:
        _only_coordinator(scene, "close")
        register.close_shared(scene.connection, number, (scene.now, "closed", because))
        scene.tell(scene.blockage, "blockage_cleared")
        scene.keep("closed", because)


@contextmanager
def _held(store: Store, number: int, speaker: Speaker, because: str, also: int | None = None) -> Iterator[_Scene]:
    if not because.strip():
        raise NotPossible("Nothing was changed: no reason was given. Say why.")
    if not (speaker.officer or "").strip():
        raise NotPossible("Nothing was changed: no officer was named. Say who decides.")
    with transaction(store) as connection:
        below = raw(connection)
        for each in sorted({number, also or number}):  # in this order, so that nobody waits in a circle
            register.find_shared(below, min(each, LONGEST_NUMBER), hold=True)
        blockage = _open(below, number)
        yield _Scene(below, blockage, _rules(store, connection, blockage), speaker, database_now(connection))


def _find(connection: RawConnection, number: int) -> SharedBlockage:
    found = register.find_shared(connection, number) if 0 < number <= LONGEST_NUMBER else None
    if found is None:
        raise NotFound(f"There is no blockage {reference_of(number)}. See handrail report blockages.")
    return found


def _open(connection: RawConnection, number: int) -> SharedBlockage:
    found = _find(connection, number)
    if found.closed_at is not None:
        into = f" into {reference_of(found.merged_into)}" if found.merged_into is not None else ""
        raise NotPossible(f"{found.reference} is over: it was {found.closed_as}{into}. Nothing was changed.")
    return found


def _only_coordinator(scene: _Scene, what: str) -> None:
    coordinator = scene.rules.pathway.coordinator
    if scene.speaker.agency != coordinator:
        raise NotYours(scene.speaker.agency, f"{what} {scene.blockage.reference}", [coordinator])


def _only_owner(scene: _Scene, what: str) -> None:
    allowed = list(dict.fromkeys([scene.blockage.owner, scene.rules.pathway.coordinator]))
    if scene.speaker.agency not in allowed:
        raise NotYours(scene.speaker.agency, f"{what} {scene.blockage.reference}", allowed)


def _rules(store: Store, connection: Connection, blockage: SharedBlockage) -> Rules:
    newest = find_newest(connection, blockage.pathway)
    if newest is None:
        raise AssertionError(blockage.pathway)  # publications are never taken back
    return store.rules(connection, newest.hash)
