"""What is new since a case was last settled: no condition that was asked then held, so few need be asked again."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from pathways.answers import Answer
from pathways.case import ChangeKind
from pathways.draft import Draft

News = AbstractSet[str] | None
"""The kind of the event, and the words of ``Answer.kinds`` for what has changed; None: anything may have."""

_WORDS: Mapping[ChangeKind, tuple[str, ...]] = {
    "task_opened": ("task",),
    "task_done": ("task",),
    "task_cancelled": ("task",),
    "hand_off_offered": ("hand_off",),
    "hand_off_accepted": ("hand_off",),
    "hand_off_declined": ("hand_off",),
    "hand_off_expired": ("hand_off",),
    "hand_off_exhausted": ("hand_off",),
    "hand_off_withdrawn": ("hand_off",),
    "hand_off_done": ("hand_off",),
    "hand_off_returned": ("hand_off",),
    "blockage_opened": ("blockage",),
    "blockage_cleared": ("blockage",),
    "gate_proposed": ("gate",),
    "gate_approved": ("gate",),
    # no condition asks about these
    "held": (),
    "owner_changed": (),
    "stay_overdue": (),
    "task_overdue": (),
    "task_reassigned": (),
    "follow_up_due": (),
    "follow_up_answered": (),
    "follow_up_missed": (),
    "reminded": (),
    "escalated": (),
    "hand_off_reminded": (),
    "hand_off_asked_back": (),
    "blockage_escalated": (),
    "event_refused": (),
}
"""What conditions may ask about a change; a change that is not here may answer any condition anew."""


def news_of(draft: Draft) -> News:
    """Return all that has happened to the case at this instant."""
    news = set[str]() if draft.event is None else {draft.event.kind}
    for change in reversed(draft.changes):
        if change.at != draft.now:
            break
        words = _WORDS.get(change.kind)
        if words is None:
            return None
        news.update(words)
    return news


def may_hold_now(answer: Answer, news: News) -> bool:
    """Return whether a condition that did not hold may hold now, ``news`` being all that has happened."""
    return news is None or answer.timed or not answer.kinds.isdisjoint(news)
