"""Durations and wall-clock times, as a pathway writes them.

How they are counted along a local calendar stands in ``pathways.calendars``.
"""

import re
from dataclasses import dataclass
from datetime import time
from enum import StrEnum

LARGEST_AMOUNT = 100_000

_DURATION = re.compile(r"(?P<amount>[0-9]+) (?P<unit>(?:working )?[a-z]+)")
_TIME = re.compile(r"(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])")


class Unit(StrEnum):
    """What a clock counts."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    WORKING_DAYS = "working days"
    WORKING_HOURS = "working hours"


_UNITS = {name: unit for unit in Unit for name in (unit.value, unit.value.removesuffix("s"))}
_UNIT_NAMES = ", ".join(unit.value for unit in Unit)


@dataclass(frozen=True, slots=True)
class Duration:
    """An amount from 0 to 100,000 of one unit.

    Raises:
        ValueError: the amount is outside its range.
    """

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= LARGEST_AMOUNT:
            raise ValueError(_out_of_range(str(self.amount)))

    @property
    def is_working(self) -> bool:
        """Whether only working days or opening hours count."""
        return self.unit is Unit.WORKING_DAYS or self.unit is Unit.WORKING_HOURS

    def __str__(self) -> str:
        unit = self.unit.value.removesuffix("s") if self.amount == 1 else self.unit.value
        return f"{self.amount} {unit}"


def parse_duration(text: str) -> Duration:
    """Return the duration that ``text`` names, such as ``28 days`` or ``1 working day``.

    Raises:
        ValueError: ``text`` is no whole number, one space and a unit, or the number is too large.
    """
    parts = _DURATION.fullmatch(text)
    if parts is None:
        raise ValueError(
            f"{text!r} is not a duration. Expected a whole number, one space and a unit, "
            f"such as '28 days' or '4 working hours'. Units: {_UNIT_NAMES}."
        )
    unit = _UNITS.get(parts["unit"])
    if unit is None:
        raise ValueError(f"{parts['unit']!r} is not a unit of time. Expected one of: {_UNIT_NAMES}.")
    digits = parts["amount"].lstrip("0") or "0"
    # Length first: turning a very long row of digits into a number is slow, and refused by Python.
    if len(digits) > len(str(LARGEST_AMOUNT)) or int(digits) > LARGEST_AMOUNT:
        raise ValueError(_out_of_range(digits[:12]))
    return Duration(int(digits), unit)


def parse_time(text: str) -> time:
    """Return the wall-clock time that ``text`` names, from ``00:00`` to ``23:59``.

    Raises:
        ValueError: ``text`` is no such time; ``24:00`` is none, as it belongs to the next day.
    """
    parts = _TIME.fullmatch(text)
    if parts is not None:
        return time(int(parts["hour"]), int(parts["minute"]))
    if text == "24:00":
        raise ValueError("'24:00' is not a time of this day. Write '00:00', the first time of the next day.")
    raise ValueError(f"{text!r} is not a time. Expected hours and minutes from '00:00' to '23:59', such as '09:15'.")


def _out_of_range(amount: str) -> str:
    return f"A duration of {amount} is out of range. Expected an amount from 0 to {LARGEST_AMOUNT}."
