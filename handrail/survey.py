"""What is blocked: persons, services, steps and rules; whose doing it is, who owns it, for how long, at what cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from handrail.blockages.detecting import detect
from handrail.rules import Rules
from handrail.steps import transaction
from handrail.sweeps import wake_due
from handrail.wiring import Store
from models.blockages import OpenBlockage, list_blockages
from models.database import now as database_now
from models.database import raw
from models.publications import list_newest
from models.shared_blockages import SharedBlockage, list_shared
from pathways.pauses import standstills
from pathways.place_charts import SharedKind

Kind = Literal["person"] | SharedKind
KINDS: tuple[Kind, ...] = ("person", "service", "step", "rule")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BlockageRow:
    """An open blockage.

    ``reference`` is that of its case, or its own (``B-17``) where it belongs to no one case; ``subject`` is what
    exactly is blocked then. ``opened_at`` tells since when it lasts, ``days`` counts whole days of 24 hours since, and
    ``person_days`` the days it has cost: of a person those of its clock, which stands still in pauses.
    """

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
    kind: Kind = "person"
    subject: str = ""
    reason: str | None = None
    person_days: float = 0.0
    level: int = 0
    """How many steps of its ladder have been taken."""
    disputed: bool = False
    because: str = ""
    evidence: Mapping[str, str | int] = field(default_factory=dict)
    action: str | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class BlockageSurvey:
    """All open blockages, the oldest in front."""

    blockages: tuple[BlockageRow, ...]


def survey_blockages(store: Store) -> BlockageSurvey:
    """Have everything due happen and everything that is blocked be found, and return the blockages that stand.

    Raises:
        Delayed: the store is away or busy.
    """
    while wake_due(store).cases:
        pass
    detect(store)
    return standing_blockages(store)


def standing_blockages(store: Store) -> BlockageSurvey:
    """Return the blockages that stand, as they were last found."""
    with transaction(store) as connection:
        found, shared = list_blockages(connection), list_shared(raw(connection), limit=100_000)
        rules = {hash_: store.rules(connection, hash_) for hash_ in {each.publication for each in found}}
        newest = {each.key: store.rules(connection, each.hash) for each in list_newest(connection)}
        now = database_now(connection)
    rows = [_of_person(each, rules[each.publication]) for each in found]
    rows += [_of_many(each, newest[each.pathway], now) for each in shared]
    return BlockageSurvey(tuple(sorted(rows, key=lambda row: (row.opened_at, row.reference, row.name))))


def _of_person(found: OpenBlockage, rules: Rules) -> BlockageRow:
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
        person_days=_open_days(found, rules),
        level=found.level,
        disputed=found.disputed,
        because=found.because,
        evidence={"events": ", ".join(map(str, found.evidence))} if found.evidence else {},
    )


def _open_days(found: OpenBlockage, rules: Rules) -> float:
    """Return for how many days it has been open, less the time in which its clock stood still."""
    stopping = {chart.name for chart in rules.pathway.pauses if "blockages" in chart.groups}
    pauses = [
        (datetime.fromisoformat(each["from_at"]), _instant(each.get("until_at")))
        for each in found.pauses
        if each["name"] in stopping
    ]
    stood = sum(
        (
            max(timedelta(0), min(ends or found.as_at, found.as_at) - max(begins, found.opened_at))
            for begins, ends in standstills(found.opened_at, pauses)
        ),
        timedelta(0),
    )
    return max(timedelta(0), found.as_at - found.opened_at - stood) / DAY


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None


def _of_many(found: SharedBlockage, rules: Rules, now: datetime) -> BlockageRow:
    chart = next((each for each in rules.pathway.shared_blockages if each.name == found.name), None)
    return BlockageRow(
        found.pathway,
        found.reference,
        found.name,
        chart.title if chart is not None else found.name.replace("_", " "),
        found.theme,
        found.attributable_to,
        found.owner,
        found.since,
        (now - found.since) // DAY,
        found.level > 0,
        kind=found.kind,
        subject=found.subject,
        reason=found.reason,
        person_days=found.cost,
        level=found.level,
        disputed=found.disputed is not None,
        because=found.because,
        evidence=found.evidence,
        action=found.action,
        due_on=found.due_on,
    )
