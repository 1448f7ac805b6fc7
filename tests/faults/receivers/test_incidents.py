"""What cannot be delivered is an incident that says what to do, and closes by itself once it is over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from misbehaving.listening import hangs_up, receiving, says
from misbehaving.mail import MailTrouble
from misbehaving.programme import ended, let_time_pass, make_urgent, open_case, put_in_force
from misbehaving.web import TAKES, WebTrouble, answers
from sqlalchemy import text

from handrail.deliveries import deliver_due, send_again
from handrail.wiring import Store
from models.attempts import Incident, list_incidents

NewStore = Callable[..., Store]


def open_ones(store: Store) -> list[Incident]:
    with store.engine.connect() as connection:
        return list_incidents(connection)


def closed_by(store: Store) -> list[str]:
    """In whose name each closed incident was closed."""
    statement = text("SELECT officer FROM handrail.incidents WHERE closed_at IS NOT NULL ORDER BY id")
    with store.engine.connect() as connection:
        return list(connection.scalars(statement))


@pytest.mark.parametrize("code", [400, 401, 404, 410, 413])
def test_what_a_receiver_refuses_is_an_incident_that_says_what_to_do(code: int, new_store: NewStore) -> None:
    store = new_store()
    with receiving(WebTrouble([answers(code, body=b"canary")])) as receiver:
        put_in_force(store, {"alms": {"webhook": f"http://127.0.0.1:{receiver.port}/canary"}})
        open_case(store)

        assert ended(deliver_due(store), "dead") == 1

    (incident,) = open_ones(store)
    assert (incident.kind, incident.agency, incident.tries) == ("undeliverable", "alms", 1)
    assert str(code) in incident.sentence
    assert "handrail report incidents --send-again" in incident.sentence
    assert "canary" not in incident.sentence


def test_a_message_that_is_sent_again_and_arrives_closes_its_incident_and_says_so(new_store: NewStore) -> None:
    store = new_store()
    trouble = WebTrouble([answers(404), TAKES])
    with receiving(trouble) as receiver:
        put_in_force(store, {"alms": {"webhook": f"http://127.0.0.1:{receiver.port}/"}})
        open_case(store)
        deliver_due(store)
        (incident,) = open_ones(store)
        assert incident.message is not None
        send_again(store, incident.message)

        batch = deliver_due(store)

    assert trouble.keys == [incident.message] * 2
    assert open_ones(store) == []
    (officer,) = closed_by(store)
    assert "by itself" in officer
    assert [(act.agency, act.what) for act in batch.acts if act.kind == "incident_closed"] == [("alms", "webhook")]


def test_a_message_that_nobody_has_taken_stays_an_incident_whatever_else_arrives(new_store: NewStore) -> None:
    store = new_store()
    trouble = WebTrouble([answers(404), TAKES])
    with receiving(trouble) as receiver:
        put_in_force(store, {"alms": {"webhook": f"http://127.0.0.1:{receiver.port}/"}})
        open_case(store)
        deliver_due(store)
        open_case(store)

        assert ended(deliver_due(store), "sent") == 1

    (incident,) = open_ones(store)
    assert incident.message == trouble.keys[0]
    assert closed_by(store) == []


def test_a_channel_that_failed_while_another_reached_the_agency_closes_when_it_works_again(
    new_store: NewStore,
) -> None:
    web, post = WebTrouble([answers(404), TAKES]), MailTrouble()
    with receiving(web) as receiver, receiving(post) as mail:
        store = new_store(mail_host="127.0.0.1", mail_port=mail.port)
        contacts = {"email": "desk@alms.example", "webhook": f"http://127.0.0.1:{receiver.port}/"}
        put_in_force(store, {"alms": contacts})
        open_case(store)
        assert ended(deliver_due(store), "sent") == 1, "by mail"
        assert [each.subject.split()[1] for each in open_ones(store)] == ["webhook"]
        open_case(store)

        deliver_due(store)

    assert open_ones(store) == []
    assert len(closed_by(store)) == 1
    assert len(post.letters) == 2


def test_another_agency_or_another_channel_that_works_closes_nothing(new_store: NewStore) -> None:
    store = new_store(webhook_secrets={"beacon": ["whsec_" + "YWJj" * 8]})
    with receiving(WebTrouble([TAKES])) as receiver:
        hook = {"webhook": f"http://127.0.0.1:{receiver.port}/"}
        put_in_force(store, {"alms": {**hook, "file": "alms"}, "beacon": hook})
        open_case(store)

        assert ended(deliver_due(store), "sent") == 1
        open_case(store)
        let_time_pass(store)
        deliver_due(store)

    (incident,) = open_ones(store)
    assert closed_by(store) == []
    assert (incident.kind, incident.agency) == ("channel_not_ready", "alms")
    assert "No webhook secret is known" in incident.sentence
    assert "leaves by itself" in incident.sentence


def test_a_setting_that_was_mended_sends_what_waits_and_closes_its_one_incident(new_store: NewStore) -> None:
    with receiving(WebTrouble([TAKES])) as receiver:
        store = new_store(webhook_secrets={})
        put_in_force(store, {"alms": {"webhook": f"http://127.0.0.1:{receiver.port}/"}})
        for _ in range(3):
            open_case(store)
        make_urgent(store)
        deliver_due(store)
        assert len(open_ones(store)) == 1

        let_time_pass(store)
        batch = deliver_due(new_store())

        assert receiver.connections == 3
    assert ended(batch, "sent") == 3
    assert open_ones(store) == []


def test_a_mail_server_that_does_not_want_us_is_one_incident_at_once_and_no_notice_dies(new_store: NewStore) -> None:
    trouble = MailTrouble({"banner": says(b"554 canary, no mail from you\r\n")})
    with receiving(trouble) as mail:
        store = new_store(mail_host="127.0.0.1", mail_port=mail.port)
        put_in_force(store, {"alms": {"email": "desk@alms.example"}})
        for _ in range(5):
            open_case(store)
        make_urgent(store)
        batch = deliver_due(store)

        assert mail.connections == 1, "who does not want us is not asked five times"
        (incident,) = open_ones(store)
        trouble.troubles.clear()
        let_time_pass(store)
        later = deliver_due(store)

    assert (ended(batch, "delayed"), ended(batch, "dead"), ended(later, "sent")) == (5, 0, 5)
    assert incident.kind == "channel_not_ready"
    assert "554" in incident.sentence
    assert open_ones(store) == []


def test_what_stays_undeliverable_after_all_tries_is_an_incident_that_says_what_to_do(new_store: NewStore) -> None:
    store = new_store(attempts=2)
    with receiving(hangs_up) as receiver:
        put_in_force(store, {"alms": {"webhook": f"http://127.0.0.1:{receiver.port}/"}})
        open_case(store)
        deliver_due(store)
        let_time_pass(store)

        assert ended(deliver_due(store), "dead") == 1

    (incident,) = open_ones(store)
    assert incident.tries == 2
    assert "could not be reached" in incident.sentence
    assert "--send-again" in incident.sentence
