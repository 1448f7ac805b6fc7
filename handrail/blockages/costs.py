"""How many person-days a shared blockage has cost, each kind in its own way."""

from __future__ import annotations

from datetime import datetime

from handrail.blockages.findings import Look
from handrail.blockages.person_days import days_behind
from models.blocked_places import Stretch, list_voids_of
from models.shared_blockages import SharedBlockage
from models.waiting_spells import days_spent, days_stopped, list_waits
from pathways.blockage_forms import OfService
from pathways.place_charts import SharedBlockageChart


def cost_of(look: Look, chart: SharedBlockageChart, blockage: SharedBlockage, until: datetime) -> float:
    """Return the person-days from the blockage's beginning until then.

    Of a full service, those whom everybody who waits for it has waited; of blocked places, no more than one person a
    place; of a step and of slow decisions, those of everybody who was there; of a rule, those of the people stopped.
    """
    between = (blockage.since, max(blockage.since, until))
    if chart.service is not None:
        return _of_service(look, chart.service, blockage, between)
    if chart.step is not None:
        return days_spent(look.connection, look.pathway.key, "step", [chart.step.stage], between)
    if chart.rule is not None:
        reasons, _, reason = blockage.subject.partition("/")
        return days_stopped(look.connection, look.pathway.key, (reasons, reason), between)
    raise AssertionError(chart.name)


def _of_service(look: Look, service: OfService, blockage: SharedBlockage, between: tuple[datetime, datetime]) -> float:
    key, subject = look.pathway.key, blockage.subject
    if service.places is None:
        return days_spent(look.connection, key, "offer", [subject], between)
    waiting = look.pathway.places[service.places].waiting
    if service.full_for is not None:
        return days_spent(look.connection, key, "wait", waiting, between)
    places = [Stretch(between[0], None)] * int(blockage.evidence.get("places", 1))
    if service.void_for is not None:
        places = list_voids_of(look.connection, service.places, subject.partition("/")[2], between)
    return days_behind(list_waits(look.connection, key, waiting, between), places, between)
