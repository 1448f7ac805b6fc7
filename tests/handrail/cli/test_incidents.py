"""Incidents are listed, sent again and settled from the command."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from handrail.deliveries import deliver_due
from handrail.publishing import publish
from handrail.recording import Speaker
from handrail.referrals import Referral, refer
from handrail.settings import Settings
from handrail.wiring import Store
from models.attempts import open_incident
from models.notices import count_notices
from models.persons import Identity

HOSTEL = """\
pathway: hostel
version: 1
title: Hostel
coordinator: council
agencies:
  council: {title: Council, contacts: {email: council@example.org}}
opens_on: [Referral]
events:
  Referral: {by: [council]}
tracks:
  support:
    start: waiting
    stages:
      waiting: {owner: council, moves: [{to: home, by_hand: true}]}
      home: {owner: council, final: true}
"""
Told = Callable[..., dict[str, Any]]


@pytest.fixture
def store(engine: Any, tmp_path: Any, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with one notice that could not be delivered: there is no mail server, and one try only."""
    monkeypatch.setenv("HANDRAIL_DATABASE_URL", database_url)
    store = Store(engine, Settings(state=tmp_path, mail_host=None, attempts=1))
    publish(store, HOSTEL, None, file_name="hostel.yaml")
    refer(store, "hostel", Referral(Identity(("Sam Sample",), None), Speaker("council")))
    with engine.begin() as connection:
        connection.execute(text("UPDATE handrail.notices SET send_at = clock_timestamp() WHERE state = 'waiting'"))
    assert deliver_due(store).dead == 1
    return store


@pytest.fixture
def told(handrail: Any) -> Told:
    """Run a verb with --json, and return what it tells; it must succeed."""

    def run(*arguments: str) -> dict[str, Any]:
        ran = handrail(*arguments, "--json")
        assert ran.status == 0, ran.errors
        found: dict[str, Any] = json.loads(ran.output)
        return found

    return run


@pytest.mark.usefixtures("store")
def test_incidents_are_listed_with_their_notice_and_how_often_it_was_tried(told: Told, handrail: Any) -> None:
    [setting, notice] = told("report", "incidents")["rows"]

    assert list(notice) == ["number", "since", "notice", "agency", "what", "attempts"]
    assert (setting["notice"], setting["attempts"]) == (None, None)
    assert (notice["agency"], notice["attempts"]) == ("council", 1)
    assert notice["notice"].count("/") >= 1
    assert "Set HANDRAIL_MAIL_HOST." in notice["what"]
    assert notice["notice"] in handrail("report", "incidents").output
    assert told("report", "incidents", "--agency", "police")["rows"] == []


def test_a_message_is_sent_again_and_only_one_that_is_dead(store: Store, told: Told, handrail: Any) -> None:
    [setting, notice] = [str(row["number"]) for row in told("report", "incidents")["rows"]]

    done = told("report", "incidents", "--send-again", notice)
    again = handrail("report", "incidents", "--send-again", notice)
    about_none = handrail("report", "incidents", "--send-again", setting)

    with store.engine.connect() as connection:
        assert count_notices(connection) == {"waiting": done["sent_again"]}
    assert (again.status, again.output) == (1, "")
    assert "it waits already" in again.errors
    assert (about_none.status, "is about no message" in about_none.errors) == (1, True)


def test_an_incident_is_settled_by_name_and_once(store: Store, told: Told, handrail: Any) -> None:
    [_, notice] = [str(row["number"]) for row in told("report", "incidents")["rows"]]

    done = told("report", "incidents", "--settle", notice, "--officer", "C. Officer")
    again = handrail("report", "incidents", "--settle", notice, "--officer", "C. Officer")

    with store.engine.connect() as connection:
        by = connection.scalar(text("SELECT officer FROM handrail.incidents WHERE id = :id"), {"id": int(notice)})
    assert (done, by) == ({"incident": int(notice), "settled_by": "C. Officer"}, "C. Officer")
    assert notice not in [str(row["number"]) for row in told("report", "incidents")["rows"]]
    assert (again.status, again.errors.startswith(f"handrail: There is no open incident {notice}.")) == (1, True)


def test_tries_over_another_channel_are_not_counted(store: Store, told: Told) -> None:
    message = told("report", "incidents")["rows"][1]["notice"]
    with store.engine.begin() as connection:
        open_incident(connection, "undeliverable", f"{message} webhook", "council", "webhook: refused")

    assert [row["attempts"] for row in told("report", "incidents")["rows"]] == [None, 1, 0]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("incidents", "--settle", "1"), id="nobody settles it"),
        pytest.param(("incidents", "--officer", "C. Officer"), id="nothing to settle"),
        pytest.param(("incidents", "--settle", "1", "--officer", " "), id="a blank name"),
        pytest.param(("incidents", "--settle", "1", "--officer", "C", "--send-again", "1"), id="two acts"),
        pytest.param(("incidents", "--send-again", "9" * 30), id="a number that is none"),
        pytest.param(("stages", "--send-again", "1"), id="another table"),
    ],
)
def test_what_an_incident_has_no_use_for_is_wrong_use(handrail: Any, arguments: tuple[str, ...]) -> None:
    ran = handrail("report", *arguments)

    assert ran.status == 2, ran.errors
    assert "Traceback" not in ran.errors
