"""How properties are tried: alike on every machine, in CI or not."""

from __future__ import annotations

from hypothesis import settings
from trying import LONG, tried


def test_no_property_fails_because_a_machine_is_slow_or_by_chance() -> None:
    for asked in (settings.default, settings(max_examples=3), tried(3)):
        assert asked is not None
        assert asked.deadline is None
        assert asked.derandomize is not LONG
