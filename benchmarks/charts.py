"""The pathways that are measured: a small one for the engine, one with every clock, and PEEP itself."""

from __future__ import annotations

from pathlib import Path

from integrations.bank_holidays import england_and_wales
from pathways.chart import Pathway
from pathways.chart_building import build
from pathways.loading import load_agencies, load_pathway

PATHWAYS = Path(__file__).parent.parent / "pathways"

ERRANDS = """
pathway: errands
version: 1
title: Errands
coordinator: office
agencies: {office: {title: Office}, street: {title: Street team}}
opens_on: [asked]
events:
  asked: {by: [office]}
  begun: {by: [street]}
  rested: {by: [street]}
  seen: {by: [street], fields: {place: [park, station]}}
  called: {by: [office]}
tracks:
  errand:
    start: waiting
    stages:
      waiting: {owner: office, moves: [{to: doing, when: {event: begun}}]}
      doing:
        owner: street
        moves:
          - {to: resting, when: {event: rested}}
          - {to: waiting, when: {count: {event: seen, where: {place: park}, at_least: 4, since: stage}}}
      resting: {owner: street, moves: [{to: doing, when: {event: begun}}]}
"""

ROUNDS = """
pathway: rounds
version: 1
title: Rounds
coordinator: office
agencies: {office: {title: Office}, street: {title: Street team}, house: {title: House}}
opens_on: [referral.made]
events:
  referral.made: {by: [office]}
  seen: {by: [street], fields: {place: [park, station]}}
  offer.made: {by: [street], fields: {response: [accepted, declined]}}
  moved.in: {by: [house]}
  moved.out: {by: [house]}
tracks:
  support:
    start: street
    stages:
      street:
        owner: street
        tasks:
          plan: {owner: office, due: 30 days}
        follow_ups:
          daily_offer:
            every: 1 day
            at: "10:00"
            answered_by: offer.made
            missed: [{after: 4 hours, remind: owner}]
        moves: [{to: house, when: {event: moved.in}}]
      house:
        owner: house
        moves: [{to: street, when: {event: moved.out}}]
"""


def small() -> Pathway:
    return _built(ERRANDS, None)


def peep_texts() -> tuple[str, str]:
    """Return the texts of PEEP and of its agencies."""
    return (PATHWAYS / "peep.yaml").read_text("utf-8"), (PATHWAYS / "agencies.yaml").read_text("utf-8")


def peep() -> Pathway:
    return _built(*peep_texts())


def _built(text: str, agencies: str | None) -> Pathway:
    known = None if agencies is None else load_agencies(agencies, "agencies.yaml")[0]
    loaded = load_pathway(text, "measured.yaml", known)
    if loaded.file is None:
        raise ValueError("; ".join(str(error) for error in loaded.errors))
    return build(loaded.file, loaded.agencies or known, england_and_wales())
