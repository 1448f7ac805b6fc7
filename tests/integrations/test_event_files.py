"""Event logs of every format: known by their content, read as streams, unreadable."""

import gzip
import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from integrations.event_files import BadLine, LogEvent, LogUnreadable, read_log

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


XES_BEGINNING = '<?xml version="1.0"?><log><trace><string key="concept:name" value="A1"/>'


def xes_event(note: str = "") -> str:
    named = '<string key="concept:name" value="x"/><date key="time:timestamp" value="2026-03-21"/>'
    return f'<event>{named}<string key="note" value="{note}"/></event>'


FORMS = {
    "csv": f"{HEADER}\nA1,x,2026-03-21\n",
    "jsonl": json_line() + "\n",
    "xes": f"{XES_BEGINNING}{xes_event()}</trace></log>",
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
@pytest.mark.parametrize(
    ("damage", "kept", "count"),
    [("cut off", 0.5, 60_000), ("cut off", 0.5, 3_000), ("wrong checksum", 1, 60_000)],
)
def test_a_broken_gzip_file_gives_what_was_read_and_one_last_refusal(
    tmp_path: Path, form: str, damage: str, kept: float, count: int
) -> None:
    many = {
        "csv": HEADER + "\n" + "".join(f"A{n},x,2026-03-21\n" for n in range(count)),
        "jsonl": "".join(json_line(case=f"A{n}") + "\n" for n in range(count)),
        "xes": XES_BEGINNING + "".join(xes_event(note=f"{n}") for n in range(count)) + "</trace></log>",
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
        yield XES_BEGINNING
    for _ in range(20_000):
        match form:
            case "csv":
                yield f"A1,x,2026-03-21,{note}\n"
            case "jsonl":
                yield json_line(fields={"note": note}) + "\n"
            case _:
                yield xes_event(note)
    if form == "xes":
        yield "</trace></log>"


def test_blank_lines_before_the_first_event_do_not_hide_the_format(tmp_path: Path) -> None:
    items = read(tmp_path, "log", f"\ufeff\n  \n{GOOD_LINE}\n")

    assert [(item.number, item.case) for item in events(items)] == [(3, "B2")]
