"""A city's days imported in batches, beside PostgreSQL taking the very same rows from psycopg alone.

A day is a whole one: five events of everybody known, new people, and every question and deadline that falls due in
between. Afterwards both sides must hold the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

from sqlalchemy import text

from benchmarks import charts
from benchmarks.bare_rows import Taken, opened_in, taken_down, write_in_bulk
from benchmarks.figures import Figure, Target
from benchmarks.servers import Raw, bare, copied, settle
from benchmarks.sizes import Sizes
from benchmarks.timing import Tell, seconds, spread
from handrail.casework import Brought, ImportOptions, import_events, publish
from handrail.wiring import Store

BEGAN = datetime(2025, 3, 3, 8, tzinfo=UTC)
A_DAY = 5
"""Events a person in a day."""
NEW_A_DAY = 0.05
"""People referred in a day, for each who is known."""
HELD = {
    "states": "SELECT md5(string_agg(state, '' ORDER BY id)) FROM handrail.cases",
    "events": "SELECT count(*) FROM handrail.events",
    "changes": "SELECT count(*) FROM handrail.changes",
    "notices": "SELECT count(*) FROM handrail.notices",
    "open work": "SELECT count(*) FROM handrail.work WHERE closed_at IS NULL",
    "closed work": "SELECT count(*) FROM handrail.work WHERE closed_at IS NOT NULL",
}
Told = tuple[str, Mapping[str, object]]
Log = list[tuple[str, list[Brought]]]


@dataclass(frozen=True)
class City:
    """What happens in a city: a pathway's events, and who says them."""

    pathway: str
    text: str
    agencies: str | None
    first: Sequence[tuple[str, Told]]
    daily: Sequence[tuple[str, Told]]


def measure(store: Store, sizes: Sizes, tell: Tell) -> list[Figure]:
    target = Target("ratio", at_least=0.5)
    return [
        _figure(store, "batches, a pathway of two stages", _rounds(), sizes, target, tell),
        _figure(store, "batches, PEEP", _peep(), sizes, target, tell),
    ]


def _figure(store: Store, name: str, city: City, sizes: Sizes, target: Target, tell: Tell) -> Figure:
    publish(store, city.text, city.agencies, file_name=f"{city.pathway}.yaml")
    tell(f"{name}: {sizes.city_cases} people are known")
    chance = Random(city.pathway)
    people = [f"{city.pathway} {nth:06}" for nth in range(sizes.city_cases)]
    _import(store, city, [(person, _day(city, person, 0, chance, new=True)) for person in people])
    ours: list[float] = []
    theirs: list[float] = []
    with copied(store, f"bare_{city.pathway}") as other, bare(other) as connection, taken_down() as taken:
        settle(store)
        for day in range(1, sizes.city_days + 1):
            tell(f"{name}: day {day} of {sizes.city_days}")
            log = _city_day(city, people, day, chance)
            taken.clear()
            events = sum(len(brought) for _, brought in log)
            ours.append(seconds(partial(_import, store, city, log)) / events)
            theirs.append(sum(_bare(connection, each) for each in taken) / events)
        check_same_rows(store, other)
    value, beside = 1 / _total(ours), 1 / _total(theirs)
    return Figure(name, value, "events/s", "bare PostgreSQL taking the same rows", beside, target, spread(ours))


def check_same_rows(ours: Store, theirs: Store) -> None:
    """Make sure that both sides hold as many rows of every kind, and cases in the same states.

    Raises:
        ValueError: they do not, so that one side was given less to do.
    """
    mine, other = _held(ours), _held(theirs)
    if mine != other:
        message = f"We hold {mine}, PostgreSQL alone holds {other}. Look at benchmarks/bare_rows.py."
        raise ValueError(message)


def _held(store: Store) -> dict[str, object]:
    with store.engine.connect() as connection:
        return {table: connection.scalar(text(statement)) for table, statement in HELD.items()}


def _total(rounds: Sequence[float]) -> float:
    return sum(rounds) / len(rounds)


def _bare(connection: Raw, taken: Taken) -> float:
    there = opened_in(connection, taken)
    return seconds(lambda: write_in_bulk(connection, taken, there))


def _import(store: Store, city: City, log: Log) -> None:
    import_events(store, city.pathway, log, ImportOptions("city"))


def _city_day(city: City, people: list[str], day: int, chance: Random) -> Log:
    """Return what is brought of one day: of everybody known, and of those who are new."""
    fresh = [f"{city.pathway} {len(people) + nth:06}" for nth in range(max(1, int(NEW_A_DAY * len(people))))]
    log = [(person, _day(city, person, day, chance, new=False)) for person in people]
    log += [(person, _day(city, person, day, chance, new=True)) for person in fresh]
    people += fresh
    return log


def _day(city: City, person: str, day: int, chance: Random, *, new: bool) -> list[Brought]:
    told = [*city.first, *chance.choices(city.daily, k=A_DAY)] if new else chance.choices(city.daily, k=A_DAY)
    return list(_brought(person, day, told, chance))


def _brought(person: str, day: int, told: Sequence[tuple[str, Told]], chance: Random) -> Iterator[Brought]:
    at = BEGAN + timedelta(days=day)
    for nth, (agency, (kind, fields)) in enumerate(told, 1):
        at += timedelta(minutes=chance.randrange(1, 60))
        yield Brought(person, kind, at, at, agency, "An Officer", fields, f"{person}/{day}/{nth}", nth)


def _rounds() -> City:
    return City(
        "rounds",
        charts.ROUNDS,
        None,
        (("office", ("referral.made", {})),),
        (
            ("street", ("seen", {"place": "park"})),
            ("street", ("offer.made", {"response": "declined"})),
            ("street", ("seen", {"place": "station"})),
            ("house", ("moved.in", {})),
            ("house", ("moved.out", {})),
        ),
    )


def _peep() -> City:
    text, agencies = charts.peep_texts()
    moved_in = {"status": "moved_in", "type": "hostel"}
    return City(
        "peep",
        text,
        agencies,
        (
            ("rangers", ("referral.made", {"age": 40, "referred_by": "professional"})),
            ("public_health", ("referral.accepted", {})),
        ),
        (
            ("outreach", ("contact.attempted", {"found": True})),
            ("outreach", ("contact.attempted", {"found": False})),
            ("rangers", ("behaviour.seen", {"kind": "begging"})),
            ("outreach", ("offer.made", {"offer": "nsno", "response": "declined", "available": True})),
            ("outreach", ("offer.made", {"offer": "hostel", "response": "declined", "available": False})),
            ("outreach", ("support.session", {"attended": True})),
            ("riverside", ("accommodation.changed", moved_in)),
            ("riverside", ("accommodation.changed", {"status": "left", "reason": "abandoned"})),
        ),
    )
