"""A pathway whose cases fall due at a chosen instant: a day after the referral, whatever the hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from handrail.casework import Brought, ImportOptions, import_events, publish
from handrail.wiring import Store

PATHWAY = "calls"
CALLS = """
pathway: calls
version: 1
title: Calls
coordinator: office
agencies: {office: {title: Office}, street: {title: Street team, digest_at: "09:00"}}
opens_on: [referral.made]
events:
  referral.made: {by: [office]}
  called: {by: [street], fields: {found: boolean}}
  moved.in: {by: [office]}
tracks:
  support:
    start: street
    stages:
      street:
        owner: street
        tasks:
          plan: {owner: office, due: 30 days}
        follow_ups:
          call: {every: 1 day, answered_by: called, missed: [{after: 4 hours, remind: owner}]}
        moves: [{to: house, when: {event: moved.in}}]
      house: {owner: office, final: true}
"""
ASKED_AFTER = timedelta(days=1)
REMINDED_AFTER = ASKED_AFTER + timedelta(hours=4)


def bring(store: Store, name: str, cases: int, due: datetime) -> None:
    """Have ``cases`` more cases in the store that are first due at ``due`` (aware, less than a day from now).

    ``name`` tells these cases from all that were brought before.
    """
    publish(store, CALLS, None, file_name="calls.yaml")
    import_events(store, PATHWAY, _log(name, cases, due - ASKED_AFTER), ImportOptions("calls"))


def _log(name: str, cases: int, referred: datetime) -> Iterator[tuple[str, list[Brought]]]:
    for nth in range(cases):
        case = f"{name} {nth:06}"
        yield case, [Brought(case, "referral.made", referred, referred, "office")]
