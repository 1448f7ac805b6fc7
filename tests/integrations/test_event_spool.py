"""Logs in any order, given back case by case; changes, given back by time."""

import random
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integrations import event_spool
from integrations.event_files import LogEvent
from integrations.event_spool import ChangeSpool, Spool

START = datetime(2026, 3, 21, 10, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def event(number: int, case: str, occurred: int, recorded: int | None = None) -> LogEvent:
    """An event whose instants are seconds after the start."""
    recorded_at = None if recorded is None else START + timedelta(seconds=recorded)
    occurred_at = START + timedelta(seconds=occurred)
    return LogEvent(number, case, "x", occurred_at, recorded_at, None, None, {}, tabular=True)


def spooled(events: list[LogEvent], folder: Path) -> list[tuple[str, list[LogEvent]]]:
    with Spool(folder) as spool:
        for one in events:
            spool.add(one)
        return [(case, list(its_events)) for case, its_events in spool.by_case()]


def in_memory(events: list[LogEvent]) -> list[tuple[str, list[LogEvent]]]:
    """The same order by the plainest means."""
    cases: dict[str, list[LogEvent]] = {}
    for one in sorted(events, key=lambda one: (one.recorded_at or one.occurred_at, one.number)):
        cases.setdefault(one.case, []).append(one)
    return list(cases.items())


def shape(cases: list[tuple[str, list[LogEvent]]]) -> list[tuple[str, list[int]]]:
    return [(case, [one.number for one in events]) for case, events in cases]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([], [], id="no events"),
        pytest.param([event(1, "A", 5), event(2, "A", 1)], [("A", [2, 1])], id="the later line occurred earlier"),
        pytest.param([event(2, "A", 1), event(1, "A", 1)], [("A", [1, 2])], id="one instant, by line number"),
        pytest.param([event(1, "A", 1, 9), event(2, "A", 5)], [("A", [2, 1])], id="recorded late, so ordered late"),
        pytest.param([event(1, "A", 9, 1), event(2, "A", 5)], [("A", [1, 2])], id="recorded before it occurs"),
        pytest.param(
            [event(1, "A", 5), event(2, "B", 1), event(3, "A", 9), event(4, "B", 9)],
            [("B", [2, 4]), ("A", [1, 3])],
            id="cases by their first instant",
        ),
        pytest.param([event(2, "A", 1), event(1, "B", 1)], [("B", [1]), ("A", [2])], id="then by their first line"),
        pytest.param(
            [event(3, "A", 1), event(2, "B", 1), event(1, "A", 1)],
            [("A", [1, 3]), ("B", [2])],
            id="the first line even when it comes last",
        ),
        pytest.param([event(1, "a", 1), event(2, "A", 2)], [("a", [1]), ("A", [2])], id="capitals part cases"),
    ],
)
def test_cases_come_in_order_of_appearance_and_their_events_as_recorded(
    tmp_path: Path, events: list[LogEvent], expected: list[tuple[str, list[int]]]
) -> None:
    assert shape(spooled(events, tmp_path)) == expected


def test_every_value_comes_back_as_it_was(tmp_path: Path) -> None:
    late = START + timedelta(days=60_000) + MICROSECOND
    early = datetime(1900, 1, 1, tzinfo=UTC) + MICROSECOND
    events = [
        LogEvent(
            1, "É'\n", "x", early, late, "outreach", "x-1", {"a": "é\"'", "n": 2**63 - 1, "f": 0.1}, tabular=False
        ),
        LogEvent(2, "É'\n", "y", late, None, None, None, {"t": True, "z": False, "m": -1.5e300}, tabular=False),
        LogEvent(3, "É'\n", "y", late, late, None, None, {}, tabular=True),
    ]

    ((case, found),) = spooled(events, tmp_path)

    assert case == "É'\n"
    assert found == events
    assert [type(value) for one in found for value in one.fields.values()] == [str, int, float, bool, bool, float]
    assert [type(one.tabular) for one in found] == [bool] * 3


def test_a_shuffled_log_of_many_batches_comes_back_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_spool, "_BATCH", 100)
    monkeypatch.setattr(event_spool, "_CASES_AT_ONCE", 150)
    chance = random.Random(7)  # noqa: S311 - the same shuffle every time
    events = [
        event(number, f"C{chance.randrange(400)}", chance.randrange(900), chance.choice([None, chance.randrange(900)]))
        for number in range(1, 5001)
    ]
    chance.shuffle(events)

    assert spooled(events, tmp_path) == in_memory(events)


def test_the_last_instant_is_that_of_recording(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        assert spool.last_instant is None

        for one in (event(1, "A", 1, 7), event(2, "A", 5), event(3, "B", 9, 2)):
            spool.add(one)

        assert spool.last_instant == START + timedelta(seconds=7)


def test_an_instant_long_before_1970_may_be_the_last(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        spool.add(event(1, "A", -3_000_000_000))

        assert spool.last_instant == START - timedelta(seconds=3_000_000_000)


def test_cases_may_be_read_again_and_events_left_unread(tmp_path: Path) -> None:
    events = [event(1, "A", 1), event(2, "A", 2), event(3, "B", 3)]

    with Spool(tmp_path) as spool:
        for one in events[:2]:
            spool.add(one)
        assert shape([(case, list(found)) for case, found in spool.by_case()]) == [("A", [1, 2])]
        spool.add(events[2])
        names = [case for case, _ in spool.by_case()]

    assert names == ["A", "B"]


def test_changes_come_by_instant_and_then_in_the_order_of_adding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_spool, "_BATCH", 2)
    added = [(3, "d"), (1, "b"), (3, "a"), (2, "ü\n"), (1, "a")]

    with ChangeSpool(tmp_path) as spool:
        for microseconds, line in added:
            spool.add(START + microseconds * MICROSECOND, line)

        assert list(spool) == ["b", "a", "ü\n", "d", "a"]
        assert list(spool) == ["b", "a", "ü\n", "d", "a"]


@pytest.mark.parametrize("kind", [Spool, ChangeSpool])
def test_a_spool_is_private_to_its_user_and_leaves_nothing_behind(
    tmp_path: Path, kind: type[Spool] | type[ChangeSpool]
) -> None:
    message = "the work failed"
    spool = kind(tmp_path)

    def fail_inside() -> None:
        with spool:
            (folder,) = tmp_path.iterdir()
            assert folder.stat().st_mode & 0o077 == 0
            raise RuntimeError(message)

    with pytest.raises(RuntimeError, match=message):
        fail_inside()
    assert list(tmp_path.iterdir()) == []


def test_a_closed_spool_takes_nothing_more(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.close()
    spool.close()

    with pytest.raises(sqlite3.ProgrammingError):
        next(spool.by_case())
