"""Waking what is due out of few and out of many open cases: the time should hardly grow."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from benchmarks import charts
from benchmarks.figures import Figure, Target
from benchmarks.servers import copied, settle, without_foreign_keys
from benchmarks.sizes import Sizes
from benchmarks.timing import Tell, seconds, spread
from handrail.casework import Brought, ImportOptions, database_now, import_events, publish, wake_due
from handrail.wiring import Store

MODELS = 20
"""Cases that all others are copies of."""
A_BATCH = 500
COPIED_AT_ONCE = 50_000

COPY_CASES = """
INSERT INTO handrail.cases (reference, publication, referral, state, version, changes, status, wake_at, wake_for)
SELECT format('COPY-%s', nth), publication, referral, replace(state, reference, format('COPY-%s', nth)),
       version, changes, status,
       CASE WHEN nth % CAST(:each AS int) = 0 THEN wake_at
            ELSE clock_timestamp() + interval '1 day' + nth * interval '1 ms' END,
       wake_for
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS nth
JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS place, * FROM handrail.cases WHERE reference NOT LIKE 'COPY-%')
    AS model ON model.place = nth % CAST(:models AS int)
"""
COPY_WORK = """
INSERT INTO handrail.work (case_id, kind, name, track, stage, nth, opened_at, agency, state, due_at, overdue)
SELECT c.id, w.kind, w.name, w.track, w.stage, w.nth, w.opened_at, w.agency, w.state, w.due_at, w.overdue
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS nth
JOIN handrail.cases AS c ON c.reference = format('COPY-%s', nth)
JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS place, id FROM handrail.cases WHERE reference NOT LIKE 'COPY-%')
    AS model ON model.place = nth % CAST(:models AS int)
JOIN handrail.work AS w ON w.case_id = model.id AND w.closed_at IS NULL
"""
FORGET_MODELS = "UPDATE handrail.cases SET wake_at = NULL, wake_for = NULL WHERE reference NOT LIKE 'COPY-%'"


def measure(store: Store, sizes: Sizes, tell: Tell) -> list[Figure]:
    _bring_models(store)
    with copied(store, "many_cases") as other:
        _multiply(store, sizes.few, sizes, tell)
        _multiply(other, sizes.many, sizes, tell)
        tell(f"waking: {sizes.due} due out of {sizes.few} and out of {sizes.many}")
        few, many = [], []
        for _ in range(sizes.due // min(A_BATCH, sizes.due)):
            few.append(_wake(store, sizes))
            many.append(_wake(other, sizes))
        for each in (store, other):
            if wake_due(each, "follow_ups", 1).cases:
                raise ValueError("More was due than was laid. Look at the pathway that is measured.")
    name = f"waking {sizes.due:,} due out of {sizes.many:,} open"
    beside = f"waking as many out of {sizes.few:,}"
    return [Figure(name, sum(many), "s", beside, sum(few), Target("ratio", at_most=1.3), spread(many))]


def _bring_models(store: Store) -> None:
    """Have some cases in the store whose daily question has just come due."""
    publish(store, charts.ROUNDS, None, file_name="rounds.yaml")
    at = database_now(store) - timedelta(hours=25)
    log = [(f"model {n}", [Brought(f"model {n}", "referral.made", at, agency="office")]) for n in range(MODELS)]
    import_events(store, "rounds", log, ImportOptions("models"))


def _multiply(store: Store, cases: int, sizes: Sizes, tell: Tell) -> None:
    """Lay ``cases`` copies of the models, of which ``sizes.due`` are due, evenly among the others."""
    about = {"each": cases // sizes.due, "models": MODELS}
    with without_foreign_keys(store, "handrail.cases", "handrail.work"):
        for first in range(1, cases + 1, COPIED_AT_ONCE):
            last = min(cases, first + COPIED_AT_ONCE - 1)
            tell(f"waking: laying cases {first} to {last} of {cases}")
            with store.engine.begin() as connection:
                for statement in (COPY_CASES, COPY_WORK):
                    connection.execute(text(statement), {**about, "first": first, "last": last})
    with store.engine.begin() as connection:
        connection.execute(text(FORGET_MODELS))
    settle(store)


def _wake(store: Store, sizes: Sizes) -> float:
    batch = min(A_BATCH, sizes.due)
    woken = []
    took = seconds(lambda: woken.append(wake_due(store, "follow_ups", batch).cases))
    if woken != [batch]:
        message = f"{woken[0]} cases were woken where {batch} are due. Look at the pathway that is measured."
        raise ValueError(message)
    return took
