"""What a coordinator may write in a pathway file: every key, its form and its meaning.

These models check the form of a file, one part at a time. Whether the names in it agree with
each other is the business of ``pathways.checks``; what follows from them, of ``pathways.chart``.
The JSON Schema that editors use is generated from these models.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, model_validator

from pathways.blockage_forms import Attribution, Blockage
from pathways.conditions import Condition, EventMatch
from pathways.forms import Agency, ClockTime, Declared, Instant, Name, Title, Waiting
from pathways.place_forms import PlaceKind

ClockGroup: TypeAlias = Literal["tasks", "follow_ups", "hand_offs", "stays", "waits", "blockages"]
FieldKind: TypeAlias = Literal["boolean", "text", "integer", "number", "date", "instant", "months", "area"]


class EventKind(Declared):
    """Something that may be recorded: by which agencies, and with which fields."""

    by: Annotated[tuple[Agency, ...], Field(min_length=1)]
    fields: Mapping[Name, FieldKind | Annotated[tuple[str, ...], Field(min_length=1)] | Name] = {}
    title: Title | None = None
    restricted: StrictBool = False
    """Only the recording agencies, the coordinator and ``shown_to`` may read the fields."""
    shown_to: tuple[Agency, ...] = ()


class Pause(Declared):
    """Which clocks stand still, from one event until another."""

    from_: EventMatch = Field(alias="from")
    until: EventMatch
    clocks: Literal["all"] | Annotated[tuple[ClockGroup, ...], Field(min_length=1)] = "all"


class Closing(Declared):
    """An event that ends the case wherever it stands."""

    event: Name | EventMatch
    silence: StrictBool = False
    """Every notice that has not left yet is withdrawn, and none is written any more."""
    outcome: Title | None = None


class Step(Declared):
    """What is done when an answer, a task or a stay is late."""

    after: Waiting | None = None
    in_a_row: Annotated[int, Field(ge=1, le=1000, strict=True)] | None = None
    remind: Literal["owner"] | Agency | None = None
    escalate: Agency | None = None
    raise_: Name | None = Field(default=None, alias="raise")

    @model_validator(mode="after")
    def _one_trigger_and_an_act(self) -> Self:
        if (self.after is None) == (self.in_a_row is None):
            raise ValueError("a step needs either 'after' or 'in_a_row'")
        if self.remind is None and self.escalate is None and self.raise_ is None:
            raise ValueError("a step needs one of 'remind', 'escalate' or 'raise'")
        return self


class LateStep(Step):
    """A step of a task or a stay, which is late once: it has no ``in_a_row``."""

    @model_validator(mode="after")
    def _only_after(self) -> Self:
        if self.in_a_row is not None:
            raise ValueError("'in_a_row' is for follow-ups only; use 'after'")
        return self


class Task(Declared):
    """A piece of work that one agency owns."""

    owner: Literal["owner"] | Agency
    title: Title | None = None
    due: Waiting | Literal["same day"] | None = None
    """``same day``: the end of the local calendar day on which the event that opened it occurred."""
    at: ClockTime | None = None
    """The first such wall-clock time at or after the due instant; with ``same day``, that time on that day."""
    required: StrictBool = False
    """When it is late the coordinator is told as well as its owner. It keeps nobody from a stage: a gate does."""
    when: Condition | None = None
    """When it opens; left out, on entry to the stage."""
    done_by: EventMatch | None = None
    """Evidence that completes it. It may always be completed by its owner as well."""
    outcomes: tuple[Name, ...] = ()
    late: tuple[LateStep, ...] = ()


class FollowUp(Declared):
    """A repeating question to an agency, answered by an event."""

    every: Waiting
    at: ClockTime | None = None
    to: Literal["owner"] | Agency = "owner"
    title: Title | None = None
    answered_by: EventMatch | Annotated[tuple[EventMatch, ...], Field(min_length=1)]
    early: Waiting | None = None
    """How long before its due instant an event may answer a question; left out, since the start of that local day."""
    missed: tuple[Step, ...] = ()
    until: Condition | None = None
    """When it holds the question is asked no more in this visit."""


class Declined(Declared):
    ask: Name | None = None
    """A list of ``reasons``, or ``reason`` for any of them."""
    then: Literal["next", "back"] = "next"


class Expired(Declared):
    remind: Annotated[int, Field(ge=0, le=20, strict=True)] = 0
    """How often the agency is reminded, each time with a new ``answer_within``, before the offer expires."""
    then: Literal["next", "back"] = "next"


class Nobody(Declared):
    raise_: Name | None = Field(default=None, alias="raise")
    escalate: Agency | None = None


class HandOff(Declared):
    """An offer of ownership to agencies, one after the other."""

    title: Title | None = None
    open_when: Condition | None = None
    """Left out, on entry to the stage."""
    to: Agency | Annotated[tuple[Agency, ...], Field(min_length=1)]
    answer_within: Waiting | None = None
    declined: Declined = Declined()
    expired: Expired = Expired()
    nobody: Nobody = Nobody()
    done_by: EventMatch | None = None


class Move(Declared):
    to: Name
    when: Condition | None = None
    by_hand: StrictBool = False
    """Only a person may make this move; it needs no ``when``."""
    title: Title | None = None

    @model_validator(mode="after")
    def _when_or_by_hand(self) -> Self:
        if (self.when is None) != self.by_hand:
            raise ValueError("a move needs 'when', or 'by_hand: true' and no 'when'")
        return self


class AcceptedBy(Declared):
    """The agency that last accepted a hand-off in this case."""

    accepted: Name
    otherwise: Agency


class ExpectedStay(Declared):
    after: Waiting
    late: tuple[LateStep, ...] = ()


class Stage(Declared):
    title: Title | None = None
    description: Title | None = None
    owner: Agency | AcceptedBy
    tasks: Mapping[Name, Task] = {}
    follow_ups: Mapping[Name, FollowUp] = {}
    hand_offs: Mapping[Name, HandOff] = {}
    moves: tuple[Move, ...] = ()
    gate: Condition | None = None
    due: Waiting | ExpectedStay | None = None
    final: StrictBool = False
    outcome: Title | None = None


class Track(Declared):
    title: Title | None = None
    start: Name
    stages: Annotated[Mapping[Name, Stage], Field(min_length=1)]


class Given(BaseModel):
    """An event of a scenario: its kind, its instant, who recorded it, and its fields beside them."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    event: Name
    at: Instant
    by: Agency | None = None
    officer: Title | None = None
    recorded: Instant | None = None
    fields: Mapping[Name, Any] = {}


class Scenario(Declared):
    """A story with its expected end, run by ``handrail check``."""

    name: Title
    given: Annotated[tuple[Given, ...], Field(min_length=1)]
    at: Instant
    expect: Mapping[Name, Any]
    """A stage by track; and ``not_allowed``, ``owner``, ``tasks``, ``hand_offs``, ``blockages``, ``held``, ``closed``,
    ``reviews``, ``refused``."""


class MeasureWindow(Declared):
    """Local calendar dates, both inclusive."""

    from_: Instant = Field(alias="from")
    to: Instant


class Lasting(Declared):
    """A state that one event begins and another ends, and that is open as at the report's date."""

    until: EventMatch
    at_least: Waiting | None = None


class Measure(Declared):
    """A figure of the outcome table, computed from events alone."""

    title: Title
    unit: Literal["people", "events", "months"]
    event: EventMatch
    sum: Name | None = None
    """With the unit ``months``: the field that is summed."""
    after: EventMatch | None = None
    """Only people for whom such an event came first."""
    lasting: Lasting | None = None
    of: Name | None = None
    """Another measure, whose people these are part of."""
    window: MeasureWindow
    scope: Literal["cohort", "locality"] = "cohort"


class AgencyEntry(Declared):
    """An agency as far as the engine and its readers need it; contacts stay in agencies.yaml."""

    title: Title
    hours: Mapping[Name, str | tuple[str, ...]] | None = None
    open_on_holidays: StrictBool = False
    successor: Agency | None = None
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    escalation: Agency | None = None
    contacts: Mapping[Name, Any] = {}
    digest_at: ClockTime | None = None


class AgenciesFile(Declared):
    agencies: Mapping[Agency, AgencyEntry]


class PathwayFile(Declared):
    """One pathway, as one YAML file declares it."""

    pathway: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    version: Annotated[int, Field(ge=1, strict=True)]
    title: Title
    description: Title | None = None
    timezone: str = "Europe/London"
    calendar: Literal["england-and-wales"] | None = None
    coordinator: Agency
    agencies: Mapping[Agency, AgencyEntry] | None = None
    eligibility: Condition | None = None
    opens_on: tuple[Name, ...] = ()
    roles: tuple[Name, ...] = ()
    reasons: Mapping[Name, Mapping[Name, Attribution]] = {}
    pauses: Mapping[Name, Pause] = {}
    closes: Mapping[Name, Closing] = {}
    events: Annotated[Mapping[Name, EventKind], Field(min_length=1)]
    tracks: Annotated[Mapping[Name, Track], Field(min_length=1)]
    places: Mapping[Name, PlaceKind] = {}
    blockages: Mapping[Name, Blockage] = {}
    measures: Mapping[Name, Measure] = {}
    scenarios: tuple[Scenario, ...] = ()
