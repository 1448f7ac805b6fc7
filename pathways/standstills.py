"""Pauses: from one event until another, clocks stand still."""

from __future__ import annotations

from msgspec.structs import replace

from pathways import follow_ups, hand_offs, stages, tasks
from pathways.case import Event, Standstill
from pathways.draft import Draft


def note(draft: Draft, event: Event) -> None:
    """Begin and end the pauses that ``event`` begins and ends; both count from when it was recorded.

    An agency learns of custody when it is recorded: until then its clocks ran, and what they did is not undone.
    """
    changed = False
    for chart in draft.pathway.pauses:
        lasting = next((one for one in draft.pauses if one.name == chart.name and one.until_at is None), None)
        if lasting is None and chart.begins.matches(event.kind, event.fields):
            draft.pauses = (*draft.pauses, Standstill(chart.name, draft.now, None, event.number))
            draft.change("paused", subject=chart.name, because=f"{event.kind} was recorded", evidence=(event.number,))
            changed = True
        elif lasting is not None and chart.ends.matches(event.kind, event.fields):
            end(draft, lasting, f"{event.kind} was recorded", (event.number,))
            changed = True
    if changed:
        restate_clocks(draft)


def end(draft: Draft, standstill: Standstill, because: str, evidence: tuple[int, ...]) -> None:
    ended = replace(standstill, until_at=draft.now)
    draft.pauses = tuple(ended if one is standstill else one for one in draft.pauses)
    draft.change("resumed", subject=standstill.name, because=because, evidence=evidence)


def restate_clocks(draft: Draft) -> None:
    """Set every due instant anew: a clock that stands still has none."""
    tasks.restate_due(draft)
    hand_offs.restate_due(draft)
    follow_ups.restate(draft)
    stages.restate_due(draft)
