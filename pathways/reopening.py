"""How often a task or a hand-off opens in one visit: once, and again only on a new event that its condition names."""

from __future__ import annotations

from collections.abc import Sequence

from pathways.chart import Evidence
from pathways.draft import Draft, View


def may_open(draft: Draft, track: str, rule: str, reopened_by: Sequence[Evidence]) -> View | None:
    """Return the view from which the opening condition is asked, or ``None`` if it may not open now.

    The first time that is the visit's own view. After that only an event named in the condition can open it
    again, and only events since the last opening count: without this a condition that stays true would open
    the same work for ever.
    """
    view = draft.view(track)
    opened = draft.entries.get(rule)
    if opened is None:
        return view
    event = draft.event
    if event is None or event.number <= opened:
        return None
    if not any(named.matches(event.kind, event.fields) for named in reopened_by):
        return None
    return View(draft, view.entered_at, max(opened, view.since_number), view.since, "")


def note_opened(draft: Draft, rule: str) -> None:
    draft.entries[rule] = draft.events


def forget_openings(draft: Draft, stage_key: str) -> None:
    """Forget what was opened in the visit that ends."""
    prefix = stage_key + "."
    for rule in [rule for rule in draft.entries if rule.startswith(prefix)]:
        del draft.entries[rule]
