"""What is done when a task, a stay or an answer is late: remind, escalate, raise a blockage."""

from __future__ import annotations

from datetime import datetime

from pathways import blockages
from pathways.clocks import Duration
from pathways.declaration import ClockGroup, Step
from pathways.draft import Draft


def step_due(draft: Draft, group: ClockGroup, agency: str, start: datetime, after: Duration | None) -> datetime | None:
    """Return when a step is due: counted by the hours of the agency that is late; none while its clock stands still."""
    if after is None:
        return None
    return draft.pathway.due(agency, start, after, draft.standstills(group))


def take_step(draft: Draft, step: Step, *, track: str, subject: str, owner: str, rule: str) -> None:
    """Remind, escalate and raise as ``step`` says."""
    lateness = f"is unanswered after {step.after}"
    if step.after is None:
        lateness = f"was missed {step.in_a_row} times in a row"
    because = f"{subject.replace('_', ' ')} {lateness}"
    if step.remind is not None:
        reminded = owner if step.remind == "owner" else step.remind
        draft.change("reminded", track=track, subject=subject, agency=reminded, because=because, rule=rule)
        draft.tell("follow_up_reminder", reminded, track=track, subject=subject, because=because)
    if step.escalate is not None:
        draft.change("escalated", track=track, subject=subject, agency=step.escalate, because=because, rule=rule)
        draft.tell("escalation", step.escalate, track=track, subject=subject, because=because)
    if step.raise_ is not None:
        blockages.raise_(draft, step.raise_, because, rule)
