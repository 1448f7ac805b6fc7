"""What a replay counts while it runs, case by case."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, get_args

from pathways.case import Case, Change, ChangeKind

SUBJECTS = {"task": "tasks", "follow_up": "follow_ups", "hand_off": "hand_offs", "blockage": "blockages"}
STATES: dict[str, tuple[str, str]] = {
    kind: (subject, kind.removeprefix(f"{prefix}_"))
    for kind in get_args(ChangeKind)
    for prefix, subject in SUBJECTS.items()
    if kind.startswith(f"{prefix}_")
}
"""By kind of change: what it is counted under."""


@dataclass
class Tally:
    """Counts over all cases; what is ``open`` is so when the clock ends."""

    cases: int = 0
    events: int = 0
    moves: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    stages: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    states: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, case: Case, changes: tuple[Change, ...]) -> None:
        """Count one case: what changed in it, and where it stands in the end."""
        for change in changes:
            if change.kind in STATES:
                subject, state = STATES[change.kind]
                self.states[subject][state] += 1
            elif change.kind == "moved" and change.track is not None:
                self.moves[change.track][f"{change.from_} -> {change.to}"] += 1
        if case.status == "new":
            return
        self.cases += 1
        for track, visit in case.tracks.items():
            self.stages[track][visit.stage] += 1
        self.states["tasks"]["open"] += len(case.tasks)
        self.states["follow_ups"]["open"] += sum(len(one.questions) for one in case.follow_ups)
        self.states["hand_offs"]["open"] += sum(one.state == "offered" for one in case.hand_offs)
        self.states["blockages"]["open"] += len(case.blockages)

    def told(self, tracks: dict[str, list[str]]) -> dict[str, Any]:
        """Return the counts by the names of the report; ``tracks`` gives tracks and stages in the file's order."""
        return {
            "moves": {track: dict(sorted(self.moves[track].items())) for track in tracks},
            "stages": {
                track: {stage: self.stages[track][stage] for stage in stages if self.stages[track][stage]}
                for track, stages in tracks.items()
            },
            **{
                subject: {state: number for state, number in sorted(self.states[subject].items()) if number}
                for subject in SUBJECTS.values()
            },
        }
