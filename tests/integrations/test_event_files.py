"""Event logs in every format, whole and damaged."""

import gzip
import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from integrations.event_files import BadLine, LogEvent, LogUnreadable, Scalar, read_log

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


def xes(body: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<log xmlns="http://www.xes-standard.org/">{body}</log>'


def trace(*events_: str, case: str = "A1") -> str:
    return f'<trace><string key="concept:name" value="{case}"/>{"".join(events_)}</trace>'


def event(*attributes: str, name: str = "offer.made", at: str = "2026-03-21T10:00:00Z") -> str:
    named = f'<string key="concept:name" value="{name}"/><date key="time:timestamp" value="{at}"/>'
    return f"<event>{named}{''.join(attributes)}</event>"


def test_a_csv_row_becomes_an_event_whose_further_columns_are_text_fields(tmp_path: Path) -> None:
    header = "recorded_at,case,event,occurred_at,beds,agency,external_id,found"
    row = "2026-03-21T11:00:00Z,A1,offer.made,2026-03-21T10:00:00Z,3,outreach,x-1,"

    items = read(tmp_path, "log.csv", f"{header}\n{row}\n")

    recorded = datetime(2026, 3, 21, 11, tzinfo=UTC)
    assert items == [LogEvent(2, "A1", "offer.made", TEN, recorded, "outreach", "x-1", {"beds": "3"}, tabular=True)]


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


def test_an_xes_event_takes_its_case_from_the_trace_and_keeps_other_attributes_as_typed_fields(tmp_path: Path) -> None:
    attributes = (
        '<string key="org:resource" value="Ann"/>',
        '<string key="lifecycle:transition" value="complete"/>',
        '<int key="beds" value="-3"/>',
        '<float key="share" value="0.5"/>',
        '<boolean key="found" value="false"/>',
        '<date key="seen" value="2026-03-20T00:00:00+01:00"/>',
        '<list key="ignored"><values><string key="inner" value="x"/></values></list>',
        '<string key="outer" value="kept"><string key="inner" value="not kept"/></string>',
    )

    items = read(tmp_path, "log.xes", xes(trace(event(*attributes))))

    fields: dict[str, Scalar] = {
        "org:resource": "Ann",
        "lifecycle:transition": "complete",
        "beds": -3,
        "share": 0.5,
        "found": False,
        "seen": "2026-03-20T00:00:00+01:00",
        "outer": "kept",
    }
    assert items == [LogEvent(1, "A1", "offer.made", TEN, None, None, None, fields, tabular=False)]
    assert [type(value) for value in events(items)[0].fields.values()] == [str, str, int, float, bool, str, str]


def test_what_an_xes_log_says_about_itself_is_passed_over(tmp_path: Path) -> None:
    about = (
        '<extension name="Time" prefix="time" uri="urn:time"/>'
        '<global scope="trace"><string key="concept:name" value="UNKNOWN"/></global>'
        '<global scope="event"><date key="time:timestamp" value="1970-01-01T00:00:00Z"/></global>'
        '<classifier name="Activity" keys="concept:name"/><string key="concept:name" value="the log"/>'
    )

    items = read(tmp_path, "log.xes", xes(about + trace(event(), case="A1") + trace(event(), case="B2")))

    assert [(item.number, item.case) for item in events(items)] == [(1, "A1"), (2, "B2")]
    assert not refusals(items)


def test_xes_tags_may_bear_a_prefix_nobody_declared(tmp_path: Path) -> None:
    body = trace(event()).replace("</", "</x:").replace("<x", "\0").replace("</x:", "\1")
    body = body.replace("<", "<xes:").replace("\1", "</xes:").replace("\0", "<x")

    items = read(tmp_path, "log.xes", f"<xes:log>{body}</xes:log>")

    assert [item.case for item in events(items)] == ["A1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-01-21T10:00:00Z", "2026-01-21T10:00:00", id="a trailing Z"),
        pytest.param("2026-01-21T10:00:00+02:00", "2026-01-21T08:00:00", id="an offset"),
        pytest.param("2026-01-21T10:00:00-0500", "2026-01-21T15:00:00", id="an offset without a colon"),
        pytest.param("2026-01-21 10:00", "2026-01-21T10:00:00", id="a blank and no seconds"),
        pytest.param("2026-01-21T10:00:00.25", "2026-01-21T10:00:00.250000", id="a fraction"),
        pytest.param("2026-01-21T10:00:00.123456789Z", "2026-01-21T10:00:00.123456", id="nanoseconds are dropped"),
        pytest.param("2026/01/21 10:00:00.123", "2026-01-21T10:00:00.123000", id="slashes"),
        pytest.param("2026-07-21", "2026-07-20T23:00:00", id="a date alone is local midnight"),
        pytest.param("2026-07-21 10:00:00", "2026-07-21T09:00:00", id="local time in summer"),
        pytest.param("2026-03-29 00:59:59", "2026-03-29T00:59:59", id="before the gap"),
        pytest.param("2026-03-29 01:00:00", "2026-03-29T01:00:00", id="the gap begins"),
        pytest.param("2026-03-29 01:30:00.5", "2026-03-29T01:00:00", id="in the gap"),
        pytest.param("2026-03-29 01:59:59.999999", "2026-03-29T01:00:00", id="the gap ends"),
        pytest.param("2026-03-29 02:00:00", "2026-03-29T01:00:00", id="after the gap"),
        pytest.param("2026-10-25 00:59:59", "2026-10-24T23:59:59", id="before the repeated hour"),
        pytest.param("2026-10-25 01:30:00", "2026-10-25T00:30:00", id="in the repeated hour the first one"),
        pytest.param("2026-10-25 02:00:00", "2026-10-25T02:00:00", id="after the repeated hour"),
        pytest.param("1900-01-01 00:00", "1900-01-01T00:00:00", id="the first year"),
        pytest.param("2200-12-31 23:59", "2200-12-31T23:59:00", id="the last year"),
    ],
)
def test_an_instant_is_read_in_utc(tmp_path: Path, text: str, expected: str) -> None:
    items = read(tmp_path, "log.csv", f"{HEADER}\nA1,x,{text}\n")

    assert [item.occurred_at.isoformat() for item in events(items)] == [f"{expected}+00:00"]


@pytest.mark.parametrize(
    ("zone", "text", "expected"),
    [
        pytest.param("Australia/Lord_Howe", "2026-10-04 02:10", "2026-10-03T15:30:00", id="a gap of half an hour"),
        pytest.param("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04T14:45:00", id="half an hour repeated"),
        pytest.param("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00", id="no midnight on this day"),
        pytest.param("Pacific/Apia", "2011-12-30 12:00", "2011-12-30T10:00:00", id="a day that never was"),
    ],
)
def test_a_skipped_or_repeated_local_time_is_exact_in_every_zone(
    tmp_path: Path, zone: str, text: str, expected: str
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(f"{HEADER}\nA1,x,{text}\n")

    (item,) = read_log(path, ZoneInfo(zone))

    assert isinstance(item, LogEvent)
    assert item.occurred_at.isoformat() == f"{expected}+00:00"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1899-12-31 23:59", id="a year too early"),
        pytest.param("2201-01-01", id="a year too late"),
        pytest.param("0001-01-01T00:00:00+14:00", id="an offset before the first year"),
        pytest.param("20260321", id="no hyphens"),
        pytest.param("21/03/2026", id="the day first"),
        pytest.param("2026-02-30", id="no such day"),
        pytest.param("2026-03-21T25:00", id="no such hour"),
        pytest.param("2026-03-21x10:00", id="another separator"),
        pytest.param("2026-W12-6", id="a week"),
        pytest.param("1774087200", id="seconds since 1970"),
        pytest.param("yesterday", id="a word"),
    ],
)
def test_what_is_no_instant_is_refused_by_name_and_the_rest_goes_on(tmp_path: Path, text: str) -> None:
    items = read(tmp_path, "log.csv", f"{HEADER}\nA1,x,{text}\nA1,x,2026-03-21\n")

    assert [item.number for item in refusals(items)] == [2]
    assert refusals(items)[0].message.startswith("occurred_at: Found ")
    assert "expected" in refusals(items)[0].message
    assert [item.number for item in events(items)] == [3]


GOOD_ROW = "B2,x,2026-03-21,"


@pytest.mark.parametrize(
    ("bad", "numbers", "message"),
    [
        pytest.param("A1,x,2026-03-21", [2], "Found 3 cells, expected 4", id="too few cells"),
        pytest.param("A1,x,2026-03-21,,", [2], "Found 5 cells, expected 4", id="too many cells"),
        pytest.param(",x,2026-03-21,", [2], "The cell for 'case' is empty", id="no case"),
        pytest.param("A1, ,2026-03-21,", [2], "The cell for 'event' is empty", id="a blank event"),
        pytest.param("A1,x,,", [2], "The cell for 'occurred_at' is empty", id="no instant"),
        pytest.param('A1,"x,2026-03-21,', [2], "cannot be read as CSV: unexpected end", id="a quote never closed"),
        pytest.param('A1,"x"y,2026-03-21,', [2], "cannot be read as CSV: ',' expected", id="text after a quote"),
        pytest.param(
            f'A1,"x,2026-03-21,\n{GOOD_ROW}\nA1,"x",2026-03-21,', [2], "CSV", id="a stray quote, others after"
        ),
        pytest.param(f'A1,"x,\n{GOOD_ROW}\nA1,x"', [2, 4], "Found 2 cells", id="two stray quotes, a good row between"),
        pytest.param(b"A1,\xe9,2026-03-21,", [2], "Byte 4 of the line (0xE9) is not UTF-8", id="not UTF-8"),
        pytest.param("A1,x\0,2026-03-21,", [2], "null character", id="a null character"),
        pytest.param("A1," + "x" * LIMIT + ",2026-03-21,", [2], "longer than 1,048,576 bytes", id="a huge line"),
        pytest.param("A1," + "x" * 200_000 + ",2026-03-21,", [2], "field larger than", id="a huge cell"),
        pytest.param('A1,"' + ("x" * 999 + "\n") * 1500 + '",2026-03-21,', None, "CSV", id="a huge quoted cell"),
    ],
)
def test_a_wrong_csv_row_is_refused_by_its_number_and_the_rest_goes_on(
    tmp_path: Path, bad: str | bytes, numbers: list[int] | None, message: str
) -> None:
    bad = bad.encode() if isinstance(bad, str) else bad
    content = f"{HEADER},note\n".encode() + bad + f"\n{GOOD_ROW}\n".encode()

    items = read(tmp_path, "log.csv", content)

    assert message in refusals(items)[0].message
    assert numbers is None or [item.number for item in refusals(items)] == numbers
    assert items[-1] == LogEvent(
        content.count(b"\n"), "B2", "x", datetime(2026, 3, 21, tzinfo=UTC), None, None, None, {}, tabular=True
    )


def test_a_csv_record_over_several_lines_is_numbered_by_its_first_line(tmp_path: Path) -> None:
    rows = 'A1,x,2026-03-21,"one\ntwo ""quoted"", and a comma"\r\n\r\nB2,x,2026-03-22,5" pipe\n'

    items = read(tmp_path, "log.csv", f"{HEADER},note\n{rows}")

    found = [(item.number, item.case, item.fields["note"]) for item in events(items)]
    assert found == [(2, "A1", 'one\ntwo "quoted", and a comma'), (5, "B2", '5" pipe')]
    assert not refusals(items)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("\ufeffcase,event,occurred_at\r\nA1,x,2026-03-21\r\n", id="byte order mark and Windows line ends"),
        pytest.param("case;event;occurred_at\nA1;x;2026-03-21\n", id="semicolons"),
        pytest.param('"case";"event";"occurred_at"\n"A1";"x";"2026-03-21"\n', id="quoted semicolons"),
        pytest.param("case\tevent\toccurred_at\nA1\tx\t2026-03-21\n", id="tabs"),
        pytest.param(" case , event , occurred_at \n A1 , x , 2026-03-21 ", id="blanks and no last line end"),
        pytest.param('"case","event","occurred_at"\n"A1","x","2026-03-21"', id="everything quoted"),
        pytest.param("\ncase,event,occurred_at\n\nA1,x,2026-03-21", id="blank lines"),
    ],
)
def test_a_csv_file_may_be_written_in_many_ways(tmp_path: Path, content: str) -> None:
    items = read(tmp_path, "log.csv", content)

    assert [(item[1:4], item.fields) for item in events(items)] == [
        (("A1", "x", datetime(2026, 3, 21, tzinfo=UTC)), {})
    ]
    assert not refusals(items)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("log.csv", "Case,event,occurred_at\n", "Did you mean 'case' where it says 'Case'?", id="capitals"),
        pytest.param("log.csv", "case,event,occured_at\n", "Missing: occurred_at. Did you mean", id="misspelt"),
        pytest.param(
            "log.csv", "case,activity,time:timestamp\n", "'event' where it says 'activity'?", id="other names"
        ),
        pytest.param("log.csv", "a,b\n", "Found the columns 'a', 'b'", id="something else"),
        pytest.param("log.csv", f"{HEADER},\n", "column 4 has no name", id="a nameless column"),
        pytest.param("log.csv", f"{HEADER},a,a\n", "'a' stands there twice", id="a column twice"),
        pytest.param("log.csv", "", "is empty", id="an empty table"),
        pytest.param("log.csv", b"case,\xe9,event\n", "(line 1) cannot be read", id="a header that is not UTF-8"),
        pytest.param("log.csv", "case,event".encode("utf-16"), "is UTF-16", id="UTF-16"),
        pytest.param("log.csv", b"PK\x03\x04rest", "Excel workbook", id="a workbook"),
        pytest.param("log", b"\x1f\x8bgarbage", "from its first byte on", id="gzip in name only"),
        pytest.param("log.json", '[{"case": "A1"}]', "one JSON array", id="a JSON array"),
        pytest.param("log.xes", "<html></html>", "Found <html>", id="another document"),
        pytest.param("log.xes", "<event></event>", "Found <event>", id="an event without a log"),
    ],
)
def test_a_log_of_which_nothing_can_be_read_says_why(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    with pytest.raises(LogUnreadable) as caught:
        read(tmp_path, name, content)

    assert message in str(caught.value)


def test_a_log_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(LogUnreadable, match=r"nowhere\.csv cannot be opened: No such file"):
        list(read_log(tmp_path / "nowhere.csv", LONDON))


GOOD_LINE = '{"case": "B2", "event": "x", "occurred_at": "2026-03-21"}'


def json_line(**changes: object) -> str:
    return json.dumps({"case": "A1", "event": "x", "occurred_at": "2026-03-21"} | changes)


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


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        pytest.param(event(at="soon"), "Found 'soon'", id="a wrong instant"),
        pytest.param(event(name=""), "has no concept:name", id="no name"),
        pytest.param(event(at=""), "has no time:timestamp", id="no instant"),
        pytest.param(event('<int key="a" value="1_000"/>'), "Found '1_000' in <int> 'a'", id="a wrong int"),
        pytest.param(event('<int key="a" value="9223372036854775808"/>'), "64 bits", id="an int beyond 64 bits"),
        pytest.param(event('<float key="a" value="NaN"/>'), "expected a finite number", id="not a number"),
        pytest.param(event('<boolean key="a" value="maybe"/>'), "expected true or false", id="a wrong boolean"),
        pytest.param(event('<date key="a" value="x"/>'), "expected a date and time", id="a wrong date"),
        pytest.param(event('<string key="a" value="1"/>' * 2), "stands there twice: 'a'", id="an attribute twice"),
        pytest.param(event('<string key="concept:name" value="y"/>'), "twice: 'concept:name'", id="two names"),
        pytest.param(event('<string value="1"/>'), "has no key: <string>", id="an attribute without a key"),
        pytest.param(
            event(*(f'<string key="{n}" value="{"x" * 99_000}"/>' for n in range(12))), "hold more than", id="huge"
        ),
    ],
)
def test_a_wrong_xes_event_is_refused_by_its_ordinal_and_line_and_the_rest_goes_on(
    tmp_path: Path, bad: str, message: str
) -> None:
    items = read(tmp_path, "log.xes", xes(trace(event(), "\n\n", bad, event())))

    assert [type(item) for item in items] == [LogEvent, BadLine, LogEvent]
    assert [item.number for item in items] == [1, 2, 3]
    assert message in refusals(items)[0].message
    assert refusals(items)[0].message.endswith("The event ends at line 4 of the file.")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(event(), id="outside a trace"),
        pytest.param(trace(event()).replace("trace", "group"), id="in something else than a trace"),
        pytest.param(f"<trace>{event()}</trace>", id="in a nameless trace"),
        pytest.param(f'{trace()}<trace>{event()}<string key="concept:name" value="A"/></trace>', id="before the name"),
        pytest.param(trace() + event(), id="after a trace"),
    ],
)
def test_an_xes_event_without_a_case_is_refused(tmp_path: Path, body: str) -> None:
    items = read(tmp_path, "log.xes", xes(body + trace(event())))

    assert [type(item) for item in items] == [BadLine, LogEvent]
    assert "The event has no case" in refusals(items)[0].message


BOMB = '<!DOCTYPE log [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(f"<log>{trace(event())}<trace>", "Broken XML at line 1: no element found", id="cut off"),
        pytest.param(f"<log>{trace(event())}</trace></log>", "mismatched tag", id="tags crossed"),
        pytest.param(f"<log>{trace(event())}<a b='{'x' * 3 * LIMIT}'/></log>", "begins a tag of more", id="a huge tag"),
        pytest.param(f"<log>{trace(event())}{'<a>' * 200}", "nested deeper than 100", id="nested without end"),
        pytest.param(f"<log>{trace(event())[:-8]}<event>{'<a>' * 200}", "deeper than 100", id="a deep event"),
        pytest.param(f"<log>{trace(event())}&b;</log>", "undefined entity", id="an unknown entity"),
    ],
)
def test_a_document_that_breaks_gives_what_was_read_and_one_last_refusal(
    tmp_path: Path, content: str, message: str
) -> None:
    items = read(tmp_path, "log.xes", content)

    assert [type(item) for item in items] == [LogEvent, BadLine]
    assert items[1].number == 2
    assert message in refusals(items)[0].message


def test_an_entity_bomb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    items = read(tmp_path, "log.xes", f"{BOMB}<log>{trace(event(name='&b;'))}</log>")

    assert [type(item) for item in items] == [BadLine]
    assert "declares a document type" in refusals(items)[0].message


FORMS = {
    "csv": f"{HEADER}\nA1,x,2026-03-21\n",
    "jsonl": json_line() + "\n",
    "xes": xes(trace(event(name="x", at="2026-03-21"))),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["log", "log.txt", "log.FORM", "LOG.FORM.GZ", "log.gz", "log.FORM.gz"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_the_suffix_or_the_beginning_tells_the_format_and_gzip_is_known_by_its_content(
    tmp_path: Path, form: str, name: str, *, packed: bool
) -> None:
    content = FORMS[form].encode()

    items = read(tmp_path, name.replace("FORM", form), gzip.compress(content) if packed else content)

    assert [item[1:4] for item in events(items)] == [("A1", "x", datetime(2026, 3, 21, tzinfo=UTC))]
    assert not refusals(items)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("damage", "kept"), [("cut off", 0.5), ("wrong checksum", 1)])
def test_a_broken_gzip_file_gives_what_was_read_and_one_last_refusal(
    tmp_path: Path, form: str, damage: str, kept: float
) -> None:
    count = 60_000
    many = {
        "csv": HEADER + "\n" + "".join(f"A{n},x,2026-03-21\n" for n in range(count)),
        "jsonl": "".join(json_line(case=f"A{n}") + "\n" for n in range(count)),
        "xes": f"<log>{trace(*(event(name=str(n)) for n in range(count)))}</log>",
    }
    packed = gzip.compress(many[form].encode())
    broken = packed[: len(packed) // 2] if damage == "cut off" else packed[:-8] + bytes(4) + packed[-4:]

    items = read(tmp_path, f"log.{form}.gz", broken)

    assert len(events(items)) == pytest.approx(kept * count, rel=0.2)
    assert refusals(items) == items[-1:]
    assert items[-1].number == items[-2].number + 1
    assert "Reading stopped here" in refusals(items)[0].message


@pytest.mark.parametrize("form", FORMS)
def test_a_log_is_read_as_a_stream(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"log.{form}.gz"
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.writelines(long_log(form))
    tracemalloc.start()

    count = sum(1 for _ in read_log(path, LONDON))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 4_000_000  # the log itself is more than ten times as long


def long_log(form: str) -> Iterator[str]:
    note = "n" * 2000
    if form == "csv":
        yield f"{HEADER},note\n"
    if form == "xes":
        yield '<log><trace><string key="concept:name" value="A1"/>'
    for _ in range(20_000):
        match form:
            case "csv":
                yield f"A1,x,2026-03-21,{note}\n"
            case "jsonl":
                yield json_line(fields={"note": note}) + "\n"
            case _:
                yield event(f'<string key="note" value="{note}"/>')
    if form == "xes":
        yield "</trace></log>"


def test_an_empty_file_of_json_lines_holds_no_events(tmp_path: Path) -> None:
    assert read(tmp_path, "log.jsonl", "") == []


def test_blank_lines_before_the_first_event_do_not_hide_the_format(tmp_path: Path) -> None:
    items = read(tmp_path, "log", f"\ufeff\n  \n{GOOD_LINE}\n")

    assert [(item.number, item.case) for item in events(items)] == [(3, "B2")]
