"""After an event only those conditions are asked whose answer may have changed, and none of them is missed."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import pytest

from pathways.case import ChangeKind, Event
from pathways.chart import Pathway
from pathways.engine import fold
from pathways.news import _WORDS

PATHWAY = """
pathway: test
version: 1
title: Test
coordinator: council
agencies: {council: {title: Council}}
opens_on: [asked]
events:
  asked: {by: [council]}
  seen: {by: [council]}
  other: {by: [council]}
tracks:
  work:
    start: doing
    stages:
      doing:
        owner: council
        tasks:
          first: {owner: council, when: {event: seen}, due: 2 days}
          second: {owner: council, when: {open: {task: first}}, due: 2 days}
          third: {owner: council, when: {open: {blockage: crowd}}, due: 2 days}
        moves: [{to: rest, when: {done: {task: third}}}]
      rest: {owner: council, moves: [{to: doing, by_hand: true}]}
blockages:
  crowd:
    theme: courts
    attributable_to: system
    owner: council
    when: {count: {event: seen, at_least: 2, since: case}}
    clears_when: {stage: {track: work, is: doing}}
"""


@pytest.fixture
def changes(compile_pathway: Callable[..., Pathway], journal: Callable[..., list[Event]]) -> Callable[..., list[str]]:
    pathway = compile_pathway(PATHWAY, checked=False)

    def told(*kinds: str) -> list[str]:
        lines = [(kind, f"2026-03-02 {9 + n:02}:00") for n, kind in enumerate(kinds)]
        return [f"{change.kind} {change.subject}" for change in fold("A", journal(*lines), pathway).changes]

    return told


def test_what_an_event_opens_may_open_something_else_at_once(changes: Callable[..., list[str]]) -> None:
    assert changes("asked", "seen")[-2:] == ["task_opened first", "task_opened second"]


def test_a_blockage_whose_end_holds_already_is_over_at_once(changes: Callable[..., list[str]]) -> None:
    told = changes("asked", "seen", "other", "seen")

    assert told[-3:] == ["blockage_opened crowd", "task_opened third", "blockage_cleared crowd"]


def test_every_kind_of_change_is_known_or_has_everything_asked_anew() -> None:
    asks_everything = {"case_opened", "case_closed", "case_reopened", "moved", "paused", "resumed", "event_voided"}
    unseen = {"follow_up_stopped", "review_opened"}

    assert set(get_args(ChangeKind)) == set(_WORDS) | asks_everything | unseen
