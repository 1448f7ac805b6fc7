"""A planted blockage of each kind is found within one run: the right reason, owner, attribution and person-days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from handrail.blockages.detecting import detect
from handrail.casework import Brought, ImportOptions, database_now, import_events
from handrail.wiring import Store
from models.database import raw
from models.shared_blockages import SharedBlockage, list_acts, list_linked, list_shared

DAY = timedelta(days=1)
PLACE = """
INSERT INTO handrail.places (project, kind, name, in_service_from, dogs)
VALUES ('elm', :kind, :name, '2020-01-01', :dogs) RETURNING id
"""
NIGHT = """
INSERT INTO handrail.nights (kind, night, cut_off_at, ends_at, closed_at) VALUES ('night', :night, :at, :end, :at)
"""
REFUSED = """
INSERT INTO handrail.arrivals (kind, night, case_id, presented_at, state, reason, attributable_to, agency)
SELECT 'room', :night, id, :at, 'refused', 'full', 'system', 'mission'
FROM handrail.cases WHERE reference = :reference
"""
USE = """
INSERT INTO handrail.place_uses (place_id, kind, use, during, reason)
VALUES (:place, :kind, :use, tstzrange(:began, :ended), :reason)
"""


@pytest.fixture
def now(store: Store) -> datetime:
    return database_now(store)


@pytest.fixture
def wait(store: Store) -> Callable[..., str]:
    """What has another person wait for a bed since some days ago."""
    names = iter(range(1, 10_000))

    def wait(since: datetime, *more: Brought) -> str:
        name = f"person {next(names)}"
        opening = [
            Brought(name, "referral.made", since - timedelta(hours=1), agency="outreach"),
            Brought(name, "offer.made", since, agency="outreach", fields={"response": "accepted"}),
        ]
        later = [Brought(name, one.kind, one.occurred_at, agency=one.agency, fields=one.fields) for one in more]
        log = [(name, [*opening, *later])]
        return import_events(store, "haven", log, ImportOptions("waiting")).references[name]

    return wait


def lay_places(store: Store, kind: str, *names: str, dogs: bool = False) -> list[int]:
    with store.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO handrail.projects (key, kind, title, provider) VALUES ('elm', :kind, 'Elm', 'riverside')"
                " ON CONFLICT DO NOTHING"
            ),
            {"kind": kind},
        )
        return [connection.scalar(text(PLACE), {"kind": kind, "name": name, "dogs": dogs}) or 0 for name in names]


def use(
    store: Store, place: int, began: datetime, ended: datetime | None = None, *, as_: str = "stay", kind: str = "room"
) -> None:
    with store.engine.begin() as connection:
        reason = "repair" if as_ == "void" else None
        values = {"place": place, "kind": kind, "use": as_, "began": began, "ended": ended, "reason": reason}
        connection.execute(text(USE), values)


def blocked(store: Store) -> dict[str, SharedBlockage]:
    with store.engine.connect() as connection:
        return {each.name: each for each in list_shared(raw(connection))}


def test_people_wait_and_every_room_is_taken(store: Store, now: datetime, wait: Callable[..., str]) -> None:
    for place in lay_places(store, "room", "1", "2"):
        use(store, place, now - 10 * DAY)
    wait(now - 4 * DAY)
    wait(now - 3 * DAY)

    acts = detect(store).acts

    found = blocked(store)["rooms_full"]
    assert (found.kind, found.subject, found.owner, found.attributable_to) == ("service", "room", "council", "system")
    assert found.since == now - 4 * DAY
    assert found.person_days == pytest.approx(7, abs=0.01)
    assert [act.kind for act in acts if act.what == "rooms_full"] == ["blockage_opened"]


def test_a_room_that_was_free_this_morning_is_no_blockage(
    store: Store, now: datetime, wait: Callable[..., str]
) -> None:
    first, second = lay_places(store, "room", "1", "2")
    use(store, first, now - 10 * DAY)
    use(store, second, now - timedelta(hours=3))
    wait(now - 4 * DAY)

    detect(store)

    assert "rooms_full" not in blocked(store)


def test_a_void_that_was_not_turned_round(store: Store, now: datetime, wait: Callable[..., str]) -> None:
    late, _ = lay_places(store, "room", "1", "2")
    use(store, late, now - 20 * DAY, as_="void")
    wait(now - 5 * DAY)
    wait(now - 3 * DAY)

    detect(store)

    found = blocked(store)["room_voids"]
    assert (found.subject, found.reason, found.owner) == ("room/elm", "repair", "mission")
    assert found.since == now - 20 * DAY
    assert found.person_days == pytest.approx(5, abs=0.01), "one void keeps one person at a time"


def test_a_free_room_that_nobody_who_waits_may_have(store: Store, now: datetime, wait: Callable[..., str]) -> None:
    lay_places(store, "room", "1")
    for days in (5, 4):
        since = now - days * DAY
        wait(since, Brought("", "has.dog", since + timedelta(hours=1), agency="outreach"))

    detect(store)

    found = blocked(store)["rooms_unfit"]
    assert (found.subject, found.reason, found.attributable_to) == ("room/elm", "pet", "provider")
    assert found.evidence == {
        "places": 1,
        "waiting": 2,
        "kept_out": 2,
        "rule": "A person with a dog needs a place that takes dogs",
    }
    assert found.person_days == pytest.approx(5, abs=0.01)


def test_three_people_stopped_by_one_reason(store: Store, now: datetime, wait: Callable[..., str]) -> None:
    stopped = [
        wait(now - 9 * DAY, Brought("", "barrier", now - 3 * DAY, agency="outreach", fields=STANDING)),
        wait(now - 9 * DAY, Brought("", "barrier", now - 2 * DAY, agency="outreach", fields=STANDING)),
        wait(now - 9 * DAY, Brought("", "hand_off.declined", now - DAY, agency="mission", fields=DECLINED)),
    ]
    wait(
        now - 9 * DAY,
        Brought("", "hand_off.declined", now - DAY, agency="mission", fields={**DECLINED, "reason": "pet"}),
    )

    detect(store)

    found = blocked(store)["same_reason"]
    assert (found.kind, found.subject, found.reason) == ("rule", "bed_reason/no_id", "no_id")
    assert (found.owner, found.attributable_to, found.theme) == ("council", "system", "housing")
    assert found.since == now - 3 * DAY
    assert found.person_days == pytest.approx(6, abs=0.01)
    assert found.due_on is not None
    with store.engine.connect() as connection:
        assert list_linked(raw(connection), found.id) == sorted(stopped)


def test_what_is_attributable_to_the_person_is_no_problem_of_the_partnership(
    store: Store, now: datetime, wait: Callable[..., str]
) -> None:
    declined = {**DECLINED, "reason": "not_wanted"}
    for _ in range(5):
        wait(now - 9 * DAY, Brought("", "hand_off.declined", now - DAY, agency="mission", fields=declined))

    detect(store)

    assert "same_reason" not in blocked(store)


def test_every_bed_was_taken_for_nights_while_people_waited(
    store: Store, now: datetime, wait: Callable[..., str]
) -> None:
    (bed,) = lay_places(store, "night", "1")
    for days in (4, 3, 2, 1):
        cut_off = now - days * DAY
        use(store, bed, cut_off, cut_off + timedelta(hours=12), kind="night")
        with store.engine.begin() as connection:
            values = {"night": (now - days * DAY).date(), "at": cut_off, "end": cut_off + timedelta(hours=12)}
            connection.execute(text(NIGHT), values)
    wait(now - 9 * DAY)

    detect(store)

    found = blocked(store)["nights_full"]
    assert (found.subject, found.since) == ("night", now - 4 * DAY)
    assert found.person_days == pytest.approx(4, abs=0.01)


def test_people_turned_away_at_the_door_are_stopped_by_the_reason(
    store: Store, now: datetime, wait: Callable[..., str]
) -> None:
    turned_away = [wait(now - 9 * DAY) for _ in range(3)]
    with store.engine.begin() as connection:
        for reference in turned_away:
            connection.execute(text(REFUSED), {"night": now.date(), "reference": reference, "at": now - DAY})

    detect(store)

    found = blocked(store)["same_reason"]
    assert (found.reason, found.attributable_to, found.cases) == ("full", "system", 3)


def test_it_says_what_it_did_once(store: Store, now: datetime, wait: Callable[..., str]) -> None:
    for place in lay_places(store, "room", "1"):
        use(store, place, now - 10 * DAY)
    wait(now - 4 * DAY)

    detect(store)
    again = detect(store).acts

    assert again == ()
    with store.engine.connect() as connection:
        number = blocked(store)["rooms_full"].id
        assert [act.act for act in list_acts(raw(connection), number)] == ["opened"]
        notices = connection.execute(
            text("SELECT agency, kind, key FROM handrail.notices WHERE blockage_id IS NOT NULL")
        ).all()
    assert [tuple(each) for each in notices] == [("council", "blockage", f"B-{number}/1")]


STANDING = {"status": "standing", "reason": "no_id"}
DECLINED = {"hand_off": "bed", "reason": "no_id"}
