"""The collector of garbage rests while somebody has a batch in hand, and comes back."""

from __future__ import annotations

import gc

import pytest

from handrail.collecting import collecting_afterwards


def test_the_collector_comes_back_when_the_last_batch_ends() -> None:
    with collecting_afterwards():
        with collecting_afterwards():
            within_both = gc.isenabled()
        within_one = gc.isenabled()

    assert (within_both, within_one, gc.isenabled()) == (False, False, True)


def test_the_collector_comes_back_after_a_batch_that_failed() -> None:
    with pytest.raises(ZeroDivisionError), collecting_afterwards():
        _ = 1 / 0

    assert gc.isenabled()


def test_whoever_switched_it_off_finds_it_off() -> None:
    gc.disable()
    try:
        with collecting_afterwards():
            pass

        assert not gc.isenabled()
    finally:
        gc.enable()
