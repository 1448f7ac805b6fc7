"""Rules that block: the same coded reason stops several people within a while, and is not theirs to mend."""

from __future__ import annotations

from datetime import datetime

from handrail.blockages.findings import Finding, Look
from models.waiting_spells import AskedReasons, Stopped, list_stopping
from pathways.blockage_forms import Attribution, OfRule
from pathways.place_charts import SharedBlockageChart


def stopping(look: Look, chart: SharedBlockageChart, rule: OfRule) -> list[Finding]:
    """Find each reason of the list that stopped so many different people; what is attributable to the person is none.

    A barrier that stands counts for as long as it stands, anything else on the day on which it happened.
    """
    since = look.pathway.calendar.window_start(look.now, rule.within)
    reasons = look.pathway.declaration.reasons[rule.reasons]
    ours = [code for code, who in reasons.items() if who != "person"]
    known = {code: at for code in ours if (at := look.known_until(chart, f"{rule.reasons}/{code}")) is not None}
    found = _stopping(look, rule, tuple(code for code in ours if code not in known), since)
    for code, closed_at in known.items():
        found += _stopping(look, rule, (code,), max(since, closed_at), standing=False)
    return [_finding(chart, rule, each, reasons[each.reason]) for each in found]


def kinds_refusing(look: Look, rule: OfRule) -> tuple[str, ...]:
    """Return the kinds of places at whose door somebody may be refused with a reason of the list."""
    declared = look.pathway.declaration.places
    return tuple(sorted(name for name, kind in declared.items() if kind.refusals == rule.reasons))


def _stopping(
    look: Look, rule: OfRule, reasons: tuple[str, ...], since: datetime, *, standing: bool = True
) -> list[Stopped]:
    asked = AskedReasons(
        look.pathway.key,
        rule.reasons,
        reasons,
        kinds_refusing(look, rule),
        since,
        look.now,
        rule.people,
        standing=standing,
    )
    return list_stopping(look.connection, asked) if reasons else []


def _finding(chart: SharedBlockageChart, rule: OfRule, stopped: Stopped, attributable_to: Attribution) -> Finding:
    because = f"{stopped.reason.replace('_', ' ')} stopped {stopped.people} people within {rule.within}"
    evidence: dict[str, str | int] = {"people": stopped.people, "cases": len(stopped.cases)}
    return Finding(
        chart,
        f"{rule.reasons}/{stopped.reason}",
        stopped.since,
        because,
        evidence,
        attributable_to,
        stopped.reason,
        stopped.cases,
    )
