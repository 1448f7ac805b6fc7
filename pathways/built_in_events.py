"""The events that every pathway knows without declaring them: what agencies answer, and acts by hand."""

from __future__ import annotations

from collections.abc import Mapping

BUILT_IN_EVENTS: Mapping[str, Mapping[str, str]] = {
    "task.completed": {"task": "task", "outcome": "text"},
    "hand_off.accepted": {"hand_off": "hand_off"},
    "hand_off.declined": {"hand_off": "hand_off", "reason": "text"},
    "hand_off.returned": {"hand_off": "hand_off", "reason": "text"},
    "hand_off.completed": {"hand_off": "hand_off"},
    "hand_off.asked_back": {"hand_off": "hand_off", "question": "text"},
    "hand_off.withdrawn": {"hand_off": "hand_off", "reason": "text"},
    "hand_off.offered": {"hand_off": "hand_off", "to": "agency", "reason": "text"},
    "gate.proposed": {"stage": "stage", "role": "role"},
    "gate.approved": {"stage": "stage", "role": "role"},
    "case.moved": {"track": "track", "to": "stage", "reason": "text"},
    "case.closed": {"reason": "text"},
    "case.reopened": {"reason": "text", "track": "track", "to": "stage"},
    "event.voided": {"event": "integer", "reason": "text"},
    "blockage.cleared": {"blockage": "blockage", "reason": "text"},
    "blockage.reassigned": {"blockage": "blockage", "to": "agency", "reason": "text"},
    "blockage.disputed": {"blockage": "blockage", "reason": "text"},
}
"""By kind, what each field holds: a name of the pathway, ``text`` or ``integer``."""

NEEDED_FIELDS: Mapping[str, tuple[str, ...]] = {
    "task.completed": ("task",),
    "hand_off.accepted": ("hand_off",),
    "hand_off.declined": ("hand_off",),
    "hand_off.returned": ("hand_off", "reason"),
    "hand_off.completed": ("hand_off",),
    "hand_off.asked_back": ("hand_off",),
    "hand_off.withdrawn": ("hand_off",),
    "hand_off.offered": ("hand_off", "to", "reason"),
    "gate.proposed": ("stage",),
    "gate.approved": ("stage", "role"),
    "case.moved": ("track", "to", "reason"),
    "case.closed": ("reason",),
    "case.reopened": ("reason",),
    "event.voided": ("event",),
    "blockage.cleared": ("blockage", "reason"),
    "blockage.reassigned": ("blockage", "to", "reason"),
    "blockage.disputed": ("blockage", "reason"),
}
"""By kind, the fields without which the act is refused."""
