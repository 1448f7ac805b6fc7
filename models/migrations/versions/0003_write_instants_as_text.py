"""Have the instants in stored states as text: the library that writes them now knows no counts of microseconds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANTS = frozenset(
    (
        "at", "changed_at", "clock", "due_at", "entered_at", "from_at", "next_at", "offered_at", "opened_at",
        "started_at", "until_at", "wake_at",
    )
)  # fmt: skip
AT_A_TIME = 1000
READ = sa.text("SELECT id, state FROM handrail.cases WHERE id > :after ORDER BY id LIMIT :limit")
WRITE = sa.text("UPDATE handrail.cases SET state = :state WHERE id = :id")


def upgrade() -> None:
    """Write every state anew, a thousand at a time."""
    _rewrite(_to_text)


def downgrade() -> None:
    """Write every state as the release before reads it."""
    _rewrite(_to_microseconds)


def _rewrite(convert: Any) -> None:
    connection, after = op.get_bind(), 0
    while rows := connection.execute(READ, {"after": after, "limit": AT_A_TIME}).all():
        connection.execute(WRITE, [{"id": row.id, "state": _rewritten(row.state, convert)} for row in rows])
        after = rows[-1].id


def _rewritten(state: str, convert: Any) -> str:
    case = _instants(json.loads(state), convert)
    for facts in case.get("facts", {}).values():
        for fact in facts:
            fact[1] = convert(fact[1])
    for follow_up in case.get("follow_ups", ()):
        if follow_up.get("credit"):
            follow_up["credit"][1] = convert(follow_up["credit"][1])
    plain = convert is _to_microseconds
    return json.dumps(case, sort_keys=True, separators=(",", ":"), ensure_ascii=plain)


def _instants(value: Any, convert: Any, *, named: bool = True) -> Any:
    """Convert what stands under the name of an instant; the names in ``referral`` and the like are no such names."""
    if isinstance(value, list):
        return [_instants(each, convert) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: convert(part)
        if named and key in INSTANTS and part is not None
        else part
        if key in {"referral", "facts"}
        else _instants(part, convert, named=key not in {"tracks", "done", "visits", "entries", "blockage_counts"})
        for key, part in value.items()
    }


def _to_text(microseconds: int) -> str:
    at = EPOCH + timedelta(microseconds=microseconds)
    return at.replace(tzinfo=None).isoformat() + "Z"


def _to_microseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)
