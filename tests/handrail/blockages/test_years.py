"""A healthy year raises no alarm; what slows down, declines more or piles up is found: rates over many seeds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from handrail.blockages.counting import bring_counts_up_to_date, newest_rules
from handrail.blockages.detecting import look_for_blockages
from handrail.casework import database_now
from handrail.steps import transaction
from handrail.wiring import Store
from models.database import raw
from models.shared_blockages import SharedBlockage, list_shared

SEEDS = 20
DAY = timedelta(days=1)
A_YEAR_AND_A_HALF = 550
FORGET = "TRUNCATE handrail.cases, handrail.shared_blockages, handrail.counted, handrail.looks CASCADE"
CASES = "COPY handrail.cases (id, reference, publication, referral, state, version, changes, status) FROM STDIN"
CHANGES = """
COPY handrail.changes (case_id, number, at, kind, track, subject, from_, to_, agency, because, rule, evidence)
FROM STDIN
"""
EXPECTED = {
    "slow_decisions": "bed/mission",
    "many_declines": "bed/riverside",
    "shelter_piles_up": "support.shelter",
    "shelter_slower": "support.shelter",
}


@dataclass(frozen=True)
class World:
    """How things go until ``turns_at``, and whether they go wrong from then on."""

    turns_at: datetime
    goes_wrong: bool
    arrivals_a_day: float = 3

    def is_wrong(self, at: datetime) -> bool:
        return self.goes_wrong and at >= self.turns_at

    def decision(self, chance: Random, agency: str, at: datetime) -> timedelta:
        slow = agency == "mission" and self.is_wrong(at)
        return chance.expovariate(1 / 12 if slow else 1 / 2) * DAY

    def declines(self, chance: Random, agency: str, at: datetime) -> bool:
        return chance.random() < (0.7 if agency == "riverside" and self.is_wrong(at) else 0.15)

    def stay(self, chance: Random, at: datetime) -> timedelta:
        return chance.expovariate(1 / 400 if self.is_wrong(at) else 1 / 20) * DAY


def test_a_healthy_year_raises_no_alarm(store: Store) -> None:
    now = database_now(store)
    alarms = []
    for seed in range(SEEDS):
        lay(store, Random(seed), World(now, goes_wrong=False), now)  # noqa: S311 - no secret
        for weeks in range(0, 52, 4):
            alarms += [(seed, weeks, each.name) for each in look(store, now - timedelta(weeks=weeks))]

    assert alarms == [], f"{len(alarms)} alarms in {SEEDS} healthy years of 13 looks each"


def test_what_goes_wrong_is_found_with_its_subject_owner_and_cost(store: Store) -> None:
    now = database_now(store)
    found: dict[str, int] = dict.fromkeys(EXPECTED, 0)
    for seed in range(SEEDS):
        lives = lay(store, Random(seed), World(now - 60 * DAY, goes_wrong=True), now)  # noqa: S311 - no secret
        for each in look(store, now):
            assert each.subject == EXPECTED[each.name]
            assert (each.owner, each.theme) == ("council", "housing")
            found[each.name] += 1
            if each.name == "shelter_slower":
                spent = sum(life.days_in_shelter(each.since, now) for life in lives)
                assert abs(each.person_days - spent) < 0.1

    assert min(found.values()) >= 0.9 * SEEDS, f"found in {SEEDS} years that went wrong: {found}"


@dataclass(frozen=True)
class Life:
    """When somebody was in the shelter, if ever."""

    began: datetime | None
    ended: datetime | None

    def days_in_shelter(self, since: datetime, until: datetime) -> float:
        if self.began is None:
            return 0.0
        return max(timedelta(0), min(self.ended or until, until) - max(self.began, since)) / DAY


def lay(store: Store, chance: Random, world: World, now: datetime) -> list[Life]:
    """Have a year and a half of people in the store, and nothing else."""
    with transaction(store) as connection:
        below = raw(connection)
        below.execute(FORGET)
        publication = newest_rules(store, connection)["haven"].hash
        cases, changes, lives = [], list[tuple[Any, ...]](), []
        at, number = now - A_YEAR_AND_A_HALF * DAY, 0
        while (at := at + chance.expovariate(world.arrivals_a_day) * DAY) < now:
            number += 1
            cases.append((number, f"C{number}", publication, "{}", "{}", 1, 9, "open"))
            told = [row for row in told_of(chance, world, at) if row[0] < now]
            changes += [(number, n, *row) for n, row in enumerate(told, 1)]
            lives.append(life_of(told))
        for statement, rows in ((CASES, cases), (CHANGES, changes)):
            with below.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
    bring_counts_up_to_date(store)
    return lives


def told_of(chance: Random, world: World, at: datetime) -> Iterator[tuple[Any, ...]]:
    """Yield what happens to one person who comes then."""
    yield row(at, "case_opened")
    for agency in chance.sample(("mission", "riverside"), 2):
        yield row(at, "hand_off_offered", subject="bed", agency=agency)
        asked_at, at = at, at + world.decision(chance, agency, at)
        if world.declines(chance, agency, asked_at):
            yield row(at, "hand_off_declined", subject="bed", agency=agency, to="not_wanted")
            continue
        yield row(at, "hand_off_accepted", subject="bed", agency=agency)
        yield row(at, "moved", from_="street", to="shelter")
        at += world.stay(chance, at)
        yield row(at, "moved", from_="shelter", to="home")
        yield row(at, "case_closed")
        return
    yield row(at, "hand_off_exhausted", subject="bed")


def row(
    at: datetime,
    kind: str,
    *,
    subject: str | None = None,
    from_: str | None = None,
    to: str | None = None,
    agency: str | None = None,
) -> tuple[Any, ...]:
    return at, kind, "support", subject, from_, to, agency, "", "", []


def life_of(told: list[tuple[Any, ...]]) -> Life:
    began = next((row[0] for row in told if row[5] == "shelter"), None)
    return Life(began, next((row[0] for row in told if row[4] == "shelter"), None))


def look(store: Store, at: datetime) -> list[SharedBlockage]:
    """Return what is found as at then, and forget it again."""
    with store.engine.connect() as connection:
        rules = newest_rules(store, connection)
        raw(connection).execute("DELETE FROM handrail.looks")
        look_for_blockages(connection, rules, at)
        found = list_shared(raw(connection))
        connection.rollback()
    return found
