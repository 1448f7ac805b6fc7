"""Nothing that a receiver says, and no address, is kept in a log, an attempt, an incident or what Prefect is shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from misbehaving.listening import Trouble, in_turn, receiving, says
from misbehaving.mail import MailTrouble
from misbehaving.programme import open_case, put_in_force
from misbehaving.web import WebTrouble, answers
from sqlalchemy import text

from handrail.deliveries import deliver_due
from handrail.wiring import Store

NewStore = Callable[..., Store]
NOTIFY_KEY = "ours-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0"
TABLES = ("attempts", "incidents", "faults", "notices", "heartbeats")
TALK: dict[str, Trouble] = {
    "a refusal": answers(400, "X: canary", "Set-Cookie: canary=canary", body=b'{"errors": [{"message": "canary"}]}'),
    "an error": answers(500, "X: canary", body=b"canary"),
    "a yes": answers(200, "X: canary", body=b"canary"),
    "a redirection": answers(302, "Location: https://canary.example/canary"),
    "a redirection to nonsense": answers(302, "Location: mailto:canary"),
    "no HTTP": says(b"canary\r\n\r\n"),
    "broken headers": says(b"HTTP/1.1 200 canary\r\ncanary canary\r\n: canary\r\n\r\ncanary"),
}


def tables_that_hold(store: Store, word: str) -> set[str]:
    """The tables that notices pass through, in which ``word`` stands."""
    with store.engine.connect() as connection:
        return {
            table
            for table in TABLES
            if connection.scalar(
                text(f"SELECT count(*) FROM handrail.{table} AS it WHERE it::text ILIKE :word"),  # noqa: S608 - ours
                {"word": f"%{word}%"},
            )
        }


@pytest.mark.parametrize("talk", TALK.values(), ids=TALK)
def test_what_web_servers_say_and_where_they_are_is_kept_nowhere(
    talk: Trouble, new_store: NewStore, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    caplog.set_level("DEBUG")
    shy = in_turn(talk, lambda line: line.socket.close())
    with receiving(WebTrouble([shy])) as receiver, receiving(WebTrouble([shy])) as service:
        settings = {"notify_api_key": NOTIFY_KEY, "notify_base_url": f"http://127.0.0.1:{service.port}"}
        store = new_store(attempts=1, **settings)
        hook = f"http://canary:canary@127.0.0.1:{receiver.port}/canary?token=canary"
        put_in_force(store, {"alms": {"webhook": hook}, "beacon": {"notify": "canary@beacon.example"}})
        open_case(store)

        batch = deliver_due(store)

        assert receiver.connections == service.connections == 1
    assert "canary" not in caplog.text
    assert "canary" not in str(batch.acts)
    assert tables_that_hold(store, "canary") == set()


@pytest.mark.parametrize("stage", ["banner", "ehlo", "mail", "rcpt", "data", "dot", "quit"])
@pytest.mark.parametrize("words", [b"550 5.1.1 canary\r\n", b"450-canary\r\n450 canary\r\n", b"canary\r\n"])
def test_what_mail_servers_say_and_who_is_written_to_is_kept_nowhere(
    words: bytes, stage: str, new_store: NewStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with receiving(MailTrouble({stage: says(words)})) as mail:
        store = new_store(attempts=1, mail_host="127.0.0.1", mail_port=mail.port)
        put_in_force(store, {"alms": {"email": "canary@alms.example"}})
        open_case(store)

        batch = deliver_due(store)

    assert "canary" not in caplog.text
    assert "canary" not in str(batch.acts)
    assert tables_that_hold(store, "canary") == set()
