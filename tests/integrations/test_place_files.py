"""Files of places: tables of places and of vacancies, and Open Referral UK."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.event_lines import LogUnreadable
from integrations.open_referral import FILE_LIMIT
from integrations.place_files import BadLine, CapacityLine, PlaceLine, PlacesUnreadable, VacancyLine, read_places
from integrations.place_lines import NO_END, ProjectLine, Traits

LONDON = ZoneInfo("Europe/London")
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def read(tmp_path: Path, content: str | bytes, name: str = "places") -> list[Any]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_places(path, LONDON))


def service(**changes: Any) -> dict[str, Any]:
    bed = {"id": "c", "unit": {"id": "u", "name": "Bed"}, "available": 1, "maximum": 4, "updated": "2026-11-29"}
    return {"id": "s", "name": "Castle Court", "status": "active", "capacities": [bed], **changes}


def term(code: str, value: str | None = None, taxonomy: str = "handrail") -> dict[str, Any]:
    return {"id": "a", "value": value, "taxonomy_term": {"id": "t", "code": code, "name": code, "taxonomy": taxonomy}}


def test_a_row_of_a_table_is_a_place_with_what_it_says(tmp_path: Path) -> None:
    header = "project,place,kind,title,provider,turnaround_days,single,dogs,risks_not_accepted,only_while"
    dates = "in_service_from,in_service_until"

    [line] = read(tmp_path, f"{header},{dates}\nm,07,hostel,M House,riverside,7,No,y,arson; theft,,2026-01-01,\n")

    traits = Traits(single=False, dogs=True, risks_not_accepted=frozenset({"arson", "theft"}), only_while="")
    project = ProjectLine("m", "hostel", "M House", "riverside", 7)
    assert line == PlaceLine(2, project, "07", traits, date(2026, 1, 1), NO_END)


def test_what_a_table_does_not_have_is_not_said(tmp_path: Path) -> None:
    assert read(tmp_path, "place;project\n07;m\n") == [PlaceLine(2, ProjectLine("m"), "07", Traits())]


def test_a_table_with_a_state_tells_of_vacancies(tmp_path: Path) -> None:
    rows = "m,1,Free,,\nm,2,void,void_repair,2026-07-01 09:00\nm,3,taken,,\n"

    found = read(tmp_path, f"project,place,state,reason,since\n{rows}")

    since = datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert found == [
        VacancyLine(2, "m", "1", "free"),
        VacancyLine(3, "m", "2", "void", "void_repair", since),
        VacancyLine(4, "m", "3", "taken"),
    ]


@pytest.mark.parametrize(
    ("header", "bad", "good", "message"),
    [
        ("dogs", "m,1,perhaps", "m,9,no", "dogs: found 'perhaps', expected yes or no."),
        ("dogs", ",1,yes", "m,9,no", "The cell for 'project' is empty, expected a value there."),
        ("turnaround_days", "m,1,soon", "m,9,", "turnaround_days: found 'soon', expected a whole number of days."),
        ("in_service_from", "m,1,1/4/2026", "m,9,", "in_service_from: found '1/4/2026', expected a day such as"),
        ("state", "m,1,empty", "m,9,free", "state: found 'empty', expected free, void or taken."),
        ("state", "m,1,void", "m,9,free", "a void needs a coded reason, such as void_repair."),
        ("state,reason", "m,1,free,full", "m,9,free,", "a reason is for a void only."),
        ("state,since", "m,1,free,today", "m,9,free,", "since: Found 'today', expected a date and time"),
        ("dogs", "m,1", "m,9,no", "Found 2 cells, expected 3 as in the header."),
        ("dogs", "m,\udcff,no", "m,9,no", "is not UTF-8"),
    ],
)
def test_a_wrong_row_is_refused_by_its_number_and_the_rest_goes_on(
    tmp_path: Path, header: str, bad: str, good: str, message: str
) -> None:
    text = f"project,place,{header}\n{bad}\n{good}\n"

    refused, taken = read(tmp_path, text.encode(errors="surrogateescape"))

    assert isinstance(refused, BadLine)
    assert message in refused.message
    assert (refused.number, taken.number) == (2, 3)
    assert not isinstance(taken, BadLine)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty. Expected a header with the columns project, place."),
        ("place\n1\n", "missing: project."),
        ("project,place,acessible\n", "'acessible' is not one of project, place, kind,"),
        ("project,place,acessible\n", "Did you mean 'accessible'?"),
        ("project,place,place\n", "'place' stands there twice."),
        (b"PK\x03\x04", "Excel workbook"),
        ("project,place".encode("utf-16"), "is UTF-16"),
        ('{"contents": 3}', "is no Open Referral JSON: Expected `array`, got `int`"),
        ("[1,", "is no Open Referral JSON"),
        ("[" * 5_000, "Open Referral JSON"),
        ("[" + " " * FILE_LIMIT, "is larger than 16,777,216 bytes."),
    ],
)
def test_a_file_of_which_nothing_can_be_read_says_why(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises((PlacesUnreadable, LogUnreadable)) as refused:
        read(tmp_path, content)

    assert message in str(refused.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PlacesUnreadable, match="cannot be opened"):
        list(read_places(tmp_path / "absent", LONDON))


def test_the_capacities_in_beds_of_a_service_are_its_places(tmp_path: Path) -> None:
    hours = {"id": "c", "unit": {"id": "u", "name": "Hours"}, "available": 1, "updated": "2026-11-29"}
    told = service(
        capacities=[*service()["capacities"] * 2, hours],
        organization={"id": "o", "name": "Riverside"},
        attributes=[
            term("kind", "hostel"),
            term("shared"),
            term("risk_not_accepted", "arson"),
            term("x", "y", "other"),
        ],
        service_at_locations=[{"id": "l", "location": {"id": "p", "attributes": [term("accessible", "yes")]}}],
    )

    [line] = read(tmp_path, json.dumps({"contents": [told]}))

    traits = Traits(single=False, accessible=True, risks_not_accepted=frozenset({"arson"}))
    assert line == CapacityLine(1, ProjectLine("castle_court", "hostel", "Castle Court"), 8, 2, "Riverside", traits)


@pytest.mark.parametrize(
    "wrap", [lambda one: one, lambda one: [one], lambda one: {"contents": [one]}], ids=["alone", "array", "page"]
)
def test_a_service_may_stand_alone_in_an_array_or_on_a_page(tmp_path: Path, wrap: Any) -> None:
    [line] = read(tmp_path, gzip.compress(json.dumps(wrap(service())).encode()))

    assert (line.project.key, line.maximum, line.available) == ("castle_court", 4, 1)


def test_a_service_that_is_not_active_has_no_places(tmp_path: Path) -> None:
    [line] = read(tmp_path, json.dumps(service(status="temporarily closed", capacities=None)))

    assert line.maximum == 0


def capacity_of(**changes: Any) -> dict[str, Any]:
    return service(capacities=[service()["capacities"][0] | changes])


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"id": 3}, "This is no service of HSDS: Expected `str`, got `int` - at `$.id`"),
        ([], "This is no service of HSDS: Expected `object`, got `array`"),
        (service(capacities=[]), "'Castle Court' has no capacity in beds. Units found: none; expected 'Bed'."),
        (capacity_of(unit={"id": "u", "name": "Hour"}), "Units found: 'Hour'; expected 'Bed'."),
        (capacity_of(maximum=None), "has no maximum."),
        (capacity_of(maximum=-1), "Expected `float` >= 0.0"),
        (capacity_of(maximum=2.5), "has 1 of 2.5 beds available. Expected whole numbers"),
        (capacity_of(available=5), "has 5 of 4 beds available."),
        (capacity_of(maximum=1e300), "at most 1,000"),
        (service(attributes=[term("kin", "hostel")]), "The term 'kin' of handrail says nothing."),
        (service(attributes=[term("dogs", "perhaps")]), "The term 'dogs' has the value 'perhaps', expected yes or no."),
        (service(attributes=[term("turnaround_days", "x")]), "turnaround_days is 'x', expected a whole number"),
        (service(), "The project 'castle_court' stands in service 1 already."),
    ],
)
def test_a_wrong_service_is_refused_by_its_number_and_the_rest_goes_on(tmp_path: Path, told: Any, message: str) -> None:
    first, bad, last = read(tmp_path, json.dumps([service(), told, service(name="Other House")]))

    assert (first.number, bad.number, last.number) == (1, 2, 3)
    assert isinstance(bad, BadLine)
    assert message in bad.message
    assert last.project.key == "other_house"


@pytest.mark.parametrize("name", ["places.csv", "vacancies.csv", "open-referral.json"])
def test_the_examples_of_the_documents_are_read_in_full(name: str) -> None:
    found = list(read_places(EXAMPLES / name, LONDON))

    assert found
    assert not [line for line in found if isinstance(line, BadLine)]
