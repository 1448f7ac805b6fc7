"""Very many cases, laid at once as copies of a few that were really brought: with journal, timeline and open work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import text

from benchmarks.due_cases import CALLS, PATHWAY, REMINDED_AFTER
from benchmarks.servers import alone, settle, without_foreign_keys
from benchmarks.timing import Tell
from handrail.casework import Brought, ImportOptions, database_now, import_events, publish
from handrail.wiring import Store

MODELS = 10
"""Cases of each sort that all others are copies of: due ones, and ones that wait for tomorrow."""
COPIED_AT_ONCE = 100_000
TABLES = ("handrail.cases", "handrail.events", "handrail.changes", "handrail.work", "handrail.notices")

PLACES = """
CREATE TABLE handrail.benchmark_models AS
SELECT id AS model, row_number() OVER (PARTITION BY wake_at <= clock_timestamp() ORDER BY id) - 1 AS place,
       wake_at <= clock_timestamp() AS due
FROM handrail.cases
"""
COPIES_OF = """
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS copy
JOIN handrail.benchmark_models ON due = (copy % CAST(:each AS int) = 0) AND place = copy % CAST(:models AS int)
"""
COPY_CASES = f"""
INSERT INTO handrail.cases
    (id, reference, publication, referral, state, version, changes, status, wake_at, wake_for)
SELECT :base + copy, 'COPY-' || copy, publication, referral, replace(state, reference, 'COPY-' || copy), version,
       changes, status, wake_at, wake_for
{COPIES_OF}
JOIN handrail.cases ON id = model
"""
COPY_ROWS = f"""
INSERT INTO handrail.{{table}} (case_id, {{columns}})
SELECT :base + copy, {{values}}
{COPIES_OF}
JOIN handrail.{{table}} ON case_id = model
"""
COLUMNS = {
    "events": "number, kind, occurred_at, recorded_at, agency, officer, fields",
    "changes": "number, at, kind, track, subject, from_, to_, agency, due_at, because, rule, evidence, nth",
    "work": "kind, name, track, stage, nth, opened_at, agency, state, due_at, overdue, closed_at",
    "notices": "number, agency, kind, track, subject, at, due_at, because, urgent, state, send_at, settled_at, key",
}
KEYS = {"key": "'COPY-' || copy || '/' || number"}
"""What is not copied but made anew."""
INDEXES = """
SELECT i.schemaname || '.' || i.indexname, i.indexdef FROM pg_indexes AS i
WHERE i.schemaname || '.' || i.tablename = ANY(:tables)
  AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = i.indexname) ORDER BY 1
"""
LAST_MODEL = "SELECT max(model) FROM handrail.benchmark_models"
FORGET_MODELS = (
    *(f"DELETE FROM handrail.{table} WHERE case_id <= :base" for table in COLUMNS),  # noqa: S608
    "DELETE FROM handrail.cases WHERE id <= :base",
    "DROP TABLE handrail.benchmark_models",
    "SELECT setval('handrail.cases_id_seq', (SELECT max(id) FROM handrail.cases))",
)


def bring_models(store: Store) -> None:
    """Have some cases in the store whose daily question and its reminder are due, and some that were referred now."""
    publish(store, CALLS, None, file_name="calls.yaml")
    now = database_now(store)
    log = [
        (name, [Brought(name, "referral.made", now - ago, agency="office")])
        for ago in (REMINDED_AFTER, timedelta(0))
        for name in (f"{ago} {n}" for n in range(MODELS))
    ]
    import_events(store, PATHWAY, log, ImportOptions("models"))


def multiply(store: Store, cases: int, due: int, tell: Tell) -> None:
    """Have ``cases`` copies of the models in their place, of which ``due`` are due, evenly among the others."""
    alone(store, PLACES)
    with store.engine.connect() as connection:
        base = connection.scalar(text(LAST_MODEL))
    about = {"base": base, "each": cases // due, "models": MODELS}
    with without_foreign_keys(store, *TABLES), without_indexes(store):
        for first in range(1, cases + 1, COPIED_AT_ONCE):
            last = min(cases, first + COPIED_AT_ONCE - 1)
            tell(f"laying cases {first} to {last} of {cases}")
            with store.engine.begin() as connection:
                for statement in _copies():
                    connection.execute(text(statement), {**about, "first": first, "last": last})
        with store.engine.begin() as connection:
            for statement in FORGET_MODELS:
                connection.execute(text(statement), {"base": base})
    settle(store)


def _copies() -> Iterator[str]:
    yield COPY_CASES
    for table, columns in COLUMNS.items():
        values = ", ".join(KEYS.get(column, column) for column in columns.split(", "))
        yield COPY_ROWS.format(table=table, columns=columns, values=values)


@contextmanager
def without_indexes(store: Store) -> Iterator[None]:
    """Have the indexes of ``TABLES`` that are no constraint built once, at the end of the block."""
    with store.engine.connect() as connection:
        indexes = connection.execute(text(INDEXES), {"tables": list(TABLES)}).all()
    for name, _ in indexes:
        alone(store, f"DROP INDEX {name}")
    yield
    for _, definition in indexes:
        alone(store, definition)
