"""What a condition looks for in an event: tests of fields, told in words, and how long a match is remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest

from pathways.case import Fact, Scalar
from pathways.chart import Pathway
from pathways.clocks import parse_duration
from pathways.conditions import EventMatch
from pathways.watches import ALWAYS_KEPT, PRUNE_FROM, Watch, Watches, compile_where, describe_where, watch_name

Read = Callable[[str], datetime]
Fields = Mapping[str, Scalar]


@pytest.mark.parametrize(
    ("where", "passing", "failing", "words"),
    [
        ({"score": {"at_least": 3}}, {"score": 3}, {"score": 2}, "score at least 3"),
        ({"score": {"at_most": 3}}, {"score": 3}, {"score": 4}, "score at most 3"),
        ({"score": {"at_least": 3, "at_most": 4}}, {"score": 4}, {"score": 5}, "score at least 3 and at most 4"),
        ({"score": {"at_least": 3}}, {"score": 3.5}, {"score": "4"}, "score at least 3"),
        ({"score": {"at_least": 0}}, {"score": 1}, {"score": True}, "score at least 0"),
        ({"score": {"is_not": 3}}, {"score": 2}, {"score": 3}, "score not 3"),
        ({"score": {"is_not": 3, "at_least": 1}}, {"score": 4}, {"score": 3}, "score at least 1 and not 3"),
        ({"score": {"is_not": 3, "at_least": 1}}, {"score": 1}, {"score": 0}, "score at least 1 and not 3"),
        ({"answer": {"is_not": "no"}}, {"answer": "yes"}, {"answer": "no"}, "answer not no"),
        ({"found": {"is_not": 1}}, {"found": True}, {"found": 1}, "found not 1"),
        ({"found": True}, {"found": True}, {"found": False}, "found yes"),
        ({"found": False}, {"found": False}, {"found": 0}, "found no"),
        ({"answer": ["yes", "maybe"]}, {"answer": "maybe"}, {"answer": "no"}, "answer yes or maybe"),
        (
            {"answer": "yes", "found": True},
            {"answer": "yes", "found": True},
            {"answer": "yes"},
            "answer yes, found yes",
        ),
        ({"answer": "yes"}, {"answer": "yes", "found": False}, {}, "answer yes"),
    ],
)
def test_an_event_counts_if_its_fields_pass_and_the_test_is_told_in_words(
    where: Mapping[str, object], passing: Fields, failing: Fields, words: str
) -> None:
    declared = EventMatch.model_validate({"kind": "seen", "where": where}).where
    passes = compile_where(declared)
    assert passes is not None

    assert (passes(passing), passes(failing)) == (True, False)
    assert describe_where(declared) == f" ({words})"


def test_without_a_test_every_event_counts_and_no_words_are_lost_about_it() -> None:
    assert compile_where({}) is None
    assert describe_where({}) == ""


@pytest.mark.parametrize(
    ("where", "field", "name"),
    [
        ({}, None, "seen"),
        ({}, "score", "seen .score"),
        ({"score": {"at_least": 3}}, None, 'seen {"score":{"at_least":3}}'),
        ({"b": ["yes", "no"], "a": True}, None, 'seen {"a":true,"b":["yes","no"]}'),
        ({"a": "é"}, "b", 'seen {"a":"é"} .b'),
    ],
)
def test_a_watch_is_named_by_what_it_looks_for_alike_in_every_version(
    where: Mapping[str, object], field: str | None, name: str
) -> None:
    assert watch_name("seen", EventMatch.model_validate({"kind": "seen", "where": where}).where, field) == name


def test_the_same_question_twice_is_one_watch_kept_as_long_as_the_longest_asks() -> None:
    watches = Watches()
    for window in ("28 days", "5 working days"):
        watches.add("seen", {}, window=parse_duration(window))
    watches.add("called", {}, window=parse_duration("1 day"))
    watches.add("called", {})

    (seen,), (called,) = watches.by_kind()["seen"], watches.by_kind()["called"]

    assert [str(window) for window in seen.windows] == ["28 days", "5 working days"]
    assert called.windows == ()


def test_what_has_left_every_window_is_forgotten_save_the_latest_ones(
    properties_pathways: dict[str, Pathway], at: Read
) -> None:
    calendar = properties_pathways["Europe/London"].calendar
    watch = Watch("seen", "seen", None, windows=(parse_duration("2 days"), parse_duration("4 hours")))
    first = at("2026-03-02 12:00")
    facts: tuple[Fact, ...] = tuple((number, first, None) for number in range(1, PRUNE_FROM))
    (old,) = facts[:1]

    kept = watch.remember(facts, (PRUNE_FROM, first, None), first + timedelta(days=3), calendar)
    inside = watch.remember(kept, (PRUNE_FROM + 1, first, None), first + timedelta(days=2, microseconds=-1), calendar)
    outside = watch.remember(kept, (PRUNE_FROM + 1, first, None), first + timedelta(days=2), calendar)

    assert kept == (*facts, (PRUNE_FROM, first, None))
    assert old in inside
    assert [fact[0] for fact in outside] == list(range(PRUNE_FROM - ALWAYS_KEPT, PRUNE_FROM + 2))
