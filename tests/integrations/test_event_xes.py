"""Event logs as XES: good events, wrong events and documents that break."""

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


def xes(body: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<log xmlns="http://www.xes-standard.org/">{body}</log>'


def trace(*events_: str, case: str = "A1") -> str:
    return f'<trace><string key="concept:name" value="{case}"/>{"".join(events_)}</trace>'


def event(*attributes: str, name: str = "offer.made", at: str = "2026-03-21T10:00:00Z") -> str:
    named = f'<string key="concept:name" value="{name}"/><date key="time:timestamp" value="{at}"/>'
    return f"<event>{named}{''.join(attributes)}</event>"


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


@pytest.mark.parametrize("encoding", ["UT-8", "shift_jis", "utf-7", "rot13"])
def test_an_encoding_that_the_parser_does_not_know_is_refused(tmp_path: Path, encoding: str) -> None:
    content = f'<?xml version="1.0" encoding="{encoding}"?>\n<log>{trace(event())}</log>'

    items = read(tmp_path, "log.xes", content)

    assert [type(item) for item in items] == [BadLine]
    assert "Save the log as UTF-8" in refusals(items)[0].message


def test_an_entity_bomb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    items = read(tmp_path, "log.xes", f"{BOMB}<log>{trace(event(name='&b;'))}</log>")

    assert [type(item) for item in items] == [BadLine]
    assert "declares a document type" in refusals(items)[0].message
