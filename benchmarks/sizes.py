"""How much is measured: enough for steady figures, a quick look, or just that everything runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    rounds: int
    """How often the engine's works run in turns."""
    engine_cases: int
    """Cases folded in one round."""
    recorded_cases: int
    recorded_events: int
    """Events recorded one by one, over all cases."""
    clients: int
    """Clients that record at once."""
    client_processes: int
    """Over which they are spread; 0: all are threads of this one."""
    durable_rounds: int
    durable_acts: int
    """Events that each of many clients records in a round; one client alone records four times as many."""
    city_cases: int
    """People known to the city when its days begin."""
    city_days: int
    due: int
    """Cases to be woken."""
    few: int
    many: int
    """Open cases out of which they are woken."""


FULL = Sizes(
    rounds=9, engine_cases=400, recorded_cases=200, recorded_events=2_000,
    clients=16, client_processes=2, durable_rounds=5, durable_acts=80,
    city_cases=2_000, city_days=7,
    due=10_000, few=20_000, many=1_000_000,
)  # fmt: skip
QUICK = Sizes(
    rounds=3, engine_cases=100, recorded_cases=50, recorded_events=400,
    clients=16, client_processes=2, durable_rounds=3, durable_acts=20,
    city_cases=500, city_days=3,
    due=1_000, few=2_000, many=50_000,
)  # fmt: skip
TINY = Sizes(
    rounds=2, engine_cases=2, recorded_cases=3, recorded_events=6,
    clients=2, client_processes=0, durable_rounds=1, durable_acts=2,
    city_cases=6, city_days=2, due=10, few=20, many=60,
)  # fmt: skip
