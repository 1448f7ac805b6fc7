"""What a victim is told to do, in words that travel as JSON, and what it says when that has been committed.

The same order may be carried out again by anybody: everything stands under a source and an id of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from kill_points.programme import PATHWAY

from handrail import casework, deliveries
from handrail.casework import Brought, Identity, ImportOptions, Origin, Outcome, Referral, Said, Speaker
from handrail.wiring import Store

Order = dict[str, Any]
Answer = dict[str, Any]


def say(reference: str, kind: str, agency: str, fields: Mapping[str, object], origin: tuple[str, str]) -> Order:
    """Return the order to record an event."""
    return {"do": "say", "reference": reference, "kind": kind, "agency": agency, "fields": fields, "origin": origin}


def reply(reference: str, kind: str, agency: str, fields: Mapping[str, object], origin: tuple[str, str]) -> Order:
    """Return the order to answer: a built-in event."""
    return say(reference, kind, agency, fields, origin) | {"do": "reply"}


def late(order: Order, occurred_at: datetime) -> Order:
    """Return ``order`` as one of what happened then."""
    return order | {"occurred_at": occurred_at.isoformat()}


def void(reference: str, number: int, agency: str, origin: tuple[str, str]) -> Order:
    """Return the order to take an event back."""
    return say(reference, "event.voided", agency, {"event": number}, origin) | {"do": "void"}


def refer(name: str, origin: tuple[str, str]) -> Order:
    """Return the order to refer somebody new."""
    return {"do": "refer", "name": name, "origin": origin}


def bring(source: str, cases: Sequence[str], kinds: Sequence[str], since: datetime, after: int = 0) -> Order:
    """Return the order to import, for each of ``cases``, an event of each of ``kinds``, a second apart.

    ``after`` counts the events of the cases that ``source`` has brought before.
    """
    return {
        "do": "bring",
        "source": source,
        "cases": list(cases),
        "kinds": list(kinds),
        "since": since.isoformat(),
        "after": after,
    }


def wake(limit: int) -> Order:
    """Return the order to wake what is due, so many cases a transaction."""
    return {"do": "wake", "limit": limit}


def deliver(limit: int) -> Order:
    """Return the order to send what is to be sent, so many notices at once."""
    return {"do": "deliver", "limit": limit}


def carry_out(store: Store, order: Order) -> Answer:
    """Do it once, and return what is acknowledged by it. ``more`` says that a sweep has more to do."""
    match order["do"]:
        case "say" | "reply" | "void":
            return _say(store, order)
        case "refer":
            return _refer(store, order)
        case "bring":
            return _bring(store, order)
        case "wake":
            woken = casework.wake_due(store, limit=order["limit"])
            return {"woken": sorted({act.reference for act in woken.acts}), "more": woken.cases > 0}
        case "deliver":
            sent = deliveries.deliver_due(store, limit=order["limit"])
            return {"sent": sent.sent, "more": sent.size > 0}
    raise AssertionError(order)


def _say(store: Store, order: Order) -> Answer:
    told = _said(store, order)
    changes = [[change.kind, change.subject, change.agency] for change in told.changes]
    instant = told.recorded_at.isoformat()
    return {"number": told.number, "at": instant, "changes": changes, "repeated": told.repeated}


def _said(store: Store, order: Order) -> Outcome:
    reference, kind, fields = order["reference"], order["kind"], order["fields"]
    speaker, origin = Speaker(order["agency"], order.get("officer", "P. Officer")), Origin(*order["origin"])
    match order["do"]:
        case "reply":
            return casework.answer(store, reference, kind, speaker, fields, origin)
        case "void":
            return casework.void(store, reference, fields["event"], speaker, "a mistake", origin)
    occurred = order.get("occurred_at")
    instant = None if occurred is None else datetime.fromisoformat(occurred)
    return casework.record(store, reference, Said(kind, fields, speaker, instant, origin))


def _refer(store: Store, order: Order) -> Answer:
    person = Identity((order["name"],), date(1980, 1, 1))
    speaker, origin = Speaker("outreach", "P. Officer"), Origin(*order["origin"])
    told = casework.refer(store, PATHWAY, Referral(person, speaker, {"risk": "self"}, origin=origin))
    return {"reference": told.reference, "person": told.person, "repeated": told.repeated}


def _bring(store: Store, order: Order) -> Answer:
    cases = [(name, _events(order, name)) for name in order["cases"]]
    refused: list[str] = []
    options = ImportOptions(
        order["source"],
        quiet=bool(order.get("quiet")),
        persons=lambda case: Identity((f"Somebody {case}",)) if order.get("persons") else None,
    )
    told = casework.import_events(store, PATHWAY, cases, options, lambda _, sentence: refused.append(sentence))
    assert not refused, refused
    events = len(order["cases"]) * len(order["kinds"])
    assert told.events + told.repeated == events
    assert told.repeated in {0, events}, "a batch is in as a whole or not at all"
    return {"references": told.references, "repeated": told.repeated == events}


FIELDS: dict[str, dict[str, object]] = {
    "referral.made": {"risk": "others"},
    "offer.made": {"response": "declined"},
    "offer.taken": {"response": "accepted"},
    "seen": {"times": 2},
}


def _events(order: Order, case: str) -> list[Brought]:
    since = datetime.fromisoformat(order["since"])
    events = []
    for number, word in enumerate(order["kinds"], order["after"] + 1):
        instant = since + timedelta(seconds=number)
        kind = "offer.made" if word == "offer.taken" else word
        known = f"{case}/{number}"
        events.append(Brought(case, kind, instant, agency="outreach", fields=FIELDS[word], external_id=known))
    return events
