"""A case and its canonical text stand for each other."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args, get_origin

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathways.case import Case
from pathways.case_json import CaseUnreadable, from_json, to_json

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
SMALL: dict[object, st.SearchStrategy[Any]] = {
    datetime: st.datetimes(
        NOON.replace(year=1900, tzinfo=None),
        NOON.replace(year=2200, tzinfo=None),
        timezones=st.just(UTC),
    ),
    float: st.floats(allow_nan=False, allow_infinity=False),
    int: st.integers(),
    bool: st.booleans(),
    str: st.text(max_size=12),
    type(None): st.none(),
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Return values of any type that stands in ``pathways.case``."""
    hint = getattr(hint, "__value__", hint)
    origin, parts = get_origin(hint), get_args(hint)
    if hint in SMALL:
        return SMALL[hint]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        hints = typing.get_type_hints(hint)
        return st.builds(hint, **{name: values_of(hints[name]) for name in hint.__struct_fields__})
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([values_of(part) for part in parts])
    if origin is tuple:
        several = parts[-1] is Ellipsis
        return st.lists(values_of(parts[0]), max_size=2).map(tuple) if several else st.tuples(*map(values_of, parts))
    assert origin is Mapping
    return st.dictionaries(SMALL[str], values_of(parts[1]), max_size=2)


CASES: st.SearchStrategy[Case] = values_of(Case)


@given(CASES)
def test_a_case_comes_back_from_its_text_and_gives_the_same_text_again(
    case: Case,
) -> None:
    text = to_json(case)

    again = from_json(text)

    assert again == case
    assert to_json(again) == text


def assert_sorted(pairs: list[tuple[str, object]]) -> None:
    keys = [key.encode() for key, _ in pairs]
    assert keys == sorted(keys)


@given(CASES)
def test_the_text_is_canonical_json(case: Case) -> None:
    text = to_json(case)

    assert text == msgspec.json.format(text, indent=-1), "no blanks"
    json.loads(text, object_pairs_hook=assert_sorted)


def test_what_equals_its_default_is_left_out() -> None:
    assert to_json(Case("K4-7")) == '{"reference":"K4-7"}'


def test_an_instant_is_written_to_the_microsecond() -> None:
    text = to_json(Case("K4-7", clock=NOON + timedelta(microseconds=1)))

    assert json.loads(text)["clock"] == "2026-03-20T12:00:00.000001Z"


def test_the_order_of_a_mapping_does_not_show_in_the_text() -> None:
    one = Case("K4-7", visits={"a": 1, "b": 2})
    other = Case("K4-7", visits={"b": 2, "a": 1})

    assert to_json(one) == to_json(other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"reference":"K4-7","colour":"red"}',
        '{"reference":"K4-7","clock":"noon"}',
    ],
    ids=["nothing", "a list", "no reference", "an unknown field", "an instant as a word"],
)
def test_what_is_no_case_is_refused(text: str) -> None:
    with pytest.raises(CaseUnreadable, match="not a case"):
        from_json(text)
