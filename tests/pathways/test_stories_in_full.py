"""Everything that stories of a few events change and tell, word for word, and the case that they leave behind.

Other tests ask for one thing each; here nothing may be left out, added or said otherwise unnoticed. The expected
text stands in the folder ``stories``. A wording that was changed on purpose: run with HANDRAIL_RENEW_STORIES=1, read
what git shows as different, and commit it if it is what people should be told.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import asdict, replace

from pathways.case import Case, Change, Decision, Event, Notice, Scalar
from pathways.chart import Pathway
from pathways.engine import fold

Read = Callable[[str], datetime]
Journal = Callable[..., list[Event]]
Line = tuple[str, str, dict[str, Scalar], str | None]

FOLDER = Path(__file__).with_name("stories")
NOT_SAID: dict[str, set[object]] = {"evidence": {()}}
"""What is left out, if not nothing or no text."""
RENEW = bool(os.environ.get("HANDRAIL_RENEW_STORIES"))


def line(kind: str, when: str, agency: str | None = None, /, **fields: Scalar) -> Line:
    """Return an event of March 2026: ``when`` is "day time", or "occurred > recorded"."""
    times = " > ".join(f"2026-03-{part}" if part[2] == " " else part for part in when.split(" > "))
    return (kind, times, fields, agency)


REFERRAL = line("referral.made", "02 09:00", "outreach", age=40, referred_by="professional")
YES = {"offer": "bed", "response": "accepted"}
NO = {"offer": "other", "response": "declined"}
BED = {"hand_off": "bed"}
BY_HAND = {"reason": "agreed at the tasking"}

STORIES: dict[str, tuple[str, list[Line]]] = {
    "nothing is ever recorded after the referral": ("2026-03-13 12:00", [REFERRAL]),
    "a bed is asked about, accepted, and returned": (
        "2026-03-07 12:00",
        [
            REFERRAL,
            line("offer.made", "02 10:00", "outreach", **YES),
            line("hand_off.asked_back", "02 10:30", "mission", **BED),
            line("hand_off.asked_back", "02 11:00", "mission", **BED),
            line("task.completed", "02 11:30", "council", task="safeguarding_check"),
            line("hand_off.accepted", "02 12:00", "mission", **BED),
            line("contact.made", "03 12:00", "outreach"),
            line("hand_off.returned", "04 12:00", "mission", **BED, reason="full"),
            line("left", "05 12:00", "mission"),
        ],
    ),
    "a bed is accepted and the room given": (
        "2026-03-30 12:00",
        [
            REFERRAL,
            line("offer.made", "02 10:00", "outreach", **YES),
            line("hand_off.accepted", "02 12:00", "mission", **BED),
            line("room.given", "02 13:00 > 02 15:00", "mission"),
            line("behaviour.seen", "09 12:00", "police"),
            line("left", "10 12:00", "mission"),
            line("offer.made", "10 13:00", "outreach", **YES),
        ],
    ),
    "nobody takes the bed": (
        "2026-03-09 12:00",
        [
            REFERRAL,
            line("offer.made", "02 10:00", "outreach", **YES),
            line("hand_off.declined", "02 10:30", "mission", **BED, reason="full"),
            line("hand_off.declined", "03 12:30", "old_trust", **BED, reason="not_wanted"),
            line("blockage.cleared", "06 09:00", "old_trust", blockage="no_bed", reason="a camp bed was found"),
            line("contact.made", "06 10:00", "outreach"),
            line("offer.made", "06 11:00", "outreach", **YES),
            line("hand_off.withdrawn", "06 12:00", "outreach", **BED, reason="the person left town"),
        ],
    ),
    "a warning is held, approved and over": (
        "2026-03-12 12:00",
        [
            REFERRAL,
            line("behaviour.seen", "02 10:00", "police"),
            line("behaviour.seen", "02 11:00", "police"),
            line("contact.made", "02 12:00", "outreach"),
            line("offer.made", "02 13:00", "outreach", **NO),
            line("task.completed", "03 09:00", "council", task="safeguarding_check", outcome="clear"),
            line("gate.proposed", "03 10:00", "police", stage="warned"),
            line("gate.approved", "03 11:00", "council", stage="enforcement.warned", role="panel_chair"),
        ],
    ),
    "a warning is approved and given by hand": (
        "2026-03-10 12:00",
        [
            REFERRAL,
            line("offer.made", "02 10:00", "outreach", **NO),
            line("task.completed", "02 11:00", "council", task="safeguarding_check"),
            line("gate.proposed", "02 12:00", "police", stage="warned"),
            line("gate.approved", "02 13:00", "council", stage="warned", role="panel_chair"),
            line("case.moved", "02 14:00", "council", track="enforcement", to="warned", **BY_HAND),
            line("case.moved", "03 09:00", None, track="enforcement", to="none_considered", **BY_HAND),
            line("case.moved", "03 10:00", "council", track="enforcement", to="warned", **BY_HAND),
        ],
    ),
    "a blockage does not age in custody": (
        "2026-03-07 12:00",
        [
            REFERRAL,
            line("offer.made", "02 10:00", "outreach", **YES),
            line("hand_off.declined", "02 10:30", "mission", **BED, reason="full"),
            line("hand_off.declined", "02 11:00", "riverside", **BED, reason="full"),
            line("hand_off.declined", "02 11:30", "old_trust", **BED, reason="full"),
            line("custody.started", "02 15:00", "police"),
            line("custody.ended", "04 09:00", "police"),
        ],
    ),
    "custody and hospital stop the clocks, and death every notice": (
        "2026-03-12 12:00",
        [
            REFERRAL,
            line("offer.made", "02 10:00", "outreach", **YES),
            line("behaviour.seen", "02 10:30", "police"),
            line("hospital.in", "02 11:00", "outreach"),
            line("custody.started", "03 09:00", "police"),
            line("hospital.out", "04 09:00", "outreach"),
            line("custody.ended", "05 09:00", "police"),
            line("offer.made", "05 20:00", "outreach", **NO),
            line("person.died", "09 09:00", "council"),
            line("offer.made", "05 11:00 > 10 09:00", "outreach", **YES),
            line("hospital.in", "10 10:00", "outreach"),
        ],
    ),
    "treatment ends when the script does": (
        "2026-03-12 12:00",
        [
            REFERRAL,
            line("script.changed", "02 10:00", "old_trust", status="on"),
            line("hand_off.declined", "02 12:00", "old_trust", hand_off="keywork"),
            line("contact.made", "05 09:00", "outreach"),
            line("script.changed", "06 09:00", "old_trust", status="off"),
            line("script.changed", "06 10:00", "old_trust", status="on"),
            line("hand_off.accepted", "06 11:00", "old_trust", hand_off="keywork"),
            line("hand_off.completed", "06 12:00", "old_trust", hand_off="keywork"),
            line("moved.away", "09 09:00", "council"),
        ],
    ),
    "an agency ends and its successor takes over": (
        "2026-04-03 12:00",
        [
            line("referral.made", "30 09:00", "outreach", age=17, referred_by="police"),
            line("offer.made", "30 10:00", "outreach", **YES),
            line("hand_off.declined", "30 10:30", "mission", **BED, reason="full"),
            line("hand_off.declined", "30 11:00", "riverside", **BED, reason="full"),
            line("hand_off.declined", "30 11:30", "old_trust", **BED, reason="full"),
            line("script.changed", "2026-04-02 10:00", "old_trust", status="on"),
            line("contact.made", "2026-04-02 15:00", "outreach"),
            line("hand_off.accepted", "2026-04-02 16:00", "new_trust", hand_off="keywork"),
        ],
    ),
    "what an agency has accepted goes on with its successor": (
        "2026-04-03 12:00",
        [
            line("referral.made", "31 09:00", "outreach"),
            line("offer.made", "31 10:00", "outreach", **YES),
            line("hand_off.declined", "31 10:30", "mission", **BED, reason="full"),
            line("hand_off.declined", "31 11:00", "riverside", **BED, reason="full"),
            line("hand_off.accepted", "2026-04-02 11:00", "old_trust", **BED),
            line("hand_off.completed", "2026-04-02 13:00", "new_trust", **BED),
        ],
    ),
    "people move, close and re-open a case by hand": (
        "2026-03-07 12:00",
        [
            REFERRAL,
            line("case.moved", "02 10:00", "outreach", track="support", to="lost", **BY_HAND),
            line("case.moved", "02 11:00", "council", track="support", to="stable", **BY_HAND),
            line("case.moved", "02 12:00", None, track="support", to="offered", **BY_HAND),
            line("case.closed", "03 12:00", "council", **BY_HAND),
            line("case.reopened", "04 12:00", "outreach", **BY_HAND),
            line("case.closed", "05 12:00", "council", **BY_HAND),
            line("case.reopened", "06 12:00", "outreach", track="support", to="lost", **BY_HAND),
            line("case.closed", "06 13:00", None, **BY_HAND),
            line("person.died", "06 14:00", "council"),
        ],
    ),
    "what was recorded is taken back": (
        "2026-03-12 12:00",
        [
            REFERRAL,
            line("custody.started", "02 10:00", "police"),
            line("event.voided", "02 11:00", "police", event=2, reason="somebody else"),
            line("offer.made", "03 09:00", "outreach", **YES),
            line("event.voided", "03 10:00", "outreach", event=4),
            line("task.completed", "03 11:00", "council", task="safeguarding_check"),
            line("event.voided", "03 12:00", "council", event=6, reason="not done yet"),
            line("contact.made", "03 13:00 > 10 09:00", "outreach"),
        ],
    ),
    "acts that nobody may do are refused with a reason": (
        "2026-03-03 17:00",
        [
            line("behaviour.seen", "01 09:00", "police"),
            REFERRAL,
            line("task.completed", "02 09:01", "council", task="visit"),
            line("task.completed", "02 09:02", "police", task="safeguarding_check"),
            line("hand_off.accepted", "02 09:03", "mission", **BED),
            line("offer.made", "02 10:00", "outreach", **YES),
            line("hand_off.accepted", "02 10:01", "riverside", **BED),
            line("hand_off.declined", "02 10:02", "mission", **BED, reason="no idea"),
            line("hand_off.declined", "02 10:03", "riverside", **BED, reason="full"),
            line("hand_off.asked_back", "02 10:04", "riverside", **BED),
            line("hand_off.withdrawn", "02 10:05", "mission", **BED),
            line("hand_off.returned", "02 10:06", "mission", **BED, reason="full"),
            line("hand_off.completed", "02 10:07", "mission", **BED),
            line("hand_off.accepted", "02 10:08", "mission", **BED),
            line("hand_off.accepted", "02 10:09", "mission", **BED),
            line("hand_off.returned", "02 10:10", "mission", **BED),
            line("hand_off.returned", "02 10:11", "riverside", **BED, reason="full"),
            line("hand_off.completed", "02 10:12", "riverside", **BED),
            line("gate.approved", "02 10:13", "council", stage="nowhere", role="panel_chair"),
            line("gate.approved", "02 10:14", "council", stage="warned", role="mayor"),
            line("gate.approved", "02 10:15", "council", stage="warned"),
            line("case.moved", "02 10:16", "council", track="support", to="nowhere", **BY_HAND),
            line("case.moved", "02 10:17", "council", track="nothing", to="lost", **BY_HAND),
            line("case.moved", "02 10:18", "police", track="support", to="lost", **BY_HAND),
            line("case.moved", "02 10:19", "mission", track="support", to="lost"),
            line("case.moved", "02 10:20", "mission", track="support", to="housed", **BY_HAND),
            line("case.moved", "02 10:21", "council", track="enforcement", to="warned", **BY_HAND),
            line("event.voided", "02 10:22", "council", event=99),
            line("event.voided", "02 10:23", "council", event=29),
            line("event.voided", "02 10:24", "council", event=0),
            line("event.voided", "02 10:25", "council", event="2"),
            line("blockage.cleared", "02 10:26", "council", blockage="no_bed", **BY_HAND),
            line("case.reopened", "02 10:27", "council", **BY_HAND),
            line("case.closed", "02 10:28", "police", **BY_HAND),
            line("case.closed", "02 10:29", "council"),
            line("case.closed", "02 10:30", None, **BY_HAND),
            line("case.closed", "02 10:31", "council", **BY_HAND),
            line("task.completed", "02 10:32", "mission", task="visit"),
            line("case.reopened", "02 10:33", "council"),
            line("case.reopened", "02 10:34", "council", track="support", to="nowhere", **BY_HAND),
            line("case.reopened", "02 10:35", "council", track="nothing", to="lost", **BY_HAND),
            line("case.reopened", "02 10:36", "council", track="enforcement", to="warned", **BY_HAND),
        ],
    ),
    "a blockage is cleared by whom it belongs to": (
        "2026-03-07 12:00",
        [
            REFERRAL,
            line("blockage.cleared", "06 06:10", "mission", blockage="no_contact", reason="seen"),
            line("blockage.cleared", "06 06:20", "council", blockage="no_contact"),
            line("blockage.cleared", "06 06:30", "council", blockage="no_contact", reason="seen"),
            line("behaviour.seen", "06 06:40", "police"),
        ],
    ),
    "what nobody took is offered again": (
        "2026-03-07 12:00",
        [
            REFERRAL,
            line("offer.made", "02 10:00", "outreach", **YES),
            line("hand_off.declined", "02 10:30", "mission", **BED, reason="full"),
            line("hand_off.offered", "02 10:40", "council", **BED, to="mission", reason="a room fell free"),
            line("hand_off.declined", "02 11:00", "riverside", **BED, reason="full"),
            line("hand_off.declined", "02 11:30", "old_trust", **BED, reason="full"),
            line("hand_off.offered", "02 12:00", "police", **BED, to="mission", reason="a room fell free"),
            line("hand_off.offered", "02 12:01", "council", **BED, to="police", reason="a room fell free"),
            line("hand_off.offered", "02 12:02", "council", **BED, reason="a room fell free"),
            line("hand_off.offered", "02 12:03", "council", **BED, to="mission"),
            line("hand_off.offered", "02 12:04", "council", to="mission", reason="a room fell free"),
            line("hand_off.offered", "02 13:00", "council", **BED, to="mission", reason="a room fell free"),
            line("hand_off.declined", "02 14:00", "mission", **BED, reason="not_wanted"),
            line("hand_off.offered", "03 09:00", None, **BED, to="riverside", reason="they have one now"),
            line("hand_off.accepted", "03 10:00", "riverside", **BED),
            line("offer.made", "04 10:00", "outreach", **YES),
        ],
    ),
    "blockages are given to another agency and disputed": (
        "2026-03-12 12:00",
        [
            REFERRAL,
            line("offer.made", "02 10:00", "outreach", **YES),
            line("hand_off.declined", "02 10:30", "mission", **BED, reason="full"),
            line("hand_off.declined", "02 11:00", "riverside", **BED, reason="full"),
            line("hand_off.declined", "02 11:30", "old_trust", **BED, reason="full"),
            line("blockage.disputed", "06 09:00", "mission", blockage="no_bed", reason="there was a bed"),
            line("blockage.disputed", "06 09:01", "mission", blockage="no_bed"),
            line("blockage.disputed", "06 09:02", "mission", blockage="no_room", reason="there was a bed"),
            line("blockage.disputed", "06 09:03", "mission", reason="there was a bed"),
            line("blockage.reassigned", "06 10:00", "mission", blockage="no_bed", to="mission", reason="theirs"),
            line("blockage.reassigned", "06 10:01", "council", blockage="no_bed", to="nobody", reason="theirs"),
            line("blockage.reassigned", "06 10:02", "council", blockage="no_bed", reason="theirs"),
            line("blockage.reassigned", "06 10:03", "council", blockage="no_bed", to="mission"),
            line("blockage.reassigned", "06 10:04", "council", blockage="no_bed", to="mission", reason="theirs"),
            line("blockage.reassigned", "06 10:05", "council", blockage="no_bed", to="mission", reason="theirs"),
            line("blockage.reassigned", "06 10:06", None, blockage="no_contact", to="police", reason="they see them"),
            line("blockage.cleared", "09 09:00", "mission", blockage="no_bed", reason="there is a bed"),
        ],
    ),
}

"""Told on the pathway of every kind of rule."""

NSNO = {"hand_off": "nsno_bed"}
AT_THE_SHELTER: dict[str, tuple[str, list[Line]]] = {
    "a check ends as it may, and a bed is returned from elsewhere": (
        "2026-03-10 17:00",
        [
            line("referral.made", "02 09:00", "police"),
            line("contact.attempted", "02 10:00", "outreach", found=False),
            line("contact.attempted", "02 11:00", "outreach", found=True),
            line("task.completed", "02 12:00", "adult_social_care", task="safeguarding_check", outcome="maybe"),
            line("task.completed", "02 12:30", "adult_social_care", task="safeguarding_check", outcome="clear"),
            line("behaviour.seen", "02 13:00", "police", kind="begging"),
            line("review.held", "02 13:30", "outreach", score=4),
            line("offer.made", "02 14:00", "outreach", offer="nsno", response="accepted", available=True),
            line("hand_off.declined", "02 14:10", "mission", **NSNO, reason="full"),
            line("hand_off.accepted", "02 14:20", "riverside", **NSNO),
            line("hand_off.returned", "09 09:00", "riverside", **NSNO, reason="full"),
        ],
    ),
    "somebody is found while in custody": (
        "2026-03-06 12:00",
        [
            line("referral.made", "02 09:00", "outreach"),
            line("custody.started", "02 10:00", "probation"),
            line("contact.attempted", "02 11:00", "outreach", found=True),
            line("custody.ended", "03 11:00", "probation", to="street"),
            line("custody.ended", "04 11:00", "probation", to="hostel"),
            line("hand_off.accepted", "05 11:00", "treatment", hand_off="script"),
        ],
    ),
}
"""Told on the pathway of every key of the language."""


@pytest.fixture(scope="module")
def pathways(compile_pathway: Callable[..., Pathway]) -> dict[str, Pathway]:
    """Return by story the pathway on which it is told."""
    rules, shelter = (
        FOLDER.with_name(name).read_text("utf-8") for name in ("properties_pathway.yaml", "every_key.yaml")
    )
    # One question is asked less often, so that the stories stay readable.
    rules = rules.replace("ZONE", "Europe/London").replace("every: 7 hours", "every: 40 hours")
    return dict.fromkeys(STORIES, compile_pathway(rules)) | dict.fromkeys(AT_THE_SHELTER, compile_pathway(shelter))


@pytest.mark.parametrize("name", STORIES | AT_THE_SHELTER)
def test_a_story_changes_and_tells_exactly_what_is_written(
    name: str, pathways: dict[str, Pathway], journal: Journal, at: Read
) -> None:
    until, lines = (STORIES | AT_THE_SHELTER)[name]
    file = FOLDER / f"{name.replace(',', '').replace(' ', '_')}.txt"

    events = [replace(event, officer=f"Officer of {event.agency}") for event in journal(*lines)]
    told = "\n".join(in_full(fold("A", events, pathways[name], at(until)))) + "\n"

    if RENEW:
        file.write_text(told, "utf-8")
    assert told == file.read_text("utf-8")


def test_no_story_is_written_that_is_not_told() -> None:
    written = {file.stem for file in FOLDER.glob("*.txt")}

    assert written == {name.replace(",", "").replace(" ", "_") for name in STORIES | AT_THE_SHELTER}


def in_full(decision: Decision) -> Iterator[str]:
    """Yield a line for each change, then for each notice, then for each part of the case."""
    return chain(
        ("Changes",),
        (f"  {in_words(change)}" for change in decision.changes),
        ("Notices",),
        (f"  {in_words(notice)}" for notice in decision.notices),
        ("Case",),
        (f"  {part}" for part in parts(decision.case)),
    )


def in_words(told: Change | Notice) -> str:
    """Return the instant, the kind and whatever is said besides, by its name."""
    values = asdict(told)
    head = f"{written(values.pop('at'))} {values.pop('kind')}"
    said = (f"{name}={written(value)}" for name, value in values.items() if value not in NOT_SAID.get(name, {None, ""}))
    return " ".join([head, *said])


def parts(case: Case) -> Iterator[str]:
    for name, value in msgspec.to_builtins(case).items():
        entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        yield f"{name}: {'' if entries else value}".rstrip()
        for key, entry in entries:
            yield f"  {key}: {entry}"


def written(value: object) -> object:
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value
