"""Damaged files and random bytes into the loader: problems with a place in the file, or a pathway that can be used.

A second of processor time and 200 MB are the most that any file may take. ``HANDRAIL_LONG=1`` tries others, and
fifty times as many; ``PYTHONPATH=tests/yardstick python tests/pathways/test_loader_fuzz.py SEED COUNT``, in the root
of the project, does what the test of memory does.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from processor_seconds import plain_seconds, processor_seconds

from integrations.bank_holidays import england_and_wales
from pathways.chart_building import build
from pathways.declaration import AgenciesFile
from pathways.loading import Loaded, load_agencies, load_pathway
from pathways.plain_english import pathway_in_english
from pathways.problems import Problem
from pathways.scenarios import run_scenario
from pathways.schema import pathway_schema_text
from pathways.swim_lanes import draw
from pathways.yaml_text import read_yaml

HERE = Path(__file__).parent
HOUSE = HERE.parents[1] / "pathways"
GOOD = [HERE / "every_key.yaml", HERE / "properties_pathway.yaml"]
BROKEN = sorted((HERE / "broken").glob("*.yaml"))
LARGE = [HOUSE / "peep.yaml", HOUSE / "hospital_discharge.yaml", HOUSE / "agencies.yaml"]
LONGER = 50 if os.environ.get("HANDRAIL_LONG") else 1
MOST_SECONDS, MOST_MEMORY = 1.0, 200 * 1024 * 1024
LINE_END = re.compile(r"\r\n|\r|\n")

Chance = random.Random
Damage = Callable[[bytes, Chance], bytes]

ODD_VALUES = (
    "", "[]", "{}", "~", "true", "no", "0", "-1", "3", "99999999999999999999999", "1e999", "0x1F", ".nan", "'", '"',
    "|", ">-", "*a", "&a x", "!!python/object:os.system x", "<<", "?", ": :", "0 days", "100000 working days", "1 day",
    "24:00", "2026-02-30", "9999-12-31", "0001-01-01", "[[[[]]]]", "{a: {b: {c: 1}}}", "owner", "same day",
    "Europe/Lndon", "../../etc/passwd", "\u0430gency", "\u200b", "e\u0301", "\U0001f6cf", "\u202eowt", "x" * 3_000,
    "{all: []}", "{count: {event: seen, at_least: 99999999}}", "%s{0}", "\\", "#", "a#b", "a: b",
)  # fmt: skip
ODD_BYTES = (
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\t",
    b"\r",
    b"\x1b",
    b"\xc3",
    b"\xe2\x80\xa8",
    b"\x85",
    b"\n\n---\n",
    b"\n...\n",
)


def flip_bytes(content: bytes, chance: Chance) -> bytes:
    damaged = bytearray(content)
    for _ in range(chance.randint(1, 5)):
        if damaged:
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged)


def cut_short(content: bytes, chance: Chance) -> bytes:
    return content[: chance.randint(0, len(content))]


def put_in_bytes(content: bytes, chance: Chance) -> bytes:
    at = chance.randint(0, len(content))
    return content[:at] + chance.choice(ODD_BYTES) * chance.choice([1, 1, 50]) + content[at:]


def other_encoding(content: bytes, chance: Chance) -> bytes:
    text = content.decode("utf-8", "replace")
    return text.encode(chance.choice(["utf-16", "utf-16-le", "utf-32", "cp1252", "utf-7", "utf-8-sig"]), "replace")


def other_line_ends(content: bytes, chance: Chance) -> bytes:
    return content.replace(b"\n", chance.choice([b"\r\n", b"\r", b"\n\n", b" \n"]))


def one_line(content: bytes, _: Chance) -> bytes:
    return content.replace(b"\n", b" ")


def nested(content: bytes, chance: Chance) -> bytes:
    depth, (opens, closes) = chance.choice([5, 39, 41, 5_000]), chance.choice([("[", "]"), ("{a: ", "}"), ("- ", "")])
    return content + f"\ndeep: {opens * depth}{closes * depth}\n".encode()


def aliases(content: bytes, chance: Chance) -> bytes:
    wide = chance.choice([2, 9, 20])
    lines = ["bomb0: &b0 [x, x]", *(f"bomb{n}: &b{n} [{', '.join([f'*b{n - 1}'] * wide)}]" for n in range(1, 9))]
    return content + ("\n" + "\n".join(lines) + "\n").encode()


def by_lines(change: Callable[[list[str], int, Chance], None]) -> Damage:
    """Return what damages a text at one of its lines."""

    def damage(content: bytes, chance: Chance) -> bytes:
        lines = content.decode("utf-8", "surrogateescape").split("\n")
        change(lines, chance.randrange(len(lines)), chance)
        return "\n".join(lines).encode("utf-8", "surrogateescape")

    damage.__name__ = change.__name__
    return damage


def swap(lines: list[str], at: int, chance: Chance) -> None:
    other = chance.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]


def double(lines: list[str], at: int, chance: Chance) -> None:
    end = min(len(lines), at + chance.choice([1, 1, 5, 20]))
    lines[at:at] = lines[at:end] * chance.choice([1, 1, 3])


def leave_out(lines: list[str], at: int, chance: Chance) -> None:
    del lines[at : at + chance.choice([1, 1, 3, 15])]


def shift(lines: list[str], at: int, chance: Chance) -> None:
    by = chance.choice([-2, -1, 1, 2, 4])
    for number in range(at, min(len(lines), at + chance.choice([1, 4]))):
        lines[number] = " " * by + lines[number] if by > 0 else lines[number][-by:]


def other_word(lines: list[str], at: int, chance: Chance) -> None:
    words = re.split(r"([\s:,\[\]{}]+)", lines[at])
    elsewhere = re.split(r"[\s:,\[\]{}]+", lines[chance.randrange(len(lines))])
    words[chance.randrange(len(words))] = chance.choice([*elsewhere, *ODD_VALUES])
    lines[at] = "".join(words)


def other_value(lines: list[str], at: int, chance: Chance) -> None:
    key, colon, _ = lines[at].partition(":")
    lines[at] = f"{key}{colon} {chance.choice(ODD_VALUES)}"


def other_key(lines: list[str], at: int, chance: Chance) -> None:
    indent = len(lines[at]) - len(lines[at].lstrip())
    _, colon, value = lines[at].partition(":")
    keys = [line.partition(":")[0].strip() for line in lines if ":" in line] or ["x"]
    lines[at] = f"{' ' * indent}{chance.choice([*keys, *ODD_VALUES])}{colon}{value}"


def long_line(lines: list[str], at: int, chance: Chance) -> None:
    lines[at] += chance.choice([" #", " ", ", x", "\u00e9"]) * chance.choice([100, 1_999, 5_000])


DAMAGES: tuple[Damage, ...] = (
    flip_bytes, cut_short, put_in_bytes, other_encoding, other_line_ends, one_line, nested, aliases,
    *map(by_lines, (swap, double, leave_out, shift, other_word, other_value, other_key, long_line)),
    *map(by_lines, (other_word, other_value, other_key) * 3),
)  # fmt: skip


def mutant(seed: int) -> tuple[str, bytes]:
    """Return a damaged file and what was done to it; the same seed gives the same."""
    chance = Chance(seed)
    if chance.random() < 0.05:
        return "random bytes", chance.randbytes(chance.choice([0, 1, 3, 40, 3_000, 600_000]))
    source = chance.choice(chance.choices([GOOD, BROKEN, LARGE], [50, 35, 15])[0])
    content, done = source.read_bytes().replace(b"ZONE", b"Europe/London"), [source.name]
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        damage = chance.choice(DAMAGES)
        content = damage(content, chance)
        done.append(damage.__name__)
    return " ".join(done), content


def house_agencies() -> AgenciesFile:
    agencies, problems = load_agencies((HOUSE / "agencies.yaml").read_bytes(), "agencies.yaml")
    assert agencies is not None, problems
    return agencies


def misplaced(problems: tuple[Problem, ...], content: bytes) -> list[str]:
    """Return the problems whose line and column the file does not have."""
    lines = LINE_END.split(content.decode("utf-8", "replace").removeprefix("\ufeff"))
    return [
        str(one)
        for one in problems
        if not (1 <= one.line <= len(lines) and 1 <= one.column <= len(lines[one.line - 1]) + 1 and one.message)
    ]


def use(loaded: Loaded, content: bytes, validator: Draft202012Validator | None) -> None:
    """Do with a loaded pathway whatever can be done with one."""
    if loaded.file is None:
        assert loaded.errors
        return
    pathway = build(loaded.file, loaded.agencies, england_and_wales())
    assert pathway_in_english(loaded.file, loaded.agencies)
    assert draw(loaded.file, loaded.agencies).startswith("<")
    for scenario in loaded.file.scenarios:
        run_scenario(scenario, pathway)
    if validator is not None:
        yaml, _ = read_yaml(content)
        assert yaml is not None
        assert [fault.message for fault in validator.iter_errors(yaml.value)] == []


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(pathway_schema_text()))


@pytest.mark.parametrize("block", range(6))
def test_a_damaged_file_gives_problems_with_their_places_or_a_pathway_that_can_be_used(
    block: int, validator: Draft202012Validator, beginning: int
) -> None:
    agencies, first = house_agencies(), beginning + block * 25 * LONGER
    for seed in range(first, first + 25 * LONGER):
        what, content = mutant(seed)
        loaded = load_pathway(content, "a.yaml", agencies)

        told = f"mutant({seed}): {what}"
        assert processor_seconds(partial(load_pathway, content, "a.yaml", agencies), MOST_SECONDS) < MOST_SECONDS, told
        assert misplaced(loaded.problems, content) == [], told
        try:
            use(loaded, content, validator)
        except Exception as error:
            raise AssertionError(told) from error
        _, problems = load_agencies(content, "agencies.yaml")
        assert misplaced(problems, content) == [], told


def magnified() -> Iterator[tuple[str, str]]:
    """Yield files of the right form that are as large as they may be, each in one of its parts."""
    text = (HERE / "every_key.yaml").read_text()
    lines = text.splitlines()
    for at, line in enumerate(lines):
        indent, end = len(line) - len(line.lstrip()), at + 1
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        while end < len(lines) and len(lines[end]) - len(lines[end].lstrip()) > indent:
            end += 1
        block = lines[at:end]
        is_item, key = line.lstrip().startswith("- "), line.strip().partition(":")[0]
        times = min(18_000 // len(block), 400_000 // len("\n".join(block)))
        copies = [
            row if is_item or place else row.replace(key, f"{key}_{number}", 1)
            for number in range(times)
            for place, row in enumerate(block)
        ]
        yield f"line {at + 1} {key}", "\n".join([*lines[:end], *copies, *lines[end:]])


THICKET = """\
pathway: thicket
version: 1
title: Thicket
coordinator: council
agencies: {council: {title: Council}, outreach: {title: Outreach}}
events: {seen: {by: [outreach], fields: {found: boolean}}}
tracks:
  support:
    start: s0
    stages:
"""


def valid_thickets() -> Iterator[tuple[str, str]]:
    """Yield pathways of very many stages and moves that no check can stop at early."""
    for stages, moves, when in ((45, 24, "{event: seen}"), (800, 1, "{event: seen}"), (380, 4, "{waited: 3 days}")):
        lines = [
            line
            for stage in range(stages)
            for line in (
                f"      s{stage}: {{owner: council, moves: [",
                *(f"          {{to: s{(stage + step) % stages}, when: {when}}}," for step in range(1, moves + 1)),
                "        ]}",
            )
        ]
        yield f"{stages} stages of {moves} moves", THICKET + "\n".join(lines)


def hostile() -> Iterator[tuple[str, bytes]]:
    yield "a long line", b"[" * 400_000
    for beginning in (b"[", b"{a: ", b"- ", b"? "):
        yield f"very deep {beginning!r}", (beginning * 900 + b"\n") * 19
    yield "anchors", b"".join(b"- &a%d x\n" % n for n in range(19_000))
    yield "one scalar", b'a: "' + b"x\n" * 19_000 + b'"'
    yield "escapes", b'a: "' + b"\\x41" * 900 + b'"\n'
    yield "blank lines", b"a: |\n" + b"\n" * 19_000
    yield "comments", b"# x\n" * 19_000
    yield "flow", b"[" + b"a,\n" * 19_000 + b"]"
    yield "keys", b"".join(b"a%d: 1\n" % n for n in range(19_000))
    yield "the same key", b"a: 1\n" * 9_000
    yield "large", b"x" * 20_000_000
    for seed in range(20):
        yield f"aliases({seed})", aliases(b"", Chance(seed))
        yield f"nested({seed})", nested(b"", Chance(seed))


def test_no_part_of_a_file_may_be_so_long_that_reading_it_takes_more_than_a_second() -> None:
    agencies, slow, files = house_agencies(), [], [*valid_thickets(), *magnified()]
    for name, text in Chance().sample(files, min(len(files), 8 * LONGER)):
        took = processor_seconds(partial(load_pathway, text, "large.yaml", agencies), MOST_SECONDS)
        if took >= MOST_SECONDS:
            slow.append(f"{name}: {took:.2f} s")

    assert slow == []


def test_no_file_takes_more_than_200_megabytes(beginning: int) -> None:
    order = [sys.executable, __file__, str(beginning), str(30 * LONGER)]

    alike = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(order, capture_output=True, text=True, check=False, env=alike)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def read_with_little_memory(beginning: int, count: int) -> None:
    """Read hostile and damaged files with 200 MB more than what the program has now; say which of them fail."""
    agencies, files = house_agencies(), [*hostile(), *(mutant(seed) for seed in range(beginning, beginning + count))]
    plain_seconds()  # remembered while there is memory for it
    has = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (has + MOST_MEMORY, has + MOST_MEMORY))
    for place, (what, content) in enumerate(files):
        loaded = load_pathway(content, "a.yaml", agencies)
        use(loaded, content, None)
        wrong = misplaced(loaded.problems, content)
        took = processor_seconds(partial(load_pathway, content, "a.yaml", agencies), MOST_SECONDS)
        if wrong or took >= MOST_SECONDS:
            print(place, what, round(took, 2), wrong)  # noqa: T201 - this is the child's voice


if __name__ == "__main__":
    read_with_little_memory(int(sys.argv[1]), int(sys.argv[2]))
