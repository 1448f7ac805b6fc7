"""Files brought into the registry: the same again changes nothing, and nobody is turned out by a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from handrail.errors import NotPossible
from handrail.housing.capacities import Usual
from handrail.housing.place_imports import PlacesImported, import_places
from handrail.housing.registry import Tally, capacity, places_of
from handrail.housing.voids import open_void
from handrail.recording import Speaker
from handrail.wiring import Store
from integrations.place_files import CapacityLine, read_places
from integrations.place_lines import ProjectLine, Traits

LONDON = ZoneInfo("Europe/London")
HEADER = "project,place,kind,title,provider,accessible"
Bring = Callable[..., tuple[PlacesImported, list[tuple[int, str]]]]


@pytest.fixture
def bring_file(store: Store, tmp_path: Path) -> Bring:
    """What brings in a file and returns what came of it, and what was refused."""

    def bring(content: str, **options: Any) -> tuple[PlacesImported, list[tuple[int, str]]]:
        path, told = tmp_path / "file", list[tuple[int, str]]()
        path.write_text(content)
        done = import_places(
            store, read_places(path, LONDON), lambda number, why: told.append((number, why)), **options
        )
        return done, told

    return bring


def states(store: Store, project: str = "milestone") -> dict[str, tuple[str, str | None, str | None]]:
    return {one.facts.name: (one.state, one.reference, one.reason) for one in places_of(store, project)[1]}


def test_a_table_of_places_comes_in_once(store: Store, bring_file: Bring) -> None:
    content = f"{HEADER}\nm,1,hostel,M House,riverside,yes\nm,2,hostel,,,no\nn,1,night_bed,,mission,no\n"

    (first, told), (again, _) = bring_file(content), bring_file(content)

    assert told == []
    assert (first.projects, first.places) == (Tally(new=2), Tally(new=3))
    assert (again.projects, again.places, again.refused) == (Tally(same=2), Tally(same=3), 0)
    assert [(one.project.title, one.free) for one in capacity(store)] == [("M House", 2), ("N", 1)]


def test_each_bad_line_is_told_and_the_rest_comes_in(store: Store, bring_file: Bring) -> None:
    rows = ["m,1,hostel,,riverside,yes", "m,1,,,,no", "c,1,castle,,riverside,no", "m,2,,,mission,no", "m,3,,,,perhaps"]

    done, told = bring_file("\n".join([HEADER, *rows, "m,4,,,,no", "x,1,,,,no", ""]))

    assert dict(told) == {
        3: "m/1 was told before, in line 2. Expected each place once.",
        4: "No published pathway declares places of kind 'castle'. Declared: hostel, night_bed.",
        5: "provider: found 'mission' for the project 'm', but line 2 says 'riverside'. "
        "Expected the same in every row of a project.",
        6: "accessible: found 'perhaps', expected yes or no.",
        8: "The project 'x' is new here and nothing says its kind and provider. Expected both.",
    }
    assert (done.refused, done.places.new, capacity(store)[0].in_service) == (5, 2, 2)


def test_a_file_that_says_neither_kind_nor_provider_comes_in_with_the_usual_ones(
    store: Store, bring_file: Bring
) -> None:
    done, told = bring_file("project,place\nm,1\n", usual=Usual("hostel", "riverside"))

    assert (done.places.new, told) == (1, [])
    assert capacity(store)[0].project.kind == "hostel"
    with pytest.raises(NotPossible, match="No published pathway declares places of kind 'castle'"):
        bring_file("project,place\nm,1\n", usual=Usual("castle"))


def test_a_list_of_vacancies_ends_and_opens_voids_and_tells_of_people_who_are_not_known(
    store: Store, bring_file: Bring, milestone: Callable[..., None], riverside: Speaker
) -> None:
    milestone(5)
    open_void(store, ("milestone", "01"), "void_repair", riverside)
    open_void(store, ("milestone", "02"), "void_repair", riverside)
    rows = ["01,free,", "02,void,refurbishment", "03,void,void_repair", "04,taken,", "05,free,"]
    content = "project,place,state,reason\n" + "".join(f"milestone,{row}\n" for row in rows)

    (first, told), (again, _) = bring_file(content), bring_file(content)

    assert (first.vacancies, told) == (Tally(changed=4, same=1), [])
    assert again.vacancies == Tally(same=5)
    assert states(store) == {
        "01": ("free", None, None),
        "02": ("void", None, "refurbishment"),
        "03": ("void", None, "void_repair"),
        "04": ("occupied", None, None),
        "05": ("free", None, None),
    }


def test_a_stay_of_no_case_ends_when_the_list_says_so(
    store: Store, bring_file: Bring, milestone: Callable[..., None]
) -> None:
    milestone(2)
    bring_file("project,place,state\nmilestone,01,taken\nmilestone,02,taken\n")

    done, told = bring_file("project,place,state,reason\nmilestone,01,free,\nmilestone,02,void,deep_clean\n")

    assert (done.vacancies.changed, told) == (2, [])
    assert states(store) == {"01": ("free", None, None), "02": ("void", None, "deep_clean")}
    bring_file("project,place,state\nmilestone,02,taken\n")
    assert states(store)["02"] == ("occupied", None, None)


def test_nobody_who_is_known_is_turned_out_by_a_list(
    store: Store,
    bring_file: Bring,
    milestone: Callable[..., None],
    new_case: Callable[[], str],
    use: Callable[..., None],
) -> None:
    milestone(3)
    sleeper, expected = new_case(), new_case()
    use(sleeper, "milestone/01")
    use(expected, "milestone/02", "hold", "1 hour")
    rows = ["01,free,", "02,void,void_repair", "03,taken,", "99,free,"]

    done, told = bring_file("project,place,state,reason\n" + "".join(f"milestone,{row}\n" for row in rows))

    sentences = dict(told)
    assert sorted(sentences) == [2, 3, 5]
    assert f"is free by this list, but here it is occupied by {sleeper} since" in sentences[2]
    assert f"is void by this list, but here it is held for {expected} until" in sentences[3]
    assert "There is no place milestone/99" in sentences[5]
    assert (done.vacancies.changed, states(store)["01"][:2], states(store)["03"][0]) == (
        1, ("occupied", sleeper), "occupied",
    )  # fmt: skip


def test_what_was_taken_or_void_since_a_day_is_so_since_then_but_never_before_the_last_use(
    store: Store, bring_file: Bring, milestone: Callable[..., None]
) -> None:
    milestone(1)
    past = "project,place,state,reason,since\nmilestone,01,{},2026-02-01\n"
    bring_file(past.format("void,void_repair"))
    [first] = places_of(store, "milestone")[1]
    bring_file("project,place,state\nmilestone,01,free\n")

    bring_file(past.format("taken,"))

    [second] = places_of(store, "milestone")[1]
    assert first.since is not None
    assert first.since.date().isoformat() == "2026-02-01"
    assert second.since is not None
    assert second.since > first.since
    with store.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM handrail.place_uses")) == 2


def service(maximum: int, available: int | None = None, **traits: Any) -> CapacityLine:
    project = ProjectLine("milestone", "hostel", "Milestone House")
    return CapacityLine(1, project, maximum, available, "RIVERSIDE", Traits(**traits))


def capacity_of(store: Store, line: CapacityLine) -> tuple[PlacesImported, list[str]]:
    told: list[str] = []
    return import_places(store, [line], lambda _number, why: told.append(why)), told


def test_a_capacity_becomes_places_with_numbers_for_names(store: Store) -> None:
    first, told = capacity_of(store, service(3, 3, accessible=True))
    again, _ = capacity_of(store, service(3, 3, accessible=True))

    assert (first.places, again.places, told, first.notes) == (Tally(new=3), Tally(same=3), [], [])
    assert list(states(store)) == ["01", "02", "03"]
    assert capacity(store)[0].project.provider == "riverside"


def test_a_smaller_maximum_takes_free_places_out_of_service_and_a_larger_one_brings_them_back(
    store: Store, new_case: Callable[[], str], use: Callable[..., None]
) -> None:
    capacity_of(store, service(5))
    use(new_case(), "milestone/05")

    fewer, told = capacity_of(store, service(3, 2))
    again, _ = capacity_of(store, service(3, 2))
    assert (fewer.retired, again.retired, again.places.changed, told) == (2, 0, 0, [])
    assert [name for name, (state, *_) in states(store).items() if state == "out_of_service"] == ["03", "04"]

    more, _ = capacity_of(store, service(6))
    assert (more.places.new, more.places.changed) == (1, 2)
    assert capacity(store)[0].in_service == 6


def test_a_surplus_that_is_in_use_stays_and_is_told(
    store: Store, new_case: Callable[[], str], use: Callable[..., None]
) -> None:
    capacity_of(store, service(3))
    for name in ("01", "02"):
        use(new_case(), f"milestone/{name}")

    done, told = capacity_of(store, service(1))

    assert done.retired == 1
    [sentence] = told
    assert sentence.startswith("'milestone' has 1 places by the file; 1 more than that are in use and stay in service.")
    assert capacity(store)[0].in_service == 2


def test_what_is_free_by_a_directory_and_not_here_is_noted(store: Store) -> None:
    done, told = capacity_of(store, service(3, 1))

    assert told == []
    assert done.notes == [
        (1, "'milestone' has 1 places free by the file and 3 here. A table of vacancies can tell which.")
    ]


def test_a_dry_run_of_a_file_changes_nothing(store: Store, bring_file: Bring, milestone: Callable[..., None]) -> None:
    milestone(1)

    done, _ = bring_file("project,place,state\nmilestone,01,taken\n", dry_run=True)

    assert done.vacancies.changed == 1
    assert states(store) == {"01": ("free", None, None)}
