"""The thin line: publish, refer, record, read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from handrail.errors import NotPossible
from handrail.recording import Said, Speaker, record
from handrail.wiring import Store
from models.cases import get_case
from models.journal import list_changes
from pathways.case_json import from_json

OUTREACH = Speaker("outreach", "P. Officer")


def test_an_event_is_recorded_with_all_that_follows_from_it(store: Store, new_case: Callable[[], str]) -> None:
    reference = new_case()

    outcome = record(store, reference, Said("offer.made", {"response": "accepted", "available": "yes"}, OUTREACH))

    assert outcome.changes[-1].kind == "hand_off_offered"
    with store.engine.connect() as connection:
        stored = get_case(connection, reference)
        assert from_json(stored.state) == outcome.case
        assert [change.kind for change in list_changes(connection, stored.id)][-1] == "hand_off_offered"
        kinds = connection.scalars(text("SELECT kind FROM handrail.notices ORDER BY number")).all()
        assert kinds[-1] == "hand_off_offered"


def test_what_the_engine_refuses_leaves_no_trace(store: Store, new_case: Callable[[], str]) -> None:
    reference = new_case()

    with pytest.raises(NotPossible, match="has not been opened"):
        record(store, reference, Said("hand_off.accepted", {"hand_off": "bed"}, Speaker("mission")))

    with store.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM handrail.events")) == 1
        assert get_case(connection, reference).version == 1
