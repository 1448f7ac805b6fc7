"""What must be counted so that the blockages which a pathway declares can be found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import astuple

from models.detection import Turn, Watched
from models.stops import Declining, Source
from pathways.chart import Pathway
from pathways.place_charts import SharedBlockageChart

STANDING = "standing"
"""The choice by which an event says that what it tells of stands; with any other it does so no longer."""
ENDS_AN_OFFER = (
    "hand_off_accepted", "hand_off_declined", "hand_off_expired", "hand_off_exhausted", "hand_off_withdrawn",
)  # fmt: skip
NEWSWORTHY = frozenset(
    ("case_opened", "case_closed", "case_reopened", "moved", "event_voided", "hand_off_offered", *ENDS_AN_OFFER)
)
"""Changes without which no count changes."""
DECIDED = frozenset(("hand_off_accepted", "hand_off_declined"))


def watched_by(pathway: Pathway) -> Watched:
    """Return what is counted for the pathway's shared blockages; nothing where it declares none."""
    turns: list[Turn] = []
    subjects: set[str] = set()
    sources: list[Source] = []
    declines: list[Declining] = []
    for chart in pathway.shared_blockages:
        if chart.step is not None:
            subjects.add(chart.step.stage)
            turns += _visits(pathway, chart.step.stage.partition(".")[0])
        if chart.service is not None and chart.service.hand_off is not None:
            turns += _offers(pathway, chart.service.hand_off)
        if chart.service is not None and chart.service.places is not None:
            for hand_off in pathway.places[chart.service.places].waiting:
                turns += _waits(pathway, hand_off)
        if chart.rule is not None:
            sources += _sources(pathway, chart.rule.reasons)
            declines += _declines(pathway, chart.rule.reasons)
    return Watched(
        tuple(dict.fromkeys(turns)), frozenset(subjects), tuple(dict.fromkeys(sources)), tuple(dict.fromkeys(declines))
    )


def together(several: list[Watched]) -> Watched:
    """Return all that several pathways watch."""
    return Watched(
        tuple(turn for each in several for turn in each.turns),
        frozenset(subject for each in several for subject in each.subjects),
        tuple(source for each in several for source in each.sources),
        tuple(decline for each in several for decline in each.declines),
    )


def hash_of(watched: Watched) -> str:
    """Return a name that is the same for the same things to count."""
    parts = [sorted(map(repr, map(astuple, rows))) for rows in (watched.turns, watched.sources, watched.declines)]
    return hashlib.sha256(repr([*parts, sorted(watched.subjects)]).encode()).hexdigest()


def kinds_with_reasons(pathway: Pathway) -> frozenset[str]:
    """Return the kinds of events that may give a coded reason."""
    declared = pathway.declaration
    return frozenset(
        kind for kind, event in declared.events.items() if any(of in declared.reasons for of in event.fields.values())
    )


def tracks_of(pathway: Pathway, hand_off: str) -> list[str]:
    """Return the tracks that have a hand-off of this name."""
    return [
        track.name
        for track in pathway.tracks.values()
        if any(chart.name == hand_off for stage in track.stages.values() for chart in stage.hand_offs)
    ]


def shared(pathway: Pathway, name: str) -> SharedBlockageChart | None:
    """Return the chart of the shared blockage of that name, if this version declares it."""
    return next((chart for chart in pathway.shared_blockages if chart.name == name), None)


def _visits(pathway: Pathway, track: str) -> Iterator[Turn]:
    start = f"{track}.{pathway.tracks[track].start}"
    kinds = (("case_opened", None, start), ("moved", track, "$to"), ("case_closed", None, None))
    for kind, of, label in (*kinds, ("case_reopened", None, "$again")):
        yield Turn(pathway.key, str(pathway.zone), kind, of, None, "step", track, label)


def _offers(pathway: Pathway, hand_off: str) -> Iterator[Turn]:
    yield Turn(pathway.key, str(pathway.zone), "hand_off_offered", None, hand_off, "offer", hand_off, "$agency")
    for kind in ENDS_AN_OFFER:
        yield Turn(pathway.key, str(pathway.zone), kind, None, hand_off, "offer", hand_off, None)


def _waits(pathway: Pathway, hand_off: str) -> Iterator[Turn]:
    """A person waits from the first offer on until somebody accepts; nobody left to ask is no end of it."""

    def turn(kind: str, track: str | None, subject: str | None, label: str | None) -> Turn:
        return Turn(pathway.key, str(pathway.zone), kind, track, subject, "wait", hand_off, label)

    yield turn("hand_off_offered", None, hand_off, "waits")
    yield turn("hand_off_accepted", None, hand_off, None)
    yield turn("hand_off_withdrawn", None, hand_off, None)
    yield turn("case_closed", None, None, None)
    for track in tracks_of(pathway, hand_off):
        yield turn("moved", track, None, None)


def _sources(pathway: Pathway, reasons: str) -> Iterator[Source]:
    for kind, event in pathway.declaration.events.items():
        standing = next((name for name, of in event.fields.items() if isinstance(of, tuple) and STANDING in of), None)
        for name, of in event.fields.items():
            if of == reasons:
                yield Source(pathway.key, reasons, kind, name, standing)


def _declines(pathway: Pathway, reasons: str) -> Iterator[Declining]:
    for track in pathway.tracks.values():
        for stage in track.stages.values():
            for chart in stage.hand_offs:
                if chart.declared.declined.ask == reasons:
                    yield Declining(pathway.key, reasons, chart.name, track.name)
