"""What is published is in force for new cases, and only sound rules are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from handrail.errors import RulesRefused
from handrail.publishing import get_newest, publish
from handrail.rules import read_rules, ready
from handrail.wiring import Store
from models.publications import Publication

AGENCIES = """
agencies:
  council: {title: Council, contacts: {file: council}}
  outreach: {title: OUTREACH, contacts: {file: outreach}}
"""
SMALL = """
pathway: small
version: 1
title: Small
coordinator: council
events: {met: {by: [outreach]}}
tracks:
  only:
    start: begun
    stages:
      begun: {owner: outreach, moves: [{to: done, when: {event: met}}]}
      done: {owner: council, final: true}
"""


def test_the_same_rules_again_change_nothing(store: Store, shelter_text: str) -> None:
    again = publish(store, shelter_text, None, file_name="shelter.yaml")

    assert not again.new
    assert get_newest(store, "shelter").hash == again.hash


def test_changed_rules_need_a_raised_version(store: Store, shelter_text: str) -> None:
    changed = shelter_text.replace("title: Winter shelter", "title: Summer shelter")

    with pytest.raises(RulesRefused, match="version"):
        publish(store, changed, None, file_name="shelter.yaml")
    assert publish(store, changed.replace("version: 1", "version: 2"), None, file_name="shelter.yaml").new
    assert get_newest(store, "shelter").version == 2


def test_all_faults_of_a_file_are_told_and_nothing_is_published(store: Store, shelter_text: str) -> None:
    broken = shelter_text.replace("to: [mission, riverside]", "to: [misson, riverside]").replace(
        "version: 1", "version: 2"
    )

    with pytest.raises(RulesRefused, match=r"shelter\.yaml:\d+:\d+: error.*misson"):
        publish(store, broken, None, file_name="shelter.yaml")

    assert get_newest(store, "shelter").version == 1


def test_agencies_may_change_without_a_new_version_and_change_back(store: Store) -> None:
    changed = AGENCIES.replace("OUTREACH", "Street team")
    hashes = [
        publish(store, SMALL, agencies, file_name="small.yaml").hash for agencies in (AGENCIES, changed, AGENCIES)
    ]

    assert hashes[0] == hashes[2] != hashes[1]
    assert get_newest(store, "small").hash == hashes[2]


def test_published_rules_go_on_when_a_later_release_checks_more() -> None:
    with_no_way_out = SMALL.replace("moves: [{to: done, when: {event: met}}]", "moves: []")

    rules = ready(Publication("hash", "small", 1, with_no_way_out, AGENCIES, frozenset(), None))

    assert rules.pathway.version == 1
    with pytest.raises(RulesRefused):
        read_rules(with_no_way_out, AGENCIES, "small.yaml")


def test_of_two_who_publish_the_same_version_at_once_the_second_is_told_to_raise_it(
    store: Store, shelter_text: str
) -> None:
    second = shelter_text.replace("version: 1", "version: 2")
    texts = [second.replace("title: Winter shelter", f"title: Shelter {place}") for place in range(4)]

    def published(text: str) -> bool:
        try:
            return publish(store, text, None, file_name="shelter.yaml").new
        except RulesRefused:
            return False

    with ThreadPoolExecutor(len(texts)) as pool:
        done = list(pool.map(published, texts))

    assert sum(done) == 1
    assert get_newest(store, "shelter").text == texts[done.index(True)]
