"""Waking what is due out of few and out of many open cases: the time should hardly grow."""

from __future__ import annotations

from benchmarks.figures import Figure, Target
from benchmarks.sizes import Sizes
from benchmarks.timing import Tell, seconds, spread
from handrail.casework import wake_due
from handrail.wiring import Store

A_BATCH = 500


def compare(few_open: Store, many_open: Store, sizes: Sizes, tell: Tell) -> Figure:
    """Wake what is due in both stores, ``sizes.due`` cases each, batch by batch in turn."""
    most = sizes.grown[-1]
    tell(f"waking: {sizes.due} due out of {sizes.few} and out of {most}")
    few, many = [], []
    for _ in range(sizes.due // min(A_BATCH, sizes.due)):
        few.append(wake(few_open, min(A_BATCH, sizes.due)))
        many.append(wake(many_open, min(A_BATCH, sizes.due)))
    name = f"waking {sizes.due:,} due out of {most:,} open"
    beside = f"waking as many out of {sizes.few:,}"
    return Figure(name, sum(many), "s", beside, sum(few), Target("ratio", at_most=1.3), spread(many))


def wake(store: Store, cases: int) -> float:
    """Return how many seconds it took to wake that many cases.

    Raises:
        ValueError: fewer were due.
    """
    woken = []
    took = seconds(lambda: woken.append(wake_due(store, "follow_ups", cases).cases))
    if woken != [cases]:
        message = f"{woken[0]} cases were woken where {cases} are due. Look at the pathway that is measured."
        raise ValueError(message)
    return took


def check_nothing_is_left(store: Store) -> None:
    """Make sure that nothing more is due.

    Raises:
        ValueError: something is.
    """
    if wake_due(store, "follow_ups", 1).cases:
        raise ValueError("More was due than was laid. Look at the pathway that is measured.")
