"""Hand-offs: ownership offered to one agency after the other, and moved only by acceptance."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from pathways import blockages
from pathways.case import ChangeKind, Done, Event, HandOff
from pathways.chart import HandOffChart
from pathways.draft import Draft
from pathways.news import news_of
from pathways.ownership import move_ownership
from pathways.reopening import may_open, note_opened
from pathways.wall_clock import earlier

ACTIVE = frozenset(("offered", "accepted"))


def open_on_entry(draft: Draft, track: str) -> None:
    """Open the hand-offs of the track's stage that wait for no condition."""
    for chart in draft.chart_of(track).hand_offs:
        if chart.open_when is None:
            _open(draft, track, chart, "the stage was entered", ())


def open_when_asked(draft: Draft, track: str) -> bool:
    """Open the hand-offs whose condition holds; return whether any was."""
    opened, news = False, news_of(draft)
    for chart in draft.chart_of(track).hand_offs:
        if chart.open_when is None or not news.may_make_hold(chart.open_when):
            continue
        present = find(draft, chart.name)
        if present is not None and _is_live_in_visit(draft, present, track):
            continue
        view = may_open(draft, track, chart.rule, chart.reopened_by)
        if view is not None and chart.open_when.holds(view):
            reason = chart.open_when.explain(view)
            _open(draft, track, chart, reason.sentence, reason.evidence)
            opened, news = True, news_of(draft)
    return opened


def _is_live_in_visit(draft: Draft, hand_off: HandOff, track: str) -> bool:
    """Whether an agency is asked, or has accepted, in the present visit: what was accepted before keeps nobody from
    being asked anew when the person comes back.
    """
    return hand_off.track == track and is_of_present_visit(draft, hand_off) and hand_off.state in ACTIVE


def find(draft: Draft, name: str) -> HandOff | None:
    return next((one for one in draft.hand_offs if one.name == name), None)


def accept(draft: Draft, hand_off: HandOff, event: Event) -> None:
    """Move the track's ownership to the agency that was asked."""
    agency = hand_off.agency or ""
    lender = draft.tracks[hand_off.track].owner
    _replace(draft, hand_off, replace(hand_off, state="accepted", lender=lender, due_at=None))
    draft.done[f"accepted.{hand_off.name}"] = Done(event.recorded_at, event.number, None, agency)
    _note(draft, "hand_off_accepted", hand_off, agency, f"{draft.pathway.agency_title(agency)} accepted", event)
    because = f"{draft.pathway.agency_title(agency)} accepted {hand_off.name}"
    move_ownership(draft, hand_off.track, agency, because, (event.number,))
    draft.tell("hand_off_accepted", lender, track=hand_off.track, subject=hand_off.name, because=because)


def decline(draft: Draft, hand_off: HandOff, event: Event) -> None:
    """Pass the offer on, or back, for the coded reason that was given."""
    agency, reason = hand_off.agency or "", str(event.fields.get("reason", ""))
    because = f"{draft.pathway.agency_title(agency)} declined" + (f": {reason}" if reason else "")
    _note(draft, "hand_off_declined", hand_off, agency, because, event, to=reason or None)
    owner = draft.tracks[hand_off.track].owner
    draft.tell("hand_off_declined", owner, track=hand_off.track, subject=hand_off.name, because=because)
    _pass_on(draft, hand_off, _chart(draft, hand_off).declared.declined.then)


def ask_back(draft: Draft, hand_off: HandOff, event: Event) -> None:
    """Put the question to the owner; the first time, the clock of the agency that asks starts again."""
    agency = hand_off.agency or ""
    because = f"{draft.pathway.agency_title(agency)} needs more information"
    _note(draft, "hand_off_asked_back", hand_off, agency, because, event)
    restarted = hand_off
    if hand_off.questions == 0:
        restarted = replace(
            hand_off, offered_at=draft.now, due_at=_due(draft, _chart(draft, hand_off), agency, draft.now)
        )
    _replace(draft, hand_off, replace(restarted, questions=hand_off.questions + 1))
    owner = draft.tracks[hand_off.track].owner
    draft.tell("hand_off_declined", owner, track=hand_off.track, subject=hand_off.name, because=because)


def give_back(draft: Draft, hand_off: HandOff, event: Event) -> None:
    """Return accepted work to the agency that lent it, with the reason."""
    agency, reason = hand_off.agency or "", str(event.fields.get("reason", ""))
    because = f"{draft.pathway.agency_title(agency)} returned it" + (f": {reason}" if reason else "")
    _replace(draft, hand_off, replace(hand_off, state="returned"))
    draft.done.pop(f"accepted.{hand_off.name}", None)
    _note(draft, "hand_off_returned", hand_off, agency, because, event, to=reason or None)
    lender = draft.pathway.serving(hand_off.lender or draft.pathway.coordinator, draft.now)
    if draft.tracks[hand_off.track].owner == agency:
        move_ownership(draft, hand_off.track, lender, because, (event.number,))
    draft.tell("hand_off_returned", lender, track=hand_off.track, subject=hand_off.name, because=because)


def may_be_offered_to(draft: Draft, hand_off: HandOff) -> tuple[str, ...]:
    """Return the agencies that the hand-off is declared to be offered to, or who acts in their place."""
    return tuple(dict.fromkeys(draft.pathway.serving(agency, draft.now) for agency in _chart(draft, hand_off).to))


def is_of_present_visit(draft: Draft, hand_off: HandOff) -> bool:
    visit = draft.tracks[hand_off.track]
    return (hand_off.stage, hand_off.visit) == (visit.stage, visit.nth)


def offer_again(draft: Draft, hand_off: HandOff, agency: str, because: str, evidence: tuple[int, ...]) -> None:
    """Ask ``agency``, one of the declared, although nobody was left to ask; the track's owner keeps it meanwhile."""
    asked = hand_off.asked if agency in hand_off.asked else (*hand_off.asked, agency)
    offered = replace(hand_off, state="offered", asked=asked, reminders=0, questions=0)
    _ask(draft, _chart(draft, hand_off), offered, agency, evidence, because)


def finish(draft: Draft, hand_off: HandOff, event: Event) -> None:
    """Note that the accepted work is done."""
    _replace(draft, hand_off, replace(hand_off, state="done"))
    draft.done[f"hand_off.{hand_off.name}"] = Done(event.occurred_at, event.number, None, hand_off.agency)
    _note(draft, "hand_off_done", hand_off, hand_off.agency or "", f"{event.kind} was recorded", event)


def finish_by_evidence(draft: Draft, event: Event) -> None:
    for hand_off in draft.hand_offs:
        evidence = _chart(draft, hand_off).done_by if hand_off.state == "accepted" else None
        if evidence is not None and evidence.matches(event.kind, event.fields):
            finish(draft, hand_off, event)


def withdraw(draft: Draft, hand_off: HandOff, because: str) -> None:
    """Take an unanswered offer back and tell the agency that was asked."""
    _replace(draft, hand_off, replace(hand_off, state="withdrawn", due_at=None))
    agency = hand_off.agency or ""
    draft.change(
        "hand_off_withdrawn",
        track=hand_off.track,
        subject=hand_off.name,
        agency=agency,
        because=because,
        nth=hand_off.nth,
    )
    draft.tell("hand_off_withdrawn", agency, track=hand_off.track, subject=hand_off.name, because=because)


def withdraw_of_visit(draft: Draft, track: str, because: str) -> None:
    for hand_off in draft.hand_offs:
        if hand_off.track == track and hand_off.state == "offered":
            withdraw(draft, hand_off, because)


def restate_due(draft: Draft) -> None:
    """Set the due instants of open offers anew after a pause began or ended."""
    for hand_off in draft.hand_offs:
        if hand_off.state == "offered":
            due = _due(draft, _chart(draft, hand_off), hand_off.agency or "", hand_off.offered_at)
            _replace(draft, hand_off, replace(hand_off, due_at=due))


def next_due(draft: Draft) -> datetime | None:
    """Return when an offer that nobody has answered is due."""
    due: datetime | None = None
    for hand_off in draft.hand_offs:
        if hand_off.state == "offered":
            due = earlier(due, hand_off.due_at)
    return due


def fire(draft: Draft) -> None:
    """Remind or expire the offers that nobody answered in time."""
    for hand_off in draft.hand_offs:
        if hand_off.state == "offered" and hand_off.due_at is not None and hand_off.due_at <= draft.now:
            _expire(draft, hand_off)


def _expire(draft: Draft, hand_off: HandOff) -> None:
    chart, agency = _chart(draft, hand_off), hand_off.agency or ""
    because = f"not answered within {chart.declared.answer_within}"
    if hand_off.reminders < chart.declared.expired.remind:
        due = _due(draft, chart, agency, draft.now)
        _replace(draft, hand_off, replace(hand_off, reminders=hand_off.reminders + 1, offered_at=draft.now, due_at=due))
        _note(draft, "hand_off_reminded", hand_off, agency, because, None, due_at=due)
        draft.tell(
            "hand_off_reminder", agency, track=hand_off.track, subject=hand_off.name, due_at=due, because=because
        )
        return
    _note(draft, "hand_off_expired", hand_off, agency, because, None)
    draft.tell("hand_off_expired", agency, track=hand_off.track, subject=hand_off.name, because=because)
    _pass_on(draft, hand_off, chart.declared.expired.then)


def _pass_on(draft: Draft, hand_off: HandOff, then: str) -> None:
    chart = _chart(draft, hand_off)
    serving = [draft.pathway.serving(agency, draft.now) for agency in chart.to]
    left = [agency for agency in serving if agency not in hand_off.asked]
    if then == "next" and left:
        _ask(draft, chart, replace(hand_off, asked=(*hand_off.asked, left[0]), reminders=0, questions=0), left[0], ())
        return
    _replace(draft, hand_off, replace(hand_off, state="exhausted", due_at=None))
    because = "nobody is left to ask" if then == "next" else "it went back to the owner"
    owner = draft.tracks[hand_off.track].owner
    _note(draft, "hand_off_exhausted", hand_off, owner, because, None)
    nobody = chart.declared.nobody
    if nobody.escalate is not None:
        draft.decide(
            "escalated",
            track=hand_off.track,
            subject=hand_off.name,
            agency=nobody.escalate,
            because=because,
            rule=chart.rule,
        )
    for told in dict.fromkeys((nobody.escalate or draft.pathway.coordinator, owner)):
        draft.tell("escalation", told, track=hand_off.track, subject=hand_off.name, because=because)
    if nobody.raise_ is not None and then == "next":
        blockages.raise_(draft, nobody.raise_, f"{hand_off.name}: {because}", chart.rule)


def _open(draft: Draft, track: str, chart: HandOffChart, because: str, evidence: tuple[int, ...]) -> None:
    visit, before = draft.tracks[track], find(draft, chart.name)
    agency = draft.pathway.serving(chart.to[0], draft.now)
    nth = before.nth + 1 if before is not None else 1
    opened = HandOff(
        name=chart.name,
        track=track,
        stage=visit.stage,
        visit=visit.nth,
        nth=nth,
        state="offered",
        agency=agency,
        asked=(agency,),
        opened_at=draft.now,
        opened_by=draft.events,
        offered_at=draft.now,
        due_at=None,
    )
    note_opened(draft, chart.rule)
    _ask(draft, chart, opened, agency, evidence, because)


def _ask(
    draft: Draft, chart: HandOffChart, hand_off: HandOff, agency: str, evidence: tuple[int, ...], because: str = ""
) -> None:
    due = _due(draft, chart, agency, draft.now)
    offered = replace(hand_off, agency=agency, offered_at=draft.now, due_at=due)
    draft.hand_offs = (*(one for one in draft.hand_offs if one.name != hand_off.name), offered)
    because = because or "the agency before it did not take it"
    draft.decide(
        "hand_off_offered",
        track=hand_off.track,
        subject=hand_off.name,
        agency=agency,
        due_at=due,
        because=because,
        rule=chart.rule,
        evidence=evidence,
        nth=hand_off.nth,
    )
    draft.tell("hand_off_offered", agency, track=hand_off.track, subject=hand_off.name, due_at=due, because=because)


def _due(draft: Draft, chart: HandOffChart, agency: str, start: datetime) -> datetime | None:
    within = chart.declared.answer_within
    if within is None:
        return None
    return draft.pathway.due(agency, start, within, draft.standstills("hand_offs"))


def _note(
    draft: Draft,
    kind: ChangeKind,
    hand_off: HandOff,
    agency: str,
    because: str,
    event: Event | None,
    *,
    to: str | None = None,
    due_at: datetime | None = None,
) -> None:
    draft.decide(
        kind,
        track=hand_off.track,
        subject=hand_off.name,
        agency=agency,
        to=to,
        due_at=due_at,
        because=because,
        rule=_chart(draft, hand_off).rule,
        evidence=(event.number,) if event is not None else (),
        nth=hand_off.nth,
    )


def _replace(draft: Draft, old: HandOff, new: HandOff) -> None:
    draft.hand_offs = tuple(new if one.name == old.name else one for one in draft.hand_offs)


def _chart(draft: Draft, hand_off: HandOff) -> HandOffChart:
    stage = draft.pathway.tracks[hand_off.track].stages[hand_off.stage]
    return next(chart for chart in stage.hand_offs if chart.name == hand_off.name)
