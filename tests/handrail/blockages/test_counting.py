"""What is counted from changes alone is what a count of everything gives."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import text

from handrail.blockages.counting import bring_counts_up_to_date
from handrail.casework import Brought, ImportOptions, database_now, import_events
from handrail.wiring import Store

SPELLS = "SELECT CAST(s AS text) FROM handrail.spells AS s ORDER BY 1"
STOPS = "SELECT CAST(s AS text) FROM handrail.stops AS s ORDER BY 1"
SAID: tuple[tuple[str, dict[str, object], str], ...] = (
    ("offer.made", {"response": "accepted"}, "outreach"),
    ("offer.made", {"response": "declined", "reason": "pet"}, "outreach"),
    ("barrier", {"status": "standing", "reason": "no_id"}, "outreach"),
    ("barrier", {"status": "standing", "reason": "full"}, "outreach"),
    ("barrier", {"status": "removed", "reason": "no_id"}, "outreach"),
    ("barrier", {"status": "removed"}, "outreach"),
    ("hand_off.accepted", {"hand_off": "bed"}, "mission"),
    ("hand_off.accepted", {"hand_off": "bed"}, "riverside"),
    ("hand_off.declined", {"hand_off": "bed", "reason": "full"}, "mission"),
    ("hand_off.declined", {"hand_off": "bed", "reason": "no_id"}, "riverside"),
    ("hand_off.returned", {"hand_off": "bed", "reason": "gone"}, "mission"),
    ("moved.in", {}, "mission"),
    ("moved.out", {}, "mission"),
    ("event.voided", {"event": 2, "reason": "an error"}, "council"),
    ("case.closed", {"reason": "done"}, "council"),
    ("case.reopened", {"reason": "back", "track": "support", "to": "street"}, "council"),
)


@pytest.mark.parametrize("seed", range(8))
def test_counts_from_changes_equal_counts_of_everything(store: Store, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - no secret
    for day in range(4):
        tell_at_random(store, chance, day)
        bring_counts_up_to_date(store)

    from_changes = rows(store)
    bring_counts_up_to_date(store, afresh=True)

    assert rows(store) == from_changes
    assert all(from_changes)


def tell_at_random(store: Store, chance: Random, day: int) -> None:
    """Have some of twenty cases live through more events, a few of them told late."""
    now = database_now(store) - timedelta(days=8 - 2 * day)
    log = []
    for name in chance.sample(range(20), 12):
        at = now
        told = [Brought(f"{day} {name}", "referral.made", now - timedelta(days=1), agency="outreach")]
        for _ in range(chance.randrange(6)):
            at += timedelta(hours=chance.randrange(1, 20))
            kind, fields, agency = chance.choice(SAID)
            told.append(Brought(f"{day} {name}", kind, at, agency=agency, fields=dict(fields)))
        log.append((str(name), told))
    import_events(store, "haven", log, ImportOptions("random"))


def rows(store: Store) -> tuple[list[str], list[str]]:
    with store.engine.connect() as connection:
        return list(connection.scalars(text(SPELLS))), list(connection.scalars(text(STOPS)))
