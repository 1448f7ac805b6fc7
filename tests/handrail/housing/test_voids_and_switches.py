"""Voids and dated switches, also when two people act at the same moment on connections of their own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier, Event

import pytest
from sqlalchemy import text

from handrail.errors import CaseworkError, NotPossible, NotYours
from handrail.housing.registry import PlaceGiven, ProjectGiven, bring, capacity, places_of, retire
from handrail.housing.switches import turn_off, turn_on
from handrail.housing.voids import open_void, turned_round
from handrail.recording import Speaker
from handrail.sweeps import database_now
from handrail.wiring import Store
from models.places import PlaceFacts

FIRST = ("milestone", "01")
ROUNDS = 12


def test_a_void_lasts_until_the_place_is_turned_round(
    store: Store, milestone: Callable[..., None], riverside: Speaker
) -> None:
    milestone(1)

    opened = open_void(store, FIRST, "void_repair", riverside)
    _, [void] = places_of(store, "milestone")
    ended = turned_round(store, FIRST, riverside)
    _, [free] = places_of(store, "milestone")

    assert (void.state, void.reason, void.since, void.until) == ("void", "void_repair", opened.since, None)
    assert ended.since == opened.since
    assert ended.until is not None
    assert free.state == "free"


def test_a_void_is_not_opened_under_somebody_who_sleeps_there(
    store: Store,
    milestone: Callable[..., None],
    riverside: Speaker,
    new_case: Callable[[], str],
    use: Callable[..., None],
) -> None:
    milestone(2)
    sleeper, expected = new_case(), new_case()
    use(sleeper, "milestone/01")
    use(expected, "milestone/02", "hold", "1 hour")

    with pytest.raises(
        NotPossible, match=rf"milestone/01 cannot become void: it is occupied by {sleeper} .* leave or move first"
    ):
        open_void(store, FIRST, "void_repair", riverside)
    with pytest.raises(NotPossible, match=rf"is held for {expected} until .* Wait until the hold is over"):
        open_void(store, ("milestone", "02"), "void_repair", riverside)

    open_void(store, ("milestone", "02"), "void_repair", riverside, database_now(store) + timedelta(hours=2))


def test_a_void_is_opened_once_and_for_a_reason(
    store: Store, milestone: Callable[..., None], riverside: Speaker
) -> None:
    milestone(1)
    open_void(store, FIRST, "void_repair", riverside)

    with pytest.raises(NotPossible, match=r"it is void since .* \(void_repair\), without an end yet. Have it turned"):
        open_void(store, FIRST, "deep_clean", riverside)
    for told in (" ", "Jane broke the window", "x" * 61):
        with pytest.raises(NotPossible, match="A void needs a coded reason") as refused:
            open_void(store, FIRST, told, riverside)
        assert "Jane" not in str(refused.value)
    with pytest.raises(NotYours, match="'mission' may not open a void"):
        open_void(store, FIRST, "void_repair", Speaker("mission"))


def test_only_a_void_is_turned_round_and_one_to_come_is_taken_back(
    store: Store,
    milestone: Callable[..., None],
    riverside: Speaker,
    new_case: Callable[[], str],
    use: Callable[..., None],
) -> None:
    milestone(2)
    use(reference := new_case(), "milestone/01")

    with pytest.raises(NotPossible, match=f"milestone/01 is not void, .* It is occupied by {reference}"):
        turned_round(store, FIRST, riverside)
    with pytest.raises(NotPossible, match="It is free"):
        turned_round(store, ("milestone", "02"), riverside)

    open_void(store, ("milestone", "02"), "refurbishment", riverside, database_now(store) + timedelta(days=2))
    assert turned_round(store, ("milestone", "02"), riverside).reason == "refurbishment"
    open_void(store, ("milestone", "02"), "void_repair", riverside)


def both(one: Callable[[], object], other: Callable[[], object]) -> list[object]:
    """Do both at the same moment; what is refused comes back as its error."""
    barrier = Barrier(2)

    def begin(act: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - the outcome of the race
            return error

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(begin, (one, other)))


def test_a_void_and_somebody_who_moves_in_never_have_the_same_place(
    store: Store,
    milestone: Callable[..., None],
    riverside: Speaker,
    new_case: Callable[[], str],
    use: Callable[..., None],
) -> None:
    milestone(ROUNDS)
    won = set()
    for n in range(1, ROUNDS + 1):
        reference, name = new_case(), f"{n:02d}"

        outcome, moved = both(
            lambda name=name: open_void(store, ("milestone", name), "void_repair", riverside),  # type: ignore[misc]
            lambda reference=reference, name=name: use(reference, f"milestone/{name}", begin="0 seconds"),  # type: ignore[misc]
        )

        refused = isinstance(outcome, NotPossible)
        assert refused != isinstance(moved, Exception), (outcome, moved)
        assert not refused or reference in str(outcome)
        won.add("stay" if refused else "void")
    states = {place.state for place in places_of(store, "milestone")[1]}
    assert states == {"void" if one == "void" else "occupied" for one in won}


def test_a_void_waits_for_a_stay_that_is_not_committed_and_then_sees_it(
    store: Store,
    milestone: Callable[..., None],
    riverside: Speaker,
    new_case: Callable[[], str],
    use: Callable[..., None],
) -> None:
    milestone(1)
    use(reference := new_case(), "milestone/01", "hold", "1 hour")
    moving, over = Event(), Event()

    def move_in() -> None:
        with store.engine.begin() as connection:
            connection.execute(
                text("UPDATE handrail.place_uses SET use = 'stay', during = tstzrange(lower(during), NULL)")
            )
            moving.set()
            assert not over.wait(0.3), "the void did not wait"

    with ThreadPoolExecutor(1) as pool:
        moved = pool.submit(move_in)
        moving.wait()
        with pytest.raises(NotPossible, match=f"is occupied by {reference}"):
            open_void(store, FIRST, "void_repair", riverside)
        over.set()
        moved.result()


def test_a_place_goes_out_of_service_or_is_held_and_never_both(
    store: Store,
    milestone: Callable[..., None],
    riverside: Speaker,
    new_case: Callable[[], str],
) -> None:
    """Whoever begins to use a place refers to it, and so waits for whoever takes it out of service and looks."""
    milestone(1)
    holding, over = Event(), Event()
    reference = new_case()

    def hold() -> None:
        with store.engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO handrail.place_uses (place_id, kind, use, case_id, person_id, during) "
                    "SELECT p.id, p.kind, 'stay', o.case_id, o.person_id, tstzrange(clock_timestamp(), NULL) "
                    "FROM handrail.places AS p, handrail.case_persons AS o"
                )
            )
            holding.set()
            assert not over.wait(0.3), "the retirement did not wait"

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold)
        holding.wait()
        with pytest.raises(NotPossible, match=f"is occupied by {reference}"):
            retire(store, FIRST, riverside)
        over.set()
        held.result()


def test_two_imports_at_once_bring_each_place_once(store: Store) -> None:
    project = ProjectGiven("milestone", "hostel", "Milestone House", "riverside")
    names = [f"{n:02d}" for n in range(1, 41)]

    def bring_all(order: int) -> object:
        facts = [PlaceGiven(PlaceFacts("milestone", name, dogs=True)) for name in names[::order]]
        return bring(store, [project], facts)

    for _ in range(4):
        done = both(lambda: bring_all(1), lambda: bring_all(-1))
        assert not any(isinstance(one, Exception) for one in done), done

    assert capacity(store)[0].in_service == 40
    with store.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM handrail.places")) == 40


@pytest.fixture
def winter(store: Store, milestone: Callable[..., None]) -> date:
    """Two places that serve always and two only in severe weather; returns the day of service."""
    milestone(2)
    extra = [PlaceGiven(PlaceFacts("milestone", name, only_while="severe_weather")) for name in ("x1", "x2")]
    bring(store, [], extra)
    return database_now(store).date()


def test_extra_places_serve_while_their_switch_is_on(store: Store, winter: date) -> None:
    before = capacity(store)[0].in_service

    done = turn_on(store, "severe_weather", None, None, "Three nights below zero", "C. Ordinator")
    during = capacity(store)[0].in_service
    in_a_year = capacity(store, at=database_now(store) + timedelta(days=365))[0].in_service
    turn_off(store, "severe_weather")

    assert (before, during, in_a_year, capacity(store)[0].in_service) == (2, 4, 4, 2)
    assert (done.until, done.because) == (None, "Three nights below zero")
    assert done.begins - winter in {timedelta(0), timedelta(days=1)}


def test_a_switch_has_its_last_day_and_is_off_on_the_next(store: Store, winter: date) -> None:
    turn_on(store, "severe_weather", winter + timedelta(days=2), winter + timedelta(days=3), "Frost", "C. Ordinator")

    found = [capacity(store, at=database_now(store) + timedelta(days=days))[0].in_service for days in (0, 2, 3, 5)]

    assert found == [2, 4, 4, 2]


def test_a_switch_is_turned_on_once_for_a_day_and_the_one_before_is_told(store: Store, winter: date) -> None:
    turn_on(store, "severe_weather", winter, winter + timedelta(days=3), "Frost", "C. Ordinator")

    with pytest.raises(NotPossible, match=rf"on already, from {winter} to .*, by C. Ordinator"):
        turn_on(store, "severe_weather", winter + timedelta(days=3), None, "Snow", "C. Ordinator")

    turn_on(store, "severe_weather", winter + timedelta(days=4), None, "Snow", "C. Ordinator")


@pytest.mark.usefixtures("winter")
def test_a_switch_that_makes_no_sense_is_refused(store: Store) -> None:
    day = date(2026, 12, 1)
    with pytest.raises(NotPossible, match=r"depends on a switch of this name\. There are: severe_weather"):
        turn_on(store, "sever", day, None, "Frost", "C. Ordinator")
    with pytest.raises(NotPossible, match="Expected a last day after the first"):
        turn_on(store, "severe_weather", day, day - timedelta(days=1), "Frost", "C. Ordinator")
    with pytest.raises(NotPossible, match="Nothing says the officer"):
        turn_on(store, "severe_weather", day, None, "Frost", "")
    with pytest.raises(NotPossible, match="is not on, on 2026-12-01 or later"):
        turn_off(store, "severe_weather", day)


@pytest.mark.usefixtures("winter")
def test_whoever_is_in_an_extra_place_keeps_it_when_its_switch_is_turned_off(
    store: Store, new_case: Callable[[], str], use: Callable[..., None]
) -> None:
    turn_on(store, "severe_weather", None, None, "Frost", "C. Ordinator")
    use(reference := new_case(), "milestone/x1", "hold", "3 hours")

    done = turn_off(store, "severe_weather")

    assert [(one.place, one.use, one.reference) for one in done.kept] == [(("milestone", "x1"), "hold", reference)]
    states = {one.facts.name: one.state for one in places_of(store, "milestone")[1]}
    assert (states["x1"], states["x2"]) == ("held", "out_of_service")


@pytest.mark.usefixtures("winter")
def test_a_switch_turned_off_while_its_place_is_being_held_takes_it_from_nobody(
    store: Store, new_case: Callable[[], str], use: Callable[..., None]
) -> None:
    for _ in range(ROUNDS):
        turn_on(store, "severe_weather", None, None, "Frost", "C. Ordinator")
        reference = new_case()

        off, held = both(
            lambda: turn_off(store, "severe_weather"),
            lambda reference=reference: use(reference, "milestone/x1", "hold", "1 hour", "0 seconds"),  # type: ignore[misc]
        )

        assert not isinstance(off, CaseworkError), off
        assert held is None
        found = {one.facts.name: one.reference for one in places_of(store, "milestone")[1] if one.state == "held"}
        assert found == {"x1": reference}
        with store.engine.begin() as connection:
            connection.execute(text("DELETE FROM handrail.place_uses"))
