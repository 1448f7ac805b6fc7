"""What must hold in every journal, judged from the journal and the changes alone, not with the engine's own answers.

Then what these properties and the state machine once found, each by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pathways.case import Case, Change, Decision, Event, Scalar
from pathways.case_json import from_json, to_json
from pathways.chart import Pathway
from pathways.engine import advance, fold

Read = Callable[[str], datetime]
Journal = Callable[..., list[Event]]
Kind = tuple[str, Mapping[str, Scalar]]

ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe")
LIMBS: tuple[Kind, ...] = (
    ("offer.made", {"offer": "other", "response": "declined"}),
    ("behaviour.seen", {}),
    ("behaviour.seen", {}),
    ("task.completed", {"task": "safeguarding_check"}),
    ("gate.proposed", {"stage": "warned", "role": "proposer"}),
    ("gate.approved", {"stage": "warned", "role": "panel_chair"}),
)
OTHERS: tuple[Kind, ...] = (
    ("offer.made", {"offer": "bed", "response": "accepted"}),
    ("hand_off.accepted", {"hand_off": "bed"}),
    ("hand_off.declined", {"hand_off": "bed", "reason": "full"}),
    ("hand_off.returned", {"hand_off": "bed", "reason": "full"}),
    ("script.changed", {"status": "on"}),
    ("script.changed", {"status": "off"}),
    ("contact.made", {}),
    ("room.given", {}),
    ("left", {}),
    ("custody.started", {}),
    ("custody.ended", {}),
    ("hospital.in", {}),
    ("hospital.out", {}),
    ("case.moved", {"track": "enforcement", "to": "warned", "reason": "x"}),
    ("case.moved", {"track": "enforcement", "to": "watched", "reason": "x"}),
    ("case.moved", {"track": "enforcement", "to": "none_considered", "reason": "x"}),
    ("case.moved", {"track": "support", "to": "treated", "reason": "x"}),
    ("person.died", {}),
)
BACK_AGAIN: tuple[Kind, ...] = (
    ("case.closed", {"reason": "x"}),
    ("case.reopened", {"reason": "x"}),
    ("case.reopened", {"reason": "x", "track": "enforcement", "to": "warned"}),
)


@dataclass(frozen=True)
class Line:
    kind: str
    fields: Mapping[str, Scalar]
    minutes: int
    late: int
    officer: str
    taken_back: int


lines = st.builds(
    lambda one, minutes, late, officer, back: Line(one[0], one[1], minutes, late, officer, back),
    st.sampled_from((*LIMBS, *LIMBS, *OTHERS, *BACK_AGAIN, *BACK_AGAIN, ("event.voided", {}))),
    st.sampled_from((0, 0, 1, 60, 240, 600, 1440, 2880)),
    st.sampled_from((0, 0, 0, 0, 0, 0, 0, 90, 1500, 9000)),
    st.sampled_from(("first", "second")),
    st.integers(1, 9),
)
journals = st.lists(lines, min_size=8, max_size=24)
officers = st.sampled_from(("first", "second"))
limbs = st.permutations(LIMBS).flatmap(
    lambda ordered: st.tuples(
        *(
            st.builds(
                Line, st.just(kind), st.just(fields), st.sampled_from((1, 60, 1440)), st.just(0), officers, st.just(0)
            )
            for kind, fields in ordered
        )
    )
)
warnings = st.builds(lambda before, after: [*before, *after], limbs, st.lists(lines, min_size=2, max_size=14))
"""Journals that begin with all that a warning needs, in any order and by either officer."""
SLOWLY = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def written(pathway: Pathway, entries: Sequence[Line]) -> list[Event]:
    """Return a journal that begins on the evening before the clocks change, whose authors name no agency."""
    now = pathway.calendar.resolve(datetime(2026, 3, 27, 20, 0))  # noqa: DTZ001 - resolved at once
    events = [Event(1, "referral.made", now, now)]
    for line in entries:
        now += timedelta(minutes=line.minutes)
        number = len(events) + 1
        taken_back: Mapping[str, Scalar] = {"event": number - line.taken_back, "reason": "x"}
        fields = taken_back if line.kind == "event.voided" else line.fields
        occurred = now - timedelta(minutes=line.late)
        events.append(Event(number, line.kind, occurred, now, None, line.officer, fields))
    return events


@SLOWLY
@given(zone=st.sampled_from(ZONES), entries=st.one_of(warnings, warnings, journals))
def test_no_gated_stage_is_entered_unless_the_journal_itself_says_that_its_gate_holds(
    properties_pathways: dict[str, Pathway], zone: str, entries: list[Line]
) -> None:
    pathway = properties_pathways[zone]
    reader = Reader(pathway, written(pathway, entries))
    case = Case("A")
    for event in reader.journal:
        decision = advance(case, (event,), event.recorded_at, pathway, reader.journal[: event.number - 1])
        for change in decision.changes:
            reader.see(change, event)
        reader.see_entries(case, decision, event)
        case = decision.case


class Reader:
    """Reads gates from the journal: which events count, and what was decided before."""

    def __init__(self, pathway: Pathway, journal: list[Event]) -> None:
        self.pathway, self.journal = pathway, journal
        self.refused: set[int] = set()
        self.voided: set[int] = set()
        self.done: list[tuple[datetime, int]] = []
        self.accepted: list[tuple[datetime, int]] = []
        self.entered: dict[str, int] = {}
        self.stages: dict[str, str] = {}
        self.support_since = 0

    def see(self, change: Change, event: Event) -> None:
        known = event.number if change.at == event.recorded_at else event.number - 1
        match change.kind:
            case "event_refused":
                self.refused.update(change.evidence)
            case "event_voided":
                self.voided.add(change.evidence[0])
            case "task_done" if change.subject == "safeguarding_check":
                self.done.append((event.occurred_at, event.number))
            case "hand_off_accepted":
                self.accepted.append((change.at, event.number))
            case "hand_off_returned":
                self.accepted.clear()
            case "moved":
                self.enter(f"{change.track}.{change.to}", change.at, known)

    def see_entries(self, before: Case, decision: Decision, event: Event) -> None:
        """Judge the stages that were entered with no move: when a case is opened or opened again."""
        if any(change.kind in {"case_opened", "case_reopened"} for change in decision.changes):
            moved = {change.track for change in decision.changes if change.kind == "moved"}
            for track, visit in decision.case.tracks.items():
                if track not in moved:
                    assert before.status != "open"
                    self.enter(f"{track}.{visit.stage}", event.recorded_at, event.number)

    def enter(self, key: str, at: datetime, known: int) -> None:
        gates = {
            "support.treated": self.treated,
            "enforcement.watched": self.watched,
            "enforcement.warned": self.warned,
        }
        if key in gates:
            assert gates[key](at, known), f"{key} was entered at {at} though its gate does not hold"
        track, _, stage = key.partition(".")
        self.entered[key], self.stages[track] = known, stage
        if track == "support":
            self.support_since = known

    def events(self, kind: str, known: int, **fields: Scalar) -> list[Event]:
        wanted = fields.items()
        return [
            one
            for one in self.journal[:known]
            if one.kind == kind and one.number not in self.voided | self.refused and wanted <= dict(one.fields).items()
        ]

    def days_before(self, at: datetime, days: int) -> datetime:
        local = self.pathway.calendar.local(at).replace(tzinfo=None) - timedelta(days=days)
        return self.pathway.calendar.resolve(local)

    def treated(self, _: datetime, known: int) -> bool:
        scripts = self.events("script.changed", known)
        latest = max(scripts, key=lambda one: (one.occurred_at, one.number), default=None)
        accepted = [number for _, number in self.accepted if self.support_since < number and number not in self.voided]
        return bool(accepted) or (latest is not None and latest.fields["status"] == "on")

    def watched(self, at: datetime, known: int) -> bool:
        seen = self.events("behaviour.seen", known)
        return sum(one.occurred_at > at - timedelta(hours=30) for one in seen) <= 3

    def warned(self, at: datetime, known: int) -> bool:
        declined = self.events("offer.made", known, response="declined")
        spent = self.entered.get("enforcement.warned", 0)
        proposals = [one for one in self.events("gate.proposed", known) if one.number > spent]
        approvals = [one for one in self.events("gate.approved", known) if one.number > spent]
        return bool(
            any(one.occurred_at > self.days_before(at, 7) for one in declined)
            and any(done > self.days_before(at, 14) and number not in self.voided for done, number in self.done)
            and proposals
            and approvals
            and approvals[-1].recorded_at > self.days_before(at, 4)
            and approvals[-1].officer != proposals[-1].officer
            and self.stages.get("support") != "stable"
        )


TIMED = ("follow_up_due", "reminded", "hand_off_reminded", "hand_off_expired", "stay_overdue", "blockage_escalated")


@SLOWLY
@given(zone=st.sampled_from(ZONES), entries=journals)
def test_clocks_that_stand_still_fire_nothing_and_all_others_fire_at_their_very_instant(
    properties_pathways: dict[str, Pathway], zone: str, entries: list[Line]
) -> None:
    pathway = properties_pathways[zone]
    journal = written(pathway, entries)
    decision = fold("A", journal, pathway, journal[-1].recorded_at + timedelta(days=12))
    opened: dict[tuple[str | None, str | None], datetime] = {}
    for change in decision.changes:
        for pause in decision.case.pauses:
            inside = pause.from_at < change.at and (pause.until_at is None or change.at < pause.until_at)
            assert not (inside and change.kind in TIMED and is_of(pause.name, change)), (pause, change)
        about = (change.track, change.subject)
        if change.kind == "task_opened":
            opened[about] = change.at
        if change.kind in {"follow_up_due", "stay_overdue"}:
            assert change.at == change.due_at
        if change.kind == "task_overdue":
            assert change.due_at is not None
            assert change.at == max(change.due_at, opened[about])


def is_of(pause: str, change: Change) -> bool:
    """Whether the clock behind ``change`` is one that ``pause`` stops; hospital stops questions and tasks alone."""
    return pause == "custody" or ".follow_ups." in change.rule or ".tasks." in change.rule


@SLOWLY
@given(zone=st.sampled_from(ZONES), entries=journals)
def test_after_a_death_nobody_is_told_anything_but_that_a_decision_is_to_be_reviewed(
    properties_pathways: dict[str, Pathway], zone: str, entries: list[Line]
) -> None:
    pathway = properties_pathways[zone]
    journal = [one for one in written(pathway, entries) if one.kind not in {"case.reopened", "person.died"}]
    died = journal[-1].recorded_at + timedelta(hours=1)
    renumbered = [
        Event(number, one.kind, one.occurred_at, one.recorded_at, None, one.officer, one.fields)
        for number, one in enumerate(journal, 1)
    ]
    death = Event(len(journal) + 1, "person.died", died, died)
    more = Event(len(journal) + 2, "offer.made", died, died + timedelta(days=1), None, None, LIMBS[0][1])
    decision = fold("A", [*renumbered, death, more], pathway, died + timedelta(days=60))

    assert decision.case.silenced
    assert {notice.kind for notice in decision.notices if notice.at >= died} <= {"review"}
    assert [notice.number for notice in decision.notices] == list(range(1, len(decision.notices) + 1))


# What the properties found, so that it stays mended.

NOTHING: dict[str, Scalar] = {}
BED: Kind = ("offer.made", {"offer": "bed", "response": "accepted"})
REFERRAL = ("referral.made", "2026-03-02 09:00", NOTHING, "outreach")


@pytest.fixture
def pathway(properties_pathways: dict[str, Pathway]) -> Pathway:
    return properties_pathways["Europe/London"]


def test_a_case_wakes_though_something_else_was_recorded_before_it_opened(
    pathway: Pathway, journal: Journal, at: Read
) -> None:
    stray = ("offer.made", "2026-03-02 08:00", NOTHING, "outreach")

    opened = fold("A", journal(stray, REFERRAL), pathway).case

    assert opened.wake_at == at("2026-03-02 16:00")  # the first question of every seven hours


def test_who_comes_back_is_offered_a_bed_again_though_an_earlier_one_was_accepted(
    pathway: Pathway, journal: Journal
) -> None:
    accepted = ("hand_off.accepted", "2026-03-02 10:30", {"hand_off": "bed"}, "mission")
    left = ("left", "2026-03-02 12:00", NOTHING, "mission")
    bed, kind = BED[1], BED[0]

    decision = fold(
        "A",
        journal(
            REFERRAL,
            (kind, "2026-03-02 10:00", bed, "outreach"),
            accepted,
            left,
            (kind, "2026-03-02 13:00", bed, "outreach"),
        ),
        pathway,
    )

    assert decision.case.tracks["support"].stage == "offered"
    assert [(one.state, one.nth, one.agency) for one in decision.case.hand_offs] == [("offered", 2, "mission")]


def test_accepted_work_is_done_by_its_evidence_in_a_later_stage_too(pathway: Pathway, journal: Journal) -> None:
    accepted = ("hand_off.accepted", "2026-03-02 10:30", {"hand_off": "bed"}, "mission")
    moved = ("case.moved", "2026-03-02 11:00", {"track": "support", "to": "lost", "reason": "x"}, "council")
    given_room = ("room.given", "2026-03-02 12:00", NOTHING, "mission")

    decision = fold(
        "A", journal(REFERRAL, (BED[0], "2026-03-02 10:00", BED[1], "outreach"), accepted, moved, given_room), pathway
    )

    assert [one.state for one in decision.case.hand_offs] == ["done"]


def test_a_stored_case_changes_in_the_same_order_as_one_in_memory(pathway: Pathway, journal: Journal, at: Read) -> None:
    opened = fold("A", journal(REFERRAL), pathway).case
    died = journal(("moved.away", "2026-03-20 09:00"), start=2)

    stored = advance(from_json(to_json(opened)), died, at("2026-03-20 09:00"), pathway)
    in_memory = advance(opened, died, at("2026-03-20 09:00"), pathway)

    assert stored.changes == in_memory.changes
    assert list(stored.case.tracks) == ["support", "enforcement", "aftercare"]


def test_what_is_recorded_as_an_agency_ends_finds_its_successor_in_place(pathway: Pathway, journal: Journal) -> None:
    moved = ("case.moved", "2026-04-02 11:30", {"track": "aftercare", "to": "awake", "reason": "x"}, "council")
    held = journal(REFERRAL, moved, ("contact.made", "2026-04-02 12:00", NOTHING, "outreach"))

    decision = fold("A", held, pathway)

    assert decision.case.tracks["aftercare"].owner == "new_trust"


@pytest.mark.parametrize(
    ("where", "expected"),
    [({}, "none_considered"), ({"track": "enforcement", "to": "warned"}, "refused")],
    ids=["where it stood", "to a stage that is named"],
)
def test_opening_a_case_again_passes_no_gate(
    pathway: Pathway, journal: Journal, where: Mapping[str, Scalar], expected: str
) -> None:
    ready = [(kind, "2026-03-03 09:00", fields, None) for kind, fields in LIMBS]
    over = ("case.closed", "2026-03-03 10:00", {"reason": "x"}, "council")
    again = ("case.reopened", "2026-04-30 09:00", {"reason": "back", **where}, "council")
    events = [
        *journal(REFERRAL, *ready[:-1], officer="first"),
        *journal(ready[-1], over, again, officer="second", start=len(ready) + 1),
    ]

    warned = fold("A", events[:-2], pathway).case
    decision = fold("A", events, pathway)

    assert warned.tracks["enforcement"].stage == "warned"
    if expected == "refused":
        assert decision.case.status == "closed"
        assert decision.changes[-1].because.startswith("the gate of warned does not hold: 0 of at least 1 offer.made")
    else:
        assert (decision.case.status, decision.case.tracks["enforcement"].stage) == ("open", expected)


def test_who_was_released_while_the_case_was_closed_is_not_held_for_ever_when_it_opens_again(
    pathway: Pathway, journal: Journal
) -> None:
    decision = fold(
        "A",
        journal(
            REFERRAL,
            ("custody.started", "2026-03-03 09:00", NOTHING, "police"),
            ("case.closed", "2026-03-04 09:00", {"reason": "x"}, "council"),
            ("custody.ended", "2026-03-05 09:00", NOTHING, "police"),
            ("case.reopened", "2026-03-06 09:00", {"reason": "x"}, "council"),
        ),
        pathway,
    )

    assert [(pause.name, pause.until_at is None) for pause in decision.case.pauses] == [("custody", False)]
    assert decision.case.wake_at is not None
