"""What a run of kill points came to: a line of JSON for machines, and tables for people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kill_points.points import Known, Place, Point
from kill_points.relay import POSITIONS
from kill_points.trials import Tally

PLACES: tuple[Place, ...] = (*POSITIONS, "taken")


@dataclass(frozen=True)
class Report:
    """``known`` are the boundaries that there were; ``seconds`` is how long it took."""

    seed: int
    known: Mapping[str, Known]
    tally: Tally
    seconds: float

    def line(self) -> str:
        """Return everything as one line of JSON."""
        points = self.tally.points
        return json.dumps(
            {
                "seed": self.seed,
                "points": len(points),
                "different": self._different(),
                "missed": len(self.tally.missed),
                "failures": len(self.tally.failures),
                "seconds": round(self.seconds, 1),
                "by_victim": Counter(point.victim for point in points),
                "by_act": Counter(point.act for point in points),
                "by_position": Counter(point.position for point in points),
                "by_statement": Counter(point.label for point in points),
                "boundaries": {
                    act: {"known": len(each.labels), "hit": self._hit(act)} for act, each in self.known.items()
                },
                "counts": self.tally.counts,
            }
        )

    def tables(self) -> str:
        """Return the points by act, by statement and by what was found, as text."""
        acts = [
            [
                act,
                len(each.labels),
                self._hit(act),
                *self._of([point for point in self.tally.points if point.act == act]),
            ]
            for act, each in self.known.items()
        ]
        statements = Counter(point.label for point in self.tally.points)
        by_statement = [
            [label, *self._of([point for point in self.tally.points if point.label == label])]
            for label, _ in statements.most_common()
        ]
        victims = ("recorder", "worker", "postgresql")
        heads = [*PLACES, *victims]
        found = [
            ["kill points", len(self.tally.points)],
            ["different ones", self._different()],
            *([what, count] for what, count in sorted(self.tally.counts.items())),
            ["lost, doubled or otherwise wrong", len(self.tally.failures)],
        ]
        return "\n\n".join(
            [
                f"Kill points of seed {self.seed}, in {self.seconds:.0f} s",
                table(["act", "boundaries", "hit", *heads], acts),
                table(["statement", *heads], by_statement),
                table(["what", "how many"], found),
            ]
        )

    def _different(self) -> int:
        return len({(each.victim, each.act, each.index, each.position) for each in self.tally.points})

    def _hit(self, act: str) -> int:
        return len({point.index for point in self.tally.points if point.act == act and point.position != "taken"})

    @staticmethod
    def _of(points: Sequence[Point]) -> list[int]:
        places, victims = Counter(each.position for each in points), Counter(each.victim for each in points)
        return [*(places[place] for place in PLACES), *(victims[each] for each in ("recorder", "worker", "postgresql"))]


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as Markdown has it, its figures to the right."""
    lines = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [list(heads), *lines]) for column in range(len(heads))]
    rule = ["-" * width if not column else "-" * (width - 1) + ":" for column, width in enumerate(widths)]
    return "\n".join(
        "| " + " | ".join(cell.rjust(width) if column else cell.ljust(width) for column, (cell, width) in each) + " |"
        for each in ([*enumerate(zip(row, widths, strict=True))] for row in [list(heads), rule, *lines])
    )
