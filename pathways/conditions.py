"""The structured conditions of a pathway file: ``all``, ``any``, ``none`` and the leaves.

There is no expression and no code: a condition is one key with a structured value, so that every
name in it can be checked when the file is loaded. How a condition is answered stands in
``pathways.answers``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

from pathways.forms import Agency, ClockTime, Count, Declared, Name, Waiting

Scalar: TypeAlias = StrictBool | StrictInt | StrictFloat | StrictStr


class Range(Declared):
    """Bounds for a number, both inclusive, or a value that it must not be."""

    at_least: StrictInt | StrictFloat | None = None
    at_most: StrictInt | StrictFloat | None = None
    is_not: Scalar | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.at_least is None and self.at_most is None and self.is_not is None:
            raise ValueError("expected one of 'at_least', 'at_most' or 'is_not'")
        return self


Test: TypeAlias = Scalar | Annotated[tuple[Scalar, ...], Field(min_length=1)] | Range
Where: TypeAlias = Mapping[Name, Test]


class EventMatch(Declared):
    """Events of one kind whose fields pass the tests; a kind alone may be written as plain text."""

    kind: Name
    where: Where = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _accept_plain_text_and_event(cls, value: object) -> object:
        if isinstance(value, str):
            return {"kind": value}
        if isinstance(value, Mapping) and "event" in value and "kind" not in value:
            return {"kind" if key == "event" else key: part for key, part in value.items()}
        return value


class CountLeaf(Declared):
    """How many such events there are in a window, or since the stage or the case began."""

    event: Name
    where: Where = Field(default_factory=dict)
    at_least: Count | None = None
    at_most: Count | None = None
    within: Waiting | None = None
    since: Literal["stage", "case"] | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("expected 'at_least' or 'at_most'")
        if (self.within is None) == (self.since is None):
            raise ValueError("expected either 'within' (a duration) or 'since' (stage or case)")
        return self


class AbsentLeaf(Declared):
    """No such event for this long: since the last one, or since the case (or the stage) began."""

    event: Name
    where: Where = Field(default_factory=dict)
    for_: Waiting = Field(alias="for")
    since: Literal["stage", "case"] = "case"


class DoneLeaf(Declared):
    task: Name | None = None
    hand_off: Name | None = None
    within: Waiting | None = None
    outcome: Name | None = None

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if (self.task is None) == (self.hand_off is None):
            raise ValueError("expected either 'task' or 'hand_off'")
        return self


class OpenLeaf(Declared):
    task: Name | None = None
    hand_off: Name | None = None
    blockage: Name | None = None
    for_: Waiting | None = Field(default=None, alias="for")

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if sum(named is not None for named in (self.task, self.hand_off, self.blockage)) != 1:
            raise ValueError("expected exactly one of 'task', 'hand_off' or 'blockage'")
        return self


class ApprovedLeaf(Declared):
    """A named officer in this role approved the entry, after the last entry and within ``valid_for``."""

    role: Name
    other_than: Name | None = None
    """A role: the approver must be somebody else than the officer who acted in it, and somebody must have."""
    valid_for: Waiting


class StageLeaf(Declared):
    track: Name
    is_: Name | Annotated[tuple[Name, ...], Field(min_length=1)] | None = Field(default=None, alias="is")
    is_not: Name | Annotated[tuple[Name, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        if (self.is_ is None) == (self.is_not is None):
            raise ValueError("expected either 'is' or 'is_not'")
        return self


class WaitedFor(Declared):
    for_: Waiting = Field(alias="for")
    at: ClockTime | None = None


class LatestLeaf(Declared):
    """A test of one field of the event of this kind that occurred last."""

    event: Name
    field: Name
    is_: Test = Field(alias="is")


class AgeTest(Declared):
    at_least: Count | None = None
    at_most: Count | None = None


class PersonLeaf(Declared):
    """What is known of the person at referral; only for ``eligibility``."""

    age: AgeTest


ReferredBy: TypeAlias = Literal["professional", "self", "public"]


class Condition(Declared):
    """Exactly one of these keys."""

    all: Annotated[tuple[Condition, ...], Field(min_length=1)] | None = None
    any: Annotated[tuple[Condition, ...], Field(min_length=1)] | None = None
    none: Annotated[tuple[Condition, ...], Field(min_length=1)] | None = None
    event: EventMatch | None = None
    count: CountLeaf | None = None
    absent: AbsentLeaf | None = None
    done: DoneLeaf | None = None
    open: OpenLeaf | None = None
    accepted: Name | None = None
    approved: ApprovedLeaf | None = None
    stage: StageLeaf | None = None
    waited: Waiting | WaitedFor | None = None
    latest: LatestLeaf | None = None
    person: PersonLeaf | None = None
    referred_by: ReferredBy | Agency | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = sorted(self.model_fields_set)
        if len(given) != 1 or getattr(self, given[0]) is None:
            raise ValueError(f"expected exactly one of {', '.join(type(self).model_fields)}")
        return self


Condition.model_rebuild()
