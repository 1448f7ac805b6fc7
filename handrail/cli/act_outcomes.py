"""What came of an act on a case, told the same for every verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handrail.cli.output import say, say_json

if TYPE_CHECKING:
    from handrail.steps import Outcome
    from handrail.wiring import Store
    from pathways.chart import Pathway


def newest_pathway(store: Store, key: str) -> Pathway:
    """Return the pathway that is in force for new cases.

    Raises:
        NotFound: it was never published.
    """
    from handrail.publishing import get_newest  # noqa: PLC0415 (the store takes time to import)
    from handrail.steps import transaction  # noqa: PLC0415

    published = get_newest(store, key)
    with transaction(store) as connection:
        return store.rules(connection, published.hash).pathway


def say_outcome(store: Store, outcome: Outcome, *, as_json: bool) -> None:
    """Tell the event's number and everything that followed from it."""
    from handrail.casework import view  # noqa: PLC0415 (the store takes time to import)
    from handrail.cli.change_text import change_line, change_told  # noqa: PLC0415

    zone = view(store, outcome.reference).rules.pathway.zone
    if as_json:
        told = {
            "reference": outcome.reference,
            "event": outcome.number,
            "recorded_at": outcome.recorded_at.astimezone(zone).isoformat(),
            "repeated": outcome.repeated,
            "changes": [change_told(change, zone) for change in outcome.changes],
        }
        say_json(told)
        return
    before = " had been recorded before" if outcome.repeated else ""
    say(f"{outcome.reference}: event {outcome.number}{before or ' is recorded'}.")
    for change in outcome.changes:
        say(f"  {change_line(change, zone)}")
