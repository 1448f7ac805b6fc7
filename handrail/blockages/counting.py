"""The counts brought up to date, from what was added to cases since the last time, or from everything at first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from handrail.blockages.findings import whole_days
from handrail.blockages.watching import hash_of, together, watched_by
from handrail.rules import Rules
from handrail.steps import transaction
from handrail.wiring import Store
from models import detection, looks
from models.blocked_places import LOOK_BACK_DAYS
from models.database import now as database_now
from models.database import raw
from models.detection import Counted, Touched, Watched
from models.publications import list_newest
from models.shared_blockages import find_oldest

LONGEST_STATEMENT = 600  # seconds; a first count of everything takes a while
MEMORY = "256MB"  # for one sort; more goes to the disk


def bring_counts_up_to_date(store: Store, *, afresh: bool = False) -> None:
    """Have the counts of every pathway tell all that has been committed; ``afresh``: as if for the first time.

    Two callers at once take turns.

    Raises:
        Delayed: the store is away, or somebody else counts for too long.
    """
    with transaction(store) as connection:
        detection.hold_counts(raw(connection), MEMORY)
        now = database_now(connection)
        rules = newest_rules(store, connection)
        watched = {key: watched_by(each.pathway) for key, each in rules.items()}
        watched = {key: each for key, each in watched.items() if each.pathways}
        known = {} if afresh else detection.list_counted(raw(connection))
        made = {key: hash_of(each) for key, each in watched.items()}
        stale = {key: each for key, each in made.items() if key not in known or known[key].watched != each}
        since = _since(connection, rules, now)
        if stale:
            with detection.long_statements(raw(connection), LONGEST_STATEMENT):
                detection.count_afresh(raw(connection), together([watched[key] for key in stale]), since, stale)
        fresh = [each for key, each in watched.items() if key not in stale]
        if fresh:
            since = max(since, *(known[key].since for key in watched if key not in stale))
            _forget_before(connection, since, {key: known[key] for key in watched if key not in stale})
            _count_news(connection, together(fresh), since, rules, now)
        detection.drop_news(raw(connection), list(watched))


def newest_rules(store: Store, connection: Connection) -> dict[str, Rules]:
    """Return the newest rules of each pathway, by key."""
    return {each.key: store.rules(connection, each.hash) for each in list_newest(connection)}


def morning_of(rules: Rules, now: datetime) -> datetime:
    """Return when the pathway's local day began."""
    calendar = rules.pathway.calendar
    today = calendar.local(now).date()
    return calendar.resolve(datetime.combine(today, datetime.min.time()))


def _since(connection: Connection, rules: Mapping[str, Rules], now: datetime) -> datetime:
    """Return how far back is counted: as far as anything is compared, and as any open blockage."""
    compared = [
        whole_days(against.within) + whole_days(against.than)
        for each in rules.values()
        for chart in each.pathway.shared_blockages
        for part in (chart.service, chart.step)
        if part is not None
        for against in (part.slower, getattr(part, "declines", None))
        if against is not None
    ]
    mornings = [morning_of(each, now) for each in rules.values()] or [now]
    usual = min(mornings) - timedelta(days=max([LOOK_BACK_DAYS, *compared]))
    oldest = find_oldest(raw(connection))
    return usual if oldest is None else min(usual, oldest)


def _forget_before(connection: Connection, since: datetime, known: Mapping[str, Counted]) -> None:
    """Have the counts tell only what ended since then; it moves on once a day."""
    behind = [key for key, each in known.items() if each.since < since]
    if behind:
        detection.forget_before(raw(connection), behind, since)


def _count_news(
    connection: Connection, watched: Watched, since: datetime, rules: Mapping[str, Rules], now: datetime
) -> None:
    mornings = {key: morning_of(each, now) for key, each in rules.items()}
    for touched in detection.count_news(raw(connection), watched, since, mornings):
        looks.forget_looks(raw(connection), touched.pathway, _concerned(rules[touched.pathway], touched))


def _concerned(rules: Rules, touched: Touched) -> list[str]:
    """Return the blockages that are judged by what was touched."""
    names = []
    for chart in rules.pathway.shared_blockages:
        of_step = chart.step is not None and touched.what == "step" and chart.step.stage == touched.subject
        of_offers = (
            chart.service is not None
            and touched.what == "offer"
            and chart.service.hand_off == touched.subject.partition("/")[0]
        )
        if of_step or of_offers:
            names.append(chart.name)
    return names
