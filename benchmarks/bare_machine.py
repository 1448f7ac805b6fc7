"""A state machine with nothing around it: a table of moves in plain Python, as fast as one can be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pathways.case import Decision, Event

Table = Mapping[tuple[str, str], str]
"""From the stage and the event's kind, to the next stage."""
Move = tuple[datetime, str, str]


def run(table: Table, start: str, journal: Sequence[Event]) -> list[Move]:
    """Return the moves that the table makes of the journal."""
    stage, moves = start, []
    for event in journal:
        to = table.get((stage, event.kind))
        if to is not None:
            moves.append((event.recorded_at, stage, to))
            stage = to
    return moves


def learnt(decision: Decision, journal: Sequence[Event], track: str) -> Table:
    """Return the table that makes the same moves of ``journal`` as the engine made.

    Raises:
        ValueError: no table does, because a move came from more than one event.
    """
    kinds = {event.recorded_at: event.kind for event in journal}
    moves = moves_of(decision, track)
    table = {(from_, kinds[at]): to for at, from_, to in moves}
    if not moves or run(table, moves[0][1], journal) != moves:
        raise ValueError("This journal's moves do not follow from a table of stage and event.")
    return table


def moves_of(decision: Decision, track: str) -> list[Move]:
    return [
        (change.at, change.from_ or "", change.to or "")
        for change in decision.changes
        if change.kind == "moved" and change.track == track
    ]
