"""Logs in any order, told twice, cut anywhere: in the store a case ends as if its events had come one by one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count, groupby
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lives import Lives, as_yaml
from made_histories import Step, histories
from made_pathways import pathway_trees
from made_words import Tree
from sqlalchemy import Engine, text
from trying import tried

from handrail.cli.act_outcomes import newest_pathway
from handrail.cli.importing import as_brought
from handrail.cli.log_lines import LogLines, SeenEvents
from handrail.imports import Imported, ImportOptions, import_events
from handrail.publishing import publish
from handrail.settings import Settings
from handrail.verification import verify
from handrail.wiring import Store
from integrations.event_files import BadLine, read_log
from integrations.event_spool import Spool
from pathways.case import Event

NUMBERS = count(1)
CASES = """
SELECT c.source, replace(c.state, c.reference, 'A') AS state,
       array_agg(to_jsonb(e) - 'case_id' - 'source' - 'external_id' ORDER BY e.number) AS journal,
       array_agg(e.external_id ORDER BY e.number) AS brought
FROM handrail.cases AS c JOIN handrail.events AS e ON e.case_id = c.id
WHERE c.source LIKE :sources GROUP BY c.id
"""


@pytest.fixture
def store(engine: Engine, tmp_path: Path) -> Iterator[Store]:
    """A store; what the examples leave in it is verified in the end."""
    store = Store(engine, Settings(state=tmp_path, outbox=tmp_path / "outbox"))
    yield store
    verified = verify(store)
    store.close()
    assert verified.cases > 0
    assert not verified.wrong


@tried(12)
@given(tree=pathway_trees(), history=histories, chance=st.randoms(use_true_random=False))
def test_how_a_log_arrives_makes_no_difference(
    tree: Tree, history: tuple[datetime, list[Step]], chance: Random, store: Store
) -> None:
    pathway, events = published(tree, history, store)
    parts = [*at_one_instant(events)]
    whole = [line for part in parts for line in part]

    def arrives(source: str, lines: Iterable[str]) -> int:
        return imported(store, pathway, f"{pathway} {source}", lines).events

    arrives("in order", whole)
    arrives("in any order, some twice", disordered([*parts, *chance.sample(parts, len(parts) // 3)], chance))
    for cut in sorted(chance.sample(range(1, len(parts) + 1), min(3, len(parts)))):
        arrives("piece by piece", (line for part in parts[:cut] for line in part))
    arrives("piece by piece", whole)
    late = chance.randrange(1, len(whole)) if len(whole) > 1 else 0
    arrives("one late", whole[:late] + whole[late + 1 :])
    arrives("one late", whole)

    found = in_store(store, pathway)
    expected = found["in order"]
    assert found["in any order, some twice"] == expected
    assert found["piece by piece"] == expected
    assert sorted(found["one late"].brought) == sorted(expected.brought)
    assert [arrives(source, whole) for source in found] == [0, 0, 0, 0]
    assert in_store(store, pathway) == found


def published(tree: Tree, history: tuple[datetime, Sequence[Step]], store: Store) -> tuple[str, list[Event]]:
    """Publish the pathway under a name of its own, and return it with what the history records of a case of it."""
    start, steps = history
    mine = {**tree, "pathway": f"made_{next(NUMBERS)}"}
    publish(store, as_yaml(mine), None, file_name="made.yaml")
    lived = Lives(mine, compared=False)
    lived.live((start.replace(year=2024), steps))  # nothing may be recorded before it was
    return mine["pathway"], lived.journal


def imported(store: Store, pathway: str, source: str, lines: Iterable[str]) -> Imported:
    """Bring a log of these lines in, as the command does, time going on to its last instant."""
    log = store.settings.state / "log.jsonl"
    log.write_text("".join(f"{line}\n" for line in lines))
    rules = newest_pathway(store, pathway)
    with Spool() as spool, SeenEvents() as seen:
        for line in LogLines(rules, ignore_unknown=False).checked(read_log(log, rules.zone), seen):
            if not isinstance(line, BadLine):
                spool.add(line)
        cases = ((name, map(as_brought, events)) for name, events in spool.by_case())
        return import_events(store, pathway, cases, ImportOptions(source, until=spool.last_instant))


def at_one_instant(events: Iterable[Event]) -> Iterator[list[str]]:
    """Give what was recorded at one instant, whose order in the log is its order, as lines."""
    for _, together in groupby(events, key=lambda event: event.recorded_at):
        yield [as_line(event) for event in together]


def as_line(event: Event) -> str:
    return json.dumps(
        {
            "case": "A",
            "event": event.kind,
            "occurred_at": event.occurred_at.isoformat(),
            "recorded_at": event.recorded_at.isoformat(),
            "agency": event.agency,
            "fields": dict(event.fields),
            "external_id": str(event.number),
        }
    )


def disordered(parts: Iterable[list[str]], chance: Random) -> list[str]:
    """Return the lines in any order, those of a part in theirs."""
    lines = [(which, line) for which, part in enumerate(parts) for line in part]
    turns = [which for which, _ in lines]
    chance.shuffle(turns)
    waiting = {which: [line for mine, line in lines if mine == which] for which in set(turns)}
    return [waiting[which].pop(0) for which in turns]


@dataclass(frozen=True)
class Kept:
    """What a case is in the store: its state, its journal, and the ids under which that came."""

    state: str
    journal: Sequence[object]
    brought: Sequence[str]


def in_store(store: Store, pathway: str) -> dict[str, Kept]:
    """Return the cases of a pathway by how they arrived."""
    with store.engine.connect() as connection:
        rows = connection.execute(text(CASES), {"sources": f"{pathway} %"}).all()
    return {row.source.removeprefix(f"{pathway} "): Kept(row.state, row.journal, row.brought) for row in rows}
