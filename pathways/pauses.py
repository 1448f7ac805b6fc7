"""Stretches of time during which a clock stands still."""

from collections.abc import Iterable
from datetime import datetime

from pathways.wall_clock import as_utc

Pause = tuple[datetime, datetime | None]
"""From an instant until another, which is not part of the pause any more; None while it goes on."""


def standstills(start: datetime, pauses: Iterable[Pause]) -> list[Pause]:
    """Return in order, joined where they touch and in UTC, the pauses that a clock started at ``start`` can feel.

    Pauses over by ``start`` are left out. Only the last one returned may go on.

    Raises:
        ValueError: a pause ends before it begins.
    """
    joined: list[Pause] = []
    for begins, ends in sorted((_checked(pause) for pause in pauses), key=lambda pause: pause[0]):
        if ends is not None and ends <= start:
            continue
        if not joined or not _reaches(joined[-1], begins):
            joined.append((begins, ends))
        else:
            joined[-1] = (joined[-1][0], _later(joined[-1][1], ends))
    return joined


def _checked(pause: Pause) -> Pause:
    begins, ends = as_utc(pause[0]), None if pause[1] is None else as_utc(pause[1])
    if ends is not None and ends < begins:
        raise ValueError(
            f"A pause from {begins.isoformat()} ends before it begins, at {ends.isoformat()}. "
            "Expected an end that is not before the beginning."
        )
    return begins, ends


def _reaches(pause: Pause, instant: datetime) -> bool:
    return pause[1] is None or instant <= pause[1]


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else max(one, other)
