"""What a coordinator may write of places: whom they fit, who comes first, and how a night goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, StrictBool, model_validator

from pathways.conditions import Condition, Scalar
from pathways.forms import ClockTime, Declared, Name, Title, Waiting

Saying: TypeAlias = Literal["came", "missed", "refused", "moved_in", "left"]


class PlaceTest(Declared):
    """What a place must be; every key that is given must be met."""

    single: StrictBool | None = None
    accessible: StrictBool | None = None
    women_only: StrictBool | None = None
    dogs: StrictBool | None = None
    couples: StrictBool | None = None
    accepts: Name | None = None
    """A risk that the place must not exclude."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set or all(getattr(self, name) is None for name in self.model_fields_set):
            raise ValueError(f"expected one of {', '.join(type(self).model_fields)}")
        return self


class FitRule(Declared):
    """Of whom ``when`` holds, the place must be as ``place`` says; where it is not, ``reason`` is why."""

    title: Title
    when: Condition | None = None
    """Left out, it concerns everybody."""
    place: PlaceTest
    reason: Name


class Precedence(Declared):
    """People of whom ``when`` holds come before the others."""

    title: Title
    when: Condition


class Nightly(Declared):
    """Places that are given for a night at a time."""

    guests: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Stages, ``track.stage``, whose people are expected every night."""
    cut_off: ClockTime
    """Until when, inclusive, a place is kept for who is expected."""
    until: ClockTime
    """When the night is over, the next morning."""


class EventSaid(Declared):
    """What is recorded in the case when something happens to it and a place."""

    event: Name
    fields: Mapping[Name, Scalar] = {}


class PlaceKind(Declared):
    """One kind of places. Stays go on until somebody leaves, unless ``nightly`` says otherwise."""

    title: Title | None = None
    waiting: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Hand-offs whose people wait for such a place while nobody has accepted them."""
    hold: Waiting
    """How long a place is kept for a person to whom it is offered."""
    stay_aim: Waiting | None = None
    """How long a stay is meant to last."""
    fits: Mapping[Name, FitRule] = {}
    order: tuple[Precedence, ...] = ()
    """Who comes first: the first line that parts two people decides; then who has waited longer."""
    refusals: Name | None = None
    """The list of reasons with which somebody may be refused at the door."""
    nightly: Nightly | None = None
    says: Mapping[Saying, EventSaid] = {}
