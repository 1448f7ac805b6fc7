"""A place is held and occupied by one person at a time, and what happens to it is told in the case."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from handrail.casework import Speaker, close, give_up, hold, leave, occupy, verify, view
from handrail.errors import NotFound, NotPossible, NotYours, Refused
from handrail.housing.waiting import match_place
from handrail.wiring import Store
from models.story_clock import StoryClock

RIVERSIDE, PADLEY, MISSION, COUNCIL = Speaker("riverside"), Speaker("padley"), Speaker("mission"), Speaker("council")
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture
def rooms(town: Any) -> Any:
    town.project("milestone", "room", "riverside", "01", "02")
    town.project("padley_house", "room", "padley", "A")
    town.project("shelter", "bed", "mission", "1", "2")
    return town


def test_a_place_is_held_until_its_kinds_time_is_over(told_town: Any) -> None:
    told_town.project("milestone", "room", "riverside", "01")
    reference = told_town.person("room")

    held = hold(told_town.store, reference, "milestone/01", RIVERSIDE)

    assert (held.use, held.where) == ("hold", "milestone/01")
    assert held.until == NOON + timedelta(hours=4, microseconds=(held.until or NOON).microsecond)
    assert match_place(told_town.store, "milestone/01").state == "held"


def test_a_held_place_is_nobody_elses_and_the_refusal_says_whose_until_when(rooms: Any) -> None:
    first, second = rooms.person("room"), rooms.person("room")
    hold(rooms.store, first, "milestone/01", RIVERSIDE)

    with pytest.raises(NotPossible, match=f"milestone/01 is held for {first} until 20.*take another place"):
        hold(rooms.store, second, "milestone/01", RIVERSIDE)
    with pytest.raises(NotPossible, match=f"is held for {first}"):
        occupy(rooms.store, second, "milestone/01", RIVERSIDE)


def test_a_person_holds_one_place_of_a_kind(rooms: Any) -> None:
    reference = rooms.person("room")
    hold(rooms.store, reference, "milestone/01", RIVERSIDE)

    with pytest.raises(NotPossible, match=f"{reference} has a hold on milestone/01 until .*given up first"):
        hold(rooms.store, reference, "milestone/02", RIVERSIDE)


def test_the_same_hold_again_is_answered_as_before(rooms: Any) -> None:
    reference = rooms.person("room")
    first = hold(rooms.store, reference, "milestone/01", RIVERSIDE)

    again = hold(rooms.store, reference, "milestone/01", RIVERSIDE)

    assert (again.repeated, again.until) == (True, first.until)


def test_a_hold_becomes_the_stay_and_the_case_knows_it(rooms: Any) -> None:
    reference = rooms.person("room")
    hold(rooms.store, reference, "milestone/01", RIVERSIDE)

    stay = occupy(rooms.store, reference, "milestone/01", RIVERSIDE)

    assert (stay.use, stay.until) == ("stay", None)
    assert rooms.count("SELECT count(*) FROM handrail.place_uses") == 1
    assert rooms.events(reference, "room.taken") == [{"project": "milestone"}]
    assert view(rooms.store, reference).case.tracks["support"].stage == "housed"
    assert verify(rooms.store).wrong == 0


def test_a_free_place_is_taken_directly_and_once(rooms: Any) -> None:
    reference = rooms.person("room")

    occupy(rooms.store, reference, "padley_house/A", PADLEY)
    again = occupy(rooms.store, reference, "padley_house/A", PADLEY)

    assert again.repeated
    assert len(rooms.events(reference, "room.taken")) == 1


def test_a_hold_that_has_lapsed_keeps_the_place_for_nobody(story: StoryClock, told_town: Any) -> None:
    told_town.project("milestone", "room", "riverside", "01")
    first, second = told_town.person("room"), told_town.person("room")
    hold(told_town.store, first, "milestone/01", RIVERSIDE)

    story.set_to(NOON + timedelta(hours=4, minutes=1))
    taken = occupy(told_town.store, second, "milestone/01", RIVERSIDE)

    assert taken.use == "stay"
    with pytest.raises(NotPossible, match="is occupied by"):
        occupy(told_town.store, first, "milestone/01", RIVERSIDE)


def test_moving_into_a_room_gives_up_tonights_bed_in_the_same_act(rooms: Any) -> None:
    reference = rooms.person("bed")
    hold_bed(rooms, reference)

    stay = occupy(rooms.store, reference, "milestone/01", RIVERSIDE)

    assert stay.ended == ("shelter/1",)
    assert rooms.count("SELECT count(*) FROM handrail.place_uses WHERE ended = 'given_up'") == 1


def hold_bed(town: Any, reference: str) -> None:
    """Keep tonight's bed for the person, whatever the time of day is."""
    with town.store.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO handrail.place_uses (place_id, kind, use, case_id, person_id, during, night)"
                " SELECT p.id, 'bed', 'hold', c.id, k.person_id, tstzrange(clock_timestamp() - interval '1 minute',"
                " clock_timestamp() + interval '1 hour', '[]'), current_date FROM handrail.places AS p,"
                " handrail.cases AS c JOIN handrail.case_persons AS k ON k.case_id = c.id"
                " WHERE p.project = 'shelter' AND p.name = '1' AND c.reference = :reference"
            ),
            {"reference": reference},
        )


def test_somebody_moves_from_one_hostel_to_another_in_one_act_and_only_if_that_is_meant(rooms: Any) -> None:
    reference = rooms.person("room")
    occupy(rooms.store, reference, "milestone/01", RIVERSIDE)

    with pytest.raises(NotPossible, match=f"{reference} stays in milestone/01.*Move the person in one act"):
        occupy(rooms.store, reference, "padley_house/A", PADLEY)
    moved = occupy(rooms.store, reference, "padley_house/A", PADLEY, moving=True)

    assert moved.ended == ("milestone/01",)
    occupy(rooms.store, rooms.person("room"), "milestone/01", RIVERSIDE)


def test_leaving_needs_a_coded_reason_and_is_told_in_the_case(rooms: Any) -> None:
    reference = rooms.person("room")
    occupy(rooms.store, reference, "milestone/01", RIVERSIDE)

    with pytest.raises(NotPossible, match="'bored' is not a reason of this pathway"):
        leave(rooms.store, reference, None, RIVERSIDE, "bored")
    leave(rooms.store, reference, None, RIVERSIDE, "moved_on")

    assert rooms.events(reference, "room.left") == [{"why": "moved_on"}]
    occupy(rooms.store, rooms.person("room"), "milestone/01", RIVERSIDE)


def test_what_is_given_up_is_free_for_others(rooms: Any) -> None:
    first, second = rooms.person("room"), rooms.person("room")
    hold(rooms.store, first, "milestone/01", RIVERSIDE)

    give_up(rooms.store, first, "room", RIVERSIDE)

    assert hold(rooms.store, second, "milestone/01", RIVERSIDE).use == "hold"
    with pytest.raises(NotPossible, match=f"{first} has no hold now"):
        give_up(rooms.store, first, None, RIVERSIDE)


def test_a_place_belongs_to_its_provider_and_the_coordinator_may_act_for_it(rooms: Any) -> None:
    reference = rooms.person("room")

    with pytest.raises(NotYours, match="riverside"):
        hold(rooms.store, reference, "milestone/01", PADLEY)
    assert hold(rooms.store, reference, "milestone/01", COUNCIL).use == "hold"


def test_a_place_that_does_not_fit_is_refused_in_the_words_of_the_rule(rooms: Any) -> None:
    reference = rooms.person("room", dog=True)

    with pytest.raises(NotPossible, match=r"A dog needs a place that takes dogs \(pet\)"):
        hold(rooms.store, reference, "milestone/01", RIVERSIDE)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("milestone/99", "There is no place milestone/99"),
        ("milestone", "Expected a project and a name"),
        ("/", "Expected a project and a name"),
    ],
)
def test_a_place_that_is_none_is_told(rooms: Any, place: str, expected: str) -> None:
    with pytest.raises((NotFound, NotPossible), match=expected):
        hold(rooms.store, rooms.person("room"), place, RIVERSIDE)


def test_a_void_keeps_everybody_out_and_cannot_be_opened_under_who_sleeps_there(rooms: Any) -> None:
    reference = rooms.person("room")
    rooms.void("milestone/01")
    with pytest.raises(NotPossible, match=r"is void since .*turned round first"):
        hold(rooms.store, reference, "milestone/01", RIVERSIDE)
    occupy(rooms.store, reference, "milestone/02", RIVERSIDE)

    with pytest.raises(IntegrityError) as caught:
        rooms.void("milestone/02")

    assert isinstance(caught.value.orig, psycopg.errors.ExclusionViolation)


def test_a_closed_case_is_given_no_place(rooms: Any) -> None:
    reference = rooms.person("room")
    close(rooms.store, reference, COUNCIL, "moved away")

    with pytest.raises(NotPossible, match=f"{reference} is closed"):
        hold(rooms.store, reference, "milestone/01", RIVERSIDE)


def test_of_many_who_press_at_once_one_has_the_last_room(
    rooms: Any, open_stores: Callable[[], Store], at_once: Callable[..., list[Any]]
) -> None:
    for _ in range(6):
        people = [rooms.person("room") for _ in range(4)]
        stores = [open_stores() for _ in people]
        verbs: list[Callable[..., Any]] = [hold, occupy, hold, occupy]
        acts = [
            partial(verb, store, reference, "padley_house/A", PADLEY)
            for verb, store, reference in zip(verbs, stores, people, strict=True)
        ]

        found = at_once(*acts)

        won = [each for each in found if not isinstance(each, Exception)]
        lost = [each for each in found if isinstance(each, Exception)]
        assert len(won) == 1, found
        assert all(isinstance(each, Refused) and won[0].reference in str(each) for each in lost), lost
        _empty(rooms, "padley_house/A")
    assert verify(rooms.store).wrong == 0


def test_a_void_and_a_person_at_once_leave_one_of_the_two(
    rooms: Any, open_stores: Callable[[], Store], at_once: Callable[..., list[Any]], town_of: Any
) -> None:
    for _ in range(6):
        reference = rooms.person("room")
        other = town_of(open_stores())

        stay, void = at_once(
            partial(occupy, open_stores(), reference, "padley_house/A", PADLEY), partial(other.void, "padley_house/A")
        )

        assert isinstance(stay, Exception) != isinstance(void, Exception), (stay, void)
        _empty(rooms, "padley_house/A")


def _empty(town: Any, place: str) -> None:
    project, name = place.split("/")
    with town.store.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE handrail.place_uses SET ended = 'left', during = tstzrange(lower(during),"
                " greatest(clock_timestamp(), lower(during) + interval '1 microsecond')) WHERE ended IS NULL"
                " AND (upper_inf(during) OR upper(during) > clock_timestamp()) AND"
                " place_id = (SELECT id FROM handrail.places WHERE project = :project AND name = :name)"
            ),
            {"project": project, "name": name},
        )


def test_a_hold_that_lapses_while_it_is_accepted_is_the_stay_or_is_refused_and_never_both(
    rooms: Any, open_stores: Callable[[], Store], at_once: Callable[..., list[Any]]
) -> None:
    outcomes = set()
    for nth in range(12):
        first, second = rooms.person("room"), rooms.person("room")
        hold(rooms.store, first, "milestone/01", RIVERSIDE)
        _lapse_in(rooms, 4 * nth)

        mine, theirs = at_once(
            partial(occupy, open_stores(), first, "milestone/01", RIVERSIDE),
            partial(_until_not_possible, partial(hold, open_stores(), second, "milestone/01", RIVERSIDE)),
        )

        assert isinstance(mine, Exception) != isinstance(theirs, Exception), (mine, theirs)
        assert not isinstance(mine, Exception) or isinstance(mine, NotPossible)
        outcomes.add(isinstance(mine, Exception))
        _empty(rooms, "milestone/01")
    assert verify(rooms.store).wrong == 0


def _lapse_in(town: Any, milliseconds: int) -> None:
    """Have the holds of today lapse that soon."""
    with town.store.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE handrail.place_uses SET during = tstzrange(lower(during), clock_timestamp()"
                " + make_interval(secs => :seconds), '[]') WHERE use = 'hold' AND ended IS NULL"
                " AND upper(during) > clock_timestamp()"
            ),
            {"seconds": milliseconds / 1000},
        )


def _until_not_possible(act: Callable[[], Any]) -> Any:
    """Try to have the place for a tenth of a second: as soon as it is free, or never."""
    ends_at, last = time.monotonic() + 0.15, None
    while time.monotonic() < ends_at:
        try:
            return act()
        except NotPossible as error:
            last = error
    assert last is not None
    raise last
