"""Event logs as JSON lines: good lines and wrong ones."""

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from integrations.event_files import BadLine, LogEvent, Scalar, read_log

LONDON = ZoneInfo("Europe/London")
LIMIT = 1 << 20
HEADER = "case,event,occurred_at"
TEN = datetime(2026, 3, 21, 10, tzinfo=UTC)


def read(tmp_path: Path, name: str, content: str | bytes) -> list[LogEvent | BadLine]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_log(path, LONDON))


def events(items: list[LogEvent | BadLine]) -> list[LogEvent]:
    return [item for item in items if isinstance(item, LogEvent)]


def refusals(items: list[LogEvent | BadLine]) -> list[BadLine]:
    return [item for item in items if isinstance(item, BadLine)]


GOOD_LINE = '{"case": "B2", "event": "x", "occurred_at": "2026-03-21"}'


def json_line(**changes: object) -> str:
    return json.dumps({"case": "A1", "event": "x", "occurred_at": "2026-03-21"} | changes)


def test_a_json_line_becomes_an_event_with_typed_fields(tmp_path: Path) -> None:
    fields = {"beds": 3, "share": 0.5, "found": False, "offer": "nsno", "reason": None}
    line = {
        "case": "A1",
        "event": "offer.made",
        "occurred_at": "2026-03-21T10:00:00Z",
        "recorded_at": "2026-03-21T10:00:00Z",
        "agency": "outreach",
        "external_id": None,
        "fields": fields,
    }

    items = read(tmp_path, "log.jsonl", json.dumps(line) + "\n")

    kept: dict[str, Scalar] = {"beds": 3, "share": 0.5, "found": False, "offer": "nsno"}
    assert items == [LogEvent(1, "A1", "offer.made", TEN, TEN, "outreach", None, kept, tabular=False)]
    assert [type(value) for value in events(items)[0].fields.values()] == [int, float, bool, str]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        pytest.param("{", "The line is not JSON", id="cut off"),
        pytest.param("[1]", "Found an array, expected an object", id="an array later on"),
        pytest.param('"x"', "Found a text, expected an object", id="a text"),
        pytest.param("null", "Found null", id="null"),
        pytest.param('{"event": "x", "occurred_at": "2026-03-21"}', "The key 'case' is missing", id="no case"),
        pytest.param(json_line(case=17), "case: found the number 17", id="a number as case"),
        pytest.param(json_line(case=True), "case: found true", id="a truth as case"),
        pytest.param(json_line(event=" "), "event: found an empty text", id="a blank event"),
        pytest.param(json_line(occurred_at=1774087200), "occurred_at: found the number", id="seconds since 1970"),
        pytest.param(json_line(recorded_at="soon"), "recorded_at: Found 'soon'", id="a wrong recorded_at"),
        pytest.param(json_line(agency=[]), "agency: found an array", id="an array as agency"),
        pytest.param(json_line(agencies="x"), "Did you mean 'agency'", id="a misspelt key"),
        pytest.param(json_line(offer="nsno"), "Further values belong under 'fields'", id="a field outside fields"),
        pytest.param(json_line(fields=[1]), "fields: found an array", id="fields as an array"),
        pytest.param(json_line(fields={"a": {"b": 1}}), "fields: found an object in 'a'", id="a nested field"),
        pytest.param('{"case": "A1", "case": "A2"}', "The key 'case' stands there twice", id="a key twice"),
        pytest.param(json_line(fields={"a": 1}).replace('"a": 1', '"a": 1, "a": 2'), "'a' stands", id="a field twice"),
        pytest.param(json_line(fields={"a": float("nan")}), "Found NaN", id="not a number"),
        pytest.param(json_line(fields={"a": float("-inf")}), "Found -Infinity", id="infinity"),
        pytest.param(json_line(fields={"a": 1}).replace("1}", "1e999}"), "not infinite", id="infinity in digits"),
        pytest.param(json_line(fields={"a": 1 << 63}), "at most 64 bits", id="a number beyond 64 bits"),
        pytest.param(json_line(fields={"a": 1}).replace("1}", "1" * 9999 + "}"), "at most 64 bits", id="a long number"),
        pytest.param(json_line(case="A\0"), "stands for no text", id="an escaped null character"),
        pytest.param(json_line(fields={"a": "\ud800"}), "stands for no text", id="half a surrogate pair"),
        pytest.param('{"case":' + "[" * 500_000, "nested too deeply", id="nested without end"),
        pytest.param(json_line(case="x" * LIMIT), "longer than 1,048,576 bytes", id="a huge line"),
        pytest.param(b'{"case": "\xff"}', "is not UTF-8", id="not UTF-8"),
    ],
)
def test_a_wrong_json_line_is_refused_by_its_number_and_the_rest_goes_on(
    tmp_path: Path, bad: str | bytes, message: str
) -> None:
    bad = bad.encode() if isinstance(bad, str) else bad

    items = read(tmp_path, "log.jsonl", f"{GOOD_LINE}\n\n".encode() + bad + f"\n{GOOD_LINE}".encode())

    assert [type(item) for item in items] == [LogEvent, BadLine, LogEvent]
    assert [item.number for item in items] == [1, 3, 4]
    assert message in refusals(items)[0].message


def test_an_escaped_letter_is_as_good_as_a_plain_one(tmp_path: Path) -> None:
    items = read(tmp_path, "log.jsonl", json_line(case="é\U0001f600", fields={"path": "\\u0000"}))

    assert [(item.case, item.fields) for item in events(items)] == [("é\U0001f600", {"path": "\\u0000"})]


def test_an_empty_file_of_json_lines_holds_no_events(tmp_path: Path) -> None:
    assert read(tmp_path, "log.jsonl", "") == []
