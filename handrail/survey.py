"""What is blocked, across all cases: whose doing it is, who owns it, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handrail.rules import Rules
from handrail.steps import transaction
from handrail.sweeps import wake_due
from handrail.wiring import Store
from models.blockages import OpenBlockage, list_blockages


@dataclass(frozen=True, slots=True)
class BlockageRow:
    """An open blockage; ``days`` counts whole days of 24 hours since it opened."""

    pathway: str
    reference: str
    name: str
    title: str
    theme: str
    attributable_to: str
    owner: str
    opened_at: datetime
    days: int
    escalated: bool


@dataclass(frozen=True, slots=True)
class BlockageSurvey:
    """All open blockages, the oldest in front."""

    blockages: tuple[BlockageRow, ...]


def survey_blockages(store: Store) -> BlockageSurvey:
    """Have everything due happen, which opens, ages and clears blockages, and return those that stand.

    Raises:
        Delayed: the store is away or busy.
    """
    while wake_due(store).cases:
        pass
    with transaction(store) as connection:
        found = list_blockages(connection)
        rules = {hash_: store.rules(connection, hash_) for hash_ in {each.publication for each in found}}
    return BlockageSurvey(tuple(_row(each, rules[each.publication]) for each in found))


def _row(found: OpenBlockage, rules: Rules) -> BlockageRow:
    chart = next(each for each in rules.pathway.blockages if each.name == found.name)
    return BlockageRow(
        rules.pathway.key,
        found.reference,
        found.name,
        chart.title,
        chart.theme,
        chart.attributable_to,
        found.owner,
        found.opened_at,
        found.days,
        found.escalated,
    )
