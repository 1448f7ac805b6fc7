"""``handrail record`` and ``handrail answer``: what agencies say happened, and what they say to what is asked."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from handrail.cli.act_outcomes import newest_pathway, say_outcome
from handrail.cli.errors import WrongUse
from handrail.cli.output import AsJson, say, say_json
from handrail.cli.store_access import AtOption, ByOption, IdOption, OfficerOption, SourceOption, opened_store
from handrail.cli.typed_values import typed_fields, typed_instant, typed_origin

RECORD_EXAMPLE = (
    "Example: handrail record K4T-W9M-P2R offer.made --by outreach --field offer=nsno --field response=accepted"
)
ANSWER_EXAMPLE = "Example: handrail answer K4T-W9M-P2R decline nsno_bed --by riverside --reason full"


def record(
    reference: Annotated[str, typer.Argument(help="The case; with --locality, the pathway.")],
    event: Annotated[str, typer.Argument(help="An event that the pathway declares.")],
    by: ByOption,
    officer: OfficerOption = None,
    field: Annotated[list[str] | None, typer.Option("--field", help="name=value; as often as needed.")] = None,
    at: AtOption = None,
    source: SourceOption = None,
    id_: IdOption = None,
    *,
    locality: Annotated[bool, typer.Option("--locality", help="It happened in the place, to nobody by name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Record what an agency says happened."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    fields, origin = typed_fields(field), typed_origin(source, id_)
    speaker = casework.Speaker(by, officer)
    with opened_store() as store:
        if locality:
            zone = newest_pathway(store, reference).zone
            said = casework.Said(event, fields, speaker, typed_instant(at, zone), origin)
            counted = casework.record_locality(store, reference, [said])
            _say_locality(reference, event, repeated=counted.repeated > 0, as_json=as_json)
            return
        zone = casework.view(store, reference).rules.pathway.zone
        outcome = casework.record(
            store, reference, casework.Said(event, fields, speaker, typed_instant(at, zone), origin)
        )
        say_outcome(store, outcome, as_json=as_json)


def _say_locality(pathway: str, event: str, *, repeated: bool, as_json: bool) -> None:
    if as_json:
        say_json({"pathway": pathway, "event": event, "repeated": repeated})
    else:
        say(f"{event} {'had been recorded before' if repeated else 'is recorded'}, of no case.")


class Answer(StrEnum):
    """What can be answered; each is an event of the case that every pathway knows."""

    ACCEPT = "accept"
    DECLINE = "decline"
    ASK_BACK = "ask-back"
    WITHDRAW = "withdraw"
    RETURN = "return"
    DONE = "done"
    COMPLETE = "complete"
    PROPOSE = "propose"
    APPROVE = "approve"
    MOVE = "move"
    CLOSE = "close"
    REOPEN = "reopen"
    OFFER_AGAIN = "offer-again"
    CLEAR = "clear"
    REASSIGN = "reassign"
    DISPUTE = "dispute"
    VOID = "void"


def answer(
    reference: Annotated[str, typer.Argument(help="The case.")],
    what: Annotated[Answer, typer.Argument(help="What is answered.")],
    by: ByOption,
    subject: Annotated[
        str | None,
        typer.Argument(help="The hand-off, task, stage (track.stage to move), blockage, or an event's number to void."),
    ] = None,
    officer: OfficerOption = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; a coded reason for a decline.")] = None,
    outcome: Annotated[str | None, typer.Option("--outcome", help="How a task ended.")] = None,
    role: Annotated[str | None, typer.Option("--role", help="In which role the officer decides.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="The agency that is offered, or given, something.")] = None,
    source: SourceOption = None,
    id_: IdOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Answer or offer a hand-off, complete a task, decide on a gate or a blockage, move or close."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    fields = built_in_fields(what, subject, {"reason": reason, "outcome": outcome, "role": role, "to": to})
    origin = typed_origin(source, id_)
    with opened_store() as store:
        speaker = casework.Speaker(by, officer)
        if what is Answer.VOID:
            done = casework.void(store, reference, int(fields["event"]), speaker, fields["reason"], origin)
        else:
            done = casework.answer(store, reference, KINDS[what], speaker, fields, origin)
        say_outcome(store, done, as_json=as_json)


LONGEST_NUMBER = 18
"""Digits of an event's number, beyond which no case has any."""
KINDS = {
    Answer.ACCEPT: "hand_off.accepted",
    Answer.DECLINE: "hand_off.declined",
    Answer.ASK_BACK: "hand_off.asked_back",
    Answer.WITHDRAW: "hand_off.withdrawn",
    Answer.RETURN: "hand_off.returned",
    Answer.DONE: "hand_off.completed",
    Answer.COMPLETE: "task.completed",
    Answer.PROPOSE: "gate.proposed",
    Answer.APPROVE: "gate.approved",
    Answer.MOVE: "case.moved",
    Answer.CLOSE: "case.closed",
    Answer.REOPEN: "case.reopened",
    Answer.OFFER_AGAIN: "hand_off.offered",
    Answer.CLEAR: "blockage.cleared",
    Answer.REASSIGN: "blockage.reassigned",
    Answer.DISPUTE: "blockage.disputed",
    Answer.VOID: "event.voided",
}
REASONED = {
    Answer.DECLINE, Answer.ASK_BACK, Answer.WITHDRAW, Answer.RETURN, Answer.MOVE, Answer.CLOSE, Answer.REOPEN,
    Answer.OFFER_AGAIN, Answer.CLEAR, Answer.REASSIGN, Answer.DISPUTE, Answer.VOID,
}  # fmt: skip
DIRECTED = {Answer.OFFER_AGAIN, Answer.REASSIGN}
"""Answers that name another agency."""


def built_in_fields(what: Answer, subject: str | None, given: dict[str, str | None]) -> dict[str, str]:
    """Return the fields of the event that an answer is.

    Raises:
        WrongUse: something that this answer needs is missing, or something was given that it has no place for.
    """
    fields = _subject_fields(what, subject)
    if what in REASONED:
        if given["reason"] is None:
            raise WrongUse(f"To {what} needs a reason. Give --reason.")
        fields["question" if what is Answer.ASK_BACK else "reason"] = given["reason"]
    if what in DIRECTED:
        if given["to"] is None:
            raise WrongUse(f"To {what} needs an agency. Give --to.")
        fields["to"] = given["to"]
    if given["outcome"] is not None and what is Answer.COMPLETE:
        fields["outcome"] = given["outcome"]
    if what is Answer.APPROVE and given["role"] is None:
        raise WrongUse("To approve needs the role in which the officer decides. Give --role.")
    if given["role"] is not None and what in {Answer.APPROVE, Answer.PROPOSE}:
        fields["role"] = given["role"]
    unused = [name for name, value in given.items() if value is not None and value not in fields.values()]
    if unused:
        raise WrongUse(f"To {what} has no place for --{unused[0]}. Leave it out.")
    return fields


SUBJECTS = {
    Answer.COMPLETE: ("task", "the task"),
    Answer.PROPOSE: ("stage", "the stage"),
    Answer.APPROVE: ("stage", "the stage"),
    Answer.MOVE: ("to", "track.stage"),
    Answer.CLEAR: ("blockage", "the blockage"),
    Answer.REASSIGN: ("blockage", "the blockage"),
    Answer.DISPUTE: ("blockage", "the blockage"),
    Answer.VOID: ("event", "the event's number"),
}
"""By answer: the field that its subject goes into, and what to call it. All others are about a hand-off."""


def _subject_fields(what: Answer, subject: str | None) -> dict[str, str]:
    if what is Answer.CLOSE and subject is not None:
        raise WrongUse("To close takes no more words than the case. Say why with --reason.")
    if subject is None and what in {Answer.CLOSE, Answer.REOPEN}:
        return {}
    field, called = SUBJECTS.get(what, ("hand_off", "the hand-off"))
    if subject is None:
        raise WrongUse(f"To {what} needs to know what. Name {called} behind it.")
    if what in {Answer.MOVE, Answer.REOPEN}:
        return _track_and_stage(subject)
    if what is Answer.VOID and not (subject.isdecimal() and len(subject) <= LONGEST_NUMBER):
        raise WrongUse(f"{subject!r} is not the number of an event. Find it with: handrail case REFERENCE")
    return {field: subject}


def _track_and_stage(subject: str) -> dict[str, str]:
    track, dot, stage = subject.partition(".")
    if not dot:
        raise WrongUse(f"{subject!r} is not a track and a stage. Expected both, such as support.hostel.")
    return {"track": track, "to": stage}
