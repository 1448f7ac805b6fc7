"""Damaged event logs and random bytes into the readers: events and refusals, within a second and without a traceback.

``HANDRAIL_LONG=1`` tries others, and fifty times as many; a failure names the seed that gives the same log again.
"""

from __future__ import annotations

import gzip
import os
import tracemalloc
from functools import partial
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from processor_seconds import processor_seconds

from integrations.event_files import BadLine, LogEvent, LogUnreadable, read_log

LONGER = 50 if os.environ.get("HANDRAIL_LONG") else 1
MOST_SECONDS, MOST_MEMORY = 1.0, 200 * 1024 * 1024
CSV = "case,event,occurred_at,recorded_at,agency,external_id,place\n" + "".join(
    f'a{n},seen,2026-03-{n % 28 + 1:02} 09:00,2026-03-29T01:30:00Z,outreach,{n},"the ""old"" quay, {n}"\n'
    for n in range(60)
)
JSON_LINES = "".join(
    f'{{"case": "a{n}", "event": "seen", "occurred_at": "2026-03-29 01:30", "fields": {{"times": {n}, "by": "x"}}}}\n'
    for n in range(60)
)
XES = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1.0">\n'
    + "".join(
        f'<trace><string key="concept:name" value="a{n}"/>\n<event><string key="concept:name" value="seen"/>'
        '<date key="time:timestamp" value="2026-03-29T01:30:00+01:00"/><int key="times" value="3"/></event>\n</trace>\n'
        for n in range(40)
    )
    + "</log>\n"
)
ODD = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"'", b"\r", b"\x1a", b"\xc3", b"<", b">", b"&", b"&#0;", b"&amp;",
    b"]]>", b"<![CDATA[", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&lol;", b"<event>", b"</trace>", b"{", b"}", b"[", b"]",
    b":", b",", b"\\u0000", b"\\ud800", b"9" * 400, b"1e999", b"NaN", b"-0", b"0001-01-01", b"9999-12-31T23:59:59",
    b"2026-03-29 01:30", b"24:00", b"x" * 70_000,
)  # fmt: skip
BOMBS = {
    "billion.xes": b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    + b"]><log>&a11;</log>",
    "quadratic.xes": b'<!DOCTYPE l [<!ENTITY a "' + b"x" * 50_000 + b'">]><log>' + b"&a;" * 50_000 + b"</log>",
    "outside.xes": b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><log>&a;</log>',
    "deep.xes": b"<log>" + b"<a>" * 200_000,
    "attributes.xes": b"<log><trace><event " + b" ".join(b'a%d="x"' % n for n in range(40_000)) + b"/></trace></log>",
    "one_value.xes": b'<log><trace><event><string key="k" value="' + b"x" * 3_000_000 + b'"/></event></trace></log>',
    "comment.xes": b"<log><!--" + b"-x" * 1_000_000 + b"--></log>",
    "deep.jsonl": b'{"fields": ' * 80_000,
    "brackets.jsonl": b'{"fields": ' + b"[" * 900_000,
    "number.jsonl": b'{"case": ' + b"9" * 900_000 + b"}",
    "keys.jsonl": b"{" + b",".join(b'"k%d": 1' % n for n in range(60_000)) + b"}",
    "one_line.csv": b"case,event,occurred_at\n" + b"x" * 5_000_000,
    "quote.csv": b"case,event,occurred_at\n" + b'"a\n' * 20_000,
    "wide.csv": b"case,event,occurred_at," + b"," * 200_000,
    "packed.csv.gz": gzip.compress(b"case,event,occurred_at\n" + b" " * 100_000_000),
}
"""Small files that would be large, deep or slow if they were believed."""


def mutant(seed: int) -> tuple[str, bytes]:
    """Return the name and the content of a damaged log; the same seed gives the same."""
    chance = Random(seed)  # noqa: S311 - no secret
    name, text = chance.choice(
        [("log.csv", CSV), ("log.jsonl", JSON_LINES), ("log.xes", XES), ("log", CSV), ("log", XES)]
    )
    content = text.encode() if chance.random() < 0.95 else chance.randbytes(3_000)
    for _ in range(chance.choice([1, 1, 2, 5])):
        at = chance.randint(0, len(content))
        end = min(len(content), at + chance.choice([0, 0, 1, 5, 80, 700]))
        put = chance.choice(
            [chance.choice(ODD), content[at:end] * 2, chance.randbytes(3), b"", content[end : end + 90]]
        )
        content = content[:at] + put + content[end:]
    match chance.randrange(12):
        case 0:
            encoding = chance.choice(["utf-16", "utf-32", "cp1252", "utf-8-sig"])
            content = content.decode("utf-8", "replace").encode(encoding, "replace")
        case 1:
            content = content.replace(b"\n", chance.choice([b"\r\n", b"\r", b"\n\n"]))
        case 2:
            packed = gzip.compress(content)
            content = packed[: chance.choice([len(packed), len(packed) // 2, 12])]
    return name, content


def read(path: Path) -> int:
    """Read a log to its end; every line is an event or a refusal that says why, or the whole log is refused."""
    count = 0
    try:
        for line in read_log(path, ZoneInfo("Europe/London")):
            count += 1
            assert line.number >= 1
            if isinstance(line, BadLine):
                assert line.message.endswith((".", "?", "…")), line
            else:
                assert isinstance(line, LogEvent)
                assert line.case
                assert line.occurred_at.utcoffset() is not None
    except LogUnreadable:
        return 0
    return count


@pytest.mark.parametrize("block", range(4))
def test_a_damaged_log_gives_events_and_refusals(tmp_path: Path, block: int, beginning: int) -> None:
    first = beginning + block * 120 * LONGER
    for seed in range(first, first + 120 * LONGER):
        name, content = mutant(seed)
        path = tmp_path / name
        path.write_bytes(content)
        try:
            took = processor_seconds(partial(read, path), MOST_SECONDS)
        except Exception as error:
            raise AssertionError(f"mutant({seed})") from error
        assert took < MOST_SECONDS, f"mutant({seed})"


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_a_log_that_pretends_to_be_small_costs_no_more_than_a_second_and_200_megabytes(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(BOMBS[name])
    took = processor_seconds(partial(read, path), MOST_SECONDS)

    tracemalloc.start()
    read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < MOST_MEMORY
    assert took < MOST_SECONDS
