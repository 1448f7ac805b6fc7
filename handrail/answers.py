"""What agencies and officers answer: accept, decline, complete, propose, approve, move, void, close.

Each is a built-in event of the case, said by a speaker. The engine knows who owns what and refuses everybody
else with a sentence. Errors are those of ``handrail.recording.record``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from handrail.errors import NotPossible, NotYours
from handrail.recording import Said, Speaker, checked
from handrail.references import read_reference
from handrail.steps import Outcome, Saying, Scene, act
from handrail.wiring import Store
from models.journal import Origin, list_events


def accept(store: Store, reference: str, hand_off: str, speaker: Speaker, origin: Origin | None = None) -> Outcome:
    """Have the offered hand-off be the speaker's own from now on."""
    return answer(store, reference, "hand_off.accepted", speaker, {"hand_off": hand_off}, origin)


def decline(
    store: Store, reference: str, hand_off: str, speaker: Speaker, reason: str, origin: Origin | None = None
) -> Outcome:
    """Pass the offer on, for a coded reason."""
    return answer(store, reference, "hand_off.declined", speaker, {"hand_off": hand_off, "reason": reason}, origin)


def ask_back(
    store: Store, reference: str, hand_off: str, speaker: Speaker, question: str, origin: Origin | None = None
) -> Outcome:
    """Ask the owner for more information before answering; the first time, the clock starts again."""
    fields = {"hand_off": hand_off, "question": question}
    return answer(store, reference, "hand_off.asked_back", speaker, fields, origin)


def return_(
    store: Store, reference: str, hand_off: str, speaker: Speaker, reason: str, origin: Origin | None = None
) -> Outcome:
    """Give accepted work back to whom it came from."""
    return answer(store, reference, "hand_off.returned", speaker, {"hand_off": hand_off, "reason": reason}, origin)


def withdraw(
    store: Store, reference: str, hand_off: str, speaker: Speaker, reason: str, origin: Origin | None = None
) -> Outcome:
    """Take an offer back that nobody has answered yet."""
    return answer(store, reference, "hand_off.withdrawn", speaker, {"hand_off": hand_off, "reason": reason}, origin)


def offer_again(
    store: Store,
    reference: str,
    hand_off: str,
    to: str,
    speaker: Speaker,
    reason: str,
    origin: Origin | None = None,
) -> Outcome:
    """Ask an agency of the hand-off once more that nobody took, for instance because a place fell free there."""
    fields = {"hand_off": hand_off, "to": to, "reason": reason}
    return answer(store, reference, "hand_off.offered", speaker, fields, origin)


def complete_hand_off(
    store: Store, reference: str, hand_off: str, speaker: Speaker, origin: Origin | None = None
) -> Outcome:
    """Have the accepted work be done."""
    return answer(store, reference, "hand_off.completed", speaker, {"hand_off": hand_off}, origin)


def complete(
    store: Store,
    reference: str,
    task: str,
    speaker: Speaker,
    outcome: str | None = None,
    *,
    occurred_at: datetime | None = None,
    origin: Origin | None = None,
) -> Outcome:
    """Have the open task be done, with one of its outcomes if it has any."""
    fields = {"task": task} if outcome is None else {"task": task, "outcome": outcome}
    return answer(store, reference, "task.completed", speaker, fields, origin, occurred_at=occurred_at)


def propose(
    store: Store, reference: str, stage: str, speaker: Speaker, role: str | None = None, origin: Origin | None = None
) -> Outcome:
    """Have the named officer propose that the stage may be entered."""
    fields = {"stage": stage} if role is None else {"stage": stage, "role": role}
    return answer(store, reference, "gate.proposed", speaker, fields, origin)


def approve(
    store: Store, reference: str, stage: str, speaker: Speaker, role: str, origin: Origin | None = None
) -> Outcome:
    """Have the named officer approve, in a role, that the stage may be entered."""
    return answer(store, reference, "gate.approved", speaker, {"stage": stage, "role": role}, origin)


def move_by_hand(
    store: Store, reference: str, move: tuple[str, str], speaker: Speaker, reason: str, origin: Origin | None = None
) -> Outcome:
    """Move the case on a track to a stage (``move`` is both) for a reason; gates hold all the same."""
    track, to = move
    return answer(store, reference, "case.moved", speaker, {"track": track, "to": to, "reason": reason}, origin)


def close(store: Store, reference: str, speaker: Speaker, reason: str, origin: Origin | None = None) -> Outcome:
    """Close the case by hand."""
    return answer(store, reference, "case.closed", speaker, {"reason": reason}, origin)


def reopen(
    store: Store,
    reference: str,
    speaker: Speaker,
    reason: str,
    move: tuple[str, str] | None = None,
    origin: Origin | None = None,
) -> Outcome:
    """Open the closed case again, on one track at a stage of choice (``move`` is both)."""
    fields = {"reason": reason} | ({} if move is None else {"track": move[0], "to": move[1]})
    return answer(store, reference, "case.reopened", speaker, fields, origin)


def clear_blockage(
    store: Store, reference: str, blockage: str, speaker: Speaker, reason: str, origin: Origin | None = None
) -> Outcome:
    """Clear the open blockage by hand."""
    return answer(store, reference, "blockage.cleared", speaker, {"blockage": blockage, "reason": reason}, origin)


def reassign_blockage(
    store: Store,
    reference: str,
    blockage: str,
    to: str,
    speaker: Speaker,
    reason: str,
    origin: Origin | None = None,
) -> Outcome:
    """Give the open blockage to another agency."""
    fields = {"blockage": blockage, "to": to, "reason": reason}
    return answer(store, reference, "blockage.reassigned", speaker, fields, origin)


def dispute_blockage(
    store: Store, reference: str, blockage: str, speaker: Speaker, reason: str, origin: Origin | None = None
) -> Outcome:
    """Have it be kept with the open blockage that, and why, the speaker disputes it; the coordinator is told."""
    return answer(store, reference, "blockage.disputed", speaker, {"blockage": blockage, "reason": reason}, origin)


def void(
    store: Store, reference: str, number: int, speaker: Speaker, reason: str, origin: Origin | None = None
) -> Outcome:
    """Take the case's event of that number back; it stays in the journal.

    Raises:
        NotYours: it was recorded by another agency, and the speaker is not the coordinator.
    """
    said = Said("event.voided", {"event": number, "reason": reason}, speaker, origin=origin)
    return act(store, read_reference(reference), lambda scene: [_own_void(scene, said, number)])


def answer(
    store: Store,
    reference: str,
    kind: str,
    speaker: Speaker,
    fields: Mapping[str, object],
    origin: Origin | None = None,
    *,
    occurred_at: datetime | None = None,
) -> Outcome:
    """Have the built-in event ``kind`` recorded, as ``handrail.recording.record`` does."""
    said = Said(kind, fields, speaker, occurred_at, origin)
    return act(store, read_reference(reference), lambda scene: [checked(scene, said)])


def _own_void(scene: Scene, said: Said, number: int) -> Saying:
    pathway = scene.rules.pathway
    event = next((each for each in list_events(scene.connection, scene.stored.id) if each.number == number), None)
    if event is None:
        raise NotPossible(f"This case has no event {number}. Its events are 1 to {scene.case.events}.")
    whose = {pathway.coordinator} | ({pathway.serving(event.agency, scene.now)} if event.agency else set())
    if pathway.serving(said.speaker.agency, scene.now) not in whose:
        raise NotYours(said.speaker.agency, f"take back event {number}", sorted(whose))
    return checked(scene, said)
