"""``handrail places``: each verb against a real PostgreSQL, with its status and what it tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
Told = Callable[..., dict[str, Any]]


@pytest.fixture
def told(handrail: Any, database_url: str, pathways: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    """Run a verb with --json on a store in which PEEP and the example's places are, and return what it tells."""
    monkeypatch.setenv("HANDRAIL_DATABASE_URL", database_url)

    def run(*arguments: str | Path) -> dict[str, Any]:
        ran = handrail(*arguments, "--json")
        assert ran.status == 0, ran.errors
        found: dict[str, Any] = json.loads(ran.output)
        return found

    run("publish", pathways / "peep.yaml", "--agencies", pathways / "agencies.yaml")
    run("places", "import", EXAMPLES / "places.csv")
    return run


def test_every_example_comes_in_and_again_changes_nothing(told: Told) -> None:
    for name in ("vacancies.csv", "open-referral.json"):
        told("places", "import", EXAMPLES / name)
    for name, what, same in (
        ("places.csv", "places", 4),
        ("vacancies.csv", "vacancies", 3),
        ("open-referral.json", "places", 12),
    ):
        again = told("places", "import", EXAMPLES / name)
        assert again[what] == {"new": 0, "changed": 0, "same": same}, name
        assert (again["refused"], again["retired"], again["notes"]) == (0, 0, [])


def test_the_capacity_of_each_project_is_a_table(told: Told, handrail: Any) -> None:
    told("places", "import", EXAMPLES / "vacancies.csv")

    text = handrail("places", "list", "--kind", "hostel_room").output.splitlines()

    assert text[0].split() == ["kind", "project", "provider", "in", "service", "held", "occupied", "void", "free"]
    assert text[2].split() == ["hostel_room", "milestone", "riverside", "3", "0", "1", "1", "1"]
    [one] = told("places", "list", "--project", "milestone")["projects"]
    assert (one["title"], one["turnaround_days"], one["free"]) == ("Milestone House", 7, 1)
    [then] = told("places", "list", "--at", "2025-01-01 09:00")["projects"]
    assert then["in_service"] == 0


def test_a_project_is_shown_place_by_place(told: Told, handrail: Any) -> None:
    text = handrail("places", "show", "milestone").output

    assert text.startswith("Milestone House (milestone): hostel_room, run by riverside, turned round within 7 days.\n")
    assert "3 in service: 0 held, 0 occupied, 0 void, 3 free." in text
    assert "single; women only; no arson, sexual_offence" in text
    places = told("places", "show", "milestone")["places"]
    assert [one["place"] for one in places] == ["milestone/01", "milestone/02", "milestone/03", "milestone/x1"]
    assert [one["state"] for one in places] == ["free", "free", "free", "out_of_service"]


def test_a_void_is_opened_and_turned_round(told: Told, handrail: Any) -> None:
    opened = told("places", "void", "milestone/01", "--reason", "void_repair", "--by", "riverside")
    twice = handrail("places", "void", "milestone/01", "--reason", "void_repair", "--by", "riverside")
    ended = told("places", "turned-round", "milestone/01", "--by", "riverside", "--officer", "R. Manager")
    again = handrail("places", "turned-round", "milestone/01", "--by", "riverside")

    assert (opened["reason"], ended["since"]) == ("void_repair", opened["since"])
    assert (twice.status, again.status) == (1, 1)
    assert "milestone/01 cannot become void: it is void since" in twice.errors
    assert "milestone/01 is not void" in again.errors


def test_a_void_of_another_agency_is_refused(told: Told, handrail: Any) -> None:
    ran = handrail("places", "void", "milestone/01", "--reason", "void_repair", "--by", "police")

    assert ran.status == 1
    assert "'police' may not open a void on this place. It is for: public_health, riverside." in ran.errors
    assert told("places", "list")["projects"][0]["void"] == 0


def test_a_place_is_retired(told: Told) -> None:
    done = told("places", "retire", "milestone/02", "--by", "public_health")

    assert done["place"] == "milestone/02"
    assert told("places", "list")["projects"][0]["in_service"] == 2


def test_extra_places_are_switched_on_and_off(told: Told, handrail: Any) -> None:
    words = ("--because", "Below zero", "--officer", "C. Ordinator")

    on = told("places", "switch", "severe_weather", *words)
    during = told("places", "list")["projects"][0]["in_service"]
    again = handrail("places", "switch", "severe_weather", *words)
    off = told("places", "switch", "severe_weather", "--off", *words)

    assert (on["to"], during, off["kept"]) == (None, 4, [])
    assert (again.status, "is on already" in again.errors) == (1, True)
    assert told("places", "list")["projects"][0]["in_service"] == 3


def test_a_bad_line_is_told_with_its_number_and_the_status_says_so(told: Told, handrail: Any, tmp_path: Path) -> None:
    (tmp_path / "beds.csv").write_text("project,place,dogs\nmilestone,01,perhaps\nmilestone,04,yes\n")

    dry = handrail("places", "import", "beds.csv", "--dry-run")
    ran = handrail("places", "import", "beds.csv")

    assert (dry.status, ran.status) == (1, 1)
    assert ran.errors == "beds.csv:2: dogs: found 'perhaps', expected yes or no.\n"
    assert (
        ran.output
        == "Projects: 0 new, 0 changed, 1 as they were.\nPlaces: 1 new, 0 changed, 0 as they were.\n1 line refused.\n"
    )
    assert dry.output.endswith("Nothing was changed: this was a dry run.\n")
    assert told("places", "list")["projects"][0]["in_service"] == 4


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("import", "absent.csv"), 2, "absent.csv cannot be opened: there is no such file."),
        (("show", "castle"), 1, "There is no project 'castle'. Known: milestone."),
        (("list", "--kind", "castle"), 1, "There are no places of kind 'castle'. Declared: hostel_room, nightly_bed."),
        (("list", "--at", "soon"), 2, "--at: Found 'soon', expected a date and time"),
        (("void", "milestone", "--reason", "x", "--by", "riverside"), 2, "'milestone' is not a place."),
        (("void", "milestone/99", "--reason", "x", "--by", "riverside"), 1, "There is no place milestone/99."),
        (("retire", "milestone/01", "--by", "riverside", "--from", "soon"), 2, "--from is not a date."),
        (("switch", "snow", "--because", "x", "--officer", "y"), 1, "There are: severe_weather."),
        (("switch", "snow", "--because", "x", "--officer", "y", "--off", "--to", "2026-01-01"), 2, "two acts"),
    ],
)
def test_what_cannot_be_done_says_why_and_what_to_do(
    handrail: Any, arguments: tuple[str, ...], status: int, sentence: str
) -> None:
    ran = handrail("places", *arguments)

    assert ran.status == status
    assert sentence in ran.errors
    assert "Traceback" not in ran.errors
