"""Who owns a track: exactly one agency, at every instant."""

from __future__ import annotations

from msgspec.structs import replace

from pathways.case import HandOff
from pathways.chart import StageChart
from pathways.declaration import AcceptedBy
from pathways.draft import Draft


def owner_on_entry(draft: Draft, stage: StageChart) -> str:
    """Return the agency that owns a stage from its entry: the declared one, or the one that accepted a hand-off."""
    owner = stage.owner
    if isinstance(owner, AcceptedBy):
        accepted = draft.done.get(f"accepted.{owner.accepted}")
        agency = accepted.agency if accepted is not None and accepted.agency else owner.otherwise
        return draft.pathway.serving(agency, draft.now)
    return draft.pathway.serving(owner, draft.now)


def move_ownership(draft: Draft, track: str, agency: str, because: str, evidence: tuple[int, ...] = ()) -> None:
    """Give the track, and the tasks that belong to whoever owns it, to ``agency``."""
    visit = draft.tracks[track]
    if visit.owner == agency:
        return
    draft.tracks[track] = replace(visit, owner=agency)
    draft.decide(
        "owner_changed",
        track=track,
        subject=visit.stage,
        from_=visit.owner,
        to=agency,
        agency=agency,
        because=because,
        evidence=evidence,
    )
    draft.tell("owner_changed", agency, track=track, subject=visit.stage, because=because)
    owned = {task.name for task in draft.chart_of(track).tasks if task.declared.owner == "owner"}
    for task in draft.tasks:
        if task.track == track and task.name in owned and task.owner != agency:
            reassign_task(draft, task.name, track, agency, because)


def reassign_task(draft: Draft, name: str, track: str, agency: str, because: str) -> None:
    """Give one open task to ``agency`` and tell it."""
    for task in draft.tasks:
        if task.name == name and task.track == track:
            draft.tasks = tuple(replace(one, owner=agency) if one is task else one for one in draft.tasks)
            draft.change(
                "task_reassigned",
                track=track,
                subject=name,
                from_=task.owner,
                to=agency,
                agency=agency,
                because=because,
            )
            draft.tell("task_opened", agency, track=track, subject=name, due_at=task.due_at, because=because)


def succeed(draft: Draft) -> None:
    """Give what an agency that has ended still holds to its successor."""
    serving = draft.pathway.serving
    for track, visit in draft.tracks.items():
        successor = serving(visit.owner, draft.now)
        because = f"{draft.pathway.agency_title(visit.owner)} has been succeeded"
        move_ownership(draft, track, successor, because)
    for task in draft.tasks:
        successor = serving(task.owner, draft.now)
        if successor != task.owner:
            because = f"{draft.pathway.agency_title(task.owner)} has been succeeded"
            reassign_task(draft, task.name, task.track, successor, because)
    draft.blockages = tuple(replace(one, owner=serving(one.owner, draft.now)) for one in draft.blockages)
    draft.hand_offs = tuple(_to_successor(draft, one) for one in draft.hand_offs)


def _to_successor(draft: Draft, hand_off: HandOff) -> HandOff:
    if hand_off.agency is None or hand_off.state not in {"offered", "accepted"}:
        return hand_off
    successor = draft.pathway.serving(hand_off.agency, draft.now)
    if successor == hand_off.agency:
        return hand_off
    because = f"{draft.pathway.agency_title(hand_off.agency)} has been succeeded"
    if hand_off.state == "offered":
        draft.decide(
            "hand_off_offered",
            track=hand_off.track,
            subject=hand_off.name,
            agency=successor,
            due_at=hand_off.due_at,
            because=because,
            nth=hand_off.nth,
        )
        draft.tell(
            "hand_off_offered",
            successor,
            track=hand_off.track,
            subject=hand_off.name,
            due_at=hand_off.due_at,
            because=because,
        )
    return replace(hand_off, agency=successor, asked=(*hand_off.asked, successor))
