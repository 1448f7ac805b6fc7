"""Who waits for a place: people whose hand-off nobody has accepted; and the offers for which a place is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.database import RawConnection


@dataclass(frozen=True, slots=True)
class OpenHandOff:
    """A hand-off that nobody has accepted: whom it asks now, if anybody, and since when it is open."""

    case_id: int
    reference: str
    hand_off: str
    state: str
    agency: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class KeptOffer:
    """A hold that is kept for an offer, and who is asked in that offer now; None: it is not open any more."""

    use_id: int
    case_id: int
    reference: str
    kind: str
    hand_off: str
    provider: str
    agency: str | None


_WAITING = """
SELECT c.id, c.reference, w.name, w.state, w.agency, w.opened_at
FROM handrail.work AS w JOIN handrail.cases AS c ON c.id = w.case_id
JOIN handrail.publications AS p ON p.hash = c.publication
WHERE w.kind = 'hand_off' AND w.closed_at IS NULL AND w.state IN ('offered', 'exhausted') AND w.name = ANY(%s)
  AND p.key = %s AND c.status = 'open'
ORDER BY w.opened_at, c.id, w.name LIMIT %s
"""
_OFFERS = """
SELECT u.id, u.case_id, c.reference, u.kind, u.reason, j.provider, w.agency
FROM handrail.place_uses AS u JOIN handrail.places AS p ON p.id = u.place_id
JOIN handrail.projects AS j ON j.key = p.project JOIN handrail.cases AS c ON c.id = u.case_id
LEFT JOIN handrail.work AS w ON w.case_id = u.case_id AND w.kind = 'hand_off' AND w.name = u.reason
    AND w.closed_at IS NULL AND w.state IN ('offered', 'accepted')
WHERE u.use = 'hold' AND u.ended IS NULL AND u.settled_at IS NULL AND u.reason IS NOT NULL
  AND upper(u.during) >= (SELECT clock_timestamp())
ORDER BY u.id
"""
_ANY_PLACE = "SELECT EXISTS (SELECT FROM handrail.places)"


def list_waiting(
    connection: RawConnection, hand_offs: Sequence[str], pathway: str, limit: int = 2000
) -> list[OpenHandOff]:
    """Return open hand-offs of these names that nobody has accepted, the longest open in front."""
    return [OpenHandOff(*row) for row in connection.execute(_WAITING, [list(hand_offs), pathway, limit])]


def list_offers(connection: RawConnection) -> list[KeptOffer]:
    """Return the running holds that are kept for an offer, the oldest in front."""
    return [KeptOffer(*row) for row in connection.execute(_OFFERS)]


def has_places(connection: RawConnection) -> bool:
    """Return whether any place is on file at all."""
    row = connection.execute(_ANY_PLACE).fetchone()
    return row is not None and bool(row[0])
