"""The engine as a state machine: one case lived through in four ways that must never differ.

What is recorded and when somebody wakes the case is random; over nights when the clocks change, in three zones,
on a pathway with every kind of rule. The lives: woken at random; woken at every due instant and stored as JSON
between any two steps; fed in batches and hardly ever woken; and the whole journal folded at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import ClassVar
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pathways.case import Case, Change, Event, Notice, Scalar
from pathways.case_json import from_json, to_json
from pathways.chart import Pathway
from pathways.draft import Draft
from pathways.engine import advance, fold
from pathways.explanations import explain

LONG_ENOUGH_TO_CLOSE = 12
A_MOMENT = timedelta(microseconds=1)
STARTS = (
    ("Europe/London", datetime(2026, 3, 27, 20, 0)),  # noqa: DTZ001 - local, made aware below; Easter follows
    ("Europe/London", datetime(2026, 10, 23, 20, 0)),  # noqa: DTZ001
    ("America/New_York", datetime(2026, 3, 6, 20, 0)),  # noqa: DTZ001
    ("Europe/London", datetime(2026, 4, 1, 20, 0)),  # noqa: DTZ001 - an agency ends at the next noon
    ("Australia/Lord_Howe", datetime(2026, 4, 3, 20, 0)),  # noqa: DTZ001 - clocks go back by half an hour
)
AGENCIES = ("council", "outreach", "mission", "riverside", "police", "old_trust", "new_trust")
DECLARED: tuple[tuple[str, Mapping[str, Scalar]], ...] = (
    ("offer.made", {"offer": "bed", "response": "accepted"}),
    ("offer.made", {"offer": "other", "response": "declined"}),
    ("behaviour.seen", {}),
    ("behaviour.seen", {}),
    ("contact.made", {}),
    ("room.given", {}),
    ("script.changed", {"status": "on"}),
    ("script.changed", {"status": "off"}),
    ("left", {}),
    ("referral.made", {}),
)
A_BED = {"offer": "bed", "response": "accepted"}
LIMBS: tuple[tuple[str, Mapping[str, Scalar], str], ...] = (
    ("offer.made", {"offer": "other", "response": "declined"}, "first"),
    ("behaviour.seen", {}, "first"),
    ("behaviour.seen", {}, "first"),
    ("task.completed", {"task": "safeguarding_check"}, "first"),
    ("gate.proposed", {"stage": "warned", "role": "proposer"}, "first"),
    ("gate.approved", {"stage": "warned", "role": "panel_chair"}, "second"),
)
PAUSING = ("custody.started", "custody.ended", "hospital.in", "hospital.out")
NONSENSE: tuple[tuple[str, Mapping[str, Scalar]], ...] = (
    ("no.such.event", {"offer": "bed"}),
    ("offer.made", {}),
    ("script.changed", {"status": 7}),
    ("task.completed", {}),
    ("task.completed", {"task": "no_such_task"}),
    ("hand_off.accepted", {"hand_off": "no_such_hand_off"}),
    ("hand_off.withdrawn", {"hand_off": "bed"}),
    ("gate.approved", {"stage": "nowhere", "role": "panel_chair"}),
    ("gate.approved", {"stage": "warned", "role": "king"}),
    ("case.moved", {"track": "support", "to": "nowhere", "reason": "x"}),
    ("case.closed", {}),
    ("event.voided", {"event": "x"}),
    ("blockage.cleared", {"blockage": "no_bed"}),
)
STAGES = (
    ("support", "offered"),
    ("support", "housed"),
    ("support", "treated"),
    ("support", "lost"),
    ("enforcement", "none_considered"),
    ("enforcement", "watched"),
    ("enforcement", "warned"),
    ("aftercare", "awake"),
)
MINUTES = (0, 0, 1, 29, 60, 240, 600, 1440, 2880, 5760)
instants = st.one_of(st.sampled_from(MINUTES), st.sampled_from(("due", "before", "after")))
lateness = st.sampled_from((0, 0, 0, 0, 1, 90, 1500, 6000))
When = int | str


class Life:
    """One way in which the case is lived through."""

    def __init__(self, pathway: Pathway, *, stored: bool = False) -> None:
        self.pathway, self.stored = pathway, stored
        self.case = Case("A")
        self.journal: list[Event] = []
        self.changes: list[Change] = []
        self.notices: list[Notice] = []

    def take(self, events: Sequence[Event], now: datetime) -> None:
        before = tuple(self.journal)
        decision = advance(self.case, events, now, self.pathway, lambda: before)
        self.case = from_json(to_json(decision.case)) if self.stored else decision.case
        self.journal.extend(events)
        self.changes.extend(decision.changes)
        self.notices.extend(decision.notices)

    def wake_at_every_due_instant(self, before: datetime) -> None:
        while (due := self.case.wake_at) is not None and due < before:
            known = len(self.changes)
            self.take((), due)
            assert {change.at for change in self.changes[known:]} <= {due}


class Lives(RuleBasedStateMachine):
    pathways: ClassVar[Mapping[str, Pathway]]

    @initialize(start=st.sampled_from(STARTS), stray=st.booleans())
    def open_the_case(self, start: tuple[str, datetime], *, stray: bool) -> None:
        zone, local = start
        pathway = self.pathways[zone]
        self.main, self.diligent, self.batched = Life(pathway), Life(pathway, stored=True), Life(pathway)
        self.waiting: list[Event] = []
        self.now = pathway.calendar.resolve(local)
        assert pathway.zone == ZoneInfo(zone)
        if stray:
            self._record("offer.made", {}, 0)
            self.now += timedelta(hours=1)
        self._record("referral.made", {"age": 40, "referred_by": "professional"}, 0, 0, "outreach")

    @rule(one=st.sampled_from(DECLARED), when=instants, late=lateness)
    def something_happens(self, one: tuple[str, Mapping[str, Scalar]], when: When, late: int) -> None:
        self._record(*one, when, late, "outreach")

    @precondition(lambda self: self.main.case.status == "open" or len(self.main.journal) % 3 == 0)
    @rule(one=st.sampled_from(NONSENSE), when=instants, agency=st.sampled_from((*AGENCIES, None, "strangers")))
    def nonsense_is_recorded(self, one: tuple[str, Mapping[str, Scalar]], when: When, agency: str | None) -> None:
        self._record(*one, when, 0, agency)

    @precondition(lambda self: self.main.case.status == "open")
    @rule(missing=st.sampled_from((None, None, *range(len(LIMBS)))), when=instants)
    def a_warning_is_sought(self, missing: int | None, when: When) -> None:
        for number, (kind, fields, officer) in enumerate(LIMBS):
            if number != missing:
                self._record(kind, fields, when if number == 0 else 0, 0, None, officer)

    @precondition(lambda self: self.main.case.status == "open")
    @rule(verb=st.sampled_from(("accepted", "accepted", "declined", "asked_back", "completed")), when=instants)
    def a_bed_is_found(self, verb: str, when: When) -> None:
        self._record("offer.made", A_BED, 0, 0, "outreach")
        asked = next((one.agency for one in self.main.case.hand_offs if one.name == "bed"), None)
        self._record(f"hand_off.{verb}", {"hand_off": "bed", "reason": "full"}, when, 0, asked)

    @rule(kind=st.sampled_from(PAUSING), when=instants, late=lateness)
    def clocks_stand_still_or_go_on(self, kind: str, when: When, late: int) -> None:
        self._record(kind, {}, when, late, "police")

    @precondition(lambda self: any(one.state in {"offered", "accepted"} for one in self.main.case.hand_offs))
    @rule(data=st.data(), when=instants, late=lateness, rightful=st.sampled_from((True, True, True, False)))
    def a_hand_off_is_answered(self, data: st.DataObject, when: When, late: int, *, rightful: bool) -> None:
        live = [one for one in self.main.case.hand_offs if one.state in {"offered", "accepted"}]
        one = data.draw(st.sampled_from(live))
        verbs = ("accepted", "declined", "asked_back") if one.state == "offered" else ("completed", "returned")
        verb = data.draw(st.sampled_from(verbs))
        agency = one.agency if rightful else data.draw(st.sampled_from(AGENCIES))
        self._record(f"hand_off.{verb}", {"hand_off": one.name, "reason": "full"}, when, late, agency)

    @precondition(lambda self: self.main.case.tasks)
    @rule(data=st.data(), when=instants, late=lateness)
    def a_task_is_completed(self, data: st.DataObject, when: When, late: int) -> None:
        task = data.draw(st.sampled_from(self.main.case.tasks))
        self._record("task.completed", {"task": task.name}, when, late, task.owner)

    @rule(verb=st.sampled_from(("proposed", "approved")), officer=st.sampled_from(("first", "second")), when=instants)
    def officers_act_on_the_gate(self, verb: str, officer: str, when: When) -> None:
        role = "proposer" if verb == "proposed" else "panel_chair"
        self._record(f"gate.{verb}", {"stage": "warned", "role": role}, when, 0, "police", officer)

    @precondition(lambda self: self.main.case.status == "open")
    @rule(stage=st.sampled_from(STAGES), when=instants)
    def somebody_moves_the_case_by_hand(self, stage: tuple[str, str], when: When) -> None:
        self._record("case.moved", {"track": stage[0], "to": stage[1], "reason": "because"}, when, 0, "council")

    @rule(back=st.integers(-1, 12), when=instants)
    def an_event_is_taken_back(self, back: int, when: When) -> None:
        number = len(self.main.journal) - back
        self._record("event.voided", {"event": number, "reason": "an error"}, when, 0, "council")

    @precondition(lambda self: self.main.case.blockages)
    @rule(when=instants)
    def a_blockage_is_cleared_by_hand(self, when: When) -> None:
        fields = {"blockage": self.main.case.blockages[0].name, "reason": "seen to"}
        self._record("blockage.cleared", fields, when, 0, "council")

    @precondition(lambda self: len(self.main.journal) > LONG_ENOUGH_TO_CLOSE)
    @rule(kind=st.sampled_from(("case.closed", "person.died", "moved.away")), when=instants, late=lateness)
    def the_case_is_closed(self, kind: str, when: When, late: int) -> None:
        self._record(kind, {"reason": "over"}, when, late, "council")

    @precondition(lambda self: self.main.case.status == "closed")
    @rule(stage=st.sampled_from((None, *STAGES)), when=instants)
    def the_case_is_opened_again(self, stage: tuple[str, str] | None, when: When) -> None:
        where = {} if stage is None else {"track": stage[0], "to": stage[1]}
        self._record("case.reopened", {"reason": "back again", **where}, when, 0, "council")

    @rule(when=instants)
    def somebody_wakes_it(self, when: When) -> None:
        self.now = self._instant(when)
        self.main.take((), self.now)
        self.diligent.wake_at_every_due_instant(self.now + A_MOMENT)
        self.diligent.take((), self.now)

    @rule()
    def the_batch_is_applied(self) -> None:
        if self.waiting:
            self.batched.take(self.waiting, self.now)
            self.waiting = []
        if self.main.case.swept and not (self.batched.case.swept and self.batched.case.clock == self.now):
            self.batched.take((), self.now)
        assert_same(self.batched, self.main)

    def teardown(self) -> None:
        if not hasattr(self, "main"):
            return
        self.the_batch_is_applied()
        case = self.main.case
        rebuilt = fold("A", self.main.journal, self.main.pathway, self.now, swept=case.swept)
        assert to_json(rebuilt.case) == to_json(case)
        assert from_json(to_json(case)) == case
        assert to_json(from_json(to_json(case))) == to_json(case)
        assert rebuilt.changes == tuple(self.main.changes)
        assert rebuilt.notices == tuple(self.main.notices)

    @invariant()
    def waking_at_every_due_instant_and_storing_in_between_changes_nothing(self) -> None:
        assert_same(self.diligent, self.main)

    @invariant()
    def every_track_has_one_owner_that_is_known_and_serving(self) -> None:
        case, pathway = self.main.case, self.main.pathway
        if case.status == "new":
            return
        assert set(case.tracks) == set(pathway.tracks)
        if case.status == "open":
            for visit in case.tracks.values():
                assert visit.owner in pathway.agencies
                assert pathway.serving(visit.owner, self.now) == visit.owner

    @invariant()
    def nothing_belongs_to_a_visit_that_ended(self) -> None:
        case = self.main.case
        if case.status != "open":
            assert (case.tasks, case.follow_ups, case.blockages, case.wake_at) == ((), (), (), None)
            assert not [one for one in case.hand_offs if one.state == "offered"]
        for task in case.tasks:
            assert (task.stage, task.visit) == (case.tracks[task.track].stage, case.tracks[task.track].nth)
        for follow_up in case.follow_ups:
            assert follow_up.stage == case.tracks[follow_up.track].stage
            assert follow_up.started_at == case.tracks[follow_up.track].entered_at
        for one in case.hand_offs:
            if one.state == "offered":
                assert (one.stage, one.visit) == (case.tracks[one.track].stage, case.tracks[one.track].nth)

    @invariant()
    def what_is_due_has_happened_and_what_is_not_is_waited_for(self) -> None:
        case = self.main.case
        for due in visible_dues(case):
            assert due > self.now or (due == self.now and not case.swept)
            assert case.wake_at is not None
            assert case.wake_at <= due

    @invariant()
    def nothing_changes_before_the_next_wake(self) -> None:
        case, pathway = self.main.case, self.main.pathway
        wake = case.wake_at
        assert wake is None or wake > self.now or (wake == self.now and not case.swept)
        quiet_until = wake - A_MOMENT if wake is not None else self.now + timedelta(days=400)
        if quiet_until >= self.now:
            later = advance(case, (), quiet_until, pathway)
            assert (later.changes, later.notices) == ((), ())

    @invariant()
    def no_move_that_could_be_made_is_left_unmade(self) -> None:
        case, pathway = self.main.case, self.main.pathway
        if case.status != "open" or (case.wake_at is not None and case.wake_at <= self.now):
            return
        draft = Draft(case, pathway, self.now)
        for track, visit in case.tracks.items():
            view, stages = draft.view(track), pathway.tracks[track].stages
            for move in stages[visit.stage].moves:
                gate = stages[move.to].gate
                asked = move.when is not None and move.when.holds(view)
                assert not asked or (gate is not None and not gate.holds(view.at_gate(f"{track}.{move.to}")))
                assert asked is (move.to in visit.held)

    @invariant()
    def notices_are_numbered_without_gaps_and_changes_come_in_order_of_time(self) -> None:
        main = self.main
        assert [notice.number for notice in main.notices] == list(range(1, main.case.notices + 1))
        for one, other in pairwise(main.changes[-20:]):
            assert one.at <= other.at <= self.now

    @invariant()
    def every_case_can_be_explained(self) -> None:
        if self.main.case.clock is not None:
            explanation = explain(self.main.case, self.main.pathway)
            tracks = self.main.pathway.tracks if self.main.case.tracks else ()
            assert [one.track for one in explanation.tracks] == list(tracks)

    def _record(
        self,
        kind: str,
        fields: Mapping[str, Scalar],
        when: When,
        late: int = 0,
        agency: str | None = None,
        officer: str = "officer",
    ) -> None:
        recorded = self._instant(when)
        if self.main.case.swept and recorded == self.main.case.clock:
            recorded += A_MOMENT
        occurred = recorded - timedelta(minutes=late)
        event = Event(len(self.main.journal) + 1, kind, occurred, recorded, agency, officer, dict(fields))
        self.now = recorded
        self.waiting.append(event)
        self.main.take((event,), recorded)
        self.diligent.wake_at_every_due_instant(recorded)
        self.diligent.take((event,), recorded)

    def _instant(self, when: When) -> datetime:
        wake = self.main.case.wake_at if self.main.case.wake_at is not None else self.now + timedelta(hours=5)
        match when:
            case "due":
                return max(self.now, wake)
            case "before":
                return max(self.now, wake - A_MOMENT)
            case "after":
                return max(self.now, wake + A_MOMENT)
            case _:
                return self.now + timedelta(minutes=int(when))


def assert_same(one: Life, other: Life) -> None:
    assert one.changes == other.changes
    assert one.notices == other.notices
    assert one.case == other.case


def visible_dues(case: Case) -> Iterator[datetime]:
    """Yield the due instants that a reader of the state sees, of whatever has not been called late yet."""
    if case.status != "open":
        return
    # Work of "the same day" may be asked for when that day is over: it is late from the start.
    tasks = [(task.due_at, task.opened_at) for task in case.tasks if not task.overdue]
    dues: list[datetime | None] = [max(due, opened) for due, opened in tasks if due is not None]
    dues += [visit.due_at for visit in case.tracks.values() if not visit.overdue]
    dues += [one.due_at for one in case.hand_offs if one.state == "offered"]
    dues += [one.next_at for one in case.follow_ups]
    yield from (due for due in dues if due is not None)


def test_however_a_case_is_lived_through_it_comes_out_the_same(properties_pathways: dict[str, Pathway]) -> None:
    machine = type("Machine", (Lives,), {"pathways": properties_pathways})

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
