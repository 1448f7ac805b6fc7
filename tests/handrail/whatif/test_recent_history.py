"""The recent history as the store holds it, and the verb that asks about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from handrail.cli import main
from handrail.errors import InstantRefused, NotFound, NotPossible
from handrail.publishing import publish
from handrail.recording import Speaker
from handrail.referrals import Referral, refer
from handrail.whatif.reading import Asked, read_recent
from handrail.wiring import Store
from models.persons import Identity

FIRST = date(2026, 3, 2)
AS_AT = datetime(2026, 3, 2, tzinfo=UTC)
ROOMS = """
pathway: rooms
version: 1
title: Rooms
timezone: Europe/London
coordinator: council
agencies:
  council: {title: Council}
  riverside: {title: Riverside}
  mission: {title: City Mission}
opens_on: [referral.made]
reasons:
  housing_reason: {full: system, no_dogs: provider, violence: provider}
events:
  referral.made: {by: [council], fields: {dog: boolean}}
tracks:
  support:
    start: street
    stages:
      street:
        owner: council
        hand_offs:
          bed:
            open_when: {event: referral.made}
            to: [mission]
            answer_within: 4 hours
            declined: {ask: housing_reason, then: next}
          room:
            open_when: {event: referral.made}
            to: [riverside]
            answer_within: 4 hours
            declined: {ask: housing_reason, then: next}
        moves: [{to: home, by_hand: true}]
      home: {owner: council, final: true}
places:
  nsno:
    waiting: [bed]
    hold: 1 hour
    refusals: housing_reason
    nightly: {guests: [support.street], cut_off: "16:00", until: "09:00"}
  hostel:
    waiting: [room]
    hold: 2 days
    stay_aim: 28 days
    fits:
      dog:
        title: brings a dog
        when: {latest: {event: referral.made, field: dog, is: true}}
        place: {dogs: true}
        reason: no_dogs
"""


@pytest.fixture
def rooms(store: Store) -> Store:
    publish(store, ROOMS, None, file_name="rooms.yaml")
    return store


@pytest.fixture
def person(rooms: Store) -> Callable[..., int]:
    """What brings somebody onto the pathway and returns the number of the case."""
    numbers = iter(range(1, 10_000))

    def bring(*, dog: bool = False) -> int:
        identity = Identity((f"Somebody {next(numbers):04}",), date(1980, 1, 1))
        referral = Referral(identity, Speaker("council", "P. Officer"), {"dog": dog})
        reference = refer(rooms, "rooms", referral).reference
        with rooms.engine.begin() as connection:
            connection.execute(text("DELETE FROM handrail.work WHERE kind = 'hand_off'"))
            found = connection.execute(text("SELECT id FROM handrail.cases WHERE reference = :it"), {"it": reference})
            return int(found.scalar_one())

    return bring


def ago(days: float) -> datetime:
    return AS_AT - timedelta(days=days)


def add_project(connection: Connection, key: str, kind: str, places: int, provider: str = "riverside") -> list[int]:
    connection.execute(
        text("INSERT INTO handrail.projects (key, kind, title, provider) VALUES (:key, :kind, :key, :provider)"),
        {"key": key, "kind": kind, "provider": provider},
    )
    found = connection.execute(
        text(
            "INSERT INTO handrail.places (project, kind, name, in_service_from) "
            "SELECT :key, :kind, 'room ' || n, '2020-01-01' FROM generate_series(1, :places) AS n RETURNING id"
        ),
        {"key": key, "kind": kind, "places": places},
    )
    return sorted(found.scalars())


def add_wait(connection: Connection, case: int, hand_off: str, began: float, ended: float | None = None) -> None:
    connection.execute(
        text(
            "INSERT INTO handrail.work VALUES "
            "(:case, 'hand_off', :name, 'support', 'street', 1, :began, 'riverside', 'offered', NULL, false, :ended)"
        ),
        {"case": case, "name": hand_off, "began": ago(began), "ended": None if ended is None else ago(ended)},
    )


def add_use(
    connection: Connection, place: int, use: str, began: float, ended: float | None, case: int | None = None,
    night: date | None = None,
) -> None:  # fmt: skip
    connection.execute(
        text(
            "INSERT INTO handrail.place_uses (place_id, kind, use, case_id, person_id, during, night, reason, ended) "
            "SELECT id, kind, :use, :case, (SELECT person_id FROM handrail.case_persons WHERE case_id = :case), "
            "tstzrange(:began, :ended), :night, :reason, :how FROM handrail.places WHERE id = :place"
        ),
        {
            "place": place, "use": use, "case": case, "began": ago(began), "night": night,
            "ended": None if ended is None else ago(ended), "reason": "repair" if use == "void" else None,
            "how": {"hold": "lapsed", "stay": "left", "void": "turned_round"}[use] if ended is not None else None,
        },
    )  # fmt: skip


def add_decline(connection: Connection, case: int, reason: str) -> None:
    connection.execute(
        text(
            "INSERT INTO handrail.changes "
            "(case_id, number, at, kind, track, subject, to_, agency, because, rule, evidence) "
            "VALUES (:case, 900, :at, 'hand_off_declined', 'support', 'room', :reason, 'riverside', 'x', 'x', '{}')"
        ),
        {"case": case, "at": ago(30), "reason": reason},
    )


def test_waits_stays_and_voids_are_read_as_they_stood_when_the_change_begins(
    rooms: Store, person: Callable[..., int]
) -> None:
    placed, gave_up, waits, dog, absent = (person(dog=number == 3) for number in range(5))
    with rooms.engine.begin() as connection:
        first, second, third = add_project(connection, "milestone", "hostel", 3)
        add_wait(connection, placed, "room", 100.0, 60.0)
        add_use(connection, first, "stay", 90.0, 61.0, placed)
        add_use(connection, first, "void", 61.0, 54.0)
        add_wait(connection, gave_up, "room", 50.0, 20.0)
        add_wait(connection, gave_up, "room", 19.5, 10.0)
        add_wait(connection, waits, "room", 5.0, -3.0)
        add_use(connection, second, "stay", -4.0, None, waits)
        add_wait(connection, dog, "room", 7.0)
        add_wait(connection, absent, "room", 40.0, 30.0)
        add_use(connection, third, "hold", 30.0, 28.0, absent)
        add_wait(connection, absent, "room", 27.0)

    recent = read_recent(rooms, Asked(None, FIRST, 8))

    assert (recent.begins, recent.begins_on, recent.history.weeks) == (0.0, FIRST, 14)
    kind = recent.history.kinds["hostel"]
    told = {(wait.person, round(wait.began, 1)): (wait.ended, wait.placed, wait.again) for wait in kind.waits}
    assert told == {
        (placed, -100.0): (-90.0, True, False),
        (gave_up, -50.0): (-10.0, False, False),
        (waits, -5.0): (None, False, False),
        (dog, -7.0): (None, False, False),
        (absent, -40.0): (-30.0, True, False),
        (absent, -27.0): (None, False, True),
    }
    assert [(stay.person, stay.began, stay.ended) for stay in kind.stays] == [(placed, -90.0, -61.0)]
    assert [(void.project, void.began, void.ended) for void in kind.voids] == [("milestone", -61.0, -54.0)]
    assert kind.lapsed == 1
    assert len(kind.beds) == 3
    needs = {wait.person: [rule.reason for rule in wait.needs.fits] for wait in kind.waits}
    assert needs == {placed: [], gave_up: [], waits: [], dog: ["no_dogs"], absent: []}


def test_a_provider_that_declined_for_its_own_reason_would_again_and_one_that_was_full_would_not(
    rooms: Store, person: Callable[..., int]
) -> None:
    violent, unlucky = person(), person()
    with rooms.engine.begin() as connection:
        add_project(connection, "milestone", "hostel", 1)
        add_wait(connection, violent, "room", 40.0)
        add_wait(connection, unlucky, "room", 40.0)
        add_decline(connection, violent, "violence")
        add_decline(connection, unlucky, "full")

    kind = read_recent(rooms, Asked("rooms", FIRST, 8)).history.kinds["hostel"]

    needs = {wait.person: [rule.reason for rule in wait.needs.fits] for wait in kind.waits}
    assert needs == {violent: ["violence"], unlucky: []}


def test_nights_one_after_the_other_are_a_stretch_that_may_lead_to_a_room(
    rooms: Store, person: Callable[..., int]
) -> None:
    guest, refused = person(), person()
    with rooms.engine.begin() as connection:
        (bed,) = add_project(connection, "nsno_beds", "nsno", 1, "mission")
        (room,) = add_project(connection, "milestone", "hostel", 1)
        for night in (30, 29, 27, 26):
            day = FIRST - timedelta(days=night)
            add_use(connection, bed, "stay", night - 0.7, night - 1.4, guest, day)
        connection.execute(
            text(
                "INSERT INTO handrail.arrivals (kind, night, case_id, expected, state, reason, "
                "attributable_to, agency) "
                "VALUES ('nsno', :night, :case, true, 'refused', 'violence', 'provider', 'mission')"
            ),
            {"night": FIRST - timedelta(days=2), "case": refused},
        )
        add_wait(connection, guest, "room", 28.0, 25.0)
        add_use(connection, room, "stay", 25.0, None, guest)

    history = read_recent(rooms, Asked("rooms", FIRST, 8)).history

    nsno, hostel = history.kinds["nsno"], history.kinds["hostel"]
    assert nsno.nights is not None
    assert (nsno.nights.wanted, nsno.nights.missed, nsno.nights.refused) == (6, 1, {"violence": 1})
    assert [(stay.person, stay.moved_to, stay.ended is None) for stay in nsno.stays] == [
        (guest, "hostel", False),
        (refused, None, True),
    ]
    assert nsno.cut_off == pytest.approx(16 / 24)
    assert [wait.after for wait in hostel.waits] == ["nsno"]


def test_a_change_that_begins_later_is_lived_up_to_from_now(rooms: Store) -> None:
    today = datetime.now(UTC).date()

    recent = read_recent(rooms, Asked("rooms", today + timedelta(days=10), 8))

    assert 8.9 < recent.begins <= 10.1
    with pytest.raises(InstantRefused, match="more than 26 weeks ahead"):
        read_recent(rooms, Asked("rooms", today + timedelta(weeks=30), 8))


def test_a_pathway_without_places_is_refused(store: Store) -> None:
    with pytest.raises(NotPossible, match="No pathway declares places"):
        read_recent(store, Asked(None, FIRST, 8))
    with pytest.raises(NotFound, match="never published"):
        read_recent(store, Asked("roams", FIRST, 8))


def fill(rooms: Store, person: Callable[..., int]) -> None:
    """Have 30 people wait and 12 stays end, in three places that are full."""
    with rooms.engine.begin() as connection:
        places = add_project(connection, "milestone", "hostel", 3)
    people = [person() for _ in range(30)]
    with rooms.engine.begin() as connection:
        for number, case in enumerate(people):
            began = 170.0 - 5.0 * number
            turn, place = divmod(number, 3)
            stays_from = 165.0 - 30.0 * turn
            if turn < 5:
                add_use(connection, places[place], "stay", stays_from - place, stays_from - 28.0 - place, case)
                add_wait(
                    connection, case, "room", began if began > stays_from else stays_from + 3.0, stays_from - place
                )
            else:
                add_wait(connection, case, "room", began)


@pytest.fixture
def handrail(
    rooms: Store, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run the command against the store of this test."""
    monkeypatch.setenv("HANDRAIL_DATABASE_URL", database_url)
    monkeypatch.setenv("HANDRAIL_STATE", str(rooms.settings.state))

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["handrail", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        told = capsys.readouterr()
        return int(left.value.code or 0), told.out, told.err

    return run


ASKED = ("whatif", "--add-places", "milestone=2", "--from", "2026-03-02", "--weeks", "8", "--seeds", "20")


def test_the_command_tells_how_much_less_people_would_wait_and_on_what_that_rests(
    rooms: Store, person: Callable[..., int], handrail: Callable[..., tuple[int, str, str]]
) -> None:
    fill(rooms, person)

    status, told, _ = handrail(*ASKED)
    as_json = json.loads(handrail(*ASKED, "--json")[1])

    assert status == 0
    assert told.startswith("2 more places in milestone, from 2026-03-02 for 8 weeks:")
    assert "person-days waited: hostel" in told
    assert "What this assumes:\n- The " in told
    assert "Somebody" not in told
    assert as_json["from"] == "2026-03-02"
    low, high = as_json["person_days"]["interval"]
    assert 0 < low <= as_json["person_days"]["fewer"] <= high
    assert as_json["next_blockage"]["project"] == "milestone"
    assert as_json["assumptions"]


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("--add-places", "milestone"), 2, "Expected name=number up to 500, such as milestone=2."),
        (("--add-places", "milestone=-1"), 2, "Expected name=number"),
        (("--add-places", "a=1", "--add-places", "a=2"), 2, "--add-places names 'a' twice."),
        (("--shorten-turnaround", "milestone=400"), 2, "Expected name=number up to 365"),
        (("--seeds", "21"), 2, "Give an even number"),
        (("--from", "soon"), 2, "--from is not a date."),
        (("--add-places", "milstone=2", "--from", "2026-03-02"), 1, "Did you mean 'milestone'?"),
        (("--drop-reason", "no_dog"), 1, "Did you mean 'no_dogs'?"),
        (("--add-places", "milestone=2", "--from", "2026-03-02"), 1, "too thin to answer from"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(
    rooms: Store, handrail: Callable[..., tuple[int, str, str]], arguments: tuple[str, ...], status: int, sentence: str
) -> None:
    with rooms.engine.begin() as connection:
        add_project(connection, "milestone", "hostel", 1)

    left, _, told = handrail("whatif", *arguments)

    assert (left, sentence in told) == (status, True), told
