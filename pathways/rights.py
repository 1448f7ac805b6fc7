"""Who may do what to a case by hand, and the refusal of everybody else."""

from __future__ import annotations

from pathways.case import Event
from pathways.draft import Draft


class ActRefused(Exception):
    """Why an act may not be done now, as a sentence."""


def only(draft: Draft, event: Event, agency: str, what: str) -> None:
    """Refuse whoever is not ``agency``: nobody answers for another. A log may leave out who recorded."""
    if event.agency is not None and draft.pathway.serving(event.agency, draft.now) != agency:
        raise ActRefused(
            f"{what} belongs to {draft.pathway.agency_title(agency)}, not to {draft.pathway.agency_title(event.agency)}"
        )


def owner_or_coordinator(draft: Draft, event: Event, track: str) -> None:
    owner = draft.tracks[track].owner
    if event.agency is not None and event.agency not in {owner, draft.pathway.coordinator}:
        raise ActRefused(f"only {draft.pathway.agency_title(owner)} or the coordinator may do that")


def reason_for(event: Event, what: str) -> str:
    """Return the reason that ``event`` gives.

    Raises:
        ActRefused: it gives none; ``what`` is done with one.
    """
    reason = event.fields.get("reason")
    if not reason:
        raise ActRefused(f"{what} with a reason")
    return str(reason)
