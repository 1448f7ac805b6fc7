"""Damaged files of places and random bytes into the readers: lines and refusals, and never a traceback.

``HANDRAIL_LONG=1`` tries fifty times as much; a failure names the seed that gives the same file again.
"""

from __future__ import annotations

import gzip
import os
import tracemalloc
from pathlib import Path
from random import Random, SystemRandom
from zoneinfo import ZoneInfo

import pytest

from integrations.event_lines import LogUnreadable
from integrations.place_files import BadLine, PlacesUnreadable, read_places

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
LONGER = 50 if os.environ.get("HANDRAIL_LONG") else 1
MOST_MEMORY = 300 * 1024 * 1024
SOUND = tuple(path.read_bytes() for path in sorted(EXAMPLES.iterdir()))
ODD = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"\r", b"\xc3", b"{", b"}", b"[", b"]", b":", b",", b";", b"\\u0000",
    b"\\ud800", b"9" * 400, b"1e999", b"NaN", b"-0", b"null", b"true", b"0001-01-01", b"9999-12-31", b"24:00", b"yes",
    b"void", b"taken", b"contents", b"maximum", b"x" * 70_000, b"[" * 3_000, b'{"a":' * 3_000,
)  # fmt: skip
BOMBS = {
    "packed.json": gzip.compress(b'{"contents": [' + b" " * 200_000_000),
    "packed.csv": gzip.compress(b"project,place\n" + b"m,1\n" * 3_000_000),
    "one_line.csv": b"project,place\n" + b"x" * 5_000_000,
    "quote.csv": b"project,place\n" + b'"a\n' * 20_000,
    "wide.csv": b"project,place," + b"x," * 200_000,
    "deep.json": b'{"contents": ' + b"[" * 1_000_000,
    "many.json": b"[" + b"{}," * 1_000_000 + b"{}]",
    "keys.json": b"{" + b",".join(b'"k%d": 1' % n for n in range(60_000)) + b"}",
}


def mutant(seed: int) -> bytes:
    """Return the content of a damaged file; the same seed gives the same."""
    chance = Random(seed)  # noqa: S311 - no secret
    content = chance.choice(SOUND) if chance.random() < 0.95 else chance.randbytes(3_000)
    for _ in range(chance.choice([1, 1, 2, 5])):
        at = chance.randint(0, len(content))
        end = min(len(content), at + chance.choice([0, 0, 1, 5, 80, 700]))
        put = chance.choice([chance.choice(ODD), content[at:end] * 2, chance.randbytes(3), b""])
        content = content[:at] + put + content[end:]
    match chance.randrange(12):
        case 0:
            encoding = chance.choice(["utf-16", "utf-32", "cp1252", "utf-8-sig"])
            return content.decode("utf-8", "replace").encode(encoding, "replace")
        case 1:
            return content.replace(b"\n", chance.choice([b"\r\n", b"\r", b"\n\n"]))
        case 2:
            packed = gzip.compress(content)
            return packed[: chance.choice([len(packed), len(packed) // 2, 12])]
        case _:
            return content


def read(path: Path) -> int:
    """Read a file to its end; every line is told or refused with a reason, or the whole file is."""
    count = 0
    try:
        for line in read_places(path, ZoneInfo("Europe/London")):
            count += 1
            assert line.number >= 1
            if isinstance(line, BadLine):
                assert line.message.endswith((".", "?", "…")), line
    except (PlacesUnreadable, LogUnreadable):
        return 0
    return count


def test_a_damaged_file_gives_lines_and_refusals(tmp_path: Path) -> None:
    beginning = SystemRandom().randrange(2**40)
    path = tmp_path / "places"
    for seed in range(beginning, beginning + 500 * LONGER):
        path.write_bytes(mutant(seed))
        try:
            read(path)
        except Exception as error:
            raise AssertionError(f"mutant({seed})") from error


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_a_file_that_pretends_to_be_small_costs_no_more_than_300_megabytes(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BOMBS[name])

    tracemalloc.start()
    read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < MOST_MEMORY
