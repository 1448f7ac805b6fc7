"""The acts that every pathway knows: what agencies answer, and what people do by hand."""

from __future__ import annotations

from naive_cases import ACTS, NaiveCase
from naive_records import Blockage, Completion, GateAct, HandOff, Refused

from pathways.case import Event

__all__ = ("ACTS",)


def refuse_unless(*conditions: object) -> None:
    if not all(conditions):
        raise Refused


def _by(event: Event, *agencies: str | None) -> bool:
    """Whether the agency may; an event that names no agency is nobody's mistake."""
    return event.agency is None or event.agency in agencies


def _complete_task(case: NaiveCase, event: Event) -> None:
    task = next((one for one in case.tasks if one.name == event.fields.get("task")), None)
    if task is None:
        raise Refused
    outcome = event.fields.get("outcome")
    outcomes = task.tree.get("outcomes")
    refuse_unless(_by(event, task.owner), not outcomes or outcome in outcomes)
    case._finish_task(task, event, str(outcome) if outcome is not None else None)


def _offer(case: NaiveCase, event: Event, state: str) -> HandOff:
    one = case.hand_offs.get(str(event.fields.get("hand_off")))
    if one is None or one.state != state:
        raise Refused
    return one


def _accept(case: NaiveCase, event: Event) -> None:
    one = _offer(case, event, "offered")
    refuse_unless(_by(event, one.agency))
    assert one.agency is not None
    one.state, one.lender = "accepted", case.visits[one.track].owner
    case.completions.append(Completion(f"accepted.{one.name}", case.now, event.number, None, one.agency))
    case.tell("hand_off_accepted", one.track, one.name)
    case.own(one.track, one.agency)


def _decline(case: NaiveCase, event: Event) -> None:
    one = _offer(case, event, "offered")
    declined = one.tree.get("declined", {})
    asks = declined.get("ask")
    known = [code for codes in case.tree["reasons"].values() for code in codes]
    refuse_unless(_by(event, one.agency), asks is None or event.fields.get("reason") in known)
    case.tell("hand_off_declined", one.track, one.name)
    case._go_on(one, declined.get("then", "next"))


def _ask_back(case: NaiveCase, event: Event) -> None:
    one = _offer(case, event, "offered")
    refuse_unless(_by(event, one.agency))
    if one.questions == 0:
        one.clock_from = case.now
    one.questions += 1
    case.tell("hand_off_asked_back", one.track, one.name)


def _complete_hand_off(case: NaiveCase, event: Event) -> None:
    one = _offer(case, event, "accepted")
    refuse_unless(_by(event, one.agency))
    case._finish_hand_off(one, event)


def _return(case: NaiveCase, event: Event) -> None:
    one = _offer(case, event, "accepted")
    refuse_unless(_by(event, one.agency), event.fields.get("reason"))
    one.state = "returned"
    for accepted in case.completions:
        if accepted.key == f"accepted.{one.name}":
            accepted.returned = True
    case.tell("hand_off_returned", one.track, one.name)
    if one.lender is not None and case.visits[one.track].owner == one.agency:
        case.own(one.track, one.lender)


def _withdraw(case: NaiveCase, event: Event) -> None:
    one = _offer(case, event, "offered")
    refuse_unless(_by(event, case.visits[one.track].owner, case.tree["coordinator"]))
    one.state = "withdrawn"
    case.tell("hand_off_withdrawn", one.track, one.name)


def _offer_again(case: NaiveCase, event: Event) -> None:
    one = _offer(case, event, "exhausted")
    to = event.fields.get("to")
    declared = one.tree["to"]
    visit = case.visits[one.track]
    refuse_unless(
        _by(event, visit.owner, case.tree["coordinator"]),
        one.name in visit.openings,
        to in ([declared] if isinstance(declared, str) else declared),
        event.fields.get("reason"),
    )
    one.state, one.agency = "offered", str(to)
    if to not in one.asked:
        one.asked.append(str(to))
    one.offered_at = one.clock_from = case.now
    one.reminders = one.questions = 0
    case.tell("hand_off_offered", one.track, one.name, one.agency)


def _gate(case: NaiveCase, event: Event) -> None:
    named = str(event.fields.get("stage"))
    keys = [
        f"{track}.{stage}"
        for track, tree in case.tree["tracks"].items()
        for stage in tree["stages"]
        if named in {stage, f"{track}.{stage}"}
    ]
    role = event.fields.get("role", "proposer" if event.kind == "gate.proposed" else None)
    refuse_unless(case.status == "open", len(keys) == 1, role in case.tree["roles"], event.officer)
    case.approvals.append(GateAct(event.kind, keys[0], str(role), str(event.officer), case.now, event.number))
    case.tell(event.kind.replace(".", "_"), keys[0].partition(".")[0], keys[0])


def _move(case: NaiveCase, event: Event) -> None:
    track, to = str(event.fields.get("track")), str(event.fields.get("to"))
    refuse_unless(
        case.status == "open",
        event.fields.get("reason"),
        track in case.visits and to in case.tree["tracks"][track]["stages"],
    )
    refuse_unless(_by(event, case.visits[track].owner, case.tree["coordinator"]), case.visits[track].stage != to)
    refuse_unless(case.gate_holds(track, to))
    case.enter(track, to)


def _close(case: NaiveCase, event: Event) -> None:
    refuse_unless(case.status == "open", event.fields.get("reason"), _by(event, case.tree["coordinator"]))
    case.close()


def _reopen(case: NaiveCase, event: Event) -> None:
    refuse_unless(case.status == "closed", event.fields.get("reason"))
    track, to = event.fields.get("track"), event.fields.get("to")
    goals = {}
    for name, tree in case.tree["tracks"].items():
        stage = case.visits[name].stage
        declared = tree["stages"][stage]
        ended = declared.get("final") and not declared.get("moves")
        goals[name] = tree["start"] if ended or not case.gate_holds(name, stage) else stage
    if track is not None or to is not None:
        refuse_unless(track in goals, to in case.tree["tracks"].get(track, {"stages": ()})["stages"])
        refuse_unless(case.gate_holds(str(track), str(to)))
        goals[str(track)] = str(to)
    case.status = "open"
    case.silenced = False
    case.tell("case_reopened")
    for name, stage in goals.items():
        case.enter(name, stage, moved=False)


def _void(case: NaiveCase, event: Event) -> None:
    number = event.fields.get("event")
    refuse_unless(isinstance(number, int), number in {one.number for one in case.journal[:-1]})
    case.voided.add(int(str(number)))
    for pause in case.pauses:
        if pause.number == number and pause.until_at is None:
            pause.until_at = case.now
            case.tell("resumed", None, pause.name)
    for one in case.follow_ups:
        if one.kept is not None and one.kept.number == number:
            one.kept = None
    case.tell("event_voided")


def _clear(case: NaiveCase, event: Event) -> None:
    found = _blockage(case, event)
    refuse_unless(_by(event, found.owner, case.tree["coordinator"]))
    case._clear_blockage(found.name)


def _reassign(case: NaiveCase, event: Event) -> None:
    found = _blockage(case, event)
    to = event.fields.get("to")
    refuse_unless(_by(event, found.owner, case.tree["coordinator"]), to in case.tree["agencies"], to != found.owner)
    found.owner = str(to)
    case.tell("blockage_reassigned", None, found.name)


def _dispute(case: NaiveCase, event: Event) -> None:
    found = _blockage(case, event)
    found.disputed = str(event.fields["reason"])
    case.tell("blockage_disputed", None, found.name)


def _blockage(case: NaiveCase, event: Event) -> Blockage:
    found = case.blockages.get(str(event.fields.get("blockage")))
    if found is None or not event.fields.get("reason"):
        raise Refused
    return found


ACTS.update(
    {
        "task.completed": _complete_task,
        "hand_off.accepted": _accept,
        "hand_off.declined": _decline,
        "hand_off.asked_back": _ask_back,
        "hand_off.completed": _complete_hand_off,
        "hand_off.returned": _return,
        "hand_off.withdrawn": _withdraw,
        "hand_off.offered": _offer_again,
        "gate.proposed": _gate,
        "gate.approved": _gate,
        "case.moved": _move,
        "case.closed": _close,
        "case.reopened": _reopen,
        "event.voided": _void,
        "blockage.cleared": _clear,
        "blockage.reassigned": _reassign,
        "blockage.disputed": _dispute,
    }
)
