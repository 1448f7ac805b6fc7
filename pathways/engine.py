"""The engine: a case, its next events and the present instant in; a decision out.

Pure and deterministic: no clock, no chance, no input or output. Recorded time is the engine's time. Before
an event recorded at R everything due before R has happened, at its own instant; what is recorded at the very
instant of a deadline is in time. Source: design section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from pathways import acts, blockages, follow_ups, hand_offs, reviews, stages, standstills, tasks
from pathways.built_in_events import BUILT_IN_EVENTS
from pathways.case import Case, Decision, Event
from pathways.chart import Pathway
from pathways.draft import Draft
from pathways.errors import HistoryNeeded, NotInOrder, PathwayTurnsForEver
from pathways.ownership import succeed
from pathways.wall_clock import earlier

History = Sequence[Event] | Callable[[], Sequence[Event]]
MOST_ROUNDS_AT_ONE_INSTANT = 1000


def advance(
    case: Case, events: Sequence[Event], now: datetime, pathway: Pathway, history: History | None = None
) -> Decision:
    """Return what follows when ``events`` are added to ``case`` and time goes on to ``now``.

    ``events`` follow the case's journal: their numbers go on from ``case.events`` and their ``recorded_at`` never
    falls. Events one by one and the same events together give the same decision. With events, what is due at the
    instant of the last one waits for a later ``now``; without events everything due at or before ``now`` happens.
    A ``now`` before the case's own clock changes nothing. ``history`` is the journal before ``events``; it is read
    only when an event came late or takes another back.

    Raises:
        NotInOrder: an event does not follow the journal.
        HistoryNeeded: a late event, and no ``history``.
        PathwayTurnsForEver: the pathway's moves follow from each other in a circle.
    """
    draft = Draft(case, pathway, now)
    for position, event in enumerate(events):
        late = _apply(draft, event)
        if late:
            journal = _journal(draft, history, events, position)
            reviews.review(
                draft, journal, event, lambda journal, until: replayed(case.reference, journal, until, pathway)
            )
    if draft.clock is not None and (now > draft.clock or (not events and now == draft.clock)):
        _sweep(draft, now)
    return Decision(draft.freeze(), tuple(draft.changes), tuple(draft.notices))


def fold(
    reference: str, events: Sequence[Event], pathway: Pathway, until: datetime | None = None, *, swept: bool = True
) -> Decision:
    """Return the decision that a whole journal amounts to: the state is nothing but this.

    ``until`` is the instant to which time goes on after the last event; with ``swept`` what is due at that very
    instant has happened too.
    """
    case = Case(reference)
    if not events:
        return Decision(case, (), ())
    last = events[-1].recorded_at
    decision = advance(case, events, last, pathway, ())
    end = max(last, until) if until is not None else last
    if end > last or (swept and until is not None):
        later = advance(decision.case, (), end, pathway)
        return Decision(later.case, decision.changes + later.changes, decision.notices + later.notices)
    return decision


def replayed(reference: str, events: Sequence[Event], until: datetime, pathway: Pathway) -> Draft:
    """Return the draft after ``events`` and everything due before ``until``, with no review of late events."""
    draft = Draft(Case(reference), pathway, until)
    for event in events:
        _apply(draft, event)
    _run(draft, until, inclusive=False)
    return draft


def _apply(draft: Draft, event: Event) -> bool:
    """Live through the time before ``event``, then apply it; return whether decisions might differ in its place."""
    recorded = event.recorded_at
    clock = draft.clock
    if event.number != draft.events + 1 or (
        clock is not None and (recorded < clock or (draft.swept and recorded == clock))
    ):
        raise NotInOrder(draft.case.reference, event.number, draft.events + 1, recorded, clock)
    if draft.wake_at is not None and draft.wake_at < recorded:
        _run(draft, recorded, inclusive=False)
    late = draft.status != "new" and (event.occurred_at < recorded or event.kind == "event.voided")
    late = late and _might_differ(draft, event)
    draft.now = draft.clock = recorded
    draft.swept = False
    draft.events = event.number
    draft.event = event
    if recorded in draft.pathway.successions and draft.status == "open":
        succeed(draft)
    _happen(draft, event)
    draft.event = None
    return late


def _might_differ(draft: Draft, event: Event) -> bool:
    """Whether a late event may have been decisive: something was decided meanwhile, or it concerns where the case is.

    At the very instant of a decision it would still have been in time. The second matters too: in its place it might
    have begun a clock that has run out since.
    """
    if event.kind in BUILT_IN_EVENTS or (draft.changed_at is not None and event.occurred_at <= draft.changed_at):
        return True
    return event.kind in draft.pathway.common_kinds or _concerns(draft, event.kind)


def _happen(draft: Draft, event: Event) -> None:
    kind, pathway = event.kind, draft.pathway
    opens = draft.status == "new"
    if opens and not _open_case(draft, event):
        return
    for watch in pathway.watches.get(kind, ()):
        if watch.test is None or watch.test(event.fields):
            value = event.fields.get(watch.field) if watch.field is not None else None
            fact = (event.number, event.occurred_at, value)
            facts = draft.facts.get(watch.name, ())
            draft.facts[watch.name] = watch.remember(facts, fact, event.recorded_at, pathway.calendar)
    acted = acts.act(draft, event)
    if draft.status == "closed":
        draft.wake_at = None
        _silence_if_asked(draft, event)
        standstills.note(draft, event)
        return
    time_came = draft.wake_at is not None and draft.wake_at <= draft.now
    if not (acted or opens or time_came or kind in pathway.common_kinds or _concerns(draft, kind)):
        return
    if _closed_by(draft, event):
        draft.wake_at = None
        return
    standstills.note(draft, event)
    tasks.complete_by_evidence(draft, event)
    hand_offs.finish_by_evidence(draft, event)
    follow_ups.answer(draft, event)
    stages.settle(draft)
    draft.wake_at = _next_due(draft)


def _concerns(draft: Draft, kind: str) -> bool:
    for track in draft.tracks:  # noqa: SIM110 - a plain loop: most events end here
        if kind in draft.chart_of(track).kinds:
            return True
    return False


def _open_case(draft: Draft, event: Event) -> bool:
    pathway = draft.pathway
    opens = event.kind in pathway.opens_on if pathway.opens_on else event.kind not in BUILT_IN_EVENTS
    if not opens:
        expected = ", ".join(sorted(pathway.opens_on)) or "an event of the pathway"
        because = f"there is no case yet; it opens with {expected}"
        draft.change(
            "event_refused", subject=event.kind, agency=event.agency, because=because, evidence=(event.number,)
        )
        return False
    draft.status, draft.opened_at = "open", event.occurred_at
    draft.referral = dict(event.fields) | ({"agency": event.agency} if event.agency else {})
    draft.decide("case_opened", agency=event.agency, because=f"{event.kind} was recorded", evidence=(event.number,))
    for name, track in pathway.tracks.items():
        stages.enter(draft, name, track.start, entered_by=0)
    return True


def _closed_by(draft: Draft, event: Event) -> bool:
    for closing in draft.pathway.closings:
        if closing.evidence.matches(event.kind, event.fields):
            draft.silenced = draft.silenced or closing.silence
            stages.close(draft, f"{event.kind} was recorded", outcome=closing.outcome, evidence=(event.number,))
            return True
    return False


def _silence_if_asked(draft: Draft, event: Event) -> None:
    """A death that is recorded after the case was closed silences it all the same."""
    closings = draft.pathway.closings
    draft.silenced = draft.silenced or any(
        closing.silence and closing.evidence.matches(event.kind, event.fields) for closing in closings
    )


def _sweep(draft: Draft, now: datetime) -> None:
    _run(draft, now, inclusive=True)
    draft.clock, draft.swept = now, True


def _run(draft: Draft, limit: datetime, *, inclusive: bool) -> None:
    """Let everything due before ``limit`` (or at it) happen, each at its own instant."""
    rounds, instant = 0, None
    while (due := draft.wake_at) is not None and (due < limit or (inclusive and due == limit)):
        rounds = rounds + 1 if due == instant else 0
        if rounds > MOST_ROUNDS_AT_ONE_INSTANT:
            raise PathwayTurnsForEver(draft.case.reference, due, [visit.stage for visit in draft.tracks.values()])
        draft.now = instant = due
        _fire(draft)
        stages.settle(draft)
        draft.wake_at = _next_due(draft) if draft.status == "open" else None


def _fire(draft: Draft) -> None:
    """Do all that is due now, in one fixed order."""
    if draft.now in draft.pathway.successions:
        succeed(draft)
    tasks.fire(draft)
    stages.fire_stays(draft)
    follow_ups.fire(draft)
    hand_offs.fire(draft)
    blockages.fire(draft)


def _next_due(draft: Draft) -> datetime | None:
    """Return the next instant at which time alone may change the case; never before ``draft.now``."""
    if draft.status != "open":
        return None
    due = earlier(tasks.next_due(draft), follow_ups.next_due(draft))
    due = earlier(due, hand_offs.next_due(draft))
    due = earlier(due, blockages.next_due(draft))
    for track in draft.tracks:
        due = earlier(due, stages.next_due(draft, track))
    for instant in draft.pathway.successions:
        if instant > draft.now:
            due = earlier(due, instant)
    return due if due is None or due > draft.now else draft.now


def _journal(draft: Draft, history: History | None, events: Sequence[Event], position: int) -> list[Event]:
    before = history() if callable(history) else history
    if before is None and events[0].number > 1:
        raise HistoryNeeded(draft.case.reference, events[position].number)
    return [*(before or ()), *events[: position + 1]]
