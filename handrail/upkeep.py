"""Signs of life and faults: what those who run the installation look at."""

from __future__ import annotations

from collections.abc import Mapping

from handrail.errors import NotFound
from handrail.references import read_reference
from handrail.steps import transaction
from handrail.wiring import Store
from models import faults, heartbeats
from models.approvals import close_review
from models.attempts import Incident, close_incident, find_incident, list_incidents
from models.heartbeats import Heartbeat


def beat(store: Store, sweep: str, counts: Mapping[str, int]) -> None:
    """Have ``sweep`` be alive now, with what it did last."""
    with transaction(store) as connection:
        heartbeats.beat(connection, sweep, counts)


def signs_of_life(store: Store) -> list[Heartbeat]:
    """Return the last sign of every sweep, by name."""
    with transaction(store) as connection:
        return heartbeats.list_heartbeats(connection)


def record_fault(store: Store, kind: str, place: str, details: str) -> int:
    """Keep a fault with all it tells where few may read it, and return its number."""
    with transaction(store) as connection:
        return faults.record(connection, place, kind, details)


def open_incidents(store: Store) -> list[Incident]:
    """Return what a person must look at, the oldest in front."""
    with transaction(store) as connection:
        return list_incidents(connection)


def get_incident(store: Store, incident: int) -> Incident:
    """Return the open incident of this number.

    Raises:
        NotFound: it is closed, or was never there.
    """
    with transaction(store) as connection:
        found = find_incident(connection, incident)
    if found is None:
        raise NotFound(f"There is no open incident {incident}. See which there are with: handrail report incidents")
    return found


def settle_incident(store: Store, incident: int, officer: str) -> bool:
    """Close the incident in the name of ``officer``; False if it was closed or never there."""
    with transaction(store) as connection:
        return close_incident(connection, incident, officer)


def settle_review(store: Store, reference: str, nth: int, officer: str) -> bool:
    """Close the case's ``nth`` review in the name of ``officer``; False if it was closed or never there."""
    with transaction(store) as connection:
        return close_review(connection, read_reference(reference), nth, officer)
