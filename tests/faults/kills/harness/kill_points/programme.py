"""A small programme whose every wait is counted in hours, so that a run at any time of day sees the same."""

from __future__ import annotations

from datetime import timedelta

PATHWAY = "night_shelter"
LONG_AGO = timedelta(hours=71)
"""How long ago a case began that is due for many instants; the next ones are hours away."""
A_MOMENT = timedelta(minutes=5)
"""How long ago a case began for which nothing is due yet."""

TEXT = """
pathway: night_shelter
version: 1
title: Night shelter
coordinator: council
agencies:
  council: {title: Council, contacts: {file: council}, hours: {every day: "00:00-24:00"}}
  outreach:
    title: Outreach
    contacts: {webhook: "RECEIVER/outreach", file: outreach}
    hours: {every day: "00:00-24:00"}
  mission: {title: City Mission, contacts: {webhook: "RECEIVER/mission"}, hours: {every day: "00:00-24:00"}}
  riverside: {title: Riverside, contacts: {file: riverside}, hours: {every day: "00:00-24:00"}}
opens_on: [referral.made]
roles: [chair, proposer]
reasons:
  decline_reason: {full: system, needs_too_high: provider}
closes:
  death: {event: person.died, silence: true}
events:
  referral.made: {by: [outreach, council], fields: {risk: [self, others]}}
  offer.made: {by: [outreach, mission], fields: {response: [accepted, declined]}}
  seen: {by: [outreach], fields: {times: integer}}
  person.died: {by: [outreach, council]}
tracks:
  support:
    start: street
    stages:
      street:
        owner: outreach
        tasks:
          check: {owner: council, due: 12 hours, late: [{after: 2 hours, escalate: outreach}]}
        follow_ups:
          contact:
            every: 6 hours
            answered_by: {event: offer.made}
            missed: [{after: 2 hours, remind: owner}]
        hand_offs:
          bed:
            open_when: {event: {kind: offer.made, where: {response: accepted}}}
            to: [mission, riverside]
            answer_within: 4 hours
            declined: {ask: decline_reason, then: next}
            expired: {remind: 1, then: next}
            nobody: {raise: no_bed, escalate: council}
        moves: [{to: shelter, when: {accepted: bed}}]
      shelter:
        owner: {accepted: bed, otherwise: council}
        moves: [{to: home, by_hand: true}, {to: street, by_hand: true}]
      home: {owner: council, final: true}
  enforcement:
    start: none_yet
    stages:
      none_yet:
        owner: council
        final: true
        moves: [{to: warned, by_hand: true}]
      warned:
        owner: council
        gate: {approved: {role: chair, other_than: proposer, valid_for: 14 days}}
        final: true
        moves: [{to: none_yet, by_hand: true}]
blockages:
  no_bed: {theme: housing, attributable_to: system, owner: council, clears_when: {accepted: bed}}
"""


def text(receiver: str) -> str:
    """Return the programme whose webhooks go to ``receiver``, an address without a slash at its end."""
    return TEXT.replace("RECEIVER", receiver)
