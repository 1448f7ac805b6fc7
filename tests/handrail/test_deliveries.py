"""Notices leave once, with the right list, and what cannot leave is seen."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from handrail.channels import Channels, open_channels
from handrail.deliveries import deliver_due, next_delivery, send_again
from handrail.publishing import publish
from handrail.recording import Said, Speaker, record
from handrail.settings import Settings
from handrail.sweeps import database_now
from handrail.wiring import Store
from models.attempts import list_attempts, list_incidents
from models.notices import count_notices

OUTREACH = Speaker("outreach", "P. Officer")
ACCEPTED = Said("offer.made", {"response": "accepted"}, OUTREACH)


@pytest.fixture
def mission_by_mail(store: Store, shelter_text: str, tmp_path: Path) -> Store:
    """A store in which the mission is reached by mail, over a server that is not there."""
    text_ = shelter_text.replace("contacts: {file: mission}", "contacts: {email: beds@example.org}")
    publish(store, text_.replace("version: 1", "version: 2"), None, file_name="shelter.yaml")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    settings = Settings(state=tmp_path, mail_host="127.0.0.1", mail_port=port, mail_protection="none", attempts=2)
    return Store(store.engine, settings)


def make_all_leave(store: Store) -> None:
    """Have every waiting notice be due, as if its hour had come."""
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE handrail.notices SET send_at = clock_timestamp() WHERE state = 'waiting'"))


def states(store: Store) -> dict[str, int]:
    with store.engine.connect() as connection:
        return count_notices(connection)


def test_an_urgent_notice_leaves_at_once_and_names_the_case_only(store: Store, new_case: Callable[[], str]) -> None:
    reference = new_case()
    record(store, reference, ACCEPTED)

    batch = deliver_due(store)

    (letter,) = (store.settings.outbox_folder / "mission").iterdir()
    assert batch.sent >= 1
    assert reference in letter.read_text()
    assert "Somebody" not in letter.read_text()
    assert deliver_due(store).sent == 0


def test_what_can_wait_comes_as_one_list(store: Store, new_case: Callable[[], str]) -> None:
    references = [new_case() for _ in range(3)]
    make_all_leave(store)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE handrail.notices SET urgent = false"))

    deliver_due(store)

    (letter,) = (store.settings.outbox_folder / "council").iterdir()
    assert "Kind: digest" in letter.read_text()
    assert all(reference in letter.read_text() for reference in references)


def test_a_delayed_notice_is_tried_again_and_becomes_an_incident(
    mission_by_mail: Store, new_case: Callable[[], str]
) -> None:
    store = mission_by_mail
    record(store, new_case(), ACCEPTED)

    first = deliver_due(store)
    leaves = next_delivery(store)
    make_all_leave(store)
    second = deliver_due(store)

    assert (first.delayed, first.dead) == (1, 0)
    assert leaves is not None
    assert leaves > database_now(store)
    assert second.dead == 1
    with store.engine.connect() as connection:
        (incident,) = list_incidents(connection)
        message = incident.subject.removesuffix(" email")
        tries = list_attempts(connection, message)
    assert incident.agency == "mission"
    assert [each.outcome for each in tries] == ["delayed", "delayed"]
    assert send_again(store, message) == 1
    assert states(store)["waiting"] >= 1


def test_a_setting_of_ours_that_is_missing_delays_notices_and_is_one_incident_at_once(
    mission_by_mail: Store, new_case: Callable[[], str], tmp_path: Path
) -> None:
    store = Store(mission_by_mail.engine, Settings(state=tmp_path, mail_host=None))
    for _ in range(3):
        record(store, new_case(), ACCEPTED)

    first = deliver_due(store)
    leaves = next_delivery(store)
    make_all_leave(store)
    second = deliver_due(store)

    assert (first.delayed, first.dead, second.dead) == (3, 0, 0)
    assert second.delayed == 3
    assert leaves is not None
    assert leaves > database_now(store)
    with store.engine.connect() as connection:
        (incident,) = list_incidents(connection)
    assert (incident.kind, incident.agency) == ("channel_not_ready", "mission")
    assert "Set HANDRAIL_MAIL_HOST." in incident.sentence
    assert "dead" not in states(store)


def test_a_setting_that_stays_wrong_ends_like_every_delay(
    mission_by_mail: Store, new_case: Callable[[], str], tmp_path: Path
) -> None:
    store = Store(mission_by_mail.engine, Settings(state=tmp_path, mail_host=None, attempts=2))
    record(store, new_case(), ACCEPTED)

    deliver_due(store)
    make_all_leave(store)

    assert deliver_due(store).dead == 1
    with store.engine.connect() as connection:
        assert [each.kind for each in list_incidents(connection)] == ["channel_not_ready", "undeliverable"]


def test_an_agency_that_cannot_be_reached_is_an_incident(
    store: Store, shelter_text: str, new_case: Callable[[], str]
) -> None:
    text_ = shelter_text.replace(", contacts: {file: mission}", "").replace("version: 1", "version: 2")
    publish(store, text_, None, file_name="shelter.yaml")
    record(store, new_case(), ACCEPTED)

    assert deliver_due(store).dead == 1

    with store.engine.connect() as connection:
        (incident,) = list_incidents(connection)
    assert "no contact" in incident.sentence


def test_what_death_silenced_does_not_leave(store: Store, new_case: Callable[[], str]) -> None:
    reference = new_case()
    record(store, reference, ACCEPTED)
    record(store, reference, Said("person.died", {}, OUTREACH))

    assert deliver_due(store).sent == 0
    assert not store.settings.outbox_folder.exists()


def test_a_death_that_comes_between_claiming_and_sending_still_stops_the_notice(
    store: Store, new_case: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = new_case()
    record(store, reference, ACCEPTED)

    @contextmanager
    def open_after_a_death(settings: Settings, *_: object) -> Iterator[Channels]:
        record(store, reference, Said("person.died", {}, OUTREACH))
        with open_channels(settings) as channels:
            yield channels

    monkeypatch.setattr("handrail.deliveries.open_channels", open_after_a_death)

    assert deliver_due(store).sent == 0
    assert not store.settings.outbox_folder.exists()


def test_several_workers_send_each_notice_once(store: Store, new_case: Callable[[], str]) -> None:
    for _ in range(12):
        record(store, new_case(), ACCEPTED)

    with ThreadPoolExecutor(4) as pool:
        batches = list(pool.map(lambda _: deliver_due(store, 3), range(16)))

    with store.engine.connect() as connection:
        offers = connection.scalar(text("SELECT count(*) FROM handrail.attempts WHERE agency = 'mission'"))
    assert offers == 12
    assert sum(batch.sent for batch in batches) >= 12
    assert len(list((store.settings.outbox_folder / "mission").iterdir())) == 12


def test_a_worker_that_dies_while_sending_leaves_its_notices_to_the_next(
    store: Store, new_case: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    record(store, new_case(), ACCEPTED)

    def die(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr("handrail.deliveries._deliver", die)
        with pytest.raises(SystemExit):
            deliver_due(store)

    assert deliver_due(store).sent == 0
    make_all_leave(store)
    assert deliver_due(store).sent >= 1
