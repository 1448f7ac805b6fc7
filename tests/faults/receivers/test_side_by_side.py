"""One agency's receiver that stalls, fails or answers as nobody foresaw keeps no other agency waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from misbehaving.listening import Line, Receiver, Trouble, in_turn, receiving, says, stalls, waits
from misbehaving.mail import MailTrouble
from misbehaving.programme import (
    AGENCIES,
    all_attempts,
    await_fact,
    ended,
    let_time_pass,
    make_urgent,
    open_case,
    put_in_force,
)
from misbehaving.web import TAKES, WebTrouble, answers
from sqlalchemy import text

from handrail import deliveries
from handrail.deliveries import deliver_due, next_delivery
from handrail.sweeps import database_now
from handrail.wiring import Store
from integrations.messages import Message, Receipt
from integrations.webhooks import Webhooks
from models.attempts import list_incidents
from models.database import open_engine
from models.notices import count_notices

NewStore = Callable[..., Store]
LONG = 25.0  # seconds; as long as a message may take here, so that a stall outlasts everything else of a test


@dataclass
class Neighbourhood:
    """Every agency's web server, and who has fallen into which trouble."""

    servers: dict[str, WebTrouble] = field(default_factory=dict)
    receivers: dict[str, Receiver] = field(default_factory=dict)

    def contacts(self) -> dict[str, dict[str, str]]:
        return {agency: {"webhook": f"http://127.0.0.1:{each.port}/"} for agency, each in self.receivers.items()}

    def count(self) -> dict[str, int]:
        """How many messages have come to each."""
        return {agency: len(server.requests) for agency, server in self.servers.items()}


@contextmanager
def neighbourhood(**troubles: Trouble) -> Iterator[Neighbourhood]:
    """Give running servers of all agencies, of which these are in trouble."""
    with ExitStack() as closing:
        found = Neighbourhood()
        for agency in AGENCIES:
            found.servers[agency] = WebTrouble([troubles.get(agency, TAKES)])
            found.receivers[agency] = closing.enter_context(receiving(found.servers[agency]))
        yield found


def test_while_one_receiver_stalls_the_others_get_what_is_due_and_what_falls_due(new_store: NewStore) -> None:
    store = new_store(send_seconds=LONG)
    with neighbourhood(alms=stalls) as them, ThreadPoolExecutor(1) as pool:
        put_in_force(store, them.contacts())
        open_case(store)

        delivering = pool.submit(deliver_due, store)
        others = set(AGENCIES) - {"alms"}
        await_fact(lambda: all(them.count()[agency] == 1 for agency in others), "all others have theirs")
        open_case(store)
        await_fact(lambda: all(them.count()[agency] == 2 for agency in others), "and what was new meanwhile")

        assert not delivering.done()
        assert (them.receivers["alms"].connections, them.receivers["alms"].open_lines) == (1, 1)
        them.receivers["alms"].stop()
        batch = delivering.result()
    assert ended(batch, "sent") == 8
    assert ended(batch, "delayed") >= 1
    assert {each.agency for each in all_attempts(store) if each.outcome != "sent"} == {"alms"}


def test_a_mail_server_that_stalls_keeps_no_webhook_waiting(new_store: NewStore) -> None:
    with receiving(MailTrouble({"dot": stalls})) as mail, neighbourhood() as them, ThreadPoolExecutor(1) as pool:
        store = new_store(send_seconds=LONG, mail_host="127.0.0.1", mail_port=mail.port)
        by_mail = {agency: {"email": f"desk@{agency}.example"} for agency in ("alms", "beacon")}
        put_in_force(store, {**them.contacts(), **by_mail})
        open_case(store)

        delivering = pool.submit(deliver_due, store)
        await_fact(lambda: sum(them.count().values()) == 3, "those with a webhook have theirs")

        assert not delivering.done()
        mail.stop()
        batch = delivering.result()
    assert (ended(batch, "sent"), ended(batch, "delayed")) == (3, 2)


def test_a_mail_server_that_allows_few_connections_gets_few(new_store: NewStore) -> None:
    class Narrow(MailTrouble):
        def __call__(self, line: Line) -> None:
            if mail.open_lines > 3:
                line.say(b"421 too many connections\r\n")
                return
            super().__call__(line)

    with receiving(Narrow({"dot": in_turn(waits(0.1), says(b"250 taken\r\n"))})) as mail:
        store = new_store(mail_host="127.0.0.1", mail_port=mail.port)
        put_in_force(store, {agency: {"email": f"desk@{agency}.example"} for agency in AGENCIES})
        for _ in range(4):
            open_case(store)
        make_urgent(store)

        batch = deliver_due(store)

        assert mail.connections <= 3
    assert (ended(batch, "sent"), ended(batch, "delayed")) == (20, 0)


@pytest.mark.parametrize(
    ("trouble", "asked"),
    [(stalls, 1), (answers(429), 1), (answers(503, "Retry-After: 600"), 1), (answers(500), 2)],
    ids=["stalls", "asks for peace", "asks to wait", "fails"],
)
def test_a_receiver_that_fails_is_soon_left_alone_and_the_rest_waits_untried(
    trouble: Trouble, asked: int, new_store: NewStore
) -> None:
    store = new_store(send_seconds=2)
    with neighbourhood(alms=trouble) as them:
        put_in_force(store, them.contacts())
        for _ in range(6):
            open_case(store)
        make_urgent(store)

        batch = deliver_due(store)

        assert them.receivers["alms"].connections == asked
    assert (ended(batch, "sent"), ended(batch, "delayed")) == (4 * 6, 6)
    assert sum(each.agency == "alms" for each in all_attempts(store)) == asked
    assert tries_of(store, "alms") == [0] * (6 - asked) + [1] * asked


def test_what_waits_for_a_receiver_leaves_as_soon_as_it_is_well_again(new_store: NewStore) -> None:
    store = new_store()
    with neighbourhood(alms=answers(503)) as them:
        put_in_force(store, them.contacts())
        for _ in range(6):
            open_case(store)
        make_urgent(store)
        deliver_due(store)
        them.servers["alms"].troubles = [TAKES]
        let_time_pass(store)

        assert ended(deliver_due(store), "sent") == 6

        keys = them.servers["alms"].keys
    assert len(keys) == 7
    assert len(set(keys)) == 6


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ((), timedelta(seconds=50), timedelta(minutes=1)),
        (("Retry-After: 600",), timedelta(minutes=9), timedelta(minutes=10)),
        (("Retry-After: 3",), timedelta(seconds=50), timedelta(minutes=1)),
        (("Retry-After: -600",), timedelta(seconds=50), timedelta(minutes=1)),
        (("Retry-After: 99999999999999999999",), timedelta(hours=23), timedelta(days=1)),
        (("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT",), timedelta(seconds=50), timedelta(minutes=1)),
        (("Retry-After: Wed, 21 Oct 2099 07:28:00 GMT",), timedelta(hours=23), timedelta(days=1)),
    ],
    ids=["nothing", "ten minutes", "too short", "negative", "absurd", "a date that is past", "a date far away"],
)
def test_a_receiver_is_asked_again_when_it_wants_but_never_sooner_than_usual_nor_after_a_day(
    headers: tuple[str, ...], least: timedelta, most: timedelta, new_store: NewStore
) -> None:
    store = new_store()
    with neighbourhood(alms=answers(429, *headers)) as them:
        put_in_force(store, {"alms": them.contacts()["alms"]})
        open_case(store)

        assert ended(deliver_due(store), "delayed") == 1

    leaves = next_delivery(store)
    assert leaves is not None
    assert least < leaves - database_now(store) < most


def test_back_off_grows_with_every_try_and_ends_with_a_dead_letter(new_store: NewStore) -> None:
    store = new_store(attempts=4)
    waits = []
    with neighbourhood(alms=answers(500)) as them:
        put_in_force(store, {"alms": them.contacts()["alms"]})
        open_case(store)
        for _ in range(3):
            assert ended(deliver_due(store), "delayed") == 1
            leaves = next_delivery(store)
            assert leaves is not None
            waits.append(leaves - database_now(store))
            let_time_pass(store)
        assert ended(deliver_due(store), "dead") == 1

        assert len(set(them.servers["alms"].keys)) == 1
    assert waits == sorted(waits)
    assert waits[-1] > timedelta(minutes=14)
    assert next_delivery(store) is None


def test_a_fault_that_nobody_foresaw_delays_its_letter_and_no_other(
    new_store: NewStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = new_store()
    as_it_is = Webhooks.send

    def stumble(self: Webhooks, message: Message) -> Receipt:
        if message.agency == "alms":
            raise ZeroDivisionError("canary")
        return as_it_is(self, message)

    monkeypatch.setattr(Webhooks, "send", stumble)
    with neighbourhood() as them:
        put_in_force(store, them.contacts())
        open_case(store)
        batch = deliver_due(store)

    assert (ended(batch, "sent"), ended(batch, "delayed")) == (4, 1)
    (failed,) = [each for each in all_attempts(store) if each.outcome != "sent"]
    assert "ZeroDivisionError, recorded as fault" in (failed.sentence or "")
    assert "canary" not in (failed.sentence or "")


def test_a_round_comes_to_its_end_and_leaves_the_rest_to_the_next(
    new_store: NewStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "LONGEST_ROUND", timedelta(seconds=0.3))
    store = new_store()
    with neighbourhood(alms=in_turn(waits(0.2), TAKES)) as them:
        put_in_force(store, them.contacts())
        for _ in range(4):
            open_case(store)
        make_urgent(store)

        first = deliver_due(store)
        assert 0 < them.count()["alms"] < 4
        monkeypatch.undo()
        deliver_due(store)

        assert 0 < ended(first, "sent") < 5 * 4
        assert set(them.count().values()) == {4}


def test_a_backlog_of_one_agency_keeps_no_other_waiting(new_store: NewStore) -> None:
    store = new_store()
    with neighbourhood() as them:
        put_in_force(store, {"alms": them.contacts()["alms"]})
        for _ in range(8):
            open_case(store)
        put_in_force(store, them.contacts())
        open_case(store)
        make_urgent(store)

        deliver_due(store, limit=4)  # all four are the backlog's

        counts = them.count()
        assert counts.pop("alms") < 9
        assert set(counts.values()) == {1}


def test_a_pool_of_one_connection_is_enough(new_store: NewStore, database_url: str) -> None:
    settings = new_store(connections=1).settings
    with neighbourhood() as them, Store(open_engine(database_url, connections=1), settings) as store:
        put_in_force(store, them.contacts())
        for _ in range(3):
            open_case(store)

        deliver_due(store)

        with store.engine.connect() as connection:
            assert set(count_notices(connection)) == {"sent"}
            assert list_incidents(connection) == []


def tries_of(store: Store, agency: str) -> list[int]:
    """How often each notice to the agency has been tried, in growing order."""
    statement = text("SELECT tries FROM handrail.notices WHERE agency = :agency ORDER BY tries")
    with store.engine.connect() as connection:
        return list(connection.scalars(statement, {"agency": agency}))
