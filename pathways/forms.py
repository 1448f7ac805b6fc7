"""The small forms that every part of a pathway file is made of: names, titles, durations, times."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from pathways.clocks import Duration, parse_duration, parse_time

Name: TypeAlias = Annotated[
    str, StringConstraints(min_length=1, max_length=120, strip_whitespace=False, pattern=r"^\S(.*\S)?$")
]
Agency: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
FIRST_YEAR, LAST_YEAR = 1900, 2200
Title: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


def _duration(value: object) -> Duration:
    if isinstance(value, Duration):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("duration_type", "expected a duration such as '28 days' or '4 working hours'")
    try:
        return parse_duration(value)
    except ValueError as error:
        raise PydanticCustomError("duration", "{reason}", {"reason": str(error)}) from None


def _clock_time(value: object) -> time:
    if isinstance(value, time):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("clock_time_type", "expected a time of day such as '16:00'")
    try:
        return parse_time(value)
    except ValueError as error:
        raise PydanticCustomError("clock_time", "{reason}", {"reason": str(error)}) from None


def _instant(value: object) -> datetime:
    """Return a naive local value or an aware one; a date alone is its first minute."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("instant_type", "expected an instant such as '2026-03-21 09:00'")
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        reason = f"{value[:60]!r} is not an instant. Expected a date and a time that exist, such as '2026-03-21 09:00'."
        raise PydanticCustomError("instant", "{reason}", {"reason": reason}) from None
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        reason = f"The year {instant.year} is out of range. Expected one from {FIRST_YEAR} to {LAST_YEAR}."
        raise PydanticCustomError("instant", "{reason}", {"reason": reason})
    return instant


Waiting: TypeAlias = Annotated[
    Duration,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": r"^\d+ (minutes?|hours?|days?|weeks?|working days?|working hours?)$"}),
]
ClockTime: TypeAlias = Annotated[
    time, BeforeValidator(_clock_time), WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$"})
]
Instant: TypeAlias = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?"}),
]


class Declared(BaseModel):
    """A part of a pathway file: no key that is not named here, nothing coerced."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, strict=False, arbitrary_types_allowed=True
    )


Count: TypeAlias = Annotated[int, Field(ge=0, le=100_000, strict=True)]
