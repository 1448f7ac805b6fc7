"""What a coordinator may write of blockages: of a person, of a service, of a step, of a rule."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from pathways.conditions import Condition
from pathways.forms import Agency, Declared, Name, Title, Waiting

Attribution: TypeAlias = Literal["system", "provider", "person", "law"]
Theme: TypeAlias = Literal["housing", "treatment", "enforcement", "courts"]


class BlockageEscalation(Declared):
    after: Waiting
    to: Agency


class AgainstUsual(Declared):
    """The last while against the time before it."""

    within: Waiting
    than: Waiting
    """How long the time before it is, with which it is compared."""


class OfService(Declared):
    """A service is blocked: a kind of places, or the agencies that are asked in a hand-off, and its symptom."""

    places: Name | None = None
    hand_off: Name | None = None
    full_for: Waiting | None = None
    """People wait, and no place has been free for this long."""
    void_for: Waiting | None = None
    """A place cannot be used for this long."""
    unfit_for: Waiting | None = None
    """A place is free and people wait, but it has fitted none of them for this long."""
    slower: AgainstUsual | None = None
    """Decisions take longer than an agency's own usual."""
    declines: AgainstUsual | None = None
    """An agency declines a larger share than its own usual."""

    @model_validator(mode="after")
    def _one_subject_and_its_symptom(self) -> Self:
        of_places = (self.full_for, self.void_for, self.unfit_for)
        of_hand_off = (self.slower, self.declines)
        if (self.places is None) == (self.hand_off is None):
            raise ValueError("expected either 'places' or 'hand_off'")
        mine, others = (of_places, of_hand_off) if self.places is not None else (of_hand_off, of_places)
        if sum(one is not None for one in mine) != 1 or any(one is not None for one in others):
            names = "'full_for', 'void_for' or 'unfit_for'" if self.places is not None else "'slower' or 'declines'"
            raise ValueError(f"expected exactly one of {names}")
        return self


class OfStep(Declared):
    """A step of the pathway is blocked: a stage, ``track.stage``, and its symptom."""

    stage: Name
    piling_up_for: Waiting | None = None
    """More people arrive than leave, over this long."""
    slower: AgainstUsual | None = None
    """People stay longer than they did before, those who are still there counted."""

    @model_validator(mode="after")
    def _one_symptom(self) -> Self:
        if (self.piling_up_for is None) == (self.slower is None):
            raise ValueError("expected either 'piling_up_for' or 'slower'")
        return self


class OfRule(Declared):
    """A rule blocks: the same coded reason of a list stops several people."""

    reasons: Name
    people: Annotated[int, Field(ge=2, le=1000, strict=True)] = 3
    within: Waiting
    act_within: Waiting
    """By when its owner has to act, from when it was found."""


class Blockage(Declared):
    """What keeps a person, a service or a step from moving, to whom it is due, and when it is over."""

    title: Title | None = None
    theme: Theme
    attributable_to: Attribution | None = None
    """Left out only where ``rule`` says it: there each reason knows."""
    owner: Agency
    when: Condition | None = None
    """Left out, a person's blockage is only raised by name: by a follow-up, a hand-off or a late step."""
    clears_when: Condition | None = None
    """Left out, it clears when ``when`` no longer holds; without either, by hand."""
    service: OfService | None = None
    step: OfStep | None = None
    rule: OfRule | None = None
    clears_after: Waiting | None = None
    """How long its cause must be gone before a blockage of a service, step or rule clears; left out, two days."""
    escalate: tuple[BlockageEscalation, ...] = ()

    @property
    def is_shared(self) -> bool:
        """Whether it belongs to no one case: it is found by comparing many."""
        return self.service is not None or self.step is not None or self.rule is not None

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        shared = [one for one in (self.service, self.step, self.rule) if one is not None]
        if len(shared) > 1:
            raise ValueError("expected at most one of 'service', 'step' or 'rule'")
        if shared and (self.when is not None or self.clears_when is not None):
            raise ValueError("'when' and 'clears_when' are for a person's blockage; this one is found by itself")
        if self.clears_after is not None and not shared:
            raise ValueError("'clears_after' goes with 'service', 'step' or 'rule'; use 'clears_when'")
        if (self.attributable_to is None) != (self.rule is not None):
            raise ValueError("expected 'attributable_to', and none with 'rule': there each reason knows")
        return self
