"""Who looks for blockages hears of an agency's decision when it is made."""

from __future__ import annotations

from datetime import timedelta

from handrail.casework import Brought, ImportOptions, Speaker, accept, database_now, import_events
from handrail.wiring import Store
from models.database import PLACES_CHANNEL, listening

MISSION = Speaker("mission", "M. Officer")


def test_a_decision_on_a_hand_off_is_heard_of(store: Store) -> None:
    began = database_now(store) - timedelta(days=1)
    told = [
        Brought("somebody", "referral.made", began, agency="outreach"),
        Brought("somebody", "offer.made", began, agency="outreach", fields={"response": "accepted"}),
    ]
    reference = import_events(store, "haven", [("somebody", told)], ImportOptions("log")).references["somebody"]

    with listening(store.engine, PLACES_CHANNEL) as heard:
        accept(store, reference, "bed", MISSION)

        assert [news.channel for news in heard.notifies(timeout=5, stop_after=1)] == [PLACES_CHANNEL]
