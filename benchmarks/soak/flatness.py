"""Whether anything grew while the soak ran: memory, connections, open files, by the straight line through the looks.

The first third is for warming up: pools fill, caches too, and modules are loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.soak.watching import DATABASE, OURS, Sight
from handrail.prefect_server import SERVER_CHILD, WORKER_CHILD

WARM = 240.0  # seconds; a shorter soak is all warming up, and says nothing of growth
JUDGED = (OURS, SERVER_CHILD, WORKER_CHILD, DATABASE)
"""Of whom memory is asked; flow runs come and go."""
GROWTH_SHARE, GROWTH_MB = 0.10, 10.0
CONNECTIONS, FILES = 5.0, 40.0
"""By how many their number may sway with the flow runs that are under way; what leaks in an hour leaks hundreds."""
Measure = Callable[[Sight], float | None]


def memory_of(kind: str) -> Measure:
    """Return what reads the MB of a kind of process from a look; None when there was none of it."""
    return lambda sight: sight.memory.get(kind)


def growth(sights: Sequence[Sight], measure: Measure) -> tuple[float, float]:
    """Return by how much a measure grew over the second two thirds, by the straight line through them, and its mean."""
    looks = [(sight.at, measure(sight)) for sight in sights[len(sights) // 3 :]]
    kept = [(at, size) for at, size in looks if size is not None]
    if len(kept) < 2:
        return 0.0, kept[0][1] if kept else 0.0
    middle, mean = sum(at for at, _ in kept) / len(kept), sum(size for _, size in kept) / len(kept)
    spread = sum((at - middle) ** 2 for at, _ in kept)
    slope = sum((at - middle) * (size - mean) for at, size in kept) / spread
    return slope * (kept[-1][0] - kept[0][0]), mean


def what_grew(sights: Sequence[Sight]) -> list[str]:
    """Return a sentence for each thing that grew; none if the soak was too short to say."""
    if not sights or sights[-1].at < WARM:
        return []
    found = []
    for kind in JUDGED:
        grown, mean = growth(sights, memory_of(kind))
        if grown > GROWTH_MB + GROWTH_SHARE * mean:
            found.append(f"{kind} grew by {grown:.0f} MB over the second two thirds, from {mean:.0f} MB on average.")
    for name, measure, limit in (
        ("Connections to PostgreSQL", lambda sight: sight.connections, CONNECTIONS),
        ("Open files", lambda sight: sight.files, FILES),
    ):
        grown, mean = growth(sights, measure)
        if grown > limit:
            found.append(f"{name} grew by {grown:.0f} over the second two thirds, from {mean:.0f} on average.")
    return found
