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

    sleeps: int
    """Cases due at one instant, beside as many sleeps of DBOS."""
    timers: int
    """Cases due at one instant, ours alone."""
    timer_rounds: int

    due: int
    """Cases to be woken."""
    few: int
    """Open cases out of which they are woken; the many are the most of ``grown``."""
    grown: tuple[int, ...]
    """Cases in the store, few to many, at which one more act of each kind is measured."""
    grown_acts: int
    """Acts of each kind in each of these stores."""

    histories: tuple[int, ...]
    """Events a case has, few to many."""
    history_events: int
    """Events in each of the stores, whose cases have one of these histories each."""

    notices: int
    """Events of which a receiver is told."""

    blocked: tuple[int, int]
    """Cases in which blockages are looked for, few and many; each has ten events."""
    blocked_changes: int
    """Changes since the last look."""
    blocked_rounds: int

    memory: bool
    """Whether the memory of processes of their own is measured, too."""

    shared: int
    """Due cases that the workers share."""
    share_rounds: int
    workers: tuple[int, ...]
    """How many share the sweep, one first."""


FULL = Sizes(
    rounds=9, engine_cases=400, recorded_cases=200, recorded_events=2_000,
    clients=16, client_processes=4, durable_rounds=5, durable_acts=80,
    city_cases=2_000, city_days=7,
    sleeps=500, timers=10_000, timer_rounds=3,
    due=10_000, few=20_000, grown=(1_000, 100_000, 1_000_000), grown_acts=250,
    histories=(10, 100, 1_000), history_events=20_000,
    notices=200,
    blocked=(20_000, 1_000_000), blocked_changes=1_000, blocked_rounds=7,
    memory=True, shared=10_000, share_rounds=3, workers=(1, 2, 4),
)  # fmt: skip
QUICK = Sizes(
    rounds=3, engine_cases=100, recorded_cases=50, recorded_events=400,
    clients=16, client_processes=4, durable_rounds=3, durable_acts=20,
    city_cases=500, city_days=3,
    sleeps=100, timers=1_000, timer_rounds=1,
    due=1_000, few=2_000, grown=(1_000, 10_000, 50_000), grown_acts=100,
    histories=(10, 50, 200), history_events=1_000,
    notices=30,
    blocked=(10_000, 50_000), blocked_changes=500, blocked_rounds=3,
    memory=True, shared=2_000, share_rounds=1, workers=(1, 2, 4),
)  # fmt: skip
TINY = Sizes(
    rounds=2, engine_cases=2, recorded_cases=3, recorded_events=6,
    clients=2, client_processes=0, durable_rounds=1, durable_acts=2,
    city_cases=6, city_days=2,
    sleeps=3, timers=5, timer_rounds=1,
    due=10, few=20, grown=(20, 60), grown_acts=4,
    histories=(2, 8), history_events=16,
    notices=3,
    blocked=(50, 200), blocked_changes=3, blocked_rounds=1,
    memory=False, shared=20, share_rounds=1, workers=(1, 2),
)  # fmt: skip
