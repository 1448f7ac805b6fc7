"""A message may come twice, and always under one key: whoever is cut off, late or killed in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from misbehaving.listening import Trouble, hangs_up, in_turn, receiving, resets, stalls, waits
from misbehaving.mail import MailTrouble
from misbehaving.programme import (
    A_WHILE,
    SECRETS,
    all_attempts,
    await_fact,
    ended,
    let_time_pass,
    make_urgent,
    open_case,
    put_in_force,
)
from misbehaving.web import TAKES, WebTrouble, answers

from handrail.deliveries import deliver_due
from handrail.wiring import Store

NewStore = Callable[..., Store]
WORKER = """
from handrail.deliveries import deliver_due
from handrail.wiring import open_store
with open_store() as store:
    deliver_due(store)
"""
ENDINGS: dict[str, Trouble] = {
    "is cut": hangs_up,
    "is reset": resets,
    "never comes": stalls,
    "comes late": in_turn(waits(5.0), TAKES),
    "is half a line": in_turn(lambda line: line.say(b"HTTP/1.1 2"), hangs_up),
    "is an error all the same": answers(500),
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_a_webhook_that_took_the_message_and_whose_answer_fails_gets_it_again_under_its_key(
    ending: Trouble, new_store: NewStore
) -> None:
    store = new_store(send_seconds=1.5)
    trouble = WebTrouble([ending, TAKES])
    with receiving(trouble) as receiver:
        put_in_force(store, {"alms": {"webhook": f"http://127.0.0.1:{receiver.port}/"}})
        for _ in range(3):
            open_case(store)
        first = deliver_due(store)
        let_time_pass(store)
        open_case(store)  # it does not slip into the message that was tried before

        second = deliver_due(new_store())

    assert (ended(first, "delayed"), ended(second, "sent")) == (3, 4)
    keys = trouble.keys
    assert len(keys) == 3
    assert keys[1:].count(keys[0]) == 1
    once, again = [request.body for request in trouble.requests if request.headers["webhook-id"] == keys[0]]
    assert once == again


MAIL_ENDINGS: dict[str, Trouble] = {
    "is cut": hangs_up,
    "is reset": resets,
    "never comes": stalls,
    "comes late": in_turn(waits(5.0), lambda line: line.say(b"250 taken\r\n")),
    "is half a yes": in_turn(lambda line: line.say(b"250"), hangs_up),
    "is to come again": lambda line: line.say(b"451 later\r\n"),
}


@pytest.mark.parametrize("ending", MAIL_ENDINGS.values(), ids=MAIL_ENDINGS)
def test_a_mail_server_that_took_the_letter_and_whose_answer_fails_gets_it_again_under_its_message_id(
    ending: Trouble, new_store: NewStore
) -> None:
    trouble = MailTrouble({"dot": ending})
    with receiving(trouble) as mail:
        by_mail = {"mail_host": "127.0.0.1", "mail_port": mail.port}
        store = new_store(send_seconds=1.5, **by_mail)
        put_in_force(store, {"alms": {"email": "desk@alms.example"}})
        open_case(store)
        first = deliver_due(store)
        trouble.troubles.clear()
        let_time_pass(store)

        second = deliver_due(new_store(**by_mail))

    assert (ended(first, "delayed"), ended(second, "sent")) == (1, 1)
    once, again = trouble.letters
    assert once["Message-ID"] == again["Message-ID"]
    assert once.get_content() == again.get_content()


def start_worker(database_url: str, folder: Path, **settings: object) -> subprocess.Popen[bytes]:
    known = {f"HANDRAIL_{name.upper()}": str(value) for name, value in settings.items()}
    known |= {"HANDRAIL_DATABASE_URL": database_url, "HANDRAIL_STATE": str(folder)}
    return subprocess.Popen([sys.executable, "-c", WORKER], env={**os.environ, **known})


def test_a_worker_killed_after_sending_leaves_its_messages_to_the_next_under_their_keys(
    new_store: NewStore, database_url: str, tmp_path: Path
) -> None:
    web, post = WebTrouble([stalls, stalls, TAKES]), MailTrouble({"dot": stalls})
    with receiving(web) as receiver, receiving(post) as mail:
        by_mail = {"mail_host": "127.0.0.1", "mail_port": mail.port, "mail_protection": "none"}
        store = new_store(**by_mail)
        hook = {"webhook": f"http://127.0.0.1:{receiver.port}/"}
        put_in_force(store, {"alms": hook, "beacon": hook, "chapel": {"email": "desk@chapel.example"}})
        open_case(store)
        make_urgent(store)
        secrets = str(SECRETS).replace("'", '"')
        worker = start_worker(database_url, tmp_path, webhook_secrets=secrets, send_seconds=20, **by_mail)
        await_fact(lambda: len(web.requests) == 2 and len(post.letters) == 1, "the receivers have all three")
        worker.kill()
        worker.wait(A_WHILE)

        assert ended(deliver_due(store), "sent") == 0, "the dead worker's lease still holds"
        post.troubles.clear()
        let_time_pass(store)
        second = deliver_due(store)

    assert ended(second, "sent") == 3
    assert sorted(web.keys[:2]) == sorted(web.keys[2:])
    assert len(set(web.keys)) == 2
    once, again = post.letters
    assert once["Message-ID"] == again["Message-ID"]
    tried = [each for each in all_attempts(store) if each.agency != "council"]
    assert [each.outcome for each in tried] == ["sent"] * 3, "whoever is killed leaves no word of his try"
