"""The registry of places: the same again changes nothing, and nobody loses the place that they are in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from handrail.errors import NotFound, NotPossible, NotYours
from handrail.housing.registry import PlaceGiven, ProjectGiven, Tally, bring, capacity, places_of, retire
from handrail.recording import Speaker
from handrail.sweeps import database_now
from handrail.wiring import Store
from models.database import PLACES_CHANNEL, listening
from models.places import NO_END, PlaceFacts

HOSTEL = ProjectGiven("milestone", "hostel", "Milestone House", "riverside", 7)
NIGHTS = ProjectGiven("mission", "night_bed", "Night shelter", "mission")


def room(name: str, **said: object) -> PlaceGiven:
    return PlaceGiven(PlaceFacts("milestone", name, **said))  # type: ignore[arg-type]


def counts(store: Store, **asked: object) -> dict[str, tuple[int, ...]]:
    """Return by project: in service, held, occupied, void, free."""
    found = capacity(store, **asked)  # type: ignore[arg-type]
    return {one.project.key: (one.in_service, one.held, one.occupied, one.void, one.free) for one in found}


def test_the_same_projects_and_places_again_change_nothing(store: Store) -> None:
    places = [room("01", accessible=True, risks_not_accepted=frozenset({"arson", "sexual_offence"})), room("02")]

    first, again = bring(store, [HOSTEL], places), bring(store, [HOSTEL], places)

    assert (first.projects, first.places) == (Tally(new=1), Tally(new=2))
    assert (again.projects, again.places) == (Tally(same=1), Tally(same=2))


def test_what_is_said_changes_a_place_and_what_is_not_said_stays(store: Store) -> None:
    bring(store, [HOSTEL], [room("01", dogs=True, only_while="severe_weather"), room("02")])

    done = bring(store, [], [room("01", accessible=True, only_while=""), room("02")])

    assert done.places == Tally(changed=1, same=1)
    _, [first, second] = places_of(store, "milestone")
    assert (first.facts.dogs, first.facts.accessible, first.facts.only_while) == (True, True, None)
    assert (second.facts.dogs, second.facts.single) == (False, True)


def test_a_dry_run_tells_and_changes_nothing(store: Store) -> None:
    done = bring(store, [HOSTEL], [room("01")], dry_run=True)

    assert (done.projects.new, done.places.new) == (1, 1)
    assert capacity(store) == []


@pytest.mark.parametrize(
    ("project", "sentence"),
    [
        pytest.param(
            ProjectGiven("milestone", "castle", None, "riverside"),
            "No published pathway declares places of kind 'castle'. Declared: hostel, night_bed.",
            id="a kind that nobody declared",
        ),
        pytest.param(
            ProjectGiven("milestone", "hostel", None, "circus"),
            "'circus' is no agency of the pathway houses. Its agencies: council, mission, old_trust, riverside.",
            id="a provider that takes no part",
        ),
        pytest.param(
            ProjectGiven("milestone", "hostel"),
            "The project 'milestone' is new here and nothing says its provider. Expected both.",
            id="no provider",
        ),
        pytest.param(
            ProjectGiven("Milestone House", "hostel", None, "riverside"),
            "'Milestone House' cannot be a project's key. Expected small letters, digits, _ and -.",
            id="a title for a key",
        ),
        pytest.param(
            ProjectGiven("milestone", "hostel", None, "riverside", 1000),
            "1000 days of turnaround for 'milestone'; expected 0 to 365.",
            id="a turnaround of years",
        ),
    ],
)
def test_a_project_that_cannot_be_is_refused_with_its_places(
    store: Store, project: ProjectGiven, sentence: str
) -> None:
    told: list[tuple[int, str]] = []
    place = PlaceGiven(PlaceFacts(project.key, "01"), 2)

    done = bring(store, [project], [place], lambda number, why: told.append((number, why)))

    assert told == [(2, sentence)]
    assert (done.refused, done.projects.new, done.places.new) == (1, 0, 0)
    assert capacity(store) == []


def test_a_project_keeps_its_kind(store: Store) -> None:
    bring(store, [HOSTEL], [room("01")])

    with pytest.raises(NotPossible, match="'milestone' is of kind 'hostel' and stays so"):
        bring(store, [ProjectGiven("milestone", "night_bed")], [])


@pytest.mark.parametrize("name", ["", " ", "a/b", "x" * 41, "a\nb", "\u202e1"])
def test_a_place_without_a_name_to_speak_of_is_refused(store: Store, name: str) -> None:
    with pytest.raises(NotPossible, match="cannot be the name of a place"):
        bring(store, [HOSTEL], [room(name)])


def test_a_place_that_nobody_is_in_goes_out_of_service_and_comes_back(store: Store, riverside: Speaker) -> None:
    bring(store, [HOSTEL], [room("01", in_service_from=date(2026, 1, 1)), room("02")])
    later = database_now(store).date() + timedelta(days=30)

    assert retire(store, ("milestone", "01"), riverside, later) == later

    assert counts(store)["milestone"][0] == 2
    assert counts(store, at=datetime.combine(later, datetime.min.time(), UTC) + timedelta(hours=3))["milestone"][0] == 1
    assert bring(store, [], [room("01", in_service_until=NO_END)]).places.changed == 1
    assert counts(store, at=datetime.combine(later, datetime.min.time(), UTC) + timedelta(hours=3))["milestone"][0] == 2


def test_a_place_stays_in_service_while_somebody_sleeps_there(
    store: Store,
    riverside: Speaker,
    milestone: Callable[..., None],
    new_case: Callable[[], str],
    use: Callable[..., None],
) -> None:
    milestone()
    reference = new_case()
    use(reference, "milestone/02")

    with pytest.raises(NotPossible, match=rf"milestone/02 cannot go out .* is occupied by {reference} since .* yet"):
        retire(store, ("milestone", "02"), riverside)

    told: list[str] = []
    done = bring(
        store,
        [],
        [room("02", in_service_until=date(2026, 1, 2)), room("03", in_service_until=date(2026, 1, 2))],
        lambda _number, why: told.append(why),
    )
    assert (done.places.changed, done.refused) == (1, 1)
    assert reference in told[0]


def test_a_hold_keeps_a_place_in_service_until_it_is_over(
    store: Store,
    riverside: Speaker,
    milestone: Callable[..., None],
    new_case: Callable[[], str],
    use: Callable[..., None],
) -> None:
    milestone()
    reference, today = new_case(), database_now(store).date()
    use(reference, "milestone/01", "hold", "26 hours")

    with pytest.raises(NotPossible, match=f"is held for {reference} until"):
        retire(store, ("milestone", "01"), riverside, today)

    retire(store, ("milestone", "01"), riverside, today + timedelta(days=3))


def test_only_the_provider_its_successor_or_the_coordinator_takes_a_place_away(
    store: Store, milestone: Callable[..., None]
) -> None:
    milestone()

    with pytest.raises(NotYours, match="'mission' may not take this place out of service"):
        retire(store, ("milestone", "01"), Speaker("mission"))

    retire(store, ("milestone", "01"), Speaker("council"))
    retire(store, ("milestone", "02"), Speaker("old_trust"))
    assert counts(store)["milestone"][0] == 1


def test_a_place_that_is_not_there_is_told(store: Store, milestone: Callable[..., None], riverside: Speaker) -> None:
    milestone()

    with pytest.raises(NotFound, match="no place milestone/99"):
        retire(store, ("milestone", "99"), riverside)
    with pytest.raises(NotFound, match=r"no project 'castle'\. Known: milestone"):
        places_of(store, "castle")
    with pytest.raises(NotFound, match="no places of kind 'castle'"):
        capacity(store, kind="castle")


def test_each_place_of_a_project_is_in_one_state(
    store: Store, milestone: Callable[..., None], new_case: Callable[[], str], use: Callable[..., None]
) -> None:
    milestone(6)
    held, housed = new_case(), new_case()
    use(held, "milestone/01", "hold", "1 hour")
    use(housed, "milestone/02")
    bring(store, [], [room("06", in_service_until=date(2026, 1, 1)), room("05", only_while="severe_weather")])

    found, places = places_of(store, "milestone")

    assert (found.in_service, found.held, found.occupied, found.void, found.free) == (4, 1, 1, 0, 2)
    assert [one.state for one in places] == ["held", "occupied", "free", "free", "out_of_service", "out_of_service"]
    assert [one.reference for one in places[:3]] == [held, housed, None]


def test_a_night_belongs_to_the_day_on_which_it_began(store: Store) -> None:
    bring(store, [NIGHTS], [PlaceGiven(PlaceFacts("mission", "1", in_service_from=date(2026, 11, 30)))])

    def beds(*at: int) -> int:
        return counts(store, at=datetime(*at, tzinfo=UTC))["mission"][0]  # type: ignore[misc, arg-type]

    assert beds(2026, 11, 30, 7, 59) == 0
    assert beds(2026, 11, 30, 8) == 1


def test_on_the_night_of_a_change_of_clocks_a_day_of_service_ends_on_the_wall(store: Store) -> None:
    bring(store, [NIGHTS], [PlaceGiven(PlaceFacts("mission", "1", in_service_from=date(2026, 3, 29)))])

    at_seven_utc = capacity(store, at=datetime(2026, 3, 29, 7, tzinfo=UTC))
    before = capacity(store, at=datetime(2026, 3, 29, 6, 59, 59, tzinfo=UTC))

    assert (at_seven_utc[0].in_service, before[0].in_service) == (1, 0)


def test_whoever_listens_hears_of_a_change_and_not_of_the_same_again(store: Store) -> None:
    with listening(store.engine, PLACES_CHANNEL) as heard:
        bring(store, [HOSTEL], [room("01")])
        first = list(heard.notifies(timeout=5, stop_after=1))
        bring(store, [HOSTEL], [room("01")])
        again = list(heard.notifies(timeout=0.2, stop_after=1))

    assert (len(first), len(again)) == (1, 0)
