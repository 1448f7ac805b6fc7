"""Random histories: what is recorded about a case, in what order, how late, and when somebody wakes it.

A history is drawn as plain steps before anything is known of the pathway. A step that is about the case (the
second live hand-off, the third move) is made into an event by looking at where the plain model stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from hypothesis import strategies as st
from naive_cases import NaiveCase
from naive_clocks import NaiveClocks

from pathways.case import Event, Scalar

MINUTE = timedelta(minutes=1)
STARTS = (
    datetime(2026, 3, 27, 20, 0),  # noqa: DTZ001 - local, made aware below; the clocks of London go forward
    datetime(2026, 10, 23, 20, 0),  # noqa: DTZ001 - and back
    datetime(2026, 3, 6, 20, 0),  # noqa: DTZ001 - those of New York go forward
    datetime(2026, 10, 30, 20, 0),  # noqa: DTZ001 - and back
    datetime(2026, 4, 3, 20, 0),  # noqa: DTZ001 - those of Lord Howe go back by half an hour; Easter
    datetime(2028, 2, 28, 9, 30),  # noqa: DTZ001 - a leap day
)
DECLARED: tuple[tuple[str, Mapping[str, Scalar]], ...] = (
    ("seen", {"kind": "calm", "times": 1}),
    ("seen", {"kind": "loud", "times": 2}),
    ("seen", {"kind": "loud"}),
    ("seen", {"times": 3}),
    ("offered", {"taken": True}),
    ("offered", {"taken": False}),
    ("called", {}),
    ("referral.made", {}),
    ("seen", {"kind": "loud", "times": 1}),
    ("offered", {"taken": True}),
    ("called", {}),
)
PAUSING = ("held.began", "held.ended", "ward.began", "ward.ended")
AGENCIES = ("council", "watch", "outreach", "mission", "riverside", "night")
Fields: TypeAlias = dict[str, Scalar]
When: TypeAlias = int | str


@dataclass(frozen=True)
class Step:
    """One thing that is recorded, or a waking; ``which`` picks among what the case has to pick from."""

    what: str
    which: int
    when: When
    late: int
    rightful: bool


WHATS = (
    *("declared",) * 9,
    *("pause",) * 6,
    *("task",) * 3,
    *("answer",) * 4,
    *("accept",) * 2,
    "gate",
    "gate",
    "move",
    "void",
    "void",
    "clear",
    "give",
    "dispute",
    *("offer_again",) * 3,
    "again",
    "wake",
    "wake",
    "end",
    "reopen",
    "nonsense",
)
WHENS: tuple[When, ...] = (0, 0, 1, 30, 60, 240, 600, 1440, 2880, 5760, "due", "due", "before", "after")
LATE = (0, 0, 0, 0, 0, 0, 0, 1, 90, 1500, 4000)

steps = st.builds(
    Step,
    what=st.sampled_from(WHATS),
    which=st.integers(0, 11),
    when=st.sampled_from(WHENS),
    late=st.sampled_from(LATE),
    rightful=st.sampled_from((True, True, True, True, True, False)),
)
histories = st.tuples(st.sampled_from(STARTS), st.lists(steps, min_size=6, max_size=26))


def instant_of(case: NaiveCase, when: When) -> datetime:
    """Return when a step happens, in whole minutes; never at an instant that has been swept."""
    due = case.next_instant() if isinstance(when, str) else None
    if due is not None:
        found = due + {"due": 0, "before": -1, "after": 1}[str(when)] * MINUTE
    else:
        found = case.now + (when if isinstance(when, int) else 60) * MINUTE
    earliest = case.now + MINUTE if case.swept else case.now
    return max(found, earliest)


def opening(start: datetime, clocks: NaiveClocks) -> Event:
    at = clocks.resolve(start)
    return Event(1, "referral.made", at, at, "outreach", "First Officer", {})


def event_of(case: NaiveCase, step: Step) -> Event | None:
    """Return what ``step`` records, if the case has anything that it could be about."""
    made = _made(case, step) or (_made(case, replace(step, what="declared")) if step.which % 2 else None)
    if made is None:
        return None
    kind, fields, agency = made
    recorded = instant_of(case, step.when)
    occurred = recorded - step.late * MINUTE
    officer = ("First Officer", "Second Officer")[step.which % 2]
    return Event(len(case.journal) + 1, kind, occurred, recorded, agency, officer, fields)


def _made(case: NaiveCase, step: Step) -> tuple[str, Fields, str | None] | None:  # noqa: C901, PLR0911, PLR0912 - one a word
    anybody = AGENCIES[step.which % len(AGENCIES)]
    match step.what:
        case "declared":
            kind, fields = DECLARED[step.which % len(DECLARED)]
            return kind, dict(fields), anybody
        case "pause":
            live = [one.name for one in case.pauses if one.until_at is None]
            if live and step.rightful:
                return f"{live[0]}.ended", {}, anybody
            names = list(case.tree["pauses"])
            began = f"{names[step.which % len(names)]}.began" if names else PAUSING[step.which % len(PAUSING)]
            return began, {}, anybody
        case "task":
            return _task(case, step, anybody)
        case "answer" | "accept":
            return _answer(case, step, anybody)
        case "gate":
            keys = [f"{track}.{stage}" for track, tree in case.tree["tracks"].items() for stage in tree["stages"]]
            if step.which % 2:
                return "gate.approved", {"stage": keys[step.which % len(keys)], "role": "chair"}, None
            return "gate.proposed", {"stage": keys[step.which % len(keys)]}, None
        case "move":
            stages = [(track, stage) for track, tree in case.tree["tracks"].items() for stage in tree["stages"]]
            track, stage = stages[step.which % len(stages)]
            return "case.moved", {"track": track, "to": stage, "reason": "x"}, "council" if step.rightful else anybody
        case "void":
            number = len(case.journal) - step.which % len(case.journal)
            return "event.voided", {"event": number + (not step.rightful), "reason": "x"}, None
        case "clear":
            names = [name for name in case.blockages if "when" not in case.tree["blockages"][name]]
            if not names:
                return None
            name = names[step.which % len(names)]
            return "blockage.cleared", {"blockage": name, "reason": "x"}, "council" if step.rightful else anybody
        case "give" | "dispute":
            return _blame(case, step, anybody)
        case "offer_again":
            return _offer_again(case, step, anybody)
        case "again":
            last = case.journal[-1]
            return last.kind, dict(last.fields), last.agency
        case "end":
            if step.which > 3:
                return None
            kinds: tuple[str, ...] = ("died", "left", "case.closed", "left")
            return kinds[step.which], {"reason": "x"}, "council"
        case "reopen":
            if case.status != "closed":
                return None
            stages = [(track, stage) for track, tree in case.tree["tracks"].items() for stage in tree["stages"]]
            track, stage = stages[step.which % len(stages)]
            return "case.reopened", {"reason": "x"} | ({} if step.rightful else {"track": track, "to": stage}), None
        case "nonsense":
            return NONSENSE[step.which % len(NONSENSE)][0], dict(NONSENSE[step.which % len(NONSENSE)][1]), anybody
        case _:
            return None


NONSENSE: tuple[tuple[str, Mapping[str, Scalar]], ...] = (
    ("task.completed", {"task": "nothing"}),
    ("task.completed", {}),
    ("hand_off.accepted", {"hand_off": "nothing"}),
    ("gate.approved", {"stage": "nowhere", "role": "chair"}),
    ("gate.approved", {"stage": "one_1", "role": "king"}),
    ("case.moved", {"track": "one", "to": "nowhere", "reason": "x"}),
    ("case.moved", {"track": "one", "to": "one_1"}),
    ("case.closed", {}),
    ("event.voided", {"event": 99, "reason": "x"}),
    ("blockage.cleared", {"blockage": "stuck"}),
    ("hand_off.offered", {"hand_off": "nothing", "to": "mission", "reason": "x"}),
    ("blockage.reassigned", {"blockage": "stuck", "to": "nobody", "reason": "x"}),
    ("case.reopened", {"reason": "x"}),
)


def _task(case: NaiveCase, step: Step, anybody: str) -> tuple[str, Fields, str | None] | None:
    if not case.tasks:
        return None
    task = case.tasks[step.which % len(case.tasks)]
    fields: Fields = {"task": task.name}
    if task.name == "check" and step.rightful:
        fields["outcome"] = ("good", "bad")[step.which % 2]
    return "task.completed", fields, task.owner if step.rightful or task.name == "check" else anybody


def _answer(case: NaiveCase, step: Step, anybody: str) -> tuple[str, Fields, str | None] | None:
    live = [one for one in case.hand_offs.values() if one.state in {"offered", "accepted"}]
    if not live:
        return None
    one = live[step.which % len(live)]
    fields: Fields = {"hand_off": one.name, "reason": ("full", "unwanted", "other")[step.which % 3]}
    agency = one.agency if step.rightful else anybody
    if one.state == "accepted":
        return ("hand_off.completed", "hand_off.returned")[step.which // 2 % 2], fields, agency
    verbs = ("declined", "asked_back", "declined", "accepted", "withdrawn")
    verb = "accepted" if step.what == "accept" else verbs[step.which % len(verbs)]
    return f"hand_off.{verb}", fields, None if verb == "withdrawn" and step.rightful else agency


def _blame(case: NaiveCase, step: Step, anybody: str) -> tuple[str, Fields, str | None] | None:
    if not case.blockages:
        return None
    name = sorted(case.blockages)[step.which % len(case.blockages)]
    if step.what == "dispute":
        return "blockage.disputed", {"blockage": name, "reason": "x"}, anybody
    to = AGENCIES[step.which % len(AGENCIES)]
    return "blockage.reassigned", {"blockage": name, "to": to, "reason": "x"}, "council" if step.rightful else anybody


def _offer_again(case: NaiveCase, step: Step, anybody: str) -> tuple[str, Fields, str | None] | None:
    left = [one for one in case.hand_offs.values() if one.state == "exhausted"]
    if not left:
        return None
    one = left[step.which % len(left)]
    to = one.asked[step.which % len(one.asked)] if step.rightful else anybody
    fields: Fields = {"hand_off": one.name, "to": to, "reason": "x"}
    return "hand_off.offered", fields, "council" if step.rightful else anybody
