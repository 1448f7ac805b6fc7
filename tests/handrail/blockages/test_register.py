"""A blockage opens once, ages, escalates, clears by itself and does not flap; a coordinator's word is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, text

from handrail.blockages import acting
from handrail.blockages.detecting import detect
from handrail.casework import Brought, ImportOptions, Speaker, database_now, import_events, open_work_of
from handrail.errors import NotFound, NotPossible, NotYours
from handrail.wiring import Store
from models.database import raw
from models.shared_blockages import SharedBlockage, find_shared, list_acts, list_linked, list_shared
from models.story_clock import StoryClock, lay_story_clock

DAY = timedelta(days=1)
COUNCIL = Speaker("council", "C. Officer")
MISSION = Speaker("mission", "M. Officer")
FULL = """
INSERT INTO handrail.projects (key, kind, title, provider) VALUES ('elm', 'room', 'Elm', 'riverside');
INSERT INTO handrail.places (project, kind, name, in_service_from) VALUES ('elm', 'room', '1', '2020-01-01');
INSERT INTO handrail.place_uses (place_id, kind, use, during)
SELECT id, 'room', 'stay', tstzrange(clock_timestamp() - interval '10 days', NULL) FROM handrail.places;
"""
FREE = "UPDATE handrail.place_uses SET during = tstzrange(lower(during), clock_timestamp())"
TAKEN = """
INSERT INTO handrail.place_uses (place_id, kind, use, during)
SELECT id, 'room', 'stay', tstzrange(clock_timestamp(), NULL) FROM handrail.places
"""


@pytest.fixture
def clock(engine: Engine, store: Store) -> Iterator[StoryClock]:
    """The store's clock, which the tests turn on."""
    with lay_story_clock(engine, database_now(store)) as laid:
        engine.dispose()  # whatever was opened under the other clock
        yield laid
    engine.dispose()


@pytest.fixture
def blocked(store: Store, clock: StoryClock) -> SharedBlockage:
    """Rooms that are full while somebody waits, as just found."""
    assert clock.connection.closed is False
    do(store, FULL)
    wait(store, "somebody", database_now(store) - 4 * DAY)
    detect(store)
    return only(store, "rooms_full")


def wait(store: Store, name: str, since: datetime, *more: Brought) -> None:
    told = [
        Brought(name, "referral.made", since - timedelta(hours=1), agency="outreach"),
        Brought(name, "offer.made", since, agency="outreach", fields={"response": "accepted"}),
        *more,
    ]
    import_events(store, "haven", [(name, told)], ImportOptions("waiting"))


def do(store: Store, statements: str) -> None:
    with store.engine.begin() as connection:
        for each in statements.split(";\n"):
            if each.strip():
                connection.execute(text(each))


def only(store: Store, name: str) -> SharedBlockage:
    with store.engine.connect() as connection:
        (found,) = [each for each in list_shared(raw(connection)) if each.name == name]
    return found


def again(store: Store, number: int) -> SharedBlockage:
    with store.engine.connect() as connection:
        found = find_shared(raw(connection), number)
    assert found is not None
    return found


def acts(store: Store, number: int) -> list[str]:
    with store.engine.connect() as connection:
        return [act.act for act in list_acts(raw(connection), number)]


def told(store: Store, number: int) -> list[tuple[str, str]]:
    statement = text("SELECT agency, kind FROM handrail.notices WHERE blockage_id = :number ORDER BY number")
    with store.engine.connect() as connection:
        return [(row.agency, row.kind) for row in connection.execute(statement, {"number": number})]


def later(store: Store, clock: StoryClock, by: timedelta) -> None:
    clock.set_to(database_now(store) + by)
    detect(store)


def test_it_ages_and_escalates_on_its_ladder(store: Store, clock: StoryClock, blocked: SharedBlockage) -> None:
    later(store, clock, DAY)
    first = again(store, blocked.id)
    later(store, clock, 3 * DAY)
    second = again(store, blocked.id)

    assert (blocked.level, first.level, second.level) == (0, 1, 2)
    assert [round(each.person_days, 2) for each in (blocked, first, second)] == [4, 5, 8]
    assert told(store, blocked.id) == [("council", "blockage"), ("outreach", "escalation"), ("riverside", "escalation")]


def test_it_clears_by_itself_when_its_cause_has_been_gone_for_long_enough(
    store: Store, clock: StoryClock, blocked: SharedBlockage
) -> None:
    do(store, FREE)
    later(store, clock, timedelta(hours=1))
    calm = again(store, blocked.id)
    later(store, clock, DAY)
    over = again(store, blocked.id)

    assert calm.closed_at is None
    assert calm.calm_since is not None
    assert (over.closed_as, over.closed_because) == ("cleared", "its cause is gone")
    assert over.person_days == pytest.approx(4 + 1 / 24, abs=0.01), "the calm costs nothing"
    assert told(store, blocked.id) == [("council", "blockage"), ("council", "blockage_cleared")]


def test_it_does_not_flap(store: Store, clock: StoryClock, blocked: SharedBlockage) -> None:
    for _ in range(3):
        do(store, FREE.replace("clock_timestamp())", "clock_timestamp()) WHERE upper_inf(during)"))
        later(store, clock, timedelta(hours=1))
        do(store, TAKEN)
        later(store, clock, timedelta(hours=20))

    assert acts(store, blocked.id) == ["opened", "escalated"]
    assert only(store, "rooms_full").id == blocked.id


def test_found_again_soon_after_it_cleared_it_goes_on_as_the_same(
    store: Store, clock: StoryClock, blocked: SharedBlockage
) -> None:
    acting.close_shared(store, blocked.id, COUNCIL, "for another test")
    for statement in (
        "UPDATE handrail.shared_blockages SET closed_as = 'cleared', closed_at = clock_timestamp()",
        "DELETE FROM handrail.shared_blockage_acts",
    ):
        do(store, statement)
    later(store, clock, timedelta(hours=12))

    found = only(store, "rooms_full")
    assert found.id == blocked.id
    assert found.since == blocked.since
    assert acts(store, blocked.id) == ["reopened"]


def test_two_that_look_at_once_open_it_once(store: Store) -> None:
    do(store, FULL)
    wait(store, "somebody", database_now(store) - 4 * DAY)
    at_once, faults = Barrier(2), list[BaseException]()

    def look() -> None:
        at_once.wait()
        try:
            detect(store)
        except BaseException as error:  # noqa: BLE001 - told by the test
            faults.append(error)

    threads = [Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not faults
    assert acts(store, only(store, "rooms_full").id) == ["opened"]


def test_one_that_was_closed_by_hand_is_not_opened_by_what_was_known(
    store: Store, clock: StoryClock, blocked: SharedBlockage
) -> None:
    acting.close_shared(store, blocked.id, COUNCIL, "a new house opens on Monday")
    later(store, clock, 5 * DAY)

    with store.engine.connect() as connection:
        assert [each.name for each in list_shared(raw(connection)) if each.name == "rooms_full"] == []
    assert told(store, blocked.id)[-1] == ("council", "blockage_cleared")

    do(store, FREE)
    clock.set_to(database_now(store) + timedelta(hours=1))
    do(store, TAKEN)
    later(store, clock, 3 * DAY)

    assert only(store, "rooms_full").id != blocked.id


def test_while_it_is_disputed_it_ages_and_does_not_escalate(
    store: Store, clock: StoryClock, blocked: SharedBlockage
) -> None:
    acting.dispute_shared(store, blocked.id, MISSION, "two rooms are free")
    later(store, clock, 2 * DAY)

    found = again(store, blocked.id)
    assert (found.disputed, found.level) == ("two rooms are free", 0)
    assert found.person_days == pytest.approx(6, abs=0.01)


def test_a_new_owner_is_told_and_the_former_one_may_no_more(store: Store, blocked: SharedBlockage) -> None:
    acting.reassign_shared(store, blocked.id, "mission", COUNCIL, "their house")
    acting.act_on_shared(store, blocked.id, MISSION, "two more rooms", date(2027, 1, 31))

    found = again(store, blocked.id)
    assert (found.owner, found.action, found.due_on) == ("mission", "two more rooms", date(2027, 1, 31))
    assert told(store, blocked.id) == [("council", "blockage"), ("mission", "blockage")]
    with pytest.raises(NotYours):
        acting.act_on_shared(store, blocked.id, Speaker("outreach", "O. Officer"), "something else")


def test_what_is_merged_brings_its_cases_and_its_person_days_and_goes_on(
    store: Store, clock: StoryClock, blocked: SharedBlockage
) -> None:
    now = database_now(store)
    for name in ("one", "two", "three"):
        declined = {"hand_off": "bed", "reason": "full"}
        more = Brought(name, "hand_off.declined", now - DAY, agency="mission", fields=declined)
        wait(store, name, now - 2 * DAY, more)
    detect(store)
    rule = only(store, "same_reason")

    acting.merge_shared(store, rule.id, blocked.id, COUNCIL, "the same rooms")
    before = again(store, blocked.id)
    later(store, clock, DAY)
    after = again(store, blocked.id)

    assert again(store, rule.id).closed_as == "merged"
    assert before.merged_days == pytest.approx(3, abs=0.01)
    assert after.merged_days == pytest.approx(6, abs=0.01)
    assert after.cost == pytest.approx(after.person_days + after.merged_days)
    with store.engine.connect() as connection:
        assert len(list_linked(raw(connection), blocked.id)) == 3
        assert {each.name for each in list_shared(raw(connection))} >= {"rooms_full"}
        assert "same_reason" not in {each.name for each in list_shared(raw(connection))}


def test_it_stands_on_the_work_of_its_owner(store: Store, blocked: SharedBlockage) -> None:
    mine = [each for each in open_work_of(store, "council", ["blockage"]) if each.reference == blocked.reference]

    assert [(each.work.kind, each.work.name, each.work.state) for each in mine] == [("blockage", "rooms_full", "open")]


def test_what_may_not_be_done_is_refused_in_a_sentence(store: Store, blocked: SharedBlockage) -> None:
    with pytest.raises(NotFound, match="There is no blockage B-99"):
        acting.close_shared(store, 99, COUNCIL, "over")
    with pytest.raises(NotYours, match="may not close"):
        acting.close_shared(store, blocked.id, MISSION, "over")
    with pytest.raises(NotPossible, match="no reason was given"):
        acting.close_shared(store, blocked.id, COUNCIL, " ")
    with pytest.raises(NotPossible, match="cannot be merged"):
        acting.merge_shared(store, blocked.id, blocked.id, COUNCIL, "itself")
    with pytest.raises(NotPossible, match="There is no agency"):
        acting.reassign_shared(store, blocked.id, "nobody", COUNCIL, "theirs")


def test_each_act_is_kept_with_its_officer(store: Store, blocked: SharedBlockage) -> None:
    acting.dispute_shared(store, blocked.id, MISSION, "two rooms are free")
    acting.close_shared(store, blocked.id, COUNCIL, "they were")

    with store.engine.connect() as connection:
        kept = [(act.act, act.officer, act.because) for act in list_acts(raw(connection), blocked.id)][1:]
    assert kept == [("disputed", "M. Officer", "two rooms are free"), ("closed", "C. Officer", "they were")]
    with pytest.raises(NotPossible, match="is over: it was closed"):
        acting.dispute_shared(store, blocked.id, MISSION, "again")
