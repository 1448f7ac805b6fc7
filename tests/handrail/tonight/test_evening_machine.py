"""Whatever happens in whatever order: one person a place, one place of a kind a person, nobody missed who came."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from handrail.casework import (
    Speaker,
    cut_off,
    give_up,
    hold,
    leave,
    occupy,
    offer_freed,
    open_night,
    present,
    present_unknown,
    refuse,
    tonight,
    verify,
)
from handrail.errors import Refused
from handrail.housing.offering import end_offers_not_taken, settle_lapses
from models.story_clock import StoryClock

MISSION, RIVERSIDE = Speaker("mission"), Speaker("riverside")
BEDS, ROOMS = ("shelter/1", "shelter/2", "kennel/1"), ("milestone/01", "milestone/02")
DAYS = itertools.count()
OVERLAPS = """
SELECT count(*) FROM handrail.place_uses AS a JOIN handrail.place_uses AS b ON a.id < b.id AND a.during && b.during
WHERE a.place_id = b.place_id OR (a.person_id = b.person_id AND a.kind = b.kind)
"""
people = st.integers(0, 4)


class Evenings(RuleBasedStateMachine):
    """People, beds and rooms over some days, against what a list on paper would say."""

    town: ClassVar[Any]
    clock: ClassVar[StoryClock]

    @initialize(ill=st.integers(0, 4), dog=st.integers(0, 4), guests=st.integers(0, 5))
    def begin(self, ill: int, dog: int, guests: int) -> None:
        """Begin at a noon that no other run has had, with five people on their own cases."""
        self.now = datetime(2027, 1, 4, 12, tzinfo=UTC) + timedelta(days=10 * next(DAYS))
        self.clock.set_to(self.now)
        self.people = [
            self.town.person("bed" if nth < guests else None, **({"ill": True} if nth == ill else {}))
            if nth != dog
            else self.town.person("bed" if nth < guests else None, dog=True)
            for nth in range(5)
        ]
        self.came: dict[str, set[str]] = {}

    def attempt(self, act: Callable[[], Any]) -> Any:
        """Do it a moment later than what was done before; what is refused is refused in words."""
        self.now += timedelta(seconds=1)
        self.clock.set_to(self.now)
        try:
            return act()
        except Refused:
            return None

    @rule(hours=st.sampled_from([1, 2, 4, 9]))
    def time_goes_on(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.clock.set_to(self.now)

    @rule()
    def the_night_is_opened(self) -> None:
        self.attempt(lambda: open_night(self.town.store, "bed"))

    @rule(nth=people)
    def somebody_comes(self, nth: int) -> None:
        found = self.attempt(lambda: present(self.town.store, "bed", self.people[nth], MISSION))
        if found is not None:
            self.came.setdefault(found.night, set()).add(self.people[nth])

    @rule()
    def somebody_unknown_comes(self) -> None:
        self.attempt(lambda: present_unknown(self.town.store, "bed", MISSION))

    @rule(nth=people, reason=st.sampled_from(["full", "pet", "declined_offer"]))
    def somebody_is_refused(self, nth: int, reason: str) -> None:
        self.attempt(lambda: refuse(self.town.store, "bed", self.people[nth], reason, MISSION))

    @rule(nth=people, place=st.sampled_from(BEDS))
    def a_bed_is_held(self, nth: int, place: str) -> None:
        self.attempt(lambda: hold(self.town.store, self.people[nth], place, Speaker("council")))

    @rule(nth=people, place=st.sampled_from(ROOMS))
    def a_room_is_held(self, nth: int, place: str) -> None:
        self.attempt(lambda: hold(self.town.store, self.people[nth], place, RIVERSIDE))

    @rule(nth=people, place=st.sampled_from(ROOMS), moving=st.booleans())
    def somebody_moves_in(self, nth: int, place: str, *, moving: bool) -> None:
        done = self.attempt(lambda: occupy(self.town.store, self.people[nth], place, RIVERSIDE, moving=moving))
        if done is not None:
            held = [line for line in tonight(self.town.store, "bed").guests if line.reference == self.people[nth]]
            assert not [line for line in held if line.state == "held"]

    @rule(nth=people)
    def a_hold_is_given_up(self, nth: int) -> None:
        self.attempt(lambda: give_up(self.town.store, self.people[nth], None, Speaker("council")))

    @rule(nth=people)
    def somebody_leaves(self, nth: int) -> None:
        self.attempt(lambda: leave(self.town.store, self.people[nth], None, Speaker("council"), "moved_on"))

    @rule()
    def the_cut_off_is_dealt_with(self) -> None:
        done = self.attempt(lambda: cut_off(self.town.store))
        if done is None:
            return
        missed = {each.reference for each in done.missed}
        assert not missed & self.came.get(done.night.night.isoformat(), set())
        given = [each.where for each in done.given]
        assert len(given) == len(set(given))
        states = {line.state for line in tonight(self.town.store, "bed", done.night.night).guests}
        assert "waiting" not in states

    @rule()
    def what_is_free_is_offered(self) -> None:
        self.attempt(lambda: settle_lapses(self.town.store))
        self.attempt(lambda: end_offers_not_taken(self.town.store))
        self.attempt(lambda: offer_freed(self.town.store))

    @precondition(lambda self: hasattr(self, "people"))
    @invariant()
    def everybody_and_every_place_has_one(self) -> None:
        assert self.town.count(OVERLAPS) == 0
        found = tonight(self.town.store, "bed")
        places = [line.where for line in found.guests if line.state in {"held", "arrived"} and line.where]
        assert not set(places) & set(found.free)
        references = [line.reference for line in found.guests if line.reference is not None]
        assert len(references) == len(set(references))

    def teardown(self) -> None:
        if not hasattr(self, "people"):
            return
        with self.town.store.engine.begin() as connection:
            for table in ("arrivals", "place_uses", "nights"):
                connection.execute(text(f"DELETE FROM handrail.{table}"))  # noqa: S608 (names of tables)
        assert verify(self.town.store).wrong == 0
        for reference in self.people:
            self.town.end(reference)


@pytest.mark.usefixtures("story")
def test_evenings_in_any_order_keep_their_promises(told_town: Any, story: StoryClock) -> None:
    told_town.project("shelter", "bed", "mission", "1", "2")
    told_town.project("kennel", "bed", "mission", "1", dogs=True)
    told_town.project("milestone", "room", "riverside", "01", "02")
    Evenings.town, Evenings.clock = told_town, story

    run_state_machine_as_test(
        Evenings,
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
