"""Reading YAML: what is text stays text, every value has its place, and no bytes do any harm."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from processor_seconds import processor_seconds

from pathways.yaml_nodes import MOST_NODES, Mark
from pathways.yaml_text import LONGEST_LINE, MOST_BYTES, MOST_LINES, read_yaml


def _value(text: str) -> object:
    yaml, faults = read_yaml(f"it: {text}\n")
    assert yaml is not None
    assert faults == ()
    assert isinstance(yaml.value, dict)
    return yaml.value["it"]


def _rules(text: str | bytes) -> list[tuple[str, int, int]]:
    _, faults = read_yaml(text)
    return [(fault.rule, fault.mark.line, fault.mark.column) for fault in faults]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("10:00", "10:00", id="a time is text"),
        pytest.param("no", "no", id="no is text"),
        pytest.param("Yes", "Yes", id="yes is text"),
        pytest.param("on", "on", id="on is text"),
        pytest.param("2026-03-21", "2026-03-21", id="a date is text"),
        pytest.param("2026-03-21 09:00", "2026-03-21 09:00", id="an instant is text"),
        pytest.param("1_000", "1_000", id="no underscores in numbers"),
        pytest.param("0b11", "0b11", id="no binary numbers"),
        pytest.param("190:20:30", "190:20:30", id="no sixties"),
        pytest.param("28 days", "28 days", id="a duration is text"),
        pytest.param("true", True, id="true"),
        pytest.param("False", False, id="false with a capital"),
        pytest.param("~", None, id="tilde is nothing"),
        pytest.param("", None, id="left out is nothing"),
        pytest.param("null", None, id="null is nothing"),
        pytest.param("12", 12, id="a whole number"),
        pytest.param("-0", 0, id="minus nought"),
        pytest.param("010", 10, id="a leading nought is no octal"),
        pytest.param("0o10", 8, id="an octal number"),
        pytest.param("0x1F", 31, id="a hexadecimal number"),
        pytest.param("1.5", 1.5, id="a fraction"),
        pytest.param("1e3", 1000.0, id="a power"),
        pytest.param("1e", "1e", id="half a power is text"),
        pytest.param(".", ".", id="a stop is text"),
        pytest.param("'12'", "12", id="a quoted number is text"),
        pytest.param('"true"', "true", id="a quoted truth is text"),
        pytest.param("{}", {}, id="an empty mapping"),
        pytest.param("[]", [], id="an empty list"),
        pytest.param("{no: 1, 2024: 2, true: 3}", {"no": 1, "2024": 2, "true": 3}, id="keys are text"),
    ],
)
def test_scalars_are_read_as_yaml_1_2_says(text: str, value: object) -> None:
    read = _value(text)

    assert read == value
    assert type(read) is type(value)


def test_every_key_and_value_has_its_place() -> None:
    yaml, _ = read_yaml("a:\n  b: [one, {c: two}]\n")

    assert yaml is not None
    assert yaml.mark(("a", "b"), key=True) == Mark(2, 3)
    assert yaml.mark(("a", "b")) == Mark(2, 6)
    assert yaml.mark(("a", "b", 1, "c"), key=True) == Mark(2, 13)
    assert yaml.mark(("a", "b", 1, "c")) == Mark(2, 16)


def test_what_is_not_written_is_placed_at_the_nearest_thing_around_it() -> None:
    yaml, _ = read_yaml("a:\n  b: one\n")

    assert yaml is not None
    assert yaml.mark(("a", "b", "kind")) == Mark(2, 6)
    assert yaml.mark(("x", "y")) == Mark(1, 1)


def test_a_mark_counts_characters_and_not_bytes() -> None:
    yaml, _ = read_yaml("{ä: é, b: c}".encode())

    assert yaml is not None
    assert yaml.mark(("b",)) == Mark(1, 11)


def test_an_alias_is_its_anchors_value_at_its_own_place() -> None:
    yaml, faults = read_yaml("a: &x {b: [1]}\nc: *x\n")

    assert yaml is not None
    assert faults == ()
    assert yaml.value == {"a": {"b": [1]}, "c": {"b": [1]}}
    assert yaml.mark(("c",)) == Mark(2, 4)
    assert yaml.mark(("c", "b", 0)) == Mark(1, 12)


def test_faults_that_let_reading_go_on_are_told_together() -> None:
    text = "a: 1\na: 2\nb: !x 3\n<<: {c: 4}\nd: 99999999999999999999\nd: 5\n"

    assert _rules(text) == [
        ("duplicate-key", 2, 1),
        ("yaml-tag", 3, 4),
        ("merge-key", 4, 1),
        ("bad-number", 5, 4),
        ("duplicate-key", 6, 1),
    ]


def test_of_a_key_given_twice_both_places_are_told() -> None:
    _, faults = read_yaml("a: {b: 1, c: 2, b: 3}")

    assert faults[0].mark == Mark(1, 17)
    assert "the first is on line 1, column 5" in faults[0].message


@pytest.mark.parametrize(
    ("text", "rule", "line", "column"),
    [
        pytest.param("", "empty-file", 1, 1, id="an empty file"),
        pytest.param("# only a comment\n", "empty-file", 1, 1, id="a comment alone"),
        pytest.param(b"a: \xff", "not-utf-8", 1, 4, id="latin 1"),
        pytest.param("ä: 1\nb: é".encode("utf-16"), "not-utf-8", 1, 1, id="utf 16"),
        pytest.param(b"a: b\nc: \x00", "control-character", 2, 4, id="a nought byte"),
        pytest.param("a: \x1b[31m", "control-character", 1, 4, id="an escape"),
        pytest.param("a: b\u2028c", "control-character", 1, 5, id="a line separator"),
        pytest.param("a: \ud800", "control-character", 1, 4, id="half a character"),
        pytest.param("x" * (MOST_BYTES + 1), "too-large", 1, 1, id="a large file"),
        pytest.param("x" * (LONGEST_LINE + 1), "too-large", 1, LONGEST_LINE + 1, id="a long line"),
        pytest.param("\n" * MOST_LINES, "too-large", MOST_LINES + 1, 1, id="many lines"),
        pytest.param("a:\n" + "  - 1\n" * 14_000, "too-large", MOST_NODES - 1, 5, id="many values"),
        pytest.param("[" * 50, "too-deep", 1, 41, id="a deep list"),
        pytest.param("\n".join(f"{' ' * n}a:" for n in range(60)), "too-deep", 41, 41, id="a deep mapping"),
        pytest.param("a: &x 1\nb: [" + "*x, " * 101 + "]", "too-many-aliases", 2, 405, id="many aliases"),
        pytest.param("a: &x [*x]", "unknown-anchor", 1, 8, id="a value inside itself"),
        pytest.param("a: *x", "unknown-anchor", 1, 4, id="an alias of nothing"),
        pytest.param("%YAML 1.1\n---\na: no", "yaml-directive", 2, 1, id="an older version asked for"),
        pytest.param("a: 1\n---\nb: 2", "many-documents", 2, 1, id="two documents"),
        pytest.param("? [a]\n: b", "key-not-text", 1, 3, id="a list as key"),
        pytest.param("{: b}", "key-not-text", 1, 3, id="no key"),
        pytest.param("a: .inf", "bad-number", 1, 4, id="infinity"),
        pytest.param("a: 1e999", "bad-number", 1, 4, id="a number too large"),
        pytest.param(f"a: {'9' * 3000}", "bad-number", 1, 4, id="a number too long for Python"),
        pytest.param("a: [1", "bad-yaml", 1, 6, id="a bracket not closed"),
        pytest.param("a: b: c", "bad-yaml", 1, 5, id="two colons"),
        pytest.param("a:\n\t- b", "bad-yaml", 2, 1, id="a tab"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(text: str | bytes, rule: str, line: int, column: int) -> None:
    assert _rules(text) == [(rule, line, column)]


def test_a_byte_order_mark_is_passed_over() -> None:
    yaml, faults = read_yaml("\ufeffa: 1".encode())

    assert yaml is not None
    assert faults == ()
    assert yaml.value == {"a": 1}


BOMB = "\n".join(
    ["a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9]"]
    + [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]"
        for before, name in pairwise(("a", "b", "c", "d", "e", "f"))
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(BOMB, id="aliases of aliases"),
        pytest.param("[" * MOST_BYTES, id="only brackets"),
        pytest.param("!" * MOST_BYTES, id="only tags"),
        pytest.param("%a\n" * (MOST_LINES - 1), id="only directives"),
        pytest.param(("[" * 3_000 + "\n") * 170, id="brackets in lines"),
        pytest.param('"' + "x\n" * (MOST_LINES - 2) + '"', id="one long text in lines"),
        pytest.param("a: |\n" + " x\n" * (MOST_LINES - 2), id="one block"),
        pytest.param("a: b\n" * (MOST_LINES - 1), id="one key for ever"),
        pytest.param("- " * (LONGEST_LINE // 2), id="lists in lists"),
        pytest.param("? " * (LONGEST_LINE // 2), id="keys of keys"),
        pytest.param("{a: " * (LONGEST_LINE // 4), id="mappings in mappings"),
    ],
)
def test_a_hostile_file_costs_no_more_than_a_second(text: str) -> None:
    _, faults = read_yaml(text)

    assert processor_seconds(partial(read_yaml, text)) < 1
    assert faults or not text.startswith("a: &a")


@given(st.binary(max_size=300))
def test_no_bytes_lead_to_anything_but_values_or_faults(content: bytes) -> None:
    yaml, faults = read_yaml(content)

    assert yaml is not None or faults


@given(st.text(alphabet="ab:-?[]{},&*!|>'\"%#@` \n\t0.1~<\\", max_size=60))
def test_no_text_of_yaml_marks_leads_to_anything_but_values_or_faults(text: str) -> None:
    yaml, faults = read_yaml(text)

    assert yaml is not None or faults
