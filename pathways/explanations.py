"""Why a case is where it is: what holds it, what would move it, and when time alone would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pathways.case import Case, Reason
from pathways.chart import MoveChart, Pathway, StageChart
from pathways.draft import Draft


@dataclass(frozen=True, slots=True)
class MoveExplained:
    """One way out of the present stage."""

    to: str
    rule: str
    by_hand: bool
    asked: Reason
    gate: Reason | None
    changes_at: datetime | None
    """The next instant at which time alone could change this answer."""


@dataclass(frozen=True, slots=True)
class TrackExplained:
    track: str
    stage: str
    owner: str
    since: datetime
    moves: tuple[MoveExplained, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where a case stands on each track and what would move it, as at ``at``."""

    at: datetime
    tracks: tuple[TrackExplained, ...]
    changes_at: datetime | None


def explain(case: Case, pathway: Pathway, stage: str | None = None) -> Explanation:
    """Return why ``case`` stands where it does; with ``stage``, only the ways to that stage."""
    draft = _draft(case, pathway)
    tracks = tuple(_track(draft, track, stage) for track in draft.tracks)
    return Explanation(draft.now, tracks, case.wake_at)


def gate_reason(case: Case, key: str, pathway: Pathway) -> Reason:
    """Return whether the gate of ``track.stage`` holds for ``case`` at its own clock, and why."""
    track, _, name = key.partition(".")
    gate = pathway.tracks[track].stages[name].gate
    if gate is None:
        return Reason(holds=True, sentence="there is no gate")
    return gate.explain(_draft(case, pathway).view(track).at_gate(key))


def _draft(case: Case, pathway: Pathway) -> Draft:
    if case.clock is None:
        raise ValueError(f"Case {case.reference} has no event yet: there is nothing to explain.")
    return Draft(case, pathway, case.clock)


def _track(draft: Draft, track: str, stage: str | None) -> TrackExplained:
    visit, chart = draft.tracks[track], draft.chart_of(track)
    moves = [_move(draft, track, move) for move in chart.moves if stage in {None, move.to, f"{track}.{move.to}"}]
    if stage is not None and not moves:
        moves = _by_hand(draft, track, chart, stage)
    return TrackExplained(track, visit.stage, visit.owner, visit.entered_at, tuple(moves))


def _move(draft: Draft, track: str, move: MoveChart) -> MoveExplained:
    view = draft.view(track)
    gate = draft.pathway.tracks[track].stages[move.to].gate
    asked = (
        move.when.explain(view) if move.when is not None else Reason(holds=False, sentence="a person must ask for it")
    )
    at_gate = view.at_gate(f"{track}.{move.to}")
    changes = [
        change
        for change in (
            move.when.next_change(view) if move.when is not None else None,
            gate.next_change(at_gate) if gate is not None else None,
        )
        if change is not None
    ]
    explained_gate = gate.explain(at_gate) if gate is not None else None
    return MoveExplained(move.to, move.rule, move.when is None, asked, explained_gate, min(changes, default=None))


def _by_hand(draft: Draft, track: str, chart: StageChart, stage: str) -> list[MoveExplained]:
    """Return what stands between the case and a stage to which no move of this stage leads."""
    name = stage.removeprefix(f"{track}.")
    if name == chart.name or name not in draft.pathway.tracks[track].stages:
        return []
    return [_move(draft, track, MoveChart(name, f"{chart.key}.moves", None))]
