"""What people do to a blockage by hand: clear it, give it to another agency, dispute it."""

from __future__ import annotations

from pathways import blockages
from pathways.case import Blockage, Event
from pathways.draft import Draft
from pathways.rights import ActRefused, reason_for


def _blockage(draft: Draft, event: Event) -> Blockage:
    name = str(event.fields.get("blockage", ""))
    found = next((one for one in draft.blockages if one.name == name), None)
    if found is None:
        raise ActRefused(f"blockage {name!r} is not open")
    return found


def _own_blockage(draft: Draft, event: Event) -> Blockage:
    found = _blockage(draft, event)
    if event.agency not in {None, found.owner, draft.pathway.coordinator}:
        raise ActRefused(f"blockage {found.name!r} belongs to {draft.pathway.agency_title(found.owner)}")
    return found


def clear(draft: Draft, event: Event) -> None:
    found = _own_blockage(draft, event)
    because = reason_for(event, "a blockage is cleared by hand")
    blockages.clear(draft, found, because, (event.number,))


def reassign(draft: Draft, event: Event) -> None:
    found = _own_blockage(draft, event)
    to = str(event.fields.get("to", ""))
    if to not in draft.pathway.agencies:
        raise ActRefused(f"no agency is called {to!r}; agencies: {', '.join(draft.pathway.agencies)}")
    owner = draft.pathway.serving(to, draft.now)
    if owner == found.owner:
        raise ActRefused(f"blockage {found.name!r} belongs to {draft.pathway.agency_title(owner)} already")
    because = reason_for(event, "a blockage is given to another agency")
    blockages.reassign(draft, found, owner, because, (event.number,))


def dispute(draft: Draft, event: Event) -> None:
    found = _blockage(draft, event)
    because = reason_for(event, "a blockage is disputed")
    blockages.dispute(draft, found, because, (event.number,))
