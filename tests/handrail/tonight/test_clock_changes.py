"""The cut-off is a wall-clock time: on the days on which clocks change it is at another instant, and still once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from handrail.casework import Speaker, cut_off, next_place_due, open_night, present, see_to_places, tonight
from models.story_clock import StoryClock

MISSION = Speaker("mission")
MOMENT = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("night", "begins", "cut_off_at", "ends"),
    [
        pytest.param(
            date(2026, 3, 28),
            datetime(2026, 3, 28, 8, tzinfo=UTC),
            datetime(2026, 3, 28, 16, tzinfo=UTC),
            datetime(2026, 3, 29, 7, tzinfo=UTC),
            id="the night in which clocks go forward",
        ),
        pytest.param(
            date(2026, 3, 29),
            datetime(2026, 3, 29, 7, tzinfo=UTC),
            datetime(2026, 3, 29, 15, tzinfo=UTC),
            datetime(2026, 3, 30, 7, tzinfo=UTC),
            id="the day on which clocks have gone forward",
        ),
        pytest.param(
            date(2026, 10, 24),
            datetime(2026, 10, 24, 7, tzinfo=UTC),
            datetime(2026, 10, 24, 15, tzinfo=UTC),
            datetime(2026, 10, 25, 8, tzinfo=UTC),
            id="the night in which clocks go back",
        ),
        pytest.param(
            date(2026, 10, 25),
            datetime(2026, 10, 25, 8, tzinfo=UTC),
            datetime(2026, 10, 25, 16, tzinfo=UTC),
            datetime(2026, 10, 26, 8, tzinfo=UTC),
            id="the day on which clocks have gone back",
        ),
    ],
)
def test_a_place_is_kept_until_four_by_the_clock_on_the_wall(
    told_town: Any, story: StoryClock, night: date, begins: datetime, cut_off_at: datetime, ends: datetime
) -> None:
    store = told_town.store
    story.set_to(begins)
    told_town.project("shelter", "bed", "mission", "1", "2")
    in_time, missed = told_town.person("bed"), told_town.person("bed")

    opened = open_night(store, "bed")

    assert (opened.night.night, opened.night.cut_off_at, opened.night.ends_at) == (night, cut_off_at, ends)
    story.set_to(cut_off_at)
    assert cut_off(store) is None
    assert present(store, "bed", in_time, MISSION).mine.until == ends
    story.set_to(cut_off_at + MOMENT)
    done = cut_off(store)
    assert done is not None
    assert [each.reference for each in done.missed] == [missed]
    assert present(store, "bed", missed, MISSION).mine.state == "allocated", "late, and a place is left"
    story.set_to(ends - MOMENT)
    assert tonight(store, "bed").night.night == night
    story.set_to(ends)
    assert tonight(store, "bed").night.night == night + timedelta(days=1)


def test_over_the_days_on_which_clocks_change_each_night_is_cut_off_once_at_its_instant(
    told_town: Any, story: StoryClock
) -> None:
    store = told_town.store
    story.set_to(datetime(2026, 10, 23, 7, tzinfo=UTC))
    told_town.project("shelter", "bed", "mission", "1")
    reference = told_town.person("bed")
    done: list[tuple[str, str]] = []
    until = datetime(2026, 10, 27, 12, tzinfo=UTC)

    while (due := next_place_due(store)) is not None and due <= until:
        story.set_to(due)
        done += [(act.kind, f"{due:%d %H:%M}") for act in see_to_places(store)]

    days = ((23, "07", "15"), (24, "07", "15"), (25, "08", "16"), (26, "08", "16"))
    expected = [
        told
        for day, begins, ends in days
        for told in (
            ("night_opened", f"{day} {begins}:00"),
            ("place_held", f"{day} {begins}:00"),
            ("night_cut_off", f"{day} {ends}:00"),
            ("place_missed", f"{day} {ends}:00"),
        )
    ]
    assert done[:16] == expected
    assert len(told_town.events(reference, "bed.missed")) == 4
