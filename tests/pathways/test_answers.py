"""The answers of conditions: what they hold, what they explain and when time alone may change them agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pathways import leaves, leaves_of_work
from pathways.answers import AllOf, Answer, AnyOf, NoneOf, latest_fact
from pathways.case import Case, Event, Scalar
from pathways.chart import Pathway
from pathways.draft import Draft, View
from pathways.engine import advance, fold

Read = Callable[[str], datetime]
Journal = Callable[..., list[Event]]
Kind = tuple[str, Mapping[str, Scalar]]

NOTHING: dict[str, Scalar] = {}
A_MOMENT = timedelta(microseconds=1)
FAR_AHEAD = timedelta(days=500)
SAMPLES = (0.0, 0.001, 0.1, 0.37, 0.5, 0.73, 0.98, 1.0)
EVERY_ANSWER = {
    AllOf,
    AnyOf,
    NoneOf,
    leaves.EventAnswer,
    leaves.CountAnswer,
    leaves.WindowAnswer,
    leaves.AbsentAnswer,
    leaves.LatestAnswer,
    leaves.StageAnswer,
    leaves.WaitedAnswer,
    leaves.ReferralAnswer,
    leaves_of_work.DoneAnswer,
    leaves_of_work.OpenAnswer,
    leaves_of_work.AcceptedAnswer,
    leaves_of_work.ApprovedAnswer,
}
KINDS: tuple[Kind, ...] = (
    ("offer.made", {"offer": "bed", "response": "accepted"}),
    ("offer.made", {"offer": "other", "response": "declined"}),
    ("behaviour.seen", {}),
    ("contact.made", {}),
    ("script.changed", {"status": "on"}),
    ("script.changed", {"status": "off"}),
    ("room.given", {}),
    ("task.completed", {"task": "safeguarding_check"}),
    ("task.completed", {"task": "visit"}),
    ("hand_off.accepted", {"hand_off": "bed"}),
    ("hand_off.completed", {"hand_off": "bed"}),
    ("gate.proposed", {"stage": "warned", "role": "proposer"}),
    ("gate.approved", {"stage": "warned", "role": "panel_chair"}),
    ("custody.started", {}),
    ("custody.ended", {}),
    ("case.moved", {"track": "support", "to": "housed", "reason": "x"}),
    ("case.moved", {"track": "support", "to": "lost", "reason": "x"}),
)
lines = st.tuples(
    st.sampled_from(KINDS),
    st.sampled_from((0, 1, 60, 600, 1440, 4000)),
    st.sampled_from((0, 0, 0, 1500)),
    st.sampled_from(("first", "second")),
)


def parts_of(answer: Answer) -> Iterator[Answer]:
    yield answer
    for part in getattr(answer, "parts", ()):
        yield from parts_of(part)


def asked_in(draft: Draft) -> Iterator[tuple[str, Answer, View]]:
    """Yield every answer of the pathway, and its parts, as the present visit of its track would ask it."""
    pathway = draft.pathway
    for track, chart in pathway.tracks.items():
        for stage in chart.stages.values():
            wholes = [move.when for move in stage.moves] + [task.when for task in stage.tasks] + [stage.gate]
            wholes += [one.until for one in stage.follow_ups] + [one.open_when for one in stage.hand_offs]
            view = draft.view(track).at_gate(stage.key)
            yield from ((stage.key, part, view) for whole in wholes if whole for part in parts_of(whole))
    for blockage in pathway.blockages:
        wholes = [blockage.when, blockage.clears_when]
        yield from ((blockage.rule, part, draft.case_view()) for whole in wholes if whole for part in parts_of(whole))
    if pathway.eligibility is not None:
        yield from (("eligibility", part, draft.case_view()) for part in parts_of(pathway.eligibility))


def holds_at(answer: Answer, case: Case, pathway: Pathway, view: View, now: datetime) -> bool:
    later = View(Draft(case, pathway, now), view.entered_at, view.since_number, view.since, view.gate)
    later.now = now
    return answer.holds(later)


def sampled(start: datetime, end: datetime) -> list[datetime]:
    return [start + (end - start) * share for share in SAMPLES]


def life(pathway: Pathway, entries: Sequence[tuple[Kind, int, int, str]]) -> Case:
    now = pathway.calendar.resolve(datetime(2026, 3, 27, 20, 0))  # noqa: DTZ001 - resolved at once
    events = [Event(1, "referral.made", now, now, "outreach", None, {"age": 40, "referred_by": "professional"})]
    for (kind, fields), minutes, late, officer in entries:
        now += timedelta(minutes=minutes)
        events.append(Event(len(events) + 1, kind, now - timedelta(minutes=late), now, None, officer, fields))
    case = Case("A")
    for event in events:
        case = advance(case, (event,), event.recorded_at, pathway, events[: event.number - 1]).case
    return case


def test_the_pathway_of_these_tests_asks_every_kind_of_question(properties_pathways: dict[str, Pathway]) -> None:
    pathway = properties_pathways["Europe/London"]
    draft = Draft(life(pathway, ()), pathway, datetime(2026, 3, 28).astimezone())

    assert {type(answer) for _, answer, _ in asked_in(draft)} == EVERY_ANSWER


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    zone=st.sampled_from(("Europe/London", "America/New_York", "Australia/Lord_Howe")),
    entries=st.lists(lines, min_size=3, max_size=14),
)
def test_time_alone_changes_no_answer_before_it_says_so_and_every_explanation_agrees(
    properties_pathways: dict[str, Pathway], zone: str, entries: list[tuple[Kind, int, int, str]]
) -> None:
    pathway = properties_pathways[zone]
    case = life(pathway, entries)
    assert case.clock is not None
    for rule, answer, view in asked_in(Draft(case, pathway, case.clock)):
        held, change = answer.holds(view), answer.next_change(view)
        assert answer.explain(view).holds is held, (rule, answer)
        assert change is None or change > case.clock, (rule, answer)
        for now in sampled(case.clock, change - A_MOMENT if change else case.clock + FAR_AHEAD):
            assert holds_at(answer, case, pathway, view, now) is held, (rule, answer, now)


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(entries=st.lists(lines, min_size=3, max_size=14))
def test_a_leaf_that_names_an_instant_does_change_then(
    properties_pathways: dict[str, Pathway], entries: list[tuple[Kind, int, int, str]]
) -> None:
    pathway = properties_pathways["Europe/London"]
    case = life(pathway, entries)
    assert case.clock is not None
    for rule, answer, view in asked_in(Draft(case, pathway, case.clock)):
        change = answer.next_change(view)
        if change is not None and not hasattr(answer, "parts"):
            assert holds_at(answer, case, pathway, view, change) is not answer.holds(view), (rule, answer)


def answered(pathway: Pathway, key: str, nth: int, case: Case) -> bool:
    """Return whether the ``nth`` move of a stage is asked for, seen from the present visit of its track."""
    track, _, stage = key.partition(".")
    assert case.clock is not None
    when = pathway.tracks[track].stages[stage].moves[nth].when
    assert when is not None
    return when.holds(Draft(case, pathway, case.clock).view(track))


@pytest.mark.parametrize(
    ("until", "holds"),
    [("2026-03-08 08:59:59.999999", True), ("2026-03-08 09:00", False)],
    ids=["the last moment", "the first after"],
)
def test_a_window_of_five_days_lets_go_at_the_same_wall_time(
    properties_pathways: dict[str, Pathway], journal: Journal, at: Read, until: str, *, holds: bool
) -> None:
    pathway = properties_pathways["Europe/London"]
    seen: list[object] = [("behaviour.seen", f"2026-03-03 {hour}:00", NOTHING, "police") for hour in ("09", "10")]
    events = journal(("referral.made", "2026-03-02 09:00", NOTHING, "outreach"), *seen)

    case = fold("A", events, pathway, at(until)).case

    assert answered(pathway, "enforcement.none_considered", 0, case) is holds


def test_a_busy_fortnight_is_remembered_though_another_condition_asks_for_a_few_working_days(
    compile_pathway: Callable[..., Pathway], journal: Journal
) -> None:
    asked = "{count: {event: seen, at_least: 40, within: %s}}"
    text = f"""
pathway: busy
version: 1
title: Busy
coordinator: council
calendar: england-and-wales
agencies: {{council: {{title: Council}}}}
events: {{seen: {{by: [council]}}}}
tracks:
  main:
    start: quiet
    stages:
      quiet:
        owner: council
        moves:
          - {{to: busy, when: {asked % "2 working days"}}}
          - {{to: watched, when: {asked % "10 days"}}}
      watched: {{owner: council, moves: [{{to: quiet, when: {{waited: 30 days}}}}]}}
      busy: {{owner: council, final: true, outcome: Busy}}
"""
    compiled = compile_pathway(text)
    early: list[object] = [
        ("seen", f"2026-03-02 {hour:02d}:{minute:02d}", NOTHING, "council") for hour in (9, 10) for minute in range(19)
    ]

    decision = fold(
        "A", journal(*early, *(("seen", f"2026-03-{day} 09:00", NOTHING, "council") for day in (10, 11))), compiled
    )

    assert decision.case.tracks["main"].stage == "watched"


def test_the_latest_is_what_occurred_last_and_of_two_at_once_what_was_recorded_later(at: Read) -> None:
    earlier, later = at("2026-03-02 09:00"), at("2026-03-02 10:00")

    assert latest_fact(()) is None
    assert latest_fact(((4, later, "a"), (5, earlier, "b"))) == (4, later, "a")
    assert latest_fact(((5, later, "b"), (4, later, "a"))) == (5, later, "b")
    assert latest_fact(((4, later, "a"), (5, later, "b"))) == (5, later, "b")
