"""What is new since a case was last settled: no condition that was asked then held, so few need be asked again."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from pathways.answers import Asked
from pathways.case import ChangeKind
from pathways.draft import Draft

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
    "blockage_reassigned": (),
    "blockage_disputed": (),
    "event_refused": (),
}
"""What conditions may ask about a change; a change that is not here may answer any condition anew."""


class News:
    """What has happened to a case at one instant: by which events and changes, and whether something fell due."""

    __slots__ = ("time_came", "words")

    def __init__(self, words: AbstractSet[str] | None, *, time_came: bool) -> None:
        self.words = words
        """As ``Asked.kinds``; None: anything may have changed."""
        self.time_came = time_came

    def may_make_hold(self, asked: Asked) -> bool:
        """Return whether a condition that did not hold when the case was settled, or one of several, may hold now."""
        words = self.words
        return words is None or (self.time_came and asked.timed) or not asked.kinds.isdisjoint(words)


def news_of(draft: Draft) -> News:
    """Return all that has happened to the case at this instant.

    Until ``draft.wake_at``, which is reckoned when a case is settled, time alone changes no answer.
    """
    if draft.news is None:
        time_came = draft.wake_at is not None and draft.wake_at <= draft.now
        draft.news = News(_words_of(draft), time_came=time_came)
    return draft.news


def _words_of(draft: Draft) -> AbstractSet[str] | None:
    words = set[str]() if draft.event is None else {draft.event.kind}
    for change in reversed(draft.changes):
        if change.at != draft.now:
            break
        asked = _WORDS.get(change.kind)
        if asked is None:
            return None
        words.update(asked)
    return words
