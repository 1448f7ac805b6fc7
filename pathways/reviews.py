"""Reviews: what a late event, or one taken back, would have changed.

A decision is never rewritten. The journal is lived through twice, as it was recorded and with the event in its
place, and where the two part the coordinator is shown both. Source: design section 4, rule 6.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec.structs import replace

from pathways.case import Change, Event
from pathways.draft import Draft

Replay = Callable[[Sequence[Event], datetime], Draft]
COMPARED = frozenset(("case_opened", "hand_off_offered", "blockage_opened", "held", "case_closed"))


def review(draft: Draft, journal: Sequence[Event], event: Event, replay: Replay) -> None:
    """Open a review for the coordinator if decisions would have differed.

    ``journal`` ends with ``event``.
    """
    recorded = event.recorded_at
    was = replay(journal, recorded)
    voids = event.kind == "event.voided"
    otherwise = _without(journal, event) if voids else _in_its_place(journal, event, _opening(journal, was.changes))
    would = replay(otherwise, recorded)
    told = _difference(was.changes, would.changes)
    if told is None:
        return
    draft.reviews += 1
    actual, instead = told
    because = f"{_subject(event)}: as recorded, {actual}; in its place, {instead}"
    draft.change(
        "review_opened",
        subject=str(event.number),
        agency=draft.pathway.coordinator,
        from_=actual,
        to=instead,
        because=because,
        evidence=(event.number,),
        nth=draft.reviews,
    )
    draft.tell(
        "review",
        draft.pathway.coordinator,
        subject=str(event.number),
        because="a late entry would have changed decisions",
    )


def _subject(event: Event) -> str:
    if event.kind == "event.voided":
        return f"event {event.fields.get('event')} was taken back"
    return f"event {event.number} ({event.kind}) was recorded late"


def _without(journal: Sequence[Event], voiding: Event) -> list[Event]:
    """Return the journal as if the voided event had never been recorded."""
    gone = {voiding.number, voiding.fields.get("event")}
    return _renumbered([one for one in journal if one.number not in gone])


def _opening(journal: Sequence[Event], changes: Sequence[Change]) -> Event:
    """Return the event that opened the case; what was refused before it did not."""
    numbers = [change.evidence[0] for change in changes if change.kind == "case_opened"]
    return journal[numbers[0] - 1] if numbers else journal[0]


def _in_its_place(journal: Sequence[Event], event: Event, opening: Event) -> list[Event]:
    """Return the journal as if ``event`` had been recorded when it occurred, yet never before the case was opened."""
    placed = replace(event, recorded_at=max(event.occurred_at, opening.recorded_at))
    others = [one for one in journal if one.number != event.number]
    before = [one for one in others if one.recorded_at <= placed.recorded_at]
    after = others[len(before) :]
    return _renumbered([*before, placed, *after])


def _renumbered(events: Sequence[Event]) -> list[Event]:
    numbers = {event.number: position for position, event in enumerate(events, 1)}
    return [_renumber(event, numbers) for event in events]


def _renumber(event: Event, numbers: dict[int, int]) -> Event:
    voided = event.fields.get("event")
    if event.kind == "event.voided" and isinstance(voided, int):
        return replace(event, number=numbers[event.number], fields={**event.fields, "event": numbers.get(voided, 0)})
    return replace(event, number=numbers[event.number])


def _difference(was: Sequence[Change], would: Sequence[Change]) -> tuple[str, str] | None:
    """Return both courses in words from where they part, or ``None`` if they decide the same."""
    actual, instead = _course(was), _course(would)
    parts: list[tuple[str, str]] = []
    for track in sorted(actual.keys() | instead.keys()):
        one, other = actual.get(track, []), instead.get(track, [])
        if one != other:
            same = next(
                (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
                min(len(one), len(other)),
            )
            parts.append((_path(track, one[same:]), _path(track, other[same:])))
    missed, extra = _others(was) - _others(would), _others(would) - _others(was)
    if missed or extra:
        parts.append((_told(missed), _told(extra)))
    if not parts:
        return None
    return "; ".join(one for one, _ in parts), "; ".join(other for _, other in parts)


def _course(changes: Sequence[Change]) -> dict[str, list[str]]:
    course: dict[str, list[str]] = {}
    for change in changes:
        if change.kind == "moved":
            course.setdefault(change.track or "", []).append(change.to or "")
    return course


def _others(changes: Sequence[Change]) -> Counter[str]:
    return Counter(
        " ".join(word for word in (change.kind.replace("_", " "), change.subject, change.agency) if word)
        for change in changes
        if change.kind in COMPARED
    )


def _path(track: str, stages: Sequence[str]) -> str:
    return f"{track} went on to {', then '.join(stages)}" if stages else f"{track} stayed"


def _told(others: Counter[str]) -> str:
    return ", ".join(sorted(others)) or "nothing more"
