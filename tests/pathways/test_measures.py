"""The outcome table: each figure over its own window, unit and scope, and never the sum of others."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from pathways.case import Scalar
from pathways.declaration import Measure
from pathways.figures import Figure, in_years, suppressed
from pathways.measures import MeasureEvent, Scope, outcome_table

LATE = datetime(2030, 1, 1, tzinfo=UTC)
YEAR = {"from": "2026-01-01", "to": "2026-12-31"}
HOME = {"kind": "home", "where": {"status": "in"}}


def measure(**declared: object) -> Measure:
    return Measure.model_validate({"title": "A figure", "unit": "people", "window": YEAR} | declared)


def event(
    kind: str, when: str, person: str | None = "ann", scope: Scope = "cohort", /, **fields: Scalar
) -> MeasureEvent:
    occurred = datetime.fromisoformat(when)
    return MeasureEvent(
        person, None, kind, occurred if occurred.tzinfo else occurred.replace(tzinfo=UTC), fields, scope
    )


def one(declared: Measure, *events: MeasureEvent, as_at: datetime = LATE) -> Figure:
    (figure,) = outcome_table({"it": declared}, events, as_at)
    return figure


def test_people_are_counted_once_however_often_it_happened() -> None:
    counted = one(measure(event="seen"), event("seen", "2026-02-01"), event("seen", "2026-02-02"))

    assert counted.value == 1


def test_events_are_counted_each() -> None:
    counted = one(measure(event="seen", unit="events"), event("seen", "2026-02-01"), event("seen", "2026-02-02"))

    assert counted.value == 2


@pytest.mark.parametrize(
    ("when", "counts"),
    [
        pytest.param("2026-06-30T22:59:59+00:00", 0, id="a second before local midnight, in summer time"),
        pytest.param("2026-06-30T23:00:00+00:00", 1, id="the first local second of the first day"),
        pytest.param("2026-11-30T23:59:59+00:00", 1, id="the last local second of the last day"),
        pytest.param("2026-12-01T00:00:00+00:00", 0, id="the midnight after it"),
    ],
)
def test_both_days_of_a_window_are_whole_local_days(when: str, counts: int) -> None:
    window = {"from": "2026-07-01", "to": "2026-11-30"}

    assert one(measure(event="seen", window=window), event("seen", when)).value == counts


def test_each_measure_has_its_own_window() -> None:
    measures = {
        "spring": measure(event="seen", unit="events", window={"from": "2026-03-01", "to": "2026-05-31"}),
        "may": measure(event="seen", unit="events", window={"from": "2026-05-01", "to": "2026-05-31"}),
    }

    table = outcome_table(measures, [event("seen", "2026-04-01"), event("seen", "2026-05-01")], LATE)

    assert [figure.value for figure in table] == [2, 1]


def test_the_locality_includes_the_cohort_and_not_the_other_way_round() -> None:
    measures = {
        "city": measure(event="dispersed", unit="events", scope="locality"),
        "ours": measure(event="dispersed", unit="events"),
    }
    events = [event("dispersed", "2026-02-01"), event("dispersed", "2026-02-02", None, "locality")]

    assert [figure.value for figure in outcome_table(measures, events, LATE)] == [2, 1]


def test_only_events_whose_fields_match_count() -> None:
    declared = measure(event={"kind": "sentence", "where": {"kind": "custodial"}})

    assert one(declared, event("sentence", "2026-02-01", kind="suspended")).value == 0
    assert one(declared, event("sentence", "2026-02-01", kind="custodial")).value == 1


def test_what_came_first_must_have_come_first() -> None:
    declared = measure(event=HOME, after="rough")

    seen_then_housed = one(declared, event("rough", "2026-02-01"), event("home", "2026-02-02", status="in"))
    housed_then_seen = one(declared, event("home", "2026-02-01", status="in"), event("rough", "2026-02-02"))
    another = one(declared, event("rough", "2026-02-01", "bo"), event("home", "2026-02-02", status="in"))

    assert [seen_then_housed.value, housed_then_seen.value, another.value] == [1, 0, 0]


def test_what_came_first_may_have_come_before_the_window() -> None:
    declared = measure(event=HOME, after="rough")

    assert one(declared, event("rough", "2025-05-01"), event("home", "2026-02-02", status="in")).value == 1


LASTING = measure(event=HOME, lasting={"until": {"kind": "home", "where": {"status": "out"}}, "at_least": "90 days"})


@pytest.mark.parametrize(
    ("events", "value"),
    [
        pytest.param([event("home", "2026-03-01", status="in")], 1, id="a home kept to the end"),
        pytest.param([event("home", "2026-10-15", status="in")], 0, id="not ninety days yet at the end of the window"),
        pytest.param(
            [event("home", "2026-03-01", status="in"), event("home", "2026-08-01", status="out")], 0, id="a home lost"
        ),
        pytest.param(
            [
                event("home", "2026-03-01", status="in"),
                event("home", "2026-08-01", status="out"),
                event("home", "2026-08-10", status="in"),
            ],
            1,
            id="a home lost and another kept",
        ),
        pytest.param(
            [event("home", "2026-03-01", status="in"), event("home", "2027-02-01", status="out")],
            1,
            id="lost only after the window",
        ),
        pytest.param(
            [
                event("home", "2026-03-01", status="in"),
                event("home", "2026-11-01", status="in"),
            ],
            1,
            id="moved on to another home without a gap",
        ),
    ],
)
def test_a_state_lasts_as_at_the_end_of_its_window(events: list[MeasureEvent], value: int) -> None:
    assert one(LASTING, *events).value == value


def test_a_report_looks_no_further_than_its_date() -> None:
    events = [event("home", "2026-03-01", status="in"), event("home", "2026-08-01", status="out")]

    before = one(LASTING, *events, as_at=datetime(2026, 7, 31, tzinfo=UTC))
    too_soon = one(LASTING, *events, as_at=datetime(2026, 5, 29, tzinfo=UTC))
    after = one(LASTING, *events, as_at=datetime(2026, 8, 2, tzinfo=UTC))

    assert [before.value, too_soon.value, after.value] == [1, 0, 0]
    assert [before.as_at, after.as_at] == [date(2026, 7, 31), date(2026, 8, 2)]


def test_ninety_days_are_met_on_the_ninetieth_day_and_not_before() -> None:
    moved_in = event("home", "2026-03-02T10:00:00", status="in")

    early = one(LASTING, moved_in, as_at=datetime(2026, 5, 31, 8, 59, tzinfo=UTC))
    met = one(LASTING, moved_in, as_at=datetime(2026, 5, 31, 9, 0, tzinfo=UTC))

    assert [early.value, met.value] == [0, 1]


def test_a_part_is_counted_only_among_the_people_of_its_whole() -> None:
    measures = {
        "part": measure(event="treated", of="whole"),
        "whole": measure(event="referred"),
    }
    events = [event("referred", "2026-01-02"), event("treated", "2026-01-03"), event("treated", "2026-01-03", "bo")]
    events += [event("referred", "2026-01-04", "cy")]

    part, whole = outcome_table(measures, events, LATE)

    assert (part.value, whole.value, part.share, whole.share) == (1, 2, 0.5, None)


def test_overlapping_parts_are_never_added_up() -> None:
    measures = {
        "all": measure(event="referred"),
        "housed": measure(event="housed", of="all"),
        "treated": measure(event="treated", of="all"),
    }
    events = [event(kind, "2026-01-02", who) for kind in ("referred", "housed", "treated") for who in ("ann", "bo")]

    assert [figure.value for figure in outcome_table(measures, events, LATE)] == [2, 2, 2]


def test_months_are_summed_and_told_in_years() -> None:
    declared = measure(event="sentence", unit="months", sum="months")

    figure = one(declared, *(event("sentence", f"2026-02-{day:02}", str(day), months=22.6) for day in range(1, 11)))

    assert figure.told == "18 years 10 months"


def test_an_event_that_does_not_say_how_long_is_told_as_missing() -> None:
    declared = measure(event="sentence", unit="months", sum="months")

    figure = one(declared, event("sentence", "2026-02-01", months=6), event("sentence", "2026-02-02"))

    assert (figure.value, figure.missing) == (6, 1)


@pytest.mark.parametrize(
    ("months", "told"),
    [(0, "0 months"), (1, "1 month"), (12, "1 year"), (13, "1 year 1 month"), (226, "18 years 10 months")],
)
def test_a_length_reads_as_people_say_it(months: int, told: str) -> None:
    assert in_years(months) == told


def test_a_figure_says_what_it_is_about() -> None:
    figure = one(measure(event="seen", title="People seen", scope="locality"), event("seen", "2026-02-01"))

    assert (figure.name, figure.title, figure.unit, figure.scope) == ("it", "People seen", "people", "locality")
    assert (figure.window, figure.as_at) == ((date(2026, 1, 1), date(2026, 12, 31)), date(2026, 12, 31))


def test_an_event_without_a_person_counts_for_its_case() -> None:
    nobody = MeasureEvent(None, "case 1", "seen", datetime(2026, 2, 1, tzinfo=UTC), {})

    assert one(measure(event="seen"), nobody).value == 1


def test_what_happened_to_nobody_known_is_no_person_but_an_event() -> None:
    measures = {name: measure(event="seen", unit=name, scope="locality") for name in ("people", "events")}

    table = outcome_table(measures, [event("seen", "2026-02-01", None, "locality")], LATE)

    assert [figure.value for figure in table] == [0, 1]


def test_an_event_does_not_come_before_itself() -> None:
    again = measure(event="admitted", after="admitted")

    assert one(again, event("admitted", "2026-02-01")).value == 0
    assert one(again, event("admitted", "2026-02-01"), event("admitted", "2026-02-01")).value == 0
    assert one(again, event("admitted", "2026-02-01"), event("admitted", "2026-02-02")).value == 1


def test_events_out_of_order_are_refused_with_both_instants() -> None:
    with pytest.raises(ValueError, match=r"2026-02-01.* came after one of 2026-02-02"):
        one(measure(event="seen"), event("seen", "2026-02-02"), event("seen", "2026-02-01"))


def test_measures_that_are_parts_of_each_other_are_refused() -> None:
    measures = {"a": measure(event="seen", of="b"), "b": measure(event="seen", of="a")}

    with pytest.raises(ValueError, match="in a circle: a, b, a"):
        outcome_table(measures, [], LATE)


def test_what_is_remembered_grows_with_people_and_not_with_events() -> None:
    def peak(number: int) -> int:
        start = datetime(2026, 1, 1, tzinfo=UTC)
        events = (
            MeasureEvent(f"p{minute % 10}", None, "home", start + timedelta(minutes=minute), {"status": "in"})
            for minute in range(number)
        )
        tracemalloc.start()
        outcome_table({"it": LASTING, "also": measure(event=HOME, unit="events", after="rough")}, events, LATE)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(100)

    assert peak(20_000) < peak(200) + 20_000


# ── Small numbers ───────────────────────────────────────────────────────────────────────────────


def table(groups: Mapping[str, tuple[str | None, set[int]]]) -> dict[str, str]:
    """Return what a reader sees of measures given as ``name: (whole, people)``, small ones held back."""
    figures = [
        Figure(name, name, len(who), "people", (date(2026, 1, 1),) * 2, "cohort", date(2026, 1, 1), of)
        for name, (of, who) in groups.items()
    ]
    people = {name: frozenset(map(str, who)) for name, (_, who) in groups.items()}
    return {figure.name: figure.told for figure in suppressed(figures, people, 5)}


def test_small_numbers_are_told_as_fewer_than_five() -> None:
    told = table(
        {"nought": (None, set()), "one": (None, {1}), "four": (None, {1, 2, 3, 4}), "five": (None, {*range(5)})}
    )

    assert told == {"nought": "0", "one": "fewer than 5", "four": "fewer than 5", "five": "5"}


def test_a_part_is_held_back_when_the_rest_would_be_small() -> None:
    told = table({"whole": (None, {*range(20)}), "part": ("whole", {*range(17)})})

    assert told == {"whole": "20", "part": "not shown"}


def test_the_whole_itself_as_a_part_gives_nobody_away() -> None:
    assert table({"whole": (None, {*range(20)}), "part": ("whole", {*range(20)})}) == {"whole": "20", "part": "20"}


@pytest.mark.parametrize("order", list(permutations(("small", "middle", "large"))))
def test_parts_that_make_up_the_whole_do_not_give_the_small_one_away(order: tuple[str, ...]) -> None:
    people = {"small": {0, 1}, "middle": {*range(2, 12)}, "large": {*range(12, 40)}}

    told = table({"whole": (None, {*range(40)}), **{name: ("whole", people[name]) for name in order}})

    assert told == {"whole": "40", "small": "fewer than 5", "middle": "not shown", "large": "28"}


def test_parts_that_overlap_are_shown() -> None:
    told = table({"whole": (None, {*range(40)}), "a": ("whole", {*range(25)}), "b": ("whole", {*range(13, 38)})})

    assert told == {"whole": "40", "a": "25", "b": "25"}


def test_a_share_goes_with_what_is_held_back() -> None:
    measures = {"whole": measure(event="referred"), "part": measure(event="treated", of="whole")}
    events = [event("referred", "2026-01-02", str(who)) for who in range(20)]
    events += [event("treated", "2026-01-03", str(who)) for who in range(3)]

    whole, part = outcome_table(measures, events, LATE, suppress_below=5)

    assert (whole.value, part.value, part.share, part.told) == (20, None, None, "fewer than 5")


def test_the_time_of_a_few_people_is_not_told() -> None:
    declared = measure(event="sentence", unit="months", sum="months")
    events = [event("sentence", "2026-01-03", str(who), months=30) for who in range(2)]

    (figure,) = outcome_table({"it": declared}, events, LATE, suppress_below=5)

    assert figure.told == "not shown (fewer than 5 people)"
