"""What is new since a case was last settled: then no condition that was asked held, so few need be asked again."""

from __future__ import annotations

from pathways.answers import Answer
from pathways.draft import Draft


def only_news(draft: Draft) -> str | None:
    """Return the kind of the event that is all that has happened to a settled case; None if more may have."""
    changed = bool(draft.changes) and draft.changes[-1].at == draft.now
    return None if draft.event is None or changed else draft.event.kind


def may_hold_now(answer: Answer, news: str | None) -> bool:
    """Return whether a condition that did not hold may hold now, ``news`` being all that has happened."""
    return news is None or answer.timed or news in answer.kinds
