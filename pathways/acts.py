"""The built-in events: what people do to a case itself, and when that is refused.

Whoever acts for an agency acts for that agency alone. An act that is refused changes nothing; the sentence
that says why is kept as the change ``event_refused``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from pathways import blockage_acts, hand_offs, stages, standstills, tasks
from pathways.case import Approval, ChangeKind, Event, HandOff
from pathways.draft import Draft
from pathways.ownership import succeed
from pathways.rights import ActRefused, only, owner_or_coordinator, reason_for


def act(draft: Draft, event: Event) -> bool:
    """Do what a built-in event says, or note why not; return whether it was one."""
    handler = HANDLERS.get(event.kind)
    if handler is None:
        return False
    try:
        _only_open(draft, event)
        handler(draft, event)
    except ActRefused as refusal:
        draft.change(
            "event_refused", subject=event.kind, agency=event.agency, because=str(refusal), evidence=(event.number,)
        )
        _forget(draft, event.number)
    return True


def _forget(draft: Draft, number: int) -> None:
    """Let no condition count an event any more."""
    for watch, facts in draft.facts.items():
        if any(fact[0] == number for fact in facts):
            draft.facts[watch] = tuple(fact for fact in facts if fact[0] != number)


def _only_open(draft: Draft, event: Event) -> None:
    if draft.status == "closed" and event.kind not in {"case.reopened", "event.voided"}:
        raise ActRefused("the case is closed; re-open it first")


def _complete_task(draft: Draft, event: Event) -> None:
    name = str(event.fields.get("task", ""))
    task = tasks.find_open(draft, name)
    if task is None:
        open_ = ", ".join(sorted(one.name for one in draft.tasks)) or "none"
        raise ActRefused(f"task {name!r} is not open; open tasks: {open_}")
    only(draft, event, task.owner, f"task {name!r}")
    chart = next(one for one in draft.pathway.tracks[task.track].stages[task.stage].tasks if one.name == name)
    outcome = event.fields.get("outcome")
    outcomes = chart.declared.outcomes
    if outcomes and outcome not in outcomes:
        raise ActRefused(f"task {name!r} ends with one of {', '.join(outcomes)}, not with {outcome!r}")
    tasks.complete(draft, task, event, str(outcome) if outcome is not None else None)


def _hand_off(draft: Draft, event: Event, *states: str) -> HandOff:
    name = str(event.fields.get("hand_off", ""))
    found = hand_offs.find(draft, name)
    if found is None:
        raise ActRefused(f"hand-off {name!r} has not been opened")
    if found.state not in states:
        who = draft.pathway.agency_title(found.agency or "")
        told = {"accepted": f"{who} has accepted it", "offered": f"{who} has not answered it yet"}
        raise ActRefused(f"hand-off {name!r} is {found.state}: {told.get(found.state, 'nobody is asked any more')}")
    return found


def _accept(draft: Draft, event: Event) -> None:
    found = _hand_off(draft, event, "offered")
    only(draft, event, found.agency or "", f"hand-off {found.name!r}")
    hand_offs.accept(draft, found, event)


def _decline(draft: Draft, event: Event) -> None:
    found = _hand_off(draft, event, "offered")
    only(draft, event, found.agency or "", f"hand-off {found.name!r}")
    stage = draft.pathway.tracks[found.track].stages[found.stage]
    ask = next(one for one in stage.hand_offs if one.name == found.name).declared.declined.ask
    if ask is not None:
        lists = draft.pathway.declaration.reasons
        codes = list(lists[ask]) if ask in lists else [code for reasons in lists.values() for code in reasons]
        if event.fields.get("reason") not in codes:
            raise ActRefused(f"a reason is asked for: one of {', '.join(codes)}")
    hand_offs.decline(draft, found, event)


def _ask_back(draft: Draft, event: Event) -> None:
    found = _hand_off(draft, event, "offered")
    only(draft, event, found.agency or "", f"hand-off {found.name!r}")
    hand_offs.ask_back(draft, found, event)


def _return(draft: Draft, event: Event) -> None:
    found = _hand_off(draft, event, "accepted")
    only(draft, event, found.agency or "", f"hand-off {found.name!r}")
    reason_for(event, "work is returned")
    hand_offs.give_back(draft, found, event)


def _finish(draft: Draft, event: Event) -> None:
    found = _hand_off(draft, event, "accepted")
    only(draft, event, found.agency or "", f"hand-off {found.name!r}")
    hand_offs.finish(draft, found, event)


def _withdraw(draft: Draft, event: Event) -> None:
    found = _hand_off(draft, event, "offered")
    owner_or_coordinator(draft, event, found.track)
    hand_offs.withdraw(draft, found, str(event.fields.get("reason") or "it was withdrawn"))


def _offer_again(draft: Draft, event: Event) -> None:
    found = _hand_off(draft, event, "exhausted")
    owner_or_coordinator(draft, event, found.track)
    if not hand_offs.is_of_present_visit(draft, found):
        raise ActRefused(f"hand-off {found.name!r} belongs to a visit to {found.stage} that is over")
    to, known = draft.pathway.serving(str(event.fields.get("to", "")), draft.now), draft.pathway.agency_title
    may = hand_offs.may_be_offered_to(draft, found)
    if to not in may:
        raise ActRefused(f"hand-off {found.name!r} is offered to {' or '.join(map(known, may))}, not to {known(to)}")
    because = reason_for(event, "a hand-off is offered again")
    hand_offs.offer_again(draft, found, to, because, (event.number,))


def _gate(draft: Draft, event: Event) -> None:
    key = draft.pathway.stage_of_gate(str(event.fields.get("stage", "")))
    if key is None:
        raise ActRefused(f"no stage is called {event.fields.get('stage')!r}; name it as track.stage")
    if not event.officer:
        raise ActRefused("a decision about a gate needs a named officer")
    proposed = event.kind == "gate.proposed"
    role = str(event.fields.get("role") or ("proposer" if proposed else ""))
    if role not in draft.pathway.declaration.roles:
        raise ActRefused(f"no role is called {role!r}; roles: {', '.join(draft.pathway.declaration.roles) or 'none'}")
    approval = Approval(key, role, event.officer, draft.now, event.number)
    spent = draft.entries.get(key, 0)
    kept = tuple(one for one in draft.approvals if one.stage != key or one.number > spent)
    draft.approvals = (*kept, approval)
    kind: ChangeKind = "gate_proposed" if proposed else "gate_approved"
    draft.change(kind, track=key.partition(".")[0], subject=key, agency=event.agency, to=role, evidence=(event.number,))


def _move(draft: Draft, event: Event) -> None:
    track, to = str(event.fields.get("track", "")), str(event.fields.get("to", ""))
    chart = draft.pathway.tracks.get(track)
    if chart is None or to not in chart.stages:
        raise ActRefused(f"there is no stage {to!r} in a track {track!r}")
    owner_or_coordinator(draft, event, track)
    if not event.fields.get("reason"):
        raise ActRefused("a move by hand needs a reason")
    if draft.tracks[track].stage == to:
        raise ActRefused(f"the case is in {to} already")
    _only_through_the_gate(draft, track, to)
    who = draft.pathway.agency_title(event.agency) if event.agency else "somebody"
    stages.move(draft, track, to, f"by hand, {who}: {event.fields['reason']}", f"{track}.{to}", (event.number,))


def _close(draft: Draft, event: Event) -> None:
    if event.agency is not None and event.agency != draft.pathway.coordinator:
        raise ActRefused("only the coordinator closes a case by hand")
    stages.close(draft, reason_for(event, "a case is closed"), evidence=(event.number,))


def _reopen(draft: Draft, event: Event) -> None:
    if draft.status != "closed":
        raise ActRefused("the case is open")
    because = reason_for(event, "a case is re-opened")
    track, to = event.fields.get("track"), event.fields.get("to")
    chart = draft.pathway.tracks.get(str(track)) if track else None
    if track and (chart is None or str(to) not in chart.stages):
        raise ActRefused(f"there is no stage {to!r} in a track {track!r}")
    if track:
        _only_through_the_gate(draft, str(track), str(to))
    resumed = {name: str(to) if name == track else _resting(draft, name) for name in draft.pathway.tracks}
    draft.status, draft.silenced = "open", False
    draft.decide("case_reopened", because=because, evidence=(event.number,))
    succeed(draft)
    for name, stage in resumed.items():
        stages.enter(draft, name, stage)


def _resting(draft: Draft, track: str) -> str:
    """Return where a track goes on: where it stood, or at its start if that was an end or its gate holds no longer."""
    here, start = draft.chart_of(track), draft.pathway.tracks[track].start
    if here.final and not here.moves:
        return start
    return start if _gate_refusal(draft, track, here.name) is not None else here.name


def _only_through_the_gate(draft: Draft, track: str, to: str) -> None:
    refusal = _gate_refusal(draft, track, to)
    if refusal is not None:
        raise ActRefused(refusal)


def _gate_refusal(draft: Draft, track: str, to: str) -> str | None:
    """Return why the gate of ``to`` keeps the case out, or ``None`` if it does not."""
    gate = draft.pathway.tracks[track].stages[to].gate
    view = draft.view(track).at_gate(f"{track}.{to}")
    if gate is None or gate.holds(view):
        return None
    return f"the gate of {to} does not hold: {gate.explain(view).sentence}"


def _void(draft: Draft, event: Event) -> None:
    number = event.fields.get("event")
    if not isinstance(number, int) or not 0 < number < event.number:
        raise ActRefused(f"there is no event {number!r} before this one")
    _forget(draft, number)
    draft.approvals = tuple(one for one in draft.approvals if one.number != number)
    for key in [key for key, done in draft.done.items() if done.number == number and not key.startswith("blockage.")]:
        del draft.done[key]
    draft.follow_ups = tuple(
        replace(one, credit=None) if one.credit is not None and one.credit[0] == number else one
        for one in draft.follow_ups
    )
    because = str(event.fields.get("reason") or "it was recorded in error")
    draft.change(
        "event_voided", subject=str(number), agency=event.agency, because=because, evidence=(number, event.number)
    )
    for standstill in draft.pauses:
        if standstill.number == number and standstill.until_at is None:
            standstills.end(draft, standstill, because, (event.number,))
            standstills.restate_clocks(draft)


HANDLERS: Mapping[str, Callable[[Draft, Event], None]] = {
    "task.completed": _complete_task,
    "hand_off.accepted": _accept,
    "hand_off.declined": _decline,
    "hand_off.returned": _return,
    "hand_off.completed": _finish,
    "hand_off.asked_back": _ask_back,
    "hand_off.withdrawn": _withdraw,
    "hand_off.offered": _offer_again,
    "gate.proposed": _gate,
    "gate.approved": _gate,
    "case.moved": _move,
    "case.closed": _close,
    "case.reopened": _reopen,
    "event.voided": _void,
    "blockage.cleared": blockage_acts.clear,
    "blockage.reassigned": blockage_acts.reassign,
    "blockage.disputed": blockage_acts.dispute,
}
