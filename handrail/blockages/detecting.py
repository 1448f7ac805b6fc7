"""Detection: one run finds all that is blocked, and brings the register up to date.

Counts are brought up to date first, from what changed. Then each pathway's declared blockages are looked for: those
of places and rules at every run, those that compare whole days once a day, and again when an earlier day changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from handrail.blockages import decisions, rules, services, steps
from handrail.blockages.counting import bring_counts_up_to_date, newest_rules
from handrail.blockages.findings import Finding, Look
from handrail.blockages.register import bring_up_to_date, know
from handrail.rules import Rules
from handrail.steps import transaction
from handrail.sweeps import Act
from handrail.wiring import Store
from models import looks
from models.database import now as database_now
from models.database import raw
from pathways.blockage_forms import OfService, OfStep
from pathways.place_charts import SharedBlockageChart


@dataclass(frozen=True, slots=True)
class Detected:
    """What one run did, by reference and codes only."""

    acts: tuple[Act, ...]

    @property
    def size(self) -> int:
        return len(self.acts)

    @property
    def changes(self) -> Counter[str]:
        return Counter(act.kind for act in self.acts)


def detect(store: Store, *, afresh: bool = False) -> Detected:
    """Have every blockage that there is be open, aged and escalated, and every one whose cause is gone be cleared.

    ``afresh`` counts and looks for everything as if for the first time. Two callers at once take turns.

    Raises:
        Delayed: the store is away or busy; the same again may succeed.
    """
    bring_counts_up_to_date(store, afresh=afresh)
    with transaction(store) as connection:
        looks.look_alone(raw(connection))
        return look_for_blockages(connection, newest_rules(store, connection), database_now(connection))


def look_for_blockages(connection: Connection, rules_: Mapping[str, Rules], now: datetime) -> Detected:
    """Bring the register up to date by what the counts tell as at ``now``, in the caller's transaction."""
    acts: list[Act] = []
    for key, each in sorted(rules_.items()):
        known = know(raw(connection), key)
        if not each.pathway.shared_blockages and not known.blockages:
            continue
        look = Look(raw(connection), each, now, known.open_, known.closed)
        judged = _to_judge(look, looks.list_looked(raw(connection), key))
        found = [finding for chart in judged for finding in findings(look, chart)]
        acts += bring_up_to_date(look, known, found, [chart.name for chart in judged])
        looks.note_looked(raw(connection), key, [chart.name for chart in judged if _by_days(chart)], look.today)
    return Detected(tuple(acts))


def findings(look: Look, chart: SharedBlockageChart) -> list[Finding]:
    """Return all that the declared blockage finds to be blocked now."""
    if chart.service is not None:
        return _of_service(look, chart, chart.service)
    if chart.step is not None:
        return _of_step(look, chart, chart.step)
    if chart.rule is not None:
        return rules.stopping(look, chart, chart.rule)
    raise AssertionError(chart.name)


def _of_service(look: Look, chart: SharedBlockageChart, service: OfService) -> list[Finding]:
    if service.places is not None:
        kind = look.pathway.places[service.places]
        for for_, find in (
            (service.full_for, services.full),
            (service.void_for, services.void),
            (service.unfit_for, services.unfit),
        ):
            if for_ is not None:
                return find(look, chart, kind, for_)
    if service.hand_off is not None and service.slower is not None:
        return decisions.slower(look, chart, service.hand_off, service.slower)
    if service.hand_off is not None and service.declines is not None:
        return decisions.declines(look, chart, service.hand_off, service.declines)
    raise AssertionError(chart.name)


def _of_step(look: Look, chart: SharedBlockageChart, step: OfStep) -> list[Finding]:
    if step.piling_up_for is not None:
        return steps.piled_up(look, chart, step.stage, step.piling_up_for)
    if step.slower is not None:
        return steps.slower(look, chart, step.stage, step.slower)
    raise AssertionError(chart.name)


def _to_judge(look: Look, looked: Mapping[str, date]) -> list[SharedBlockageChart]:
    return [
        chart
        for chart in look.pathway.shared_blockages
        if not (_by_days(chart) and looked.get(chart.name) == look.today)
    ]


def _by_days(chart: SharedBlockageChart) -> bool:
    """Whether it compares whole days, so that nothing of today changes it."""
    return chart.step is not None or (chart.service is not None and chart.service.hand_off is not None)
