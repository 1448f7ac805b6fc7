"""Steps of the pathway that are blocked: more arrive than leave, or people stay longer than they did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from handrail.blockages.findings import DAYS_OF_A_WEEK, Finding, Look, whole_days
from handrail.waits.comparing import compare
from handrail.waits.flow import piling_up
from handrail.waits.samples import Arrivals, waits_from_counts
from models.detection import What
from models.waiting_spells import CountedDays, list_days
from pathways.blockage_forms import AgainstUsual
from pathways.clocks import Duration
from pathways.place_charts import SharedBlockageChart

WEEKS_TOLD = 26
"""Weeks by which it is told how large the groups are in which people come and go."""


def piled_up(look: Look, chart: SharedBlockageChart, stage: str, for_: Duration) -> list[Finding]:
    """Find that more people arrived in the stage than left it, over the weeks of ``for_``.

    A stage that nobody was in before these weeks is only filling up: nothing is said of it.
    """
    border = look.first_day(chart, stage, max(1, whole_days(for_) // DAYS_OF_A_WEEK) * DAYS_OF_A_WEEK)
    weeks = (look.today - border).days // DAYS_OF_A_WEEK
    first = look.today - timedelta(days=max(weeks, WEEKS_TOLD) * DAYS_OF_A_WEEK)
    border = look.today - timedelta(days=weeks * DAYS_OF_A_WEEK)
    rows = _rows(look, stage, first)
    if not weeks or all(row.arrived >= border for row in rows):
        return []
    first = max(first, _week_of(min(row.arrived for row in rows), look.today))
    arrived = _by_week([(row.arrived, row.people) for row in rows], first, look.today)
    left = _by_week([(row.left, row.people) for row in rows if row.left is not None], first, look.today)
    judged = piling_up(arrived, left, recent=weeks, caution=look.caution(chart, stage))
    if not judged.is_piling_up:
        return []
    evidence: dict[str, str | int] = {"weeks": weeks, "arrived": judged.arrived, "left": judged.left}
    return [_finding(look, chart, stage, judged.because, evidence, border)]


def slower(look: Look, chart: SharedBlockageChart, stage: str, against: AgainstUsual) -> list[Finding]:
    """Find that people stay longer in the stage than they did before, those who are still there counted."""
    border = look.first_day(chart, stage, whole_days(against.within))
    start = border - timedelta(days=whole_days(against.than))
    rows = [Arrivals(row.arrived, row.left, row.people) for row in _rows(look, stage, start)]
    judged = compare(
        waits_from_counts(rows, start, border),
        waits_from_counts(rows, border, look.today),
        look.caution(chart, stage),
    )
    if not judged.is_longer:
        return []
    evidence: dict[str, str | int] = {"people": judged.now.people, "still_there": judged.now.still_waiting}
    return [_finding(look, chart, stage, judged.because, evidence, border)]


def _finding(
    look: Look, chart: SharedBlockageChart, stage: str, because: str, evidence: dict[str, str | int], first: date
) -> Finding:
    return Finding(chart, stage, look.morning(first), because, evidence, chart.attributable_to or "system")


def _rows(look: Look, stage: str, first: date) -> list[CountedDays]:
    of: tuple[str, What] = (look.pathway.key, "step")
    return list_days(look.connection, of, str(look.pathway.zone), [stage], look.morning(first))


def _by_week(days: Sequence[tuple[date, int]], first: date, until: date) -> list[int]:
    counts = [0] * ((until - first).days // DAYS_OF_A_WEEK)
    for day, people in days:
        week = (day - first).days // DAYS_OF_A_WEEK
        if 0 <= week < len(counts):
            counts[week] += people
    return counts


def _week_of(day: date, until: date) -> date:
    """Return the first day of the week, counted back from ``until``, in which the day lies."""
    return until - timedelta(days=-(-(until - day).days // DAYS_OF_A_WEEK) * DAYS_OF_A_WEEK)
