"""Kinds of places and shared blockages, ready to run: their conditions compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pathways.answers import Answer
from pathways.blockage_forms import Attribution, OfRule, OfService, OfStep
from pathways.clocks import Duration
from pathways.place_forms import EventSaid, Nightly, PlaceTest, Saying

SharedKind = Literal["service", "step", "rule"]


@dataclass(frozen=True, slots=True)
class FitChart:
    """Of whom ``when`` holds (``None``: of everybody), the place must pass ``test``; else ``reason`` is why not."""

    name: str
    title: str
    when: Answer | None
    test: PlaceTest
    reason: str
    attributable_to: Attribution


@dataclass(frozen=True, slots=True)
class PrecedenceChart:
    title: str
    when: Answer


@dataclass(frozen=True, slots=True)
class PlaceKindChart:
    name: str
    title: str
    waiting: tuple[str, ...]
    """Hand-offs whose people wait for such a place."""
    hold: Duration
    stay_aim: Duration | None
    fits: tuple[FitChart, ...]
    order: tuple[PrecedenceChart, ...]
    refusals: Mapping[str, Attribution]
    """The reasons with which somebody may be refused at the door, each with whose doing it is."""
    nightly: Nightly | None
    says: Mapping[Saying, EventSaid]


@dataclass(frozen=True, slots=True)
class SharedBlockageChart:
    """A blockage of a service, a step or a rule: exactly one of the three is there."""

    name: str
    kind: SharedKind
    title: str
    theme: str
    attributable_to: Attribution | None
    """``None`` of a rule: there each reason knows."""
    owner: str
    service: OfService | None
    step: OfStep | None
    rule: OfRule | None
    clears_after: Duration
    escalate: tuple[tuple[Duration, str], ...]
