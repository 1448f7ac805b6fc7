"""The soak's verdict on what grew: it must see a leak, and nothing where there is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from benchmarks.soak.flatness import JUDGED, growth, memory_of, what_grew
from benchmarks.soak.watching import Sight

BEGAN = datetime(2026, 11, 30, tzinfo=UTC)
FLAT = 100.0
Course = Callable[[int], float]


def flat(_: int) -> float:
    return FLAT


def looks(name: str, course: Course, minutes: int = 60) -> list[Sight]:
    """Looks a minute apart: ``name`` takes its course, a figure by the minute, and all else stays as it is."""

    def at(asked: str, minute: int) -> float:
        return course(minute) if asked == name else FLAT

    return [
        Sight(
            minute * 60.0,
            BEGAN,
            minute,
            {kind: at(kind, minute) for kind in JUDGED},
            3,
            int(at("connections", minute)),
            int(at("files", minute)),
            0,
            0.0,
        )
        for minute in range(minutes + 1)
    ]


@pytest.mark.parametrize(
    ("name", "course"),
    [
        ("recording", lambda minute: FLAT + 0.8 * minute),
        ("Prefect server", lambda minute: FLAT + minute),
        ("Prefect worker", lambda minute: FLAT + minute),
        ("PostgreSQL", lambda minute: FLAT + minute),
        ("connections", lambda minute: FLAT + minute / 5),
        ("files", lambda minute: FLAT + 1.5 * minute),
    ],
    ids=["recording", "server", "worker", "PostgreSQL", "connections", "files"],
)
def test_what_grows_to_the_end_is_told_by_its_name(name: str, course: Course) -> None:
    (told,) = what_grew(looks(name, course))

    assert name.lower() in told.lower()
    assert "second two thirds" in told


@pytest.mark.parametrize(
    "course",
    [flat, lambda minute: FLAT + min(minute, 20), lambda minute: FLAT + 4 * (minute % 2), lambda minute: 200 - minute],
    ids=["flat", "growing while it warms up", "swaying", "shrinking"],
)
@pytest.mark.parametrize("name", ["recording", "Prefect server", "PostgreSQL", "connections", "files"])
def test_what_does_not_grow_is_not_told(name: str, course: Course) -> None:
    assert what_grew(looks(name, course)) == []


def test_a_soak_that_is_all_warming_up_says_nothing_of_growth() -> None:
    assert what_grew(looks("recording", lambda minute: FLAT + 100 * minute, minutes=3)) == []
    assert what_grew([]) == []


def test_growth_is_that_of_the_straight_line_through_the_second_two_thirds() -> None:
    grown, mean = growth(looks("recording", lambda minute: FLAT + minute), memory_of("recording"))

    assert grown == pytest.approx(40)
    assert mean == pytest.approx(FLAT + 40)
    assert growth([], memory_of("recording")) == (0.0, 0.0)
