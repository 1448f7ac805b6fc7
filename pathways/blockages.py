"""Blockages of a case: opened by their condition or by name, aged and escalated, cleared when the cause goes."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from pathways.case import Blockage, Done, Reason
from pathways.chart import BlockageChart
from pathways.draft import Draft, View
from pathways.news import news_of
from pathways.wall_clock import earlier


def raise_(draft: Draft, name: str, because: str, rule: str, evidence: tuple[int, ...] = ()) -> None:
    """Open the blockage ``name`` unless it is open already."""
    if all(one.name != name for one in draft.blockages):
        _open(draft, _chart(draft, name), Reason(holds=True, sentence=because, evidence=evidence), rule, raised=True)


def survey(draft: Draft) -> bool:
    """Open and clear blockages as their conditions say; return whether anything changed."""
    if not draft.pathway.blockages:
        return False
    changed, news = False, news_of(draft)
    if not draft.blockage_counts and not news.may_make_hold(draft.pathway.asked_by_blockages):
        return False
    open_, view = _open_by_name(draft), draft.case_view()
    for chart in draft.pathway.blockages:
        blockage = open_.get(chart.name)
        answer = chart.when if blockage is None else chart.clears_when or chart.when
        if answer is None or not (_was_never_asked(draft, chart, blockage) or news.may_make_hold(answer)):
            continue
        if _clear_if_over(draft, chart, blockage) if blockage is not None else _open_if_asked(draft, chart, view):
            changed, news = True, news_of(draft)
    return changed


def clear(draft: Draft, blockage: Blockage, because: str, evidence: tuple[int, ...] = ()) -> None:
    """Close ``blockage`` and tell its owner."""
    draft.blockages = tuple(one for one in draft.blockages if one is not blockage)
    draft.done[f"blockage.{blockage.name}"] = Done(draft.now, draft.events)
    chart = _chart(draft, blockage.name)
    draft.decide(
        "blockage_cleared",
        subject=blockage.name,
        agency=blockage.owner,
        because=because,
        rule=chart.rule,
        evidence=evidence,
        nth=blockage.nth,
    )
    draft.tell("blockage_cleared", blockage.owner, subject=blockage.name, because=because)


def reassign(draft: Draft, blockage: Blockage, owner: str, because: str, evidence: tuple[int, ...]) -> None:
    """Give ``blockage`` to ``owner``, whose hours its clock runs by from now on, and tell it."""
    draft.blockages = tuple(replace(one, owner=owner) if one is blockage else one for one in draft.blockages)
    draft.decide(
        "blockage_reassigned",
        subject=blockage.name,
        from_=blockage.owner,
        to=owner,
        agency=owner,
        because=because,
        rule=_chart(draft, blockage.name).rule,
        evidence=evidence,
        nth=blockage.nth,
    )
    draft.tell("blockage", owner, subject=blockage.name, because=because)


def dispute(draft: Draft, blockage: Blockage, because: str, evidence: tuple[int, ...]) -> None:
    """Keep with ``blockage`` that somebody disputes it, and tell the coordinator; it stays open all the same."""
    draft.blockages = tuple(replace(one, disputed=because) if one is blockage else one for one in draft.blockages)
    draft.change(
        "blockage_disputed",
        subject=blockage.name,
        agency=blockage.owner,
        because=because,
        rule=_chart(draft, blockage.name).rule,
        evidence=evidence,
        nth=blockage.nth,
    )
    draft.tell("blockage_disputed", draft.pathway.coordinator, subject=blockage.name, because=because)


def clear_all(draft: Draft, because: str) -> None:
    for blockage in draft.blockages:
        clear(draft, blockage, because)


def next_due(draft: Draft) -> datetime | None:
    """Return when a blockage could open, clear or escalate by time alone."""
    due: datetime | None = None
    if not draft.blockage_counts and not draft.pathway.asked_by_blockages.timed:
        return due
    open_ = _open_by_name(draft)
    for chart in draft.pathway.blockages:
        blockage = open_.get(chart.name)
        if blockage is not None:
            due = earlier(due, _clearing_change(draft, chart, blockage))
        elif chart.when is not None and chart.when.timed:  # true of few, and asked after every event
            due = earlier(due, _opening_change(draft, chart))
    for blockage in draft.blockages:
        due = earlier(due, _escalation_due(draft, blockage))
    return due


def fire(draft: Draft) -> None:
    """Escalate what is due at ``draft.now``."""
    for blockage in draft.blockages:
        current = blockage
        while (due := _escalation_due(draft, current)) is not None and due <= draft.now:
            after, to = _chart(draft, current.name).escalate[current.escalations]
            because = f"{current.name.replace('_', ' ')} has lasted {after}"
            draft.change("blockage_escalated", subject=current.name, agency=to, because=because, nth=current.nth)
            draft.tell("escalation", to, subject=current.name, because=because)
            current = replace(current, escalations=current.escalations + 1)
            draft.blockages = tuple(current if one.name == current.name else one for one in draft.blockages)


def _was_never_asked(draft: Draft, chart: BlockageChart, blockage: Blockage | None) -> bool:
    """Whether the last survey may not tell that the condition did not hold.

    One that was cleared by hand while its cause remained opens again with the next event.
    """
    if blockage is not None:
        return blockage.opened_at == draft.now
    return f"blockage.{chart.name}" in draft.done


def _open_by_name(draft: Draft) -> dict[str, Blockage]:
    return {one.name: one for one in draft.blockages}


def _open_if_asked(draft: Draft, chart: BlockageChart, view: View) -> bool:
    if chart.when is None:
        return False
    cleared = draft.done.get(f"blockage.{chart.name}")
    if cleared is not None:
        if cleared.number == draft.events and cleared.at == draft.now:
            return False
        view = draft.case_view(cleared.number)
    if not chart.when.holds(view):
        return False
    _open(draft, chart, chart.when.explain(view), chart.rule, raised=False)
    return True


def _clear_if_over(draft: Draft, chart: BlockageChart, blockage: Blockage) -> bool:
    view = _clearing_view(draft, blockage)
    if chart.clears_when is not None:
        if not chart.clears_when.holds(view):
            return False
        reason = chart.clears_when.explain(view)
        clear(draft, blockage, reason.sentence, reason.evidence)
        return True
    if chart.when is None or blockage.raised or chart.when.holds(_opening_view(draft, chart)):
        return False
    clear(draft, blockage, "its cause is gone")
    return True


def _open(draft: Draft, chart: BlockageChart, reason: Reason, rule: str, *, raised: bool) -> None:
    nth = draft.blockage_counts.get(chart.name, 0) + 1
    draft.blockage_counts[chart.name] = nth
    owner = draft.pathway.serving(chart.owner, draft.now)
    draft.blockages = (*draft.blockages, Blockage(chart.name, nth, draft.now, draft.events, owner, raised))
    draft.decide(
        "blockage_opened",
        subject=chart.name,
        agency=owner,
        because=reason.sentence,
        rule=rule,
        evidence=reason.evidence,
        nth=nth,
    )
    draft.tell("blockage", owner, subject=chart.name, because=reason.sentence)


def _opening_change(draft: Draft, chart: BlockageChart) -> datetime | None:
    return None if chart.when is None else chart.when.next_change(_opening_view(draft, chart))


def _clearing_change(draft: Draft, chart: BlockageChart, blockage: Blockage) -> datetime | None:
    if chart.clears_when is not None:
        return chart.clears_when.next_change(_clearing_view(draft, blockage))
    return None if blockage.raised else _opening_change(draft, chart)


def _opening_view(draft: Draft, chart: BlockageChart) -> View:
    cleared = draft.done.get(f"blockage.{chart.name}")
    return draft.case_view() if cleared is None else draft.case_view(cleared.number)


def _clearing_view(draft: Draft, blockage: Blockage) -> View:
    return draft.case_view(blockage.opened_by, blockage.opened_at)


def _escalation_due(draft: Draft, blockage: Blockage) -> datetime | None:
    steps = _chart(draft, blockage.name).escalate
    if blockage.escalations >= len(steps):
        return None
    after = steps[blockage.escalations][0]
    return draft.pathway.due(blockage.owner, blockage.opened_at, after, draft.standstills("blockages"))


def _chart(draft: Draft, name: str) -> BlockageChart:
    return next(chart for chart in draft.pathway.blockages if chart.name == name)
