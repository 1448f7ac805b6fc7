"""Event logs as tables: good rows, wrong rows, and the ways in which an instant is written."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from integrations.event_files import BadLine, LogEvent, read_log

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


def test_a_csv_row_becomes_an_event_whose_further_columns_are_text_fields(tmp_path: Path) -> None:
    header = "recorded_at,case,event,occurred_at,beds,agency,external_id,found"
    row = "2026-03-21T11:00:00Z,A1,offer.made,2026-03-21T10:00:00Z,3,outreach,x-1,"

    items = read(tmp_path, "log.csv", f"{header}\n{row}\n")

    recorded = datetime(2026, 3, 21, 11, tzinfo=UTC)
    assert items == [LogEvent(2, "A1", "offer.made", TEN, recorded, "outreach", "x-1", {"beds": "3"}, tabular=True)]


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
