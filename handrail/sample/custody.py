"""Chapters about arrest, custody and the steps of enforcement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from handrail.sample.chance import between, pick
from handrail.sample.chapters import AREAS, decline
from handrail.sample.story import DAY, Story, at, working_day

CHAIR = "Chair of the panel"
PROPOSER = "Officer 12"
DAYS_SERVED_A_MONTH = 15
"""Half of a sentence is served inside."""


def serve(story: Story, arrested: date, sentences: Sequence[int], end: date) -> date | None:
    """Be arrested on ``arrested``, sentenced to so many months each, and released; ``None`` if not before ``end``."""
    released = arrested + sum(sentences) * DAYS_SERVED_A_MONTH * DAY
    probation = pick(("nps", "crc"), story.case, "probation")
    story.tell("arrest.made", at(arrested, "14:10"), "police", area=pick(AREAS, story.case, "arrest"))
    story.tell("custody.started", at(arrested, "18:00"), "police", release_expected=released.isoformat())
    carried = at(working_day(arrested, 1), "10:00")
    story.tell("task.completed", carried, "treatment", task="carry_over_prescription")
    for number, months in enumerate(sentences):
        passed = at(working_day(arrested, 3 + number), "12:00")
        story.tell("sentence.passed", passed, probation, kind="custodial", months=months)
    story.tell("task.completed", at(working_day(arrested, 5), "15:00"), "nps", task="arrange_release")
    if released >= end:
        return None
    story.tell("custody.ended", at(released, "09:30"), probation)
    return released


def disperse(story: Story, day: date) -> None:
    """Be directed to leave an area for a day."""
    area, hours = pick(AREAS, story.case, "dispersal"), between(12, 48, story.case, "hours")
    fields = {"area": area, "authorisation": f"s34 {day:%Y-%m-%d}", "cuts_off": "nothing"}
    story.tell("dispersal.issued", at(day, "16:20"), "police", hours=hours, in_writing=True, **fields)


def behave_badly(story: Story, first: date) -> date:
    """Refuse help on three days from ``first`` and be seen behaving anti-socially on two; return the third day."""
    for day in (first, first + DAY, first + 2 * DAY):
        decline(story, day, "nsno")
    for day in (first, first + DAY):
        when = at(day, "17:10", minutes=between(0, 60, story.case, "asb", day))
        story.tell("behaviour.seen", when, "community_protection", kind="antisocial", area=pick(AREAS, story.case, day))
    return first + 2 * DAY


def consider(story: Story, considered: date, *, proportionate: bool) -> date:
    """Have the panel look at a case that both limbs brought before it; return the day of its statement."""
    check = {"task": "enforcement_safeguarding_check", "outcome": "not_met"}
    story.tell("task.completed", at(working_day(considered, 1), "11:10"), "adult_social_care", **check)
    stated = working_day(considered, 2)
    outcome = "proportionate" if proportionate else "not_proportionate"
    statement = {"task": "warning_statement", "outcome": outcome}
    story.tell("task.completed", at(stated, "15:10"), "community_protection", **statement)
    return stated


def decide_on(story: Story, stage: str, proposed: date) -> None:
    """Propose a step of enforcement and have the chair, somebody else, approve it the same afternoon."""
    for kind, clock, agency, officer, role in (
        ("gate.proposed", "15:30", "community_protection", PROPOSER, "proposer"),
        ("gate.approved", "16:30", "public_health", CHAIR, "panel_chair"),
    ):
        when = at(proposed, clock)
        story.decide(kind, when, when, agency, officer, stage=stage, role=role)


def warn(story: Story, decided: date) -> None:
    """Give the warning that was decided on."""
    given = working_day(decided, 1)
    story.tell("warning.issued", at(given, "11:20"), "police")
