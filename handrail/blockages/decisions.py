"""Agencies whose decisions on a hand-off take longer, or are declines more often, than is usual for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import groupby

from handrail.blockages.findings import Finding, Look, whole_days
from handrail.waits.rates import Part, above_usual, slower_than_usual
from handrail.waits.samples import Waits
from models.detection import What
from models.waiting_spells import CountedDays, list_days
from pathways.blockage_forms import AgainstUsual
from pathways.place_charts import SharedBlockageChart

DECIDED = frozenset(("hand_off_accepted", "hand_off_declined"))


def slower(look: Look, chart: SharedBlockageChart, hand_off: str, against: AgainstUsual) -> list[Finding]:
    """Find the agencies that take longer to decide than they did, offers that await a decision counted."""
    found = []
    for subject, rows in _by_agency(look, hand_off, against):
        border = look.first_day(chart, subject, whole_days(against.within))
        start = border - timedelta(days=whole_days(against.than))
        judged = slower_than_usual(
            now=_waits(rows, border, look.today),
            before=_waits(rows, start, border),
            caution=look.caution(chart, subject),
        )
        if judged.is_longer:
            evidence: dict[str, str | int] = {"offers": judged.now.people, "undecided": judged.now.still_waiting}
            found.append(_finding(look, chart, subject, judged.because, evidence, border))
    return found


def declines(look: Look, chart: SharedBlockageChart, hand_off: str, against: AgainstUsual) -> list[Finding]:
    """Find the agencies that decline a larger share of what they decide than they did."""
    found = []
    for subject, rows in _by_agency(look, hand_off, against):
        border = look.first_day(chart, subject, whole_days(against.within))
        start = border - timedelta(days=whole_days(against.than))
        now, before = _declined(rows, border, look.today), _declined(rows, start, border)
        judged = above_usual(now=now, before=before, caution=look.caution(chart, subject))
        if judged.is_above_usual:
            evidence: dict[str, str | int] = {"declined": now[0], "decided": now[1]}
            found.append(_finding(look, chart, subject, judged.because, evidence, border))
    return found


def _finding(
    look: Look, chart: SharedBlockageChart, subject: str, because: str, evidence: dict[str, str | int], border: date
) -> Finding:
    agency = subject.partition("/")[2]
    told = f"{look.pathway.agency_title(agency)}: {because}"
    evidence = {"agency": agency, **evidence}
    return Finding(chart, subject, look.morning(border), told, evidence, chart.attributable_to or "provider")


def _by_agency(look: Look, hand_off: str, against: AgainstUsual) -> Iterable[tuple[str, list[CountedDays]]]:
    first = look.today - timedelta(days=whole_days(against.within) + whole_days(against.than))
    subjects = [f"{hand_off}/{agency}" for agency in look.pathway.agencies]
    of: tuple[str, What] = (look.pathway.key, "offer")
    rows = list_days(look.connection, of, str(look.pathway.zone), subjects, look.morning(first))
    return [(subject, list(several)) for subject, several in groupby(rows, key=lambda row: row.subject)]


def _waits(rows: Iterable[CountedDays], since: date, as_at: date) -> Waits:
    """Return how long offers of some days awaited a decision, as it was known when ``as_at`` began.

    Of an offer that was withdrawn or ran out it is only known that it was not decided until then.
    """
    finished: Counter[int] = Counter()
    waiting: Counter[int] = Counter()
    for row in rows:
        if not since <= row.arrived < as_at:
            continue
        if row.left is None or row.left >= as_at:
            waiting[(as_at - row.arrived).days - 1] += row.people
        else:
            kind = finished if row.ending in DECIDED else waiting
            kind[max(0, (row.left - row.arrived).days)] += row.people
    return Waits(finished, waiting)


def _declined(rows: Iterable[CountedDays], since: date, until: date) -> Part:
    decided = [row for row in rows if row.ending in DECIDED and row.left is not None and since <= row.left < until]
    declined = sum(row.people for row in decided if row.ending == "hand_off_declined")
    return declined, sum(row.people for row in decided)
