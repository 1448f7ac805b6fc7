"""Every try to deliver a message, for ever; and the incidents that are left when none succeeded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import Connection, text

Outcome = Literal["sent", "delayed", "refused"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. ``sentence`` says what went wrong and holds nothing personal."""

    message: str
    agency: str
    channel: str
    began_at: datetime
    outcome: Outcome
    code: int | None = None
    receipt: str | None = None
    sentence: str | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that a person must look at. ``subject`` names what: a message, a case, a sweep."""

    id: int
    kind: str
    subject: str
    agency: str | None
    sentence: str
    opened_at: datetime
    message: str | None
    """The message that could not be delivered, if it is about one."""
    tries: int
    """How often that message was tried over the channel that it is about."""


_OPEN = """
SELECT id, kind, subject, agency, sentence, opened_at, message, (
    SELECT count(*) FROM handrail.attempts AS a
    WHERE a.message = i.message AND i.subject = a.message || ' ' || a.channel
)
FROM (
    SELECT *, CASE WHEN kind = 'undeliverable' THEN split_part(subject, ' ', 1) END AS message
    FROM handrail.incidents WHERE closed_at IS NULL
) AS i
"""


def record_attempt(connection: Connection, attempt: Attempt) -> None:
    """Keep the attempt."""
    statement = text(
        "INSERT INTO handrail.attempts (message, agency, channel, began_at, outcome, code, receipt, sentence)"
        " VALUES (:message, :agency, :channel, :began_at, :outcome, :code, :receipt, :sentence)"
    )
    values = {
        "message": attempt.message,
        "agency": attempt.agency,
        "channel": attempt.channel,
        "began_at": attempt.began_at,
        "outcome": attempt.outcome,
        "code": attempt.code,
        "receipt": attempt.receipt,
        "sentence": attempt.sentence,
    }
    connection.execute(statement, values)


def list_attempts(connection: Connection, message: str) -> list[Attempt]:
    """Return all tries of ``message``, the first one in front."""
    statement = text(
        "SELECT message, agency, channel, began_at, outcome, code, receipt, sentence"
        " FROM handrail.attempts WHERE message = :message ORDER BY id"
    )
    return [Attempt(*row) for row in connection.execute(statement, {"message": message})]


def list_channels_done(connection: Connection, message: str) -> set[str]:
    """Return the channels that took ``message`` already."""
    statement = text("SELECT channel FROM handrail.attempts WHERE message = :message AND outcome = 'sent'")
    return set(connection.scalars(statement, {"message": message}))


def open_incident(connection: Connection, kind: str, subject: str, agency: str | None, sentence: str) -> bool:
    """Have an open incident of this kind and subject; False if there was one."""
    statement = text(
        "INSERT INTO handrail.incidents (kind, subject, agency, sentence)"
        " VALUES (:kind, :subject, :agency, :sentence)"
        " ON CONFLICT (kind, subject) WHERE closed_at IS NULL DO NOTHING"
    )
    values = {"kind": kind, "subject": subject, "agency": agency, "sentence": sentence}
    return connection.execute(statement, values).rowcount == 1


_RECOVERED = """
UPDATE handrail.incidents AS i SET closed_at = clock_timestamp(), officer = :officer
WHERE closed_at IS NULL AND agency = :agency AND (
    kind = 'channel_not_ready' AND split_part(subject, ' ', 2) = ANY(:sent)
    OR kind = 'undeliverable' AND split_part(subject, ' ', 2) = ANY(:sent) AND EXISTS (
        SELECT 1 FROM handrail.attempts AS a WHERE a.message = split_part(i.subject, ' ', 1) AND a.outcome = 'sent')
    OR kind = 'undeliverable' AND split_part(subject, ' ', 1) = :message AND split_part(subject, ' ', 2) <> ALL(:failed)
) RETURNING split_part(subject, ' ', 2)
"""
BY_ITSELF = "nobody: it closed by itself when a later delivery succeeded"


def close_recovered(connection: Connection, message: str, agency: str, outcomes: Mapping[str, Outcome]) -> list[str]:
    """Close the incidents that are over now that ``message`` was tried with these ``outcomes`` by channel.

    Over is what was wrong with a channel that works for the agency now, and that ``message`` could not be delivered.
    A message that nobody has taken yet stays an incident, whatever else has left. Returns the incidents' channels.
    """
    sent = [channel for channel, outcome in outcomes.items() if outcome == "sent"]
    if not sent:
        return []
    failed = [channel for channel, outcome in outcomes.items() if outcome != "sent"]
    values = {"officer": BY_ITSELF, "agency": agency, "sent": sent, "message": message, "failed": failed}
    return sorted(connection.scalars(text(_RECOVERED), values))


def close_incident(connection: Connection, incident: int, officer: str) -> bool:
    """Close it in the name of ``officer``; False if it was closed or never there."""
    statement = text(
        "UPDATE handrail.incidents SET closed_at = clock_timestamp(), officer = :officer"
        " WHERE id = :id AND closed_at IS NULL"
    )
    return connection.execute(statement, {"id": incident, "officer": officer}).rowcount == 1


def list_incidents(connection: Connection, limit: int = 1000) -> list[Incident]:
    """Return the open incidents, the oldest in front."""
    statement = text(f"{_OPEN} ORDER BY opened_at, id LIMIT :limit")
    return [Incident(*row) for row in connection.execute(statement, {"limit": limit})]


def find_incident(connection: Connection, incident: int) -> Incident | None:
    """Return the open incident of this number."""
    row = connection.execute(text(f"{_OPEN} WHERE id = :id"), {"id": incident}).fetchone()
    return None if row is None else Incident(*row)


def count_incidents(connection: Connection) -> int:
    """Return how many incidents are open."""
    return cast("int", connection.scalar(text("SELECT count(*) FROM handrail.incidents WHERE closed_at IS NULL")))
