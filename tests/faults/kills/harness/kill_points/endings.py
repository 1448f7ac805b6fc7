"""What cases have come to, as the store shows it, without the instants and names that differ between two runs."""

from __future__ import annotations

from typing import Any

from kill_points.ground import WEBHOOKS, Ground

from handrail.wiring import Store
from integrations.file_channel import file_name

Ending = tuple[Any, ...]

_ENDINGS = """
WITH mine AS (
    SELECT c.*, first.external_id AS called FROM handrail.cases AS c JOIN LATERAL (
        SELECT external_id FROM handrail.events AS e
        WHERE e.case_id = c.id AND e.source = %(source)s ORDER BY e.number LIMIT 1
    ) AS first ON true
)
SELECT
    status, version,
    ARRAY(SELECT ROW(number, kind, agency, fields, replace(external_id, %(source)s, ''))::text
          FROM handrail.events WHERE case_id = mine.id ORDER BY number),
    ARRAY(SELECT ROW(number, kind, track, subject, from_, to_, agency, rule, evidence, nth)::text
          FROM handrail.changes WHERE case_id = mine.id ORDER BY number),
    ARRAY(SELECT ROW(kind, name, track, stage, nth, agency, state, overdue, closed_at IS NULL)::text
          FROM handrail.work WHERE case_id = mine.id ORDER BY 1),
    ARRAY(SELECT ROW(number, kind, track, subject, agency, urgent, state)::text
          FROM handrail.notices WHERE case_id = mine.id ORDER BY number),
    ARRAY(SELECT ROW('review', nth, evidence, closed_at IS NULL)::text FROM handrail.reviews WHERE case_id = mine.id
          UNION ALL SELECT ROW(number, act, stage, role, agency, officer)::text
          FROM handrail.approvals WHERE case_id = mine.id ORDER BY 1),
    (SELECT count(*) FROM handrail.case_persons WHERE case_id = mine.id)
FROM mine ORDER BY called
"""
PARTS = ("status", "version", "events", "changes", "work", "notices", "reviews and approvals", "persons")


def endings(store: Store, source: str) -> list[Ending]:
    """Return what each case of ``source`` has come to."""
    with store.engine.connect() as connection:
        rows = connection.exec_driver_sql(_ENDINGS, {"source": source})
        return [tuple(tuple(part) if isinstance(part, list) else part for part in row) for row in rows]


def differences(found: list[Ending], expected: list[Ending]) -> list[str]:
    """Return in sentences where ``found`` is not as ``expected``."""
    if len(found) != len(expected):
        return [f"there are {len(found)} cases instead of {len(expected)}"]
    return [
        f"case {number}, {part}: {_difference(was, should)}"
        for number, (one, other) in enumerate(zip(found, expected, strict=True), 1)
        for part, was, should in zip(PARTS, one, other, strict=True)
        if was != should
    ]


def _difference(was: object, should: object) -> str:
    if not isinstance(was, tuple) or not isinstance(should, tuple):
        return f"{was} instead of {should}"
    lacking, added = [each for each in should if each not in was], [each for each in was if each not in should]
    return f"{len(was)} instead of {len(should)}; lacking: {lacking[:3]}; there instead: {added[:3]}"


def scalar(store: Store, statement: str, values: dict[str, Any] | None = None) -> int:
    """Return the one number that ``statement`` asks for."""
    with store.engine.connect() as connection:
        return int(connection.exec_driver_sql(statement, values or {}).scalar_one())


def loose_ends(ground: Ground) -> list[str]:
    """Return in sentences what must never be left, however many were killed."""
    none_left = {
        "cases are due and nobody woke them": "SELECT count(*) FROM handrail.cases WHERE wake_at <= now()",
        "notices were not sent": "SELECT count(*) FROM handrail.notices WHERE state IN ('waiting', 'dead')",
        "incidents are open": "SELECT count(*) FROM handrail.incidents",
        "faults were recorded": "SELECT count(*) FROM handrail.faults",
        "persons have no case": "SELECT count(*) FROM handrail.persons AS p"
        " WHERE NOT EXISTS (SELECT FROM handrail.case_persons WHERE person_id = p.id)",
        "notices are in no message": "SELECT count(*) FROM handrail.notices WHERE state = 'sent' AND message IS NULL",
    }
    counts = {what: scalar(ground.store, statement) for what, statement in none_left.items()}
    return [f"{count} {what}" for what, count in counts.items() if count] + _keys(ground)


def _keys(ground: Ground) -> list[str]:
    """Hold the keys that the agencies were given against those that the notices have now."""
    with ground.store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT DISTINCT agency, message FROM handrail.notices WHERE state = 'sent'")
        sent = {(row[0], row[1]) for row in rows}
    posted = {(agency, key) for agency, key, _ in ground.receiver.taken}
    filed = {(path.parent.name, path.name) for path in ground.store.settings.outbox_folder.rglob("*.txt")}
    by_post = {each for each in sent if each[0] in WEBHOOKS}
    by_file = {(agency, file_name(key)) for agency, key in sent if agency != "mission"}
    said: dict[tuple[str, str], set[str]] = {}
    for agency, key, content in ground.receiver.taken:
        said.setdefault((agency, key), set()).add(content)
    found = {
        "messages never came to the agency": by_post - posted,
        "messages came under a key that no notice has": posted - by_post,
        "messages were never filed": by_file - filed,
        "files stand under a key that no notice has": filed - by_file,
        "keys came with two contents": {key for key, contents in said.items() if len(contents) > 1},
    }
    return [f"{len(keys)} {what}, such as {min(keys)}" for what, keys in found.items() if keys]
